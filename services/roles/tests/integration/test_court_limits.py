"""What a court has limited: recorded by the school, stronger than every grant, over on its last day or when it is lifted."""

import asyncio
from datetime import date
from typing import Any, cast
from uuid import UUID

import pytest

from myschool.roles.v1 import guardian_pb2 as pb
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_roles.guardian.endings import LimitEndings
from myschool_roles.guardian.repository import GuardianRepository
from myschool_roles.guardian.service import Guardians
from myschool_roles.role.service import Roles

from .house import BASIS, House, day, refused


async def test_court_limit_overrules_until_the_school_lifts_it(house: House, build: Any) -> None:
    await house.limit("SEE", "SIGN", "CHAT", "CONSENT")
    last = (await house.told())[-1]
    assert (last.guardian_id, list(last.denied)) == (house.olga, ["CHAT", "CONSENT", "SEE", "SIGN"])
    assert await house.children(house.olga) == [house.eva]
    family = (await house.family())[house.timur]
    assert (family["mine"]["active"], family["mine"]["limited"], family["guardians"]) == (False, ["CHAT", "CONSENT", "SEE", "SIGN"], [])
    with pytest.raises(DomainError) as error:
        await house.invite()
    assert refused(error) == (Kind.NOT_FOUND, "GUARDIANSHIP_NOT_FOUND")
    # Neither a new list of the school nor a merge of records gives back what a court took.
    await house.world.load(house.school, build.book(**build.sheets()))
    assert await house.children(house.olga) == [house.eva]
    request = pb.GetStudentGuardiansRequest(student_id=house.timur)
    page = await house.world.json("GetStudentGuardians", request, "DEPUTY_HEAD", organisation_id=house.school)
    assert [(one["act"], one["basis"], one["day"]) for one in page["changes"]] == [("LIMITED", BASIS, day(-1))]
    assert page["guardians"][0]["limited"] == ["CHAT", "CONSENT", "SEE", "SIGN"]
    await house.limit()
    assert list((await house.told())[-1].denied) == []
    assert sorted(await house.children(house.olga)) == sorted([house.timur, house.eva])
    acts = await house.world.harness.database.reads.fetch("SELECT act FROM guardianship_change ORDER BY id")
    assert [row["act"] for row in acts] == ["LIMITED", "LIFTED"]
    await asyncio.sleep(1.3)  # rows are gathered for a second
    logged = await house.world.harness.database.reads.fetchval("SELECT count(*) FROM access_entry WHERE what = 'guardians'")
    assert logged == 1


async def test_court_limit_with_a_last_day_when_it_is_over_then_lifted_once_and_told(house: House) -> None:
    reads = house.world.harness.database.reads
    database = house.world.harness.database
    # What lifts has nothing to ask of structural roles.
    endings = LimitEndings(database, Guardians(GuardianRepository(database), cast("Roles", None)))
    await house.limit("SEE", last_day=day(0))
    mine = (await house.family())[house.timur]["mine"]
    assert (mine["active"], mine["limited"], mine["limited_until"]) == (False, ["SEE"], day(0))
    # Its last day counts in full.
    assert await endings.lift() == 0
    told = len(await house.told())
    await reads.execute("UPDATE guardianship SET limited_until = $1 WHERE limited_until IS NOT NULL", date.fromisoformat(day(-1)))
    # Readers of the roles service see it at once, the others when it is lifted.
    mine = (await house.family())[house.timur]["mine"]
    assert (mine["active"], mine["limited"], mine["limited_until"]) == (True, [], "")
    await asyncio.gather(*(endings.lift() for _ in range(4)))
    [last] = (await house.told())[told:]
    assert (last.guardian_id, last.student_id, list(last.denied)) == (house.olga, house.timur, [])
    assert sorted(await house.children(house.olga)) == sorted([house.timur, house.eva])
    row = await house.guardianship(house.olga)
    assert (row["limited"], row["limited_until"], row["version"]) == ([], None, 3)
    acts = await reads.fetch("SELECT act, rights, until_day, author_id, author_role FROM guardianship_change ORDER BY id")
    assert [(one["act"], one["rights"], one["author_role"]) for one in acts] == [
        ("LIMITED", ["SEE"], "HEAD"),
        ("LIMIT_OVER", ["SEE"], "SYSTEM"),
    ]
    assert (acts[0]["until_day"], acts[1]["until_day"]) == (date.fromisoformat(day(0)), None)
    assert await endings.lift() == 0


async def test_court_limit_when_the_guardianship_begins_again_then_keeps_its_last_day(house: House, build: Any) -> None:
    reads = house.world.harness.database.reads
    await house.limit("SEE", last_day=day(30))
    await reads.execute("UPDATE guardianship SET ended_at = now() WHERE guardian_id = $1", UUID(house.olga))
    await house.world.load(house.school, build.book(**build.sheets()))
    row = await house.guardianship(house.olga)
    assert (row["limited"], row["limited_until"].isoformat()) == (["SEE"], day(30))


async def test_court_limit_when_its_last_day_makes_no_sense_then_refused_and_nothing_recorded(house: House) -> None:
    for rights, last_day in ((("SEE",), day(-1)), (("SEE",), "31.12.2026"), (("SEE",), "2999-01-01"), ((), day(3))):
        with pytest.raises(DomainError) as error:
            await house.limit(*rights, last_day=last_day)
        assert refused(error) == (Kind.INVALID, "LIMIT_INVALID")
    assert (await house.guardianship(house.olga))["version"] == 1


async def test_limit_of_another_school_or_without_basis_is_refused(house: House) -> None:
    other = await house.world.school("1020000000005")
    with pytest.raises(DomainError) as error:
        await house.limit("SEE", organisation_id=other)
    assert refused(error) == (Kind.NOT_FOUND, "GUARDIANSHIP_NOT_FOUND")
    for role in ("TEACHER", "GUARDIAN", "STUDENT", "REGIONAL_COORDINATOR"):
        with pytest.raises(DomainError) as error:
            await house.limit("SEE", role=role)
        assert kind_of(error.value) is Kind.FORBIDDEN
    request = pb.GetStudentGuardiansRequest(student_id=house.timur)
    for organisation in (other, ""):
        with pytest.raises(DomainError) as error:
            await house.world.json("GetStudentGuardians", request, "HEAD", organisation_id=organisation)
        assert refused(error) == (Kind.NOT_FOUND, "PERSON_NOT_FOUND")
    row = await house.guardianship(house.olga)
    for basis, document_day in ((BASIS, day(1)), (BASIS, ""), ("      ", day(0)), ("суд", day(0))):
        bad = pb.LimitGuardianshipRequest(
            guardianship_id=str(row["id"]), expected_version=1, rights=[pb.GUARDIAN_RIGHT_SEE], basis=basis, document_day=document_day
        )
        with pytest.raises(DomainError) as error:
            await house.world.call("LimitGuardianship", bad, "HEAD", organisation_id=house.school)
        assert kind_of(error.value) is Kind.INVALID
    assert (await house.guardianship(house.olga))["version"] == 1
