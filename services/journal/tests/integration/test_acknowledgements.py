"""Whose family has read the week, as the class teacher and the heads of the school see it."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from myschool.identity.events.v1 import identity_events_pb2 as identity
from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool_journal.testing import KOTOV, MOROZOVA, SOKOLOVA, Class, Desk, School, take
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_testing import Harness

WEEK, NEXT = "2026-11-23", "2026-11-30"
FATHER = "Белов Андрей Павлович"


async def refused(call: Any) -> tuple[Kind, str]:
    with pytest.raises(DomainError) as error:
        await call
    return kind_of(error.value), error.value.reason


async def test_list_when_families_sign_then_says_who_and_when_of_that_week_only(journal: Harness, desk: Desk, school: School) -> None:
    head, father = school.token("HEAD"), str(uuid4())
    await take(journal.database, events.GuardianshipEstablished(guardian_id=father, guardian_name=FATHER, student_id=school.a.first))
    before = await desk.acknowledgements(school.a, head)
    assert (before["group"]["name"], before["week"]["monday"], before["week"]["sunday"]) == ("7А", WEEK, "2026-11-29")
    names = [one["full_name"] for one in before["students"]]
    assert names == sorted(school.a.students)
    assert [one["id"] for one in before["students"] if one["can_sign"]] == [school.a.first]
    assert all(one["signed"] == [] for one in before["students"])
    for guardian, name in ((school.guardian, "Белова Ольга Сергеевна"), (father, FATHER)):
        token = school.token("GUARDIAN", person_id=guardian, display_name=name)
        for _ in range(2):
            await desk.acknowledge(school.a.first, token)
    signed = {one["id"]: one["signed"] for one in (await desk.acknowledgements(school.a, head, date="2026-11-29"))["students"]}
    assert [one["by"] for one in signed[school.a.first]] == ["Белова Ольга Сергеевна", FATHER]
    assert sum(map(len, signed.values())) == 2
    assert all(one["signed"] == [] for one in (await desk.acknowledgements(school.a, head, date=NEXT))["students"])
    with journal.statements.counted() as statements:
        await desk.acknowledgements(school.a, head)
    assert len(statements) == 1


async def test_list_when_not_the_callers_class_then_not_found(journal: Harness, desk: Desk, school: School, other: School) -> None:
    for token in (school.teacher(SOKOLOVA), school.token("HEAD"), school.token("DEPUTY_HEAD")):
        assert (await desk.acknowledgements(school.a, token))["group"]["id"] == school.a.id
    # The class teacher of 7А teaches in 7Б too; who only teaches a class does not read its families' signatures.
    foreign = [(school.b, school.teacher(SOKOLOVA)), (school.a, school.teacher(MOROZOVA)), (school.a, school.teacher(KOTOV))]
    foreign += [(school.a, other.token("HEAD")), (other.a, school.token("HEAD")), (Class("нет такого"), school.token("HEAD"))]
    foreign += [(school.a, school.token("HEAD", organisation_id=""))]
    for group, token in foreign:
        assert await refused(desk.acknowledgements(group, token)) == (Kind.NOT_FOUND, "CLASS_NOT_FOUND")
    for role in ("GUARDIAN", "STUDENT", "REGIONAL_COORDINATOR"):
        assert (await refused(desk.acknowledgements(school.a, school.token(role))))[0] is Kind.FORBIDDEN


@pytest.mark.parametrize("date", ["1899-12-31", "2500-01-01", "вчера", "2026-13-01", "2026-11-230"])
async def test_list_when_the_day_makes_no_sense_then_invalid(desk: Desk, school: School, date: str) -> None:
    assert (await refused(desk.acknowledgements(school.a, school.token("HEAD"), date=date)))[0] is Kind.INVALID


async def test_list_when_pupils_come_and_go_then_has_who_was_there_in_that_week(journal: Harness, desk: Desk, school: School) -> None:
    head, leaver, moved = school.token("HEAD"), str(uuid4()), str(uuid4())
    await school.enrol(journal.database, school.a, leaver, "Ушедший Пётр")
    await take(journal.database, events.StudentLeft(group_id=school.a.id, student_id=leaver, last_day="2026-11-24"))
    await school.enrol(journal.database, school.b, moved, "Перешедший Иван")
    await take(journal.database, events.StudentLeft(group_id=school.b.id, student_id=moved, last_day="2026-11-29"))
    await school.enrol(journal.database, school.a, moved, "Перешедший Иван", from_day=NEXT)

    async def listed(group: Class, date: str) -> set[str]:
        return {one["id"] for one in (await desk.acknowledgements(group, head, date=date))["students"]}

    assert {leaver, moved} & await listed(school.a, WEEK) == {leaver}
    assert {leaver, moved} & await listed(school.a, NEXT) == {moved}
    assert moved in await listed(school.b, WEEK)


async def test_pupil_when_nobody_may_sign_then_said_so(journal: Harness, desk: Desk, school: School) -> None:
    async def can_sign() -> bool:
        students = (await desk.acknowledgements(school.a, school.token("HEAD")))["students"]
        return next(one["can_sign"] for one in students if one["id"] == school.a.first)

    told = {"guardian_id": school.guardian, "guardian_name": "Белова Ольга Сергеевна", "student_id": school.a.first}
    assert await can_sign()
    await take(journal.database, events.GuardianshipEstablished(**told, denied=["SIGN"]))
    assert not await can_sign()
    await take(journal.database, events.GuardianshipEstablished(**told, ends_at_ms=1))
    assert not await can_sign()
    await take(journal.database, events.GuardianshipEstablished(**told))
    await take(journal.database, identity.ConsentWithdrawn(person_id=school.a.first, purpose="progress"))
    assert not await can_sign()


async def test_list_when_read_then_the_look_is_recorded(journal: Harness, desk: Desk, school: School) -> None:
    await desk.acknowledgements(school.a, school.token("HEAD"))
    await asyncio.sleep(1.3)  # rows are gathered for a second
    query = "SELECT count(*) FROM access_entry WHERE what = 'diary.acknowledgements' AND object_id = $1"
    assert await journal.database.reads.fetchval(query, school.a.id) == 1
