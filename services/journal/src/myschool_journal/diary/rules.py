"""Rules of the diary: its weeks and who may acknowledge them when. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from myschool_journal.errors import FutureWeek
from myschool_kit.errors import Invalid, Violation


@dataclass(frozen=True, slots=True)
class Week:
    """A school week by its Monday; the neighbours are Mondays too."""

    monday: date

    @classmethod
    def of(cls, day: date) -> "Week":
        """The week a day is in. Raises Invalid for a day at the edge of the calendar."""
        if not date(1900, 1, 8) <= day <= date(2200, 1, 1):
            raise Invalid("no such week", violations=[Violation("date", "use a day of a school year")])
        return cls(day - timedelta(days=day.weekday()))

    @property
    def sunday(self) -> date:
        """Last day."""
        return self.monday + timedelta(days=6)

    @property
    def previous(self) -> date:
        """Monday before."""
        return self.monday - timedelta(days=7)

    @property
    def next(self) -> date:
        """Monday after."""
        return self.monday + timedelta(days=7)


def check_acknowledged(week: date, today: date) -> None:
    """Raises Invalid unless `week` is a Monday, FutureWeek when it has not begun."""
    if week.weekday() != 0:
        raise Invalid("not a Monday", violations=[Violation("week", "give the Monday of the week")])
    if week > today:
        raise FutureWeek("the week has not begun", week=week.isoformat())
