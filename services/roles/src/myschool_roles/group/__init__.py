"""Student groups: enrolment, teaching, homeroom."""
