"""Rules of lessons: when homework can be due, what waits for a teacher, what is on now. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from myschool_kit.errors import Invalid, Violation

# A class has enough marks when a student has three in the period («накопляемость»).
ENOUGH_MARKS = 3
_NEAR = timedelta(days=7)
_WAITING_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Held:
    """A lesson of the last days as far as waiting work is concerned."""

    key: int
    gradebook: object
    ended: bool
    has_topic: bool
    has_homework: bool


def is_fresh(expected: int, version: int, *, present: bool) -> bool:
    """Whether a write of homework saw the present state; one that was taken back looks like none, version 0."""
    return expected == version or (expected == 0 and not present)


def check_due(given: tuple[date, int], due: tuple[date, int]) -> None:
    """Raises Invalid unless homework is due after the lesson (day, number) at which it is given."""
    if due <= given:
        raise Invalid("homework is due too early", violations=[Violation("due_lesson_id", "choose a later lesson")])


def is_near(day: date, today: date) -> bool:
    """Whether an open page may be showing the day: a bulk save tells only these."""
    return abs(day - today) <= _NEAR


def state_of(day: date, today: date, times: tuple[str, str], now: str, *, next_found: bool) -> str:
    """past, now, next or later; `next` is the first lesson of today that has not begun. Times are local "08:30"."""
    if day != today:
        return "past" if day < today else "later"
    starts_at, ends_at = times
    if ends_at <= now:
        return "past"
    if starts_at <= now:
        return "now"
    return "later" if next_found else "next"


def waiting(held: Sequence[Held]) -> list[tuple[str, int]]:
    """(kind, key) of what is missing, latest lessons first: every topic, homework only of the last lesson of a gradebook."""
    found: list[tuple[str, int]] = []
    seen: set[object] = set()
    for lesson in held:
        if not lesson.ended:
            continue
        if not lesson.has_topic:
            found.append(("topic", lesson.key))
        if not lesson.has_homework and lesson.gradebook not in seen:
            found.append(("homework", lesson.key))
        seen.add(lesson.gradebook)
    return found[:_WAITING_LIMIT]


def is_thin(with_enough: int, students: int, first_day: date, last_day: date, today: date) -> bool:
    """Whether fewer than half of a class have enough marks although half of the period is over."""
    return students > 0 and with_enough * 2 < students and (today - first_day) * 2 >= last_day - first_day
