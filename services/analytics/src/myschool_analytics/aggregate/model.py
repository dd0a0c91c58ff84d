"""What is counted in a week and what was told of it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from myschool_analytics.aggregate.rules import Figure, Part


@dataclass
class Count:
    """One measure of one week, before it is decided what may be told."""

    breakdown: str
    measure: str
    total: Part
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """One measure of one week in one version, as it leaves."""

    first_day: date
    breakdown: str
    measure: str
    version: int
    figures: tuple[Figure, ...]
    least_people: int
    computed_at: datetime
