"""What an event adds to the numbers; pure."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

# Acts of people without an organisation (providers, first sign-ins) are counted under the nil id.
NOWHERE = UUID(int=0)
DEFAULT_WEEKS = 8
# How a person is called whose profile was erased.
NOBODY = "Удалённый профиль"
LONGEST_DAYS = 366


@dataclass
class LessonDelta:
    """Changes of one lesson's facts within a batch."""

    gradebook_id: UUID
    organisation_id: UUID
    day: date
    marks: int = 0
    attendance: int = 0
    has_topic: bool | None = None
    has_homework: bool | None = None


@dataclass
class Batch:
    """Everything a batch of events changes, written in a handful of statements before the commit."""

    lessons: dict[UUID, LessonDelta] = field(default_factory=dict)
    acts: dict[tuple[UUID, datetime, str, UUID], int] = field(default_factory=lambda: defaultdict(int))
    last_at: dict[tuple[UUID, datetime, str, UUID], datetime] = field(default_factory=dict)
    organisations: set[UUID] = field(default_factory=set)
    occurred_at: datetime | None = None

    def lesson(self, lesson_id: UUID, gradebook_id: UUID, organisation_id: UUID, day: date) -> LessonDelta:
        """The delta of a lesson, begun when it is its first event in the batch."""
        self.organisations.add(organisation_id)
        return self.lessons.setdefault(lesson_id, LessonDelta(gradebook_id, organisation_id, day))

    def act(self, person_id: UUID, kind: str, organisation_id: UUID, at: datetime) -> None:
        """One act of a person in the hour of its instant: days of every zone with whole hours are made of hours."""
        key = (person_id, at.replace(minute=0, second=0, microsecond=0), kind, organisation_id)
        self.acts[key] += 1
        self.last_at[key] = max(at, self.last_at.get(key, at))
        if organisation_id != NOWHERE:
            self.organisations.add(organisation_id)

    def saw(self, at: datetime) -> None:
        """Keeps the instant of the newest event."""
        self.occurred_at = at if self.occurred_at is None else max(at, self.occurred_at)


def instants(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """When the first day begins and when the last one ends, in a place."""
    place = ZoneInfo(zone)
    return datetime.combine(first, time(), place), datetime.combine(last + timedelta(days=1), time(), place)


def count_change(old: str, new: str, empty: tuple[str, ...]) -> int:
    """+1 when a fact appears, -1 when it goes, 0 when it only changes its value."""
    return (new not in empty) - (old not in empty)


def period(first_day: date | None, last_day: date | None, today: date) -> tuple[date, date]:
    """The days asked for, by default the last eight weeks. Raises ValueError with a field name when they make no sense."""
    last = last_day or today
    first = first_day or last - timedelta(weeks=DEFAULT_WEEKS) + timedelta(days=1)
    if first > last:
        message = "first_day"
        raise ValueError(message)
    if (last - first).days > LONGEST_DAYS:
        message = "last_day"
        raise ValueError(message)
    return first, last
