"""Rules of marks: values, weights, averages, what may be written when. Pure."""

from collections.abc import Iterable
from datetime import date

from myschool_journal.errors import FutureLesson, PeriodClosed

# Weights in hundredths by WorkType number: none and classwork 1, independent work 1.5, test 2, practice 1.
_WEIGHTS = {0: 100, 1: 100, 2: 150, 3: 200, 4: 100}
WORK_TYPES = ("", "CLASSWORK", "INDEPENDENT", "TEST", "PRACTICE")


def weight_of(work_type: int) -> int:
    """Weight of a work type in hundredths."""
    return _WEIGHTS[work_type]


def average(weighted_sum: int, weights: int) -> float | None:
    """Σ(mark·weight)/Σ(weight) to two decimals, half up; None without marks. Integers keep 4.125 from becoming 4.12."""
    if weights == 0:
        return None
    return (2 * 100 * weighted_sum + weights) // (2 * weights) / 100


def average_of(marks: Iterable[tuple[int, int]]) -> float | None:
    """Average of (value, weight in hundredths) pairs."""
    weighted_sum = weights = 0
    for value, weight in marks:
        weighted_sum += value * weight
        weights += weight
    return average(weighted_sum, weights)


def refuse_unless_open(*, day: date, today: date, closed: bool) -> None:
    """Raises FutureLesson or PeriodClosed when a cell of this lesson cannot be written now."""
    if closed:
        raise PeriodClosed("the academic period of the lesson is closed", day=day.isoformat())
    if day > today:
        raise FutureLesson("the lesson has not taken place yet", day=day.isoformat(), today=today.isoformat())
