"""Statuses of attendance by AttendanceStatus number. Pure."""

from myschool_kit.errors import Invalid, Violation

NAMES = ("", "PRESENT", "LATE", "ABSENT", "EXCUSED", "ILL", "ONLINE", "EXEMPT")
PRESENT = 1
LATE = 2
# What counts as a missed lesson: a late or distant pupil was there, an exempt one need not be.
MISSED = (3, 4, 5)


def check(status: int, minutes_late: int) -> None:
    """Raises Invalid for no status, and for minutes without lateness."""
    if status not in range(1, len(NAMES)):
        raise Invalid("no status", reason="STATUS_MISSING", violations=[Violation("status", "choose one of the statuses")])
    if minutes_late and status != LATE:
        raise Invalid("minutes without lateness", reason="MINUTES_WITHOUT_LATE", violations=[Violation("minutes_late", "only with LATE")])
