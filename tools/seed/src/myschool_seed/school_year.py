"""The school year around a day: quarters, holidays, bells. A five-day week."""

from dataclasses import dataclass
from datetime import date, timedelta

BELLS = (
    ("08:30", "09:10"),
    ("09:25", "10:05"),
    ("10:20", "11:00"),
    ("11:20", "12:00"),
    ("12:20", "13:00"),
    ("13:10", "13:50"),
    ("14:00", "14:40"),
    ("14:50", "15:30"),
)
_PUBLIC = ((11, 4), (2, 23), (3, 8), (5, 1), (5, 9))


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter; both days belong to it."""

    name: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """September to May. `year` is the first calendar year."""

    year: int
    quarters: tuple[Quarter, ...]
    holidays: tuple[date, ...]

    def is_school_day(self, day: date) -> bool:
        """Whether lessons are held."""
        inside = any(quarter.first_day <= day <= quarter.last_day for quarter in self.quarters)
        return inside and day.weekday() < 5 and day not in self.holidays


def around(today: date) -> SchoolYear:
    """The school year `today` lies in; from August on the one that begins."""
    year = today.year if today.month >= 8 else today.year - 1
    first = _weekday_from(date(year, 9, 1))
    autumn = _monday_near(date(year, 10, 26))
    spring = _monday_near(date(year + 1, 3, 26))
    quarters = (
        Quarter("1 четверть", first, autumn - timedelta(days=3)),
        Quarter("2 четверть", autumn + timedelta(days=7), _weekday_before(date(year, 12, 30))),
        Quarter("3 четверть", _weekday_from(date(year + 1, 1, 11)), spring - timedelta(days=3)),
        Quarter("4 четверть", spring + timedelta(days=7), _weekday_before(date(year + 1, 5, 26))),
    )
    holidays = tuple(sorted(date(year if month > 7 else year + 1, month, day) for month, day in _PUBLIC))
    return SchoolYear(year, quarters, holidays)


def _weekday_from(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _weekday_before(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def _monday_near(day: date) -> date:
    return day - timedelta(days=day.weekday())
