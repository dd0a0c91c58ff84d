"""School days are the school's: around midnight «today» is another day in Kaliningrad, Moscow, Kamchatka and UTC."""

from datetime import UTC, datetime

import pytest

from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_journal.testing import KOTOV, Desk, School, gradebook_id, lesson_id, take
from myschool_kit import clock
from myschool_kit.errors import RemoteError
from myschool_testing import Harness

THURSDAY = "2026-11-26"
# (zone, UTC moment, is it Thursday 26 November there)
CASES = [
    ("Europe/Moscow", "2026-11-25T20:59:59", False),
    ("Europe/Moscow", "2026-11-25T21:00:00", True),
    ("Europe/Kaliningrad", "2026-11-25T21:59:59", False),
    ("Europe/Kaliningrad", "2026-11-25T22:00:00", True),
    ("Asia/Kamchatka", "2026-11-25T11:59:59", False),
    ("Asia/Kamchatka", "2026-11-25T12:00:00", True),
]


@pytest.mark.parametrize(("zone", "moment", "thursday"), CASES)
async def test_today_when_it_is_midnight_at_the_school_then_its_own_day_counts(
    journal: Harness, school: School, desk: Desk, monkeypatch: pytest.MonkeyPatch, zone: str, moment: str, thursday: bool
) -> None:
    await take(journal.database, roles.OrganisationRegistered(organisation_id=school.id, short_name="Школа № 12", time_zone=zone))
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(moment).replace(tzinfo=UTC))
    lesson, today = await lesson_id(journal.database, school.a, "Алгебра", THURSDAY), THURSDAY if thursday else "2026-11-25"
    assert (await desk.day())["today"] == today
    assert (await desk.page(await gradebook_id(journal.database, school.a, "Алгебра")))["today"] == today
    assert (await desk.week(school.a.first, school.token("GUARDIAN", person_id=school.guardian)))["today"] == today
    for write in (desk.mark(lesson, school.a.first, "5"), desk.presence(lesson, school.a.first, "ILL")):
        if thursday:
            await write
        else:
            with pytest.raises(RemoteError) as refused:
                await write
            assert refused.value.reason == "FUTURE_LESSON"


# 31 July is still of the old year, in which lessons of the past are laid, as its gradebook is new.
@pytest.mark.parametrize(("moment", "year"), [("2027-07-31T20:59:59", 2026), ("2027-07-31T21:00:00", 2027)])
async def test_year_when_august_begins_at_the_school_then_the_timetable_is_of_the_next_one(
    journal: Harness, school: School, desk: Desk, monkeypatch: pytest.MonkeyPatch, moment: str, year: int
) -> None:
    following = school.year()
    following.year = 2027
    for period in following.periods:
        period.first_day, period.last_day = (
            day.replace("2027", "2028").replace("2026", "2027") for day in (period.first_day, period.last_day)
        )
    following.holidays[:] = ["2028-02-29"]
    await desk.set_up(following)
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(moment).replace(tzinfo=UTC))
    await desk.lay("7А;История;Котов Игорь Семёнович;вт;2;301\n")
    query = """SELECT y.year, count(*) FILTER (WHERE l.day = '2028-02-29') AS leap FROM lesson l JOIN school_year y ON y.id = l.year_id
    WHERE l.group_id = $1::uuid AND l.number = 2 AND extract(isodow FROM l.day) = 2 GROUP BY y.year"""
    found = {row["year"]: row["leap"] for row in await journal.database.reads.fetch(query, school.a.id)}
    assert found == {year: 0}  # 29 February 2028 is a Tuesday, and a holiday of its year
    assert len((await desk.gradebooks(who=KOTOV))["gradebooks"]) == 1
