"""Requests of families: what is asked once, who decides, what follows, and what nobody else sees."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from myschool.identity.events.v1 import identity_events_pb2
from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool.roles.v1 import family_pb2 as pb
from myschool.roles.v1 import roles_pb2
from myschool_kit.errors import DomainError, Kind, kind_of

TIMUR = "Белов Тимур Андреевич"


class Family:
    """A school with its list, and one person who signed in and is in no list."""

    def __init__(self, world: Any, build: Any, school: str) -> None:
        self.world = world
        self.school = school
        self.timur = build.person_id("00000100408")
        self.olga = build.person_id("00000100307")
        self.me = str(uuid4())
        self.name = "Белов Тимур Андреевич"

    async def start(self, person: str = "") -> dict[str, Any]:
        return await self.world.json("GetFamilyStart", pb.GetFamilyStartRequest(), "PERSON", person_id=person or self.me)

    async def send(self, kind: str = "CHILD", person: str = "", request_id: str = "", **values: str) -> pb.FamilyRequestReply:
        fields = {"organisation_id": self.school}
        if kind == "CHILD":
            fields |= {"child_name": TIMUR, "child_birth_day": "2013-04-03", "group_name": "7А"}
        request = pb.SendFamilyRequestRequest(kind=pb.FamilyRequestKind.Value(f"FAMILY_REQUEST_KIND_{kind}"), **(fields | values))
        return await self.world.call(
            "SendFamilyRequest", request, "PERSON", request_id, person_id=person or self.me, display_name=self.name
        )

    async def decide(self, sent: pb.FamilyRequestReply, record: str = "", reason: str = "", **principal: str) -> pb.FamilyRequestReply:
        request = pb.DecideFamilyRequestRequest(
            family_request_id=sent.family_request_id, expected_version=sent.version, confirmed=bool(record), record_id=record, reason=reason
        )
        caller = {"person_id": str(uuid4()), "organisation_id": self.school} | principal
        return await self.world.call("DecideFamilyRequest", request, caller.pop("role", "HEAD"), **caller)

    async def listed(self, school: str = "", **values: Any) -> dict[str, Any]:
        request = pb.ListFamilyRequestsRequest(**values)
        return await self.world.json("ListFamilyRequests", request, "DEPUTY_HEAD", organisation_id=school or self.school)


@pytest.fixture
async def family(world, build) -> Family:
    school = await world.school()
    await world.load(school, build.book(**build.sheets()))
    return Family(world, build, school)


def reason_of(error: pytest.ExceptionInfo[DomainError]) -> tuple[Kind, str]:
    return kind_of(error.value), error.value.reason


async def test_child_asked_for_is_connected_when_the_school_confirms(family: Family) -> None:
    sent = await family.send()
    assert (sent.status, sent.version) == (pb.FAMILY_REQUEST_STATUS_PENDING, 1)
    [waiting] = (await family.listed())["requests"]
    assert (waiting["asked_by"], waiting["child_name"], waiting["child_birth_day"], waiting["group_name"]) == (
        family.name,
        TIMUR,
        "2013-04-03",
        "7А",
    )
    assert [(one["id"], one["group_name"]) for one in waiting["candidates"]] == [(family.timur, "7А")]
    confirmed = await family.decide(sent, family.timur)
    assert (confirmed.status, confirmed.version) == (pb.FAMILY_REQUEST_STATUS_CONFIRMED, 2)
    established = await family.world.events(events.GuardianshipEstablished)
    assert [(one.guardian_id, one.student_id) for one in established if one.guardian_id == family.me] == [(family.me, family.timur)]
    roles = await family.world.json("WhoAmI", _whoami(), "PERSON", person_id=family.me)
    assert [(role["type"], role["status"], role["children"][0]["id"]) for role in roles["roles"]] == [("GUARDIAN", "ACTIVE", family.timur)]
    [own] = (await family.start())["requests"]
    assert (own["status"], own["organisation_name"]) == ("CONFIRMED", "Школа № 12")
    assert (await family.listed())["requests"] == []
    assert [one["status"] for one in (await family.listed(decided=True))["requests"]] == ["CONFIRMED"]


def _whoami() -> roles_pb2.WhoAmIRequest:
    return roles_pb2.WhoAmIRequest()


async def test_refusal_is_read_by_the_family_with_its_reason(family: Family) -> None:
    sent = await family.send()
    for reason in ("", "   "):
        with pytest.raises(DomainError) as error:
            await family.decide(sent, reason=reason)
        assert reason_of(error) == (Kind.INVALID, "REASON_NEEDED")
    await family.decide(sent, reason="В 7А нет такого ученика. Позвоните в школу.", role="DEPUTY_HEAD")
    [own] = (await family.start())["requests"]
    assert (own["status"], own["reason"]) == ("REFUSED", "В 7А нет такого ученика. Позвоните в школу.")
    assert await family.world.events(events.GuardianshipEstablished) != []
    assert not [one for one in await family.world.events(events.GuardianshipEstablished) if one.guardian_id == family.me]
    again = await family.send()
    assert again.family_request_id != sent.family_request_id


async def test_record_found_by_name_is_linked_when_the_school_confirms(family: Family) -> None:
    family.world.accounts.records = [family.timur, str(uuid4())]
    start = await family.start()
    assert [(one["record_id"], one["organisation_id"], one["kind"], one["group_name"]) for one in start["found"]] == [
        (family.timur, family.school, "STUDENT", "7А")
    ]
    sent = await family.send("SELF", record_id=family.timur)
    [waiting] = (await family.listed())["requests"]
    assert (waiting["record_id"], [one["id"] for one in waiting["candidates"]]) == (family.timur, [family.timur])
    await family.decide(sent, family.timur)
    assert family.world.accounts.linked == {family.timur: family.me}


async def test_confirmation_is_undone_where_identity_refuses_and_can_be_given_again(family: Family) -> None:
    sent = await family.send("SELF")
    family.world.accounts.linked[family.timur] = str(uuid4())
    with pytest.raises(DomainError) as error:
        await family.decide(sent, family.timur)
    assert reason_of(error) == (Kind.RULE_BROKEN, "RECORD_TAKEN")
    family.world.accounts.failing = True
    with pytest.raises(DomainError) as error:
        await family.decide(sent, family.timur)
    assert kind_of(error.value) is Kind.UNAVAILABLE
    assert [one["status"] for one in (await family.start())["requests"]] == ["PENDING"]
    family.world.accounts.failing = False
    family.world.accounts.linked.clear()
    assert (await family.decide(sent, family.timur)).version == 2


async def test_start_without_identity_says_that_it_is_incomplete(family: Family) -> None:
    await family.send()
    family.world.accounts.failing = True
    start = await family.start()
    assert (start["complete"], start["found"], len(start["requests"])) == (False, [], 1)


async def test_foreign_record_and_school_are_not_found(family: Family) -> None:
    for values, kind in (
        ({"record_id": family.timur}, "SELF"),
        ({"record_id": str(uuid4())}, "SELF"),
        ({"organisation_id": str(uuid4())}, "CHILD"),
    ):
        with pytest.raises(DomainError) as error:
            await family.send(kind, **values)
        assert kind_of(error.value) is Kind.NOT_FOUND
    sent = await family.send()
    other = await family.world.school("1020000000005")
    for caller in ({"organisation_id": other}, {"organisation_id": ""}):
        with pytest.raises(DomainError) as error:
            await family.decide(sent, family.timur, **caller)
        assert kind_of(error.value) is Kind.NOT_FOUND
    for record in (str(uuid4()), family.olga, family.me):
        with pytest.raises(DomainError) as error:
            await family.decide(sent, record)
        assert reason_of(error) == (Kind.NOT_FOUND, "PERSON_NOT_FOUND")
    assert (await family.listed(other))["requests"] == []
    assert (await family.start(str(uuid4())))["requests"] == []
    for role in ("TEACHER", "GUARDIAN", "REGIONAL_COORDINATOR", "PERSON"):
        with pytest.raises(DomainError) as error:
            await family.decide(sent, family.timur, role=role)
        assert kind_of(error.value) is Kind.FORBIDDEN
    withdrawing = pb.WithdrawFamilyRequestRequest(family_request_id=sent.family_request_id, expected_version=1)
    with pytest.raises(DomainError) as error:
        await family.world.call("WithdrawFamilyRequest", withdrawing, "PERSON", person_id=str(uuid4()))
    assert reason_of(error) == (Kind.NOT_FOUND, "FAMILY_REQUEST_NOT_FOUND")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"child_name": "Тимур"}, id="one-word"),
        pytest.param({"child_name": ""}, id="no-name"),
        pytest.param({"child_birth_day": ""}, id="no-day"),
        pytest.param({"child_birth_day": "2013-02-29"}, id="no-such-day"),
        pytest.param({"child_birth_day": "2999-01-01"}, id="unborn"),
        pytest.param({"child_birth_day": "1900-01-01"}, id="too-old"),
        pytest.param({"child_name": "я" * 201}, id="huge-name"),
        pytest.param({"organisation_id": "12"}, id="no-id"),
        pytest.param({"group_name": "7" * 21}, id="huge-class"),
    ],
)
async def test_unclear_child_is_refused(family: Family, values: dict[str, str]) -> None:
    with pytest.raises(DomainError) as error:
        await family.send(**values)
    assert kind_of(error.value) is Kind.INVALID
    assert error.value.violations
    assert (await family.start())["requests"] == []


async def test_same_question_is_open_once_and_only_some_are_open(family: Family) -> None:
    sent = await asyncio.gather(*(family.send(child_name=name) for name in (TIMUR, TIMUR.upper(), f"  {TIMUR} ") * 3))
    assert len({one.family_request_id for one in sent}) == 1
    names = [f"Белов Пётр{number} Андреевич" for number in range(7)]
    answers = await asyncio.gather(*(family.send(child_name=name) for name in names), return_exceptions=True)
    refused = [one for one in answers if isinstance(one, DomainError)]
    assert (len(answers) - len(refused), {one.reason for one in refused}) == (4, {"FAMILY_REQUESTS_MANY"})
    withdrawing = pb.WithdrawFamilyRequestRequest(family_request_id=sent[0].family_request_id, expected_version=1)
    for _ in range(2):
        reply = await family.world.call("WithdrawFamilyRequest", withdrawing, "PERSON", person_id=family.me)
        assert reply.status == pb.FAMILY_REQUEST_STATUS_WITHDRAWN
    await family.send(child_name=names[6])


async def test_request_is_decided_once_by_whoever_is_first(family: Family) -> None:
    sent = await family.send()
    withdrawing = pb.WithdrawFamilyRequestRequest(family_request_id=sent.family_request_id, expected_version=sent.version)
    # DecideFamilyRequest against itself and against WithdrawFamilyRequest.
    answers = await asyncio.gather(
        *(family.decide(sent, family.timur) for _ in range(3)),
        *(family.decide(sent, reason="нет") for _ in range(3)),
        family.world.call("WithdrawFamilyRequest", withdrawing, "PERSON", person_id=family.me),
        return_exceptions=True,
    )
    lost = [one for one in answers if isinstance(one, DomainError)]
    assert len(lost) == 6
    assert {kind_of(one) for one in lost} == {Kind.STALE}
    facts = await family.world.harness.database.reads.fetch("SELECT status, version FROM family_request_change ORDER BY id")
    assert [row["version"] for row in facts] == [1, 2]
    assert lost[0].params["current_status"] == facts[1]["status"]


async def test_repeated_sending_and_deciding_have_one_effect(family: Family) -> None:
    key = str(uuid4())
    first, second = await family.send(request_id=key), await family.send(request_id=key)
    assert first == second
    assert await family.world.harness.database.reads.fetchval("SELECT count(*) FROM family_request") == 1


async def test_queue_is_paged_and_leaves_an_audit_row(family: Family) -> None:
    people = [str(uuid4()) for _ in range(7)]
    for person in people:
        await family.send(person=person)
    seen: list[str] = []
    token = ""
    while True:
        page = await family.listed(page_size=3, page_token=token)
        seen += [one["id"] for one in page["requests"]]
        token = page["next_page_token"]
        assert page["waiting"] == 7
        if not token:
            break
    assert len(seen) == len(set(seen)) == 7
    for bad in ("x", "bnVsbA"):
        with pytest.raises(DomainError) as error:
            await family.listed(page_token=bad)
        assert reason_of(error) == (Kind.INVALID, "PAGE_TOKEN_INVALID")
    with family.world.harness.statements.counted() as statements:
        await family.listed(page_size=100)
    assert len(statements) == 1
    await asyncio.sleep(1.3)  # rows are gathered for a second
    logged = await family.world.harness.database.reads.fetchval("SELECT count(*) FROM access_entry WHERE what = 'family.requests'")
    assert logged == 14


async def test_schools_are_found_by_name_and_number(family: Family) -> None:
    await family.world.school("1020000000005")
    for query, count in (("школа", 2), ("№ 12", 1), ("1020000000005", 1), ("%", 0), ("нет такой", 0)):
        found = await family.world.json("SearchSchools", pb.SearchSchoolsRequest(query=query), "PERSON", person_id=family.me)
        assert len(found["schools"]) == count, query


async def test_merged_person_hands_over_roles_and_guardianship(family: Family, build: Any) -> None:
    world, stays, gone = family.world, family.olga, family.me
    await family.decide(await family.send(), family.timur)
    lonely = str(uuid4())
    deputy = await world.grant(gone, "DEPUTY_HEAD", family.school)
    await world.grant(stays, "DEPUTY_HEAD", family.school)
    await world.grant(gone, "EXPERT")
    before = len(await world.harness.outbox())
    merges = [
        identity_events_pb2.PersonsMerged(person_id=stays, merged_id=gone, at_ms=1),
        identity_events_pb2.PersonsMerged(person_id=str(uuid4()), merged_id=lonely, at_ms=1),
    ]
    for _ in range(2):
        await world.take(*merges)
    roles = (await world.json("WhoAmI", _whoami(), "PERSON", person_id=stays))["roles"]
    assert sorted((role["type"], role["status"]) for role in roles) == [
        ("DEPUTY_HEAD", "ACTIVE"),
        ("EXPERT", "ACTIVE"),
        ("GUARDIAN", "ACTIVE"),
    ]
    left = (await world.json("WhoAmI", _whoami(), "PERSON", person_id=gone))["roles"]
    assert sorted((role["type"], role["status"]) for role in left) == [("DEPUTY_HEAD", "TERMINATED"), ("GUARDIAN", "TERMINATED")]
    ended = await world.events(events.GuardianshipEnded)
    assert [(one.guardian_id, one.student_id) for one in ended] == [(gone, family.timur)]
    changed = [one for one in await world.events(events.StructuralRoleChanged) if one.role_id == deputy.role_id]
    assert changed[-1].status == "TERMINATED"
    assert len(await world.harness.outbox()) == before + 4
