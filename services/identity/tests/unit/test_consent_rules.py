"""Whose word counts at which age, around birthdays, 29 February and zones; what is asked and what is missing."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myschool_identity.consent.rules import (
    PERSONAL_DATA,
    Act,
    AgeGroup,
    Fact,
    Subject,
    Wanted,
    age_group,
    holds,
    missing,
    unanswered,
    years_on,
)
from myschool_identity.consent.texts import PRESENT
from myschool_kit.clock import school_day

ME, MOTHER = uuid4(), uuid4()
WANTED = [text.wanted for text in PRESENT]
DAYS = st.dates(date(1950, 1, 1), date(2060, 12, 31))
ZONES = st.sampled_from(["Europe/Kaliningrad", "Europe/Moscow", "Asia/Yekaterinburg", "Asia/Kamchatka"])


def birthday(birth: date, years: int) -> date:
    """The day on which somebody becomes so old: 1 March for who was born on a day the year does not have."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)


def a_subject(group: AgeGroup, *, is_self: bool = True, is_student: bool = True, facts: dict[str, Fact] | None = None) -> Subject:
    return Subject(ME, "Белов Тимур", group, is_self, is_student, facts or {})


def a_fact(act: Act = Act.GIVEN, actor: UUID = ME, version: str = PRESENT[0].version) -> Fact:
    return Fact(act, version, actor, "Кто-то", datetime(2026, 11, 26, tzinfo=UTC))


@given(DAYS, st.integers(0, 100))
def test_age_when_the_birthday_comes_then_it_grows_on_that_very_day(birth: date, years: int) -> None:
    turning = birthday(birth, years)
    assert years_on(birth, turning) == years
    assert years_on(birth, turning - timedelta(days=1)) == years - 1


@given(DAYS, DAYS)
def test_group_when_days_pass_then_it_only_grows_and_changes_at_14_and_18(birth: date, day: date) -> None:
    order = [AgeGroup.CHILD, AgeGroup.TEEN, AgeGroup.ADULT]
    found = age_group(birth, day, is_student=True)
    expected = order[(day >= birthday(birth, 14)) + (day >= birthday(birth, 18))]
    assert found is expected
    assert order.index(age_group(birth, day + timedelta(days=1), is_student=True)) >= order.index(found)


@given(DAYS.filter(lambda day: day.year < 2040), ZONES, st.integers(-30 * 3600, 30 * 3600))
def test_group_when_the_zone_differs_then_the_day_at_the_school_decides(birth: date, zone: str, seconds: int) -> None:
    turning = birthday(birth, 14)
    midnight = datetime(turning.year, turning.month, turning.day, tzinfo=ZoneInfo(zone))
    moment = (midnight + timedelta(seconds=seconds)).astimezone(UTC)
    is_child = age_group(birth, school_day(zone, moment), is_student=True) is AgeGroup.CHILD
    assert is_child == (moment < midnight)


def test_group_when_it_is_midnight_in_kamchatka_then_moscow_waits_nine_hours() -> None:
    birth, moment = date(2012, 11, 26), datetime(2026, 11, 25, 13, tzinfo=UTC)
    assert age_group(birth, school_day("Asia/Kamchatka", moment), is_student=True) is AgeGroup.TEEN
    assert age_group(birth, school_day("Europe/Moscow", moment), is_student=True) is AgeGroup.CHILD


@pytest.mark.parametrize(
    ("day", "years"),
    [
        pytest.param(date(2026, 2, 28), 13, id="common-year-before"),
        pytest.param(date(2026, 3, 1), 14, id="common-year-first-of-march"),
        pytest.param(date(2028, 2, 29), 16, id="leap-year"),
        pytest.param(date(2028, 2, 28), 15, id="leap-year-before"),
    ],
)
def test_age_when_born_on_29_february_then_a_year_older_on_1_march_of_common_years(day: date, years: int) -> None:
    assert years_on(date(2012, 2, 29), day) == years


@pytest.mark.parametrize(
    ("group", "own", "guardian"),
    [
        pytest.param(AgeGroup.CHILD, False, True, id="under-14-the-guardian"),
        pytest.param(AgeGroup.TEEN, True, True, id="14-to-17-either"),
        pytest.param(AgeGroup.ADULT, True, False, id="from-18-the-person"),
    ],
)
def test_word_when_given_then_it_counts_by_age(group: AgeGroup, own: bool, guardian: bool) -> None:
    assert a_subject(group).may_answer is own
    assert a_subject(group, is_self=False).may_answer is guardian


def test_unknown_birthday_when_a_pupil_then_either_may_speak_and_else_an_adult() -> None:
    assert age_group(None, date(2026, 9, 1), is_student=True) is AgeGroup.TEEN
    assert age_group(None, date(2026, 9, 1), is_student=False) is AgeGroup.ADULT


def test_guardian_when_signing_in_then_asked_for_the_small_child_and_not_for_the_teenager() -> None:
    mother = a_subject(AgeGroup.ADULT, is_student=False, facts={PERSONAL_DATA: a_fact()})
    small, big = a_subject(AgeGroup.CHILD, is_self=False), a_subject(AgeGroup.TEEN, is_self=False)
    assert missing([mother, small, big], WANTED) == [text.purpose for text in PRESENT]
    assert missing([mother, big], WANTED) == []
    assert [item.purpose for item in unanswered(mother, WANTED)] == []


def test_child_when_the_guardian_has_not_spoken_then_only_waits() -> None:
    child = a_subject(AgeGroup.CHILD)
    assert unanswered(child, WANTED) == []
    assert missing([child], WANTED) == [PERSONAL_DATA]
    allowed = a_subject(AgeGroup.CHILD, facts={PERSONAL_DATA: a_fact(actor=MOTHER)})
    assert missing([allowed], WANTED) == []


def test_teenager_when_the_guardian_has_spoken_then_not_asked_again_and_at_18_asked_anew() -> None:
    facts = {text.purpose: a_fact(actor=MOTHER, version=text.version) for text in PRESENT}
    assert missing([a_subject(AgeGroup.TEEN, facts=facts)], WANTED) == []
    grown = a_subject(AgeGroup.ADULT, facts=facts)
    assert missing([grown], WANTED) == [text.purpose for text in PRESENT]
    assert not holds(grown, "media")


@pytest.mark.parametrize("act", [Act.DECLINED, Act.WITHDRAWN])
def test_refused_purpose_when_optional_then_not_asked_again_and_personal_data_always(act: Act) -> None:
    facts = {text.purpose: a_fact(act, version=text.version) for text in PRESENT}
    assert missing([a_subject(AgeGroup.TEEN, facts=facts)], WANTED) == [PERSONAL_DATA]


def test_new_text_when_published_then_asked_again_but_the_old_word_holds_meanwhile() -> None:
    subject = a_subject(AgeGroup.TEEN, facts={PERSONAL_DATA: a_fact(version="2025")})
    wanted = [Wanted(PERSONAL_DATA, "2026", students_only=False)]
    assert missing([subject], wanted) == [PERSONAL_DATA]
    assert holds(subject, PERSONAL_DATA)


@given(st.sampled_from(list(AgeGroup)), st.booleans(), st.lists(st.sampled_from(list(Act)), max_size=5), st.booleans())
def test_cabinet_when_open_then_personal_data_are_consented_to(group: AgeGroup, is_student: bool, acts: list[Act], by_me: bool) -> None:
    """Whatever was said in whatever order: nobody works in an account whose personal data nobody who may speak has allowed."""
    actor = ME if by_me else MOTHER
    facts = {text.purpose: a_fact(act, actor, text.version) for text, act in zip(PRESENT, acts, strict=False)}
    subject = a_subject(group, is_student=is_student, facts=facts)
    assert (PERSONAL_DATA in missing([subject], WANTED)) == (not holds(subject, PERSONAL_DATA))
