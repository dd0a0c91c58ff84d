"""Properties of the pure rules: averages, weeks, periods across 29 February and year ends, who is in time."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myschool_journal.attendance import rules as attendance
from myschool_journal.diary import rules as diary
from myschool_journal.errors import FutureLesson, FutureWeek, PeriodClosed
from myschool_journal.gradebook import rules as marks
from myschool_journal.lesson import rules as lessons
from myschool_journal.planning import rules as planning
from myschool_journal.planning.rules import BellTimes, PeriodDays
from myschool_kit.errors import Invalid

DAYS = st.dates(date(1999, 1, 1), date(2101, 1, 1))
MARKS = st.lists(st.tuples(st.integers(1, 5), st.sampled_from([100, 150, 200])), min_size=1, max_size=60)


@given(MARKS)
def test_average_when_any_marks_then_the_exact_quotient_rounded_half_up(given_marks: list[tuple[int, int]]) -> None:
    exact = Decimal(sum(value * weight for value, weight in given_marks)) / Decimal(sum(weight for _, weight in given_marks))
    # The quotient of such sums has few digits, so that rounding twice cannot happen within Decimal's 28.
    assert Decimal(str(marks.average_of(given_marks))) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(MARKS, st.randoms())
def test_average_when_reordered_or_repeated_then_the_same_and_within_the_marks(given_marks: list[tuple[int, int]], random) -> None:
    average = marks.average_of(given_marks)
    shuffled = random.sample(given_marks, len(given_marks))
    assert marks.average_of(shuffled) == marks.average_of(given_marks * 2) == average
    assert min(value for value, _ in given_marks) <= average <= max(value for value, _ in given_marks)


@given(MARKS, st.integers(1, 4))
def test_average_when_a_mark_improves_then_never_worse(given_marks: list[tuple[int, int]], value: int) -> None:
    worse, better = [*given_marks, (value, 200)], [*given_marks, (value + 1, 200)]
    assert marks.average_of(worse) <= marks.average_of(better)


@given(DAYS, DAYS, st.booleans())
def test_cell_when_day_is_ahead_or_closed_then_refused(day: date, today: date, closed: bool) -> None:
    if closed:
        with pytest.raises(PeriodClosed):
            marks.refuse_unless_open(day=day, today=today, closed=True)
    elif day > today:
        with pytest.raises(FutureLesson):
            marks.refuse_unless_open(day=day, today=today, closed=False)
    else:
        marks.refuse_unless_open(day=day, today=today, closed=False)


@given(DAYS)
def test_week_when_of_any_day_then_monday_to_sunday_and_neighbours_touch(day: date) -> None:
    week = diary.Week.of(day)
    assert (week.monday.isoweekday(), week.sunday.isoweekday()) == (1, 7)
    assert week.monday <= day <= week.sunday
    assert week.previous + timedelta(7) == week.monday == week.next - timedelta(7)
    assert {diary.Week.of(week.monday + timedelta(offset)) for offset in range(7)} == {week}


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1), date(2032, 2, 29)])
def test_week_when_29_february_or_year_end_then_in_one_week_with_its_neighbours(day: date) -> None:
    week = diary.Week.of(day)
    assert (day - week.monday).days == day.weekday()


@given(DAYS, DAYS)
def test_acknowledged_when_not_a_monday_or_ahead_then_refused(week: date, today: date) -> None:
    if week.weekday():
        with pytest.raises(Invalid):
            diary.check_acknowledged(week, today)
    elif week > today:
        with pytest.raises(FutureWeek):
            diary.check_acknowledged(week, today)
    else:
        diary.check_acknowledged(week, today)


@given(DAYS, st.integers(0, 120))
def test_week_number_when_any_day_of_a_period_then_counts_mondays(first: date, offset: int) -> None:
    day = first + timedelta(offset)
    mondays = sum((first + timedelta(step)).weekday() == 0 for step in range(1, offset + 1))
    assert planning.week_number(day, first) == 1 + mondays


@given(DAYS)
def test_school_year_when_any_day_then_august_begins_it(day: date) -> None:
    year = planning.school_year_of(day)
    assert date(year, 8, 1) <= day < date(year + 1, 8, 1)


@given(DAYS, st.integers(0, 400), st.sets(DAYS, max_size=20))
def test_school_days_when_any_period_then_each_once_without_sundays_and_holidays(first: date, length: int, free: set[date]) -> None:
    period = PeriodDays("1", first, first + timedelta(length))
    days = planning.school_days([period, period], free)
    assert days == sorted(set(days))
    assert not free.intersection(days)
    sundays = sum((first + timedelta(step)).isoweekday() == 7 for step in range(length + 1))
    holidays = sum(1 for day in free if period.first_day <= day <= period.last_day and day.isoweekday() != 7)
    assert len(days) == length + 1 - sundays - holidays


def test_school_days_when_leap_year_then_29_february_is_one_of_them() -> None:
    period = PeriodDays("3 четверть", date(2028, 1, 10), date(2028, 3, 20))
    assert date(2028, 2, 29) in planning.school_days([period], [])
    assert planning.year_violations(2027, [period], [BellTimes(1, "08:30", "09:15")]) == []


@given(st.lists(st.tuples(st.integers(0, 425), st.integers(0, 200)), min_size=1, max_size=6))
def test_year_when_periods_overlap_leave_it_or_end_early_then_violated_and_only_then(spans: list[tuple[int, int]]) -> None:
    start = date(2027, 7, 1)
    periods = [PeriodDays(str(n), start + timedelta(a), start + timedelta(a + b)) for n, (a, b) in enumerate(spans)]
    days = [day for p in periods for day in range(p.first_day.toordinal(), p.last_day.toordinal() + 1)]
    sound = len(days) == len(set(days)) and all(p.last_day <= date(2028, 8, 31) for p in periods)
    assert (planning.year_violations(2027, periods, []) == []) is sound


@given(st.sampled_from(range(-3, 12)), st.integers(-5, 300))
def test_presence_when_status_is_none_or_minutes_without_lateness_then_refused(status: int, minutes: int) -> None:
    if status in range(1, 8) and (minutes == 0 or status == attendance.LATE):
        attendance.check(status, minutes)
    else:
        with pytest.raises(Invalid):
            attendance.check(status, minutes)


@given(DAYS, DAYS, st.booleans(), st.sampled_from(["00:00", "08:29", "08:30", "09:14", "09:15", "23:59"]))
def test_state_when_any_moment_then_past_now_next_or_later(day: date, today: date, next_found: bool, now: str) -> None:
    state = lessons.state_of(day, today, ("08:30", "09:15"), now, next_found=next_found)
    if day != today:
        assert state == ("past" if day < today else "later")
    else:
        ahead = "later" if next_found else "next"
        assert state == (ahead if now < "08:30" else "now" if now < "09:15" else "past")


@pytest.mark.parametrize("text", ["7А", "7а", " 7 «А» ", "7-А", "7 - а"])
def test_group_when_written_otherwise_then_the_same(text: str) -> None:
    assert planning.fold_group(text) == "7а"


@given(st.text(max_size=20))
def test_weekday_when_any_text_then_1_to_7_or_none(text: str) -> None:
    assert planning.weekday_of(text) in {None, *range(1, 8)}
