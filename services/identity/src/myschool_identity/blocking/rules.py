"""Why an account may be blocked."""

REASONS = ("COMPROMISED", "REQUESTED_BY_PERSON", "LEFT_SCHOOL", "ABUSE", "COURT")
