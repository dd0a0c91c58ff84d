"""What is noted about a guardianship."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """A step in the life of a guardianship; author = person id and role."""

    act: str
    author: tuple[str, str]
    at: datetime
    rights: tuple[str, ...] = ()
    day: date | None = None
    basis: str = ""
