"""Ages around birthdays, 29 February and time zones, and what follows from them for guardians."""

from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from myschool_kit import clock
from myschool_kit.errors import Invalid
from myschool_roles.guardian import rules

BORN = some.dates(date(1990, 1, 1), date(2026, 12, 31))
LEAPLINGS = some.integers(1990, 2026).filter(lambda year: year % 4 == 0).map(lambda year: date(year, 2, 29))
# From UTC+2 to UTC+12, whole Russia, and places at both ends of the day.
ZONES = some.sampled_from(
    [
        "Europe/Kaliningrad",
        "Europe/Moscow",
        "Asia/Yekaterinburg",
        "Asia/Vladivostok",
        "Asia/Kamchatka",
        "Pacific/Kiritimati",
        "Pacific/Niue",
    ]
)
RIGHTS = some.frozensets(some.sampled_from(sorted(rules.ALL)))


@given(born=BORN | LEAPLINGS, years=some.integers(1, 80))
@example(born=date(2008, 2, 29), years=18)
@example(born=date(2012, 2, 29), years=14)
def test_age_when_the_birthday_comes_then_a_year_more_that_day_and_not_the_day_before(born: date, years: int) -> None:
    day = rules.birthday(born, years)
    assert rules.age_on(born, day) == years
    assert rules.age_on(born, day - timedelta(days=1)) == years - 1
    assert (day.month, day.day) == ((born.month, born.day) if (born.month, born.day) != (2, 29) or isleap(day.year) else (3, 1))


@given(born=BORN | LEAPLINGS, day=BORN, later=some.integers(0, 20_000))
def test_age_when_time_goes_by_then_never_less(born: date, day: date, later: int) -> None:
    assert rules.age_on(born, day) <= rules.age_on(born, day + timedelta(days=later))
    assert rules.age_on(born, born) == 0


@given(born=BORN | LEAPLINGS)
def test_stage_when_14_and_18_come_then_changes_on_the_birthday(born: date) -> None:
    def around(years: int) -> tuple[str, str]:
        day = rules.birthday(born, years)
        return rules.stage_on(born, day - timedelta(days=1)), rules.stage_on(born, day)

    assert around(14) == (rules.UNDER_14, rules.FROM_14)
    assert around(18) == (rules.FROM_14, rules.ADULT)
    assert rules.stage_on(None, born) == rules.UNKNOWN


@given(born=BORN | LEAPLINGS, zone=ZONES, seconds=some.integers(-100_000, 100_000))
def test_access_when_majority_comes_then_ends_at_midnight_of_the_school(born: date, zone: str, seconds: int) -> None:
    access = rules.access_of(rules.ALL, None, frozenset(), born, None)
    ends = access.ends_at(zone)
    assert ends is not None
    assert ends.astimezone(ZoneInfo(zone)).date() == rules.birthday(born, 18)
    moment = ends + timedelta(seconds=seconds)
    # Whoever compares moments comes to the same as whoever compares days at the school.
    assert (moment < ends) == (rules.stage_on(born, clock.school_day(zone, moment)) != rules.ADULT)


@given(granted=RIGHTS, limited=RIGHTS, until=some.none() | BORN, born=some.none() | BORN | LEAPLINGS, extended=some.none() | BORN)
def test_access_when_limited_then_the_court_overrules_and_no_end_is_later_than_the_grants(
    granted: frozenset[str], limited: frozenset[str], until: date | None, born: date | None, extended: date | None
) -> None:
    access = rules.access_of(granted, until, limited, born, extended)
    assert access.denied == rules.ALL - (granted - limited)
    eve = None if born is None else rules.birthday(born, 18) - timedelta(days=1)
    if until is None and eve is None:
        assert access.last_day is None
        return
    assert access.last_day is not None
    assert until is None or access.last_day <= until
    if eve is not None:
        # The adult's word reaches beyond majority only, and never shortens childhood.
        assert access.last_day <= max(eve, extended or eve)
        assert until is not None or access.last_day >= eve


@given(days=some.integers(-400, 400), rights=RIGHTS, denied=RIGHTS, own=some.none() | some.integers(0, 400))
def test_grant_when_handed_on_then_within_a_year_and_never_more_than_ones_own(
    days: int, rights: frozenset[str], denied: frozenset[str], own: int | None
) -> None:
    today = date(2026, 11, 26)
    mine = rules.Access(denied, None if own is None else today + timedelta(days=own))
    good = 0 <= days <= 365 and rules.SEE in rights and rules.CONSENT not in rights and not rights & denied
    try:
        granted, last_day = rules.grant_of(rights, (today + timedelta(days=days)).isoformat(), mine, today)
    except Invalid as error:
        assert not good
        assert error.violations
        return
    assert good
    assert granted == rights
    assert last_day <= (mine.last_day or date.max)


@pytest.mark.parametrize("text", ["", "завтра", "2026-02-29", "2026-13-01", "26.11.2026"])
def test_grant_when_the_day_is_none_then_refused(text: str) -> None:
    with pytest.raises(Invalid):
        rules.grant_of(frozenset({rules.SEE}), text, rules.Access(frozenset(), None), date(2026, 11, 26))


def test_last_day_when_it_is_friday_then_friday_evening_still_counts() -> None:
    access = rules.access_of(rules.GRANTABLE, date(2026, 11, 27), frozenset(), None, None)
    ends = access.ends_at("Asia/Kamchatka")
    assert ends == datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_day", "on", "denied"),
    [
        (None, date(2099, 1, 1), {"SEE"}),
        (date(2028, 2, 29), date(2028, 2, 28), {"SEE"}),
        (date(2028, 2, 29), date(2028, 2, 29), {"SEE"}),
        (date(2028, 2, 29), date(2028, 3, 1), set()),
        (date(2026, 12, 31), date(2027, 1, 1), set()),
    ],
)
def test_court_limit_when_it_has_a_last_day_then_that_day_counts_in_full(last_day: date | None, on: date, denied: set[str]) -> None:
    assert rules.limit_on(frozenset({"SEE"}), last_day, on) == denied


@given(some.dates(date(2026, 1, 1), date(2060, 1, 1)), some.integers(0, 18 * 366))
def test_court_limit_when_typed_then_taken_from_today_to_the_longest(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    assert rules.limit_end(day.isoformat(), rules.ALL, today) == day
    assert rules.limit_end("", rules.ALL, today) is None
    for bad in (today - timedelta(days=1), today + rules.LONGEST_LIMIT + timedelta(days=1)):
        with pytest.raises(Invalid):
            rules.limit_end(bad.isoformat(), rules.ALL, today)
    with pytest.raises(Invalid):
        rules.limit_end(day.isoformat(), frozenset(), today)
