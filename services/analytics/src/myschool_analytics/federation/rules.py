"""What of a cell's word may be believed, and how late it is; pure."""

from datetime import date, timedelta

LEAST_PEOPLE = 5
# A week is told two days after it, by night; one more day for the way here.
_PATIENCE_DAYS = 4


def fault_of(names: list[str], amounts: list[int], least_people: int) -> str:
    """Why an aggregate is not taken; empty when it is fine."""
    if least_people < LEAST_PEOPLE:
        return f"figures of fewer than {LEAST_PEOPLE} people do not come here"
    if names and names[0] != "ALL":
        return "the first figure must be that of all"
    if len(names) == 2 or (len(names) > 2 and sum(amounts[1:]) != amounts[0]):
        return "the parts must add up to the whole"
    return ""


def expected_week(today: date) -> date:
    """The Monday of the newest week that every cell should have told by now."""
    last_day = today - timedelta(days=_PATIENCE_DAYS)
    return last_day - timedelta(days=(last_day.weekday() + 1) % 7 + 6)


def state(newest: date | None, expected: date) -> str:
    """MISSING has never told anything, LATE has not told the week that is due, FRESH has."""
    if newest is None:
        return "MISSING"
    return "FRESH" if newest >= expected else "LATE"
