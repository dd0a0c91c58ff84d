"""Which figures may leave a region; pure.

What leaves for one measure is its total and, if there is one, a partition of it in which every part stands on enough people.
Parts that are too small are counted together with the smallest one that is not, never left out: whatever is added up or
subtracted from the total, the rest is again a sum of parts that each may be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a breakdown as counted: its name, how many people stand behind the value, and the value."""

    name: str
    people: int
    value: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A value that may be told."""

    name: str
    value: int


def publishable(total: Part, parts: Sequence[Part], least: int) -> tuple[Figure, ...]:
    """The total and its parts as they may be told; empty when too few people stand behind all of it."""
    if total.people < least:
        return ()
    whole = Figure(ALL, total.value)
    large = sorted((part for part in parts if part.people >= least), key=lambda part: (part.people, part.name))
    small = [part for part in parts if part.people < least]
    if small and large:
        # The people of two parts may be the same ones: only a part that is large enough by itself is sure to be so with others.
        told = [_together([large[0], *small]), *(_together([part]) for part in large[1:])]
    else:
        told = [_together([part]) for part in large]
    return (whole, *sorted(told, key=lambda figure: figure.name)) if len(told) > 1 else (whole,)


def _together(parts: Sequence[Part]) -> Figure:
    return Figure("+".join(sorted(part.name for part in parts)), sum(part.value for part in parts))


def told_weeks(today: date, settle_days: int, count: int) -> list[date]:
    """Mondays of the last weeks that are over for so many days, oldest first."""
    last_day = today - timedelta(days=settle_days + 1)
    over = last_day - timedelta(days=(last_day.weekday() + 1) % 7)  # the Sunday that ended it
    newest = over - timedelta(days=6)
    return [newest - timedelta(weeks=back) for back in reversed(range(count))]


def key(first_day: date, breakdown: str, measure: str) -> str:
    """What a later version takes the place under."""
    return f"{first_day}/{breakdown}/{measure}"
