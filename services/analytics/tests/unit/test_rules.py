from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myschool_analytics.activity.rules import count_change, period

VALUES = st.sampled_from(["", "2", "3", "4", "5"])


@given(st.lists(VALUES, min_size=1, max_size=30))
def test_count_change_when_summed_over_a_history_then_one_or_none(history: list[str]) -> None:
    steps = ["", *history]
    assert sum(count_change(old, new, ("",)) for old, new in pairwise(steps)) == (history[-1] != "")


def test_period_when_nothing_is_asked_then_eight_weeks() -> None:
    first, last = period(None, None, date(2026, 11, 24))
    assert (last - first).days == 55


@pytest.mark.parametrize(("first", "last", "field"), [("2026-11-25", "2026-11-24", "first_day"), ("2020-01-01", "2026-11-24", "last_day")])
def test_period_when_senseless_then_the_field_is_named(first: str, last: str, field: str) -> None:
    with pytest.raises(ValueError, match=field):
        period(date.fromisoformat(first), date.fromisoformat(last), date(2026, 11, 24))
