"""What is noted about a guardianship."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """A step in the life of a guardianship; author = person id and role, `until` = the last day of a court's limit."""

    act: str
    author: tuple[str, str]
    at: datetime
    rights: tuple[str, ...] = ()
    day: date | None = None
    basis: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class CourtLimit:
    """What a school records; days as typed, ISO 8601. `basis` = court and number in words; an empty `last_day` is until it is lifted."""

    rights: frozenset[str]
    basis: str
    document_day: str
    last_day: str
