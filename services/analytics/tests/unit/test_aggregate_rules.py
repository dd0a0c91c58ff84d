"""What may leave a region: whatever is added up or subtracted, every remainder stands on enough people or on none."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from myschool_analytics.aggregate.rules import ALL, Figure, Part, publishable, told_weeks
from myschool_analytics.federation.rules import expected_week, fault_of, state

LEAST = 5
NAMES = ("BASIC", "OTHER", "PRIMARY", "SECONDARY")
# Who did how much in which part: the same people may stand behind several parts.
FACTS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 11), st.integers(1, 9)), max_size=60)


def counted(facts: list[tuple[str, int, int]], name: str | None) -> Part:
    mine = [fact for fact in facts if name in (None, fact[0])]
    return Part(name or ALL, len({person for _name, person, _value in mine}), sum(value for _name, _person, value in mine))


def told(facts: list[tuple[str, int, int]], named: tuple[str, ...] = NAMES) -> tuple[Figure, ...]:
    return publishable(counted(facts, None), [counted(facts, name) for name in named], LEAST)


@given(FACTS)
@example([("BASIC", person, 1) for person in range(9)] + [("OTHER", 10, 1), ("PRIMARY", 10, 1), ("SECONDARY", 11, 1)])
@example([("BASIC", person, 1) for person in range(5)] + [("PRIMARY", person, 1) for person in range(5)] + [("OTHER", 7, 3)])
def test_remainder_of_any_figures_when_computed_then_stands_on_enough_people(facts: list[tuple[str, int, int]]) -> None:
    figures = told(facts)
    parts = [set(figure.name.split("+")) for figure in figures[1:]]
    sums = [set().union(*chosen) for count in range(len(parts) + 1) for chosen in combinations(parts, count)]
    learned = [*sums, *(set(NAMES) - named for named in sums)] if figures else []
    for named in learned:
        people = {person for name, person, _value in facts if name in named}
        assert not people or len(people) >= LEAST, (figures, named)


@given(FACTS)
def test_figures_when_told_then_true_and_their_parts_make_the_whole(facts: list[tuple[str, int, int]]) -> None:
    figures = told(facts)
    if counted(facts, None).people < LEAST:
        assert figures == ()
        return
    assert figures[0] == Figure(ALL, sum(value for _name, _person, value in facts))
    assert len(figures) != 2
    if len(figures) > 1:
        assert sorted(name for figure in figures[1:] for name in figure.name.split("+")) == sorted(NAMES)
    for figure in figures[1:]:
        assert figure.value == sum(counted(facts, name).value for name in figure.name.split("+"))
    assert fault_of([figure.name for figure in figures], [figure.value for figure in figures], LEAST) == ""


@given(FACTS)
def test_parts_when_all_are_large_then_each_is_told_by_itself(facts: list[tuple[str, int, int]]) -> None:
    many = [*facts, *((name, person, 1) for name in NAMES for person in range(LEAST))]
    assert [figure.name for figure in told(many)] == [ALL, *NAMES]


def test_part_when_nobody_did_anything_in_it_then_not_told_alone() -> None:
    facts = [(name, person, 1) for name in ("BASIC", "PRIMARY") for person in range(6)]
    assert told(facts, ("BASIC", "PRIMARY", "SECONDARY")) == (Figure(ALL, 12), Figure("BASIC+SECONDARY", 6), Figure("PRIMARY", 6))


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 14), st.integers(1, 53))
def test_weeks_when_told_then_whole_over_and_settled(today: date, settle_days: int, count: int) -> None:
    weeks = told_weeks(today, settle_days, count)
    assert len(weeks) == count
    assert all(week.weekday() == 0 for week in weeks)
    newest = weeks[-1]
    assert newest + timedelta(days=6 + settle_days) < today <= newest + timedelta(days=13 + settle_days)


@pytest.mark.parametrize(
    ("names", "amounts", "least", "fine"),
    [
        ([], [], 5, True),
        (["ALL"], [7], 5, True),
        (["ALL", "A", "B"], [7, 3, 4], 6, True),
        (["ALL", "A", "B"], [7, 3, 4], 4, False),
        (["A"], [7], 5, False),
        (["ALL", "A"], [7, 3], 5, False),
        (["ALL", "A", "B"], [8, 3, 4], 5, False),
    ],
)
def test_aggregate_when_it_arrives_then_only_a_sound_one_is_taken(names: list[str], amounts: list[int], least: int, fine: bool) -> None:
    assert (fault_of(names, amounts, least) == "") is fine


def test_cell_when_its_week_is_due_then_late_until_it_comes() -> None:
    monday = date(2026, 11, 16)
    due = [day for day in (date(2026, 11, 20) + timedelta(days=number) for number in range(10)) if expected_week(day) == monday]
    assert (due[0], len(due)) == (date(2026, 11, 26), 4)
    assert [state(newest, monday) for newest in (None, date(2026, 11, 9), monday)] == ["MISSING", "LATE", "FRESH"]
