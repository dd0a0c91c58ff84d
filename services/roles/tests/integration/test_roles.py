"""Structural roles: life cycle, scopes, entering, first sign-in, concurrency, repetition."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from myschool.identity.events.v1 import identity_events_pb2
from myschool.roles.events.v1 import roles_events_pb2 as ev
from myschool.roles.v1 import roles_pb2 as pb
from myschool_kit import clock
from myschool_kit.consumer import Consumer, Event
from myschool_kit.errors import Kind, RemoteError
from myschool_roles.app import SERVICE


async def refusal(awaitable) -> RemoteError:
    with pytest.raises(RemoteError) as refused:
        await awaitable
    return refused.value


async def test_role_when_it_lives_its_life_then_each_step_is_a_fact_and_an_event(world, build):
    school, person = await world.school(), build.uuid()
    role = await world.grant(person, "TEACHER", school, "PENDING")
    for version, status in enumerate(["ACTIVE", "SUSPENDED", "ACTIVE", "TERMINATED"], 1):
        reply = await world.change(role.role_id, status, version)
        assert (reply.status, reply.version) == (pb.RoleStatus.Value(f"ROLE_STATUS_{status}"), version + 1)
    facts = await world.harness.database.reads.fetch("SELECT old_status, new_status, reason FROM role_change ORDER BY id")
    assert [row["new_status"] for row in facts] == ["PENDING", "ACTIVE", "SUSPENDED", "ACTIVE", "TERMINATED"]
    assert [event.status for event in await world.events(ev.StructuralRoleChanged)] == [row["new_status"] for row in facts]
    assert (await refusal(world.change(role.role_id, "ACTIVE", 5))).reason == "ROLE_TRANSITION_FORBIDDEN"
    with pytest.raises(asyncpg.RaiseError):
        await world.harness.database.reads.execute("UPDATE role_change SET reason = ''")


async def test_role_when_version_is_old_then_stale_with_present_state(world, build):
    school = await world.school()
    role = await world.grant(build.uuid(), "TEACHER", school)
    await world.change(role.role_id, "SUSPENDED", 1)
    error = await refusal(world.change(role.role_id, "TERMINATED", 1))
    assert (error.remote_kind, error.reason, error.params) == (
        Kind.STALE,
        "ROLE_CHANGED",
        {"current_status": "SUSPENDED", "current_version": "2"},
    )


async def test_delete_when_not_terminated_or_single_then_refused(world, build):
    school, person = await world.school(), build.uuid()
    first = await world.grant(person, "TEACHER", school)
    delete = pb.DeleteRoleRequest(role_id=first.role_id, expected_version=1)
    assert (await refusal(world.call("DeleteRole", delete))).reason == "ROLE_NOT_TERMINATED"
    await world.change(first.role_id, "TERMINATED", 1)
    delete.expected_version = 2
    assert (await refusal(world.call("DeleteRole", delete))).reason == "ROLE_IS_SINGLE"
    await world.grant(person, "GUARDIAN", school)
    await world.call("DeleteRole", delete)
    assert (await refusal(world.call("DeleteRole", delete))).reason == "ROLE_NOT_FOUND"
    assert await world.harness.database.reads.fetchval("SELECT count(*) FROM role_change WHERE role_id = $1", first.role_id) == 3
    roles = (await world.json("WhoAmI", pb.WhoAmIRequest(), "PERSON", person_id=person))["roles"]
    assert [role["type"] for role in roles] == ["GUARDIAN"]


async def test_delete_when_both_terminated_roles_go_at_once_then_one_stays(world, build):
    school, person = await world.school(), build.uuid()
    granted = [await world.grant(person, kind, school) for kind in ("TEACHER", "GUARDIAN")]
    for role in granted:
        await world.change(role.role_id, "TERMINATED", 1)
    requests = [pb.DeleteRoleRequest(role_id=role.role_id, expected_version=2) for role in granted]
    outcomes = await asyncio.gather(*(world.call("DeleteRole", request) for request in requests), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DeleteRoleResponse", "RemoteError"]
    assert await world.harness.database.reads.fetchval("SELECT count(*) FROM structural_role WHERE deleted_at IS NULL") == 1


async def test_grant_when_many_at_once_or_again_then_one_live_role(world, build):
    school, person = await world.school(), build.uuid()
    replies = await asyncio.gather(*(world.grant(person, "TEACHER", school) for _ in range(20)))
    assert len({reply.role_id for reply in replies}) == 1
    assert len(await world.events(ev.StructuralRoleChanged)) == 1
    error = await refusal(world.grant(person, "TEACHER", school, "PENDING"))
    assert (error.reason, error.params["status"]) == ("ROLE_EXISTS", "ACTIVE")
    await world.change(replies[0].role_id, "TERMINATED", 1)
    again = await world.grant(person, "TEACHER", school)
    assert again.role_id != replies[0].role_id


async def test_repeated_request_then_one_effect(world, build):
    school, person, key = await world.school(), build.uuid(), str(uuid4())
    role = await world.grant(person, "TEACHER", school)
    request = pb.ChangeRoleStatusRequest(role_id=role.role_id, status=pb.ROLE_STATUS_SUSPENDED, expected_version=1)
    replies = [await world.call("ChangeRoleStatus", request, request_id=key, person_id=person) for _ in range(2)]
    assert replies[0] == replies[1]
    assert await world.harness.database.reads.fetchval("SELECT count(*) FROM role_change") == 2


async def test_scopes_when_foreign_then_not_found(world, build):
    school, other = await world.school(), await world.school("1020000000005", "98")
    person = build.uuid()
    role = await world.grant(person, "TEACHER", school)
    heads = [
        ("HEAD", {"organisation_id": other}),
        ("REGIONAL_COORDINATOR", {"region_code": "98"}),
        ("REGIONAL_COORDINATOR", {}),
        ("HEAD", {}),
    ]
    for caller, place in heads:
        assert (await refusal(world.change(role.role_id, "SUSPENDED", 1, caller, **place))).remote_kind is Kind.NOT_FOUND
        assert (await refusal(world.grant(person, "DEPUTY_HEAD", school, role=caller, **place))).remote_kind is Kind.NOT_FOUND
        request = pb.GetOrganisationRequest(organisation_id=school)
        assert (await refusal(world.call("GetOrganisation", request, caller, **place))).remote_kind is Kind.NOT_FOUND
    assert (await refusal(world.change(build.uuid(), "SUSPENDED", 1))).remote_kind is Kind.NOT_FOUND
    await world.grant(person, "DEPUTY_HEAD", school, role="HEAD", organisation_id=school)
    await world.grant(person, "HEAD", school, role="REGIONAL_COORDINATOR", region_code="99")


async def test_grant_when_beyond_the_callers_power_or_misplaced_then_refused(world, build):
    school, person = await world.school(), build.uuid()
    await world.grant(person, "TEACHER", school)
    assert (await refusal(world.grant(person, "HEAD", school, role="HEAD", organisation_id=school))).reason == "ROLE_GRANT_FORBIDDEN"
    assert (
        await refusal(world.grant(person, "REGIONAL_COORDINATOR", region="99", role="REGIONAL_COORDINATOR", region_code="99"))
    ).reason == "ROLE_GRANT_FORBIDDEN"
    assert (await refusal(world.grant(build.uuid(), "TEACHER", school, role="HEAD", organisation_id=school))).reason == "PERSON_NOT_FOUND"
    for wrong in (
        {"role_type": "TEACHER"},
        {"role_type": "EXPERT", "school": school},
        {"role_type": "REGIONAL_COORDINATOR"},
        {"role_type": "TEACHER", "school": school, "status": "REJECTED"},
    ):
        error = await refusal(world.grant(person, **wrong))
        assert (error.remote_kind, bool(error.violations)) == (Kind.INVALID, True)
    assert (await refusal(world.grant(person, "TEACHER", "not-a-uuid"))).remote_kind is Kind.INVALID
    assert (await refusal(world.grant(person, "SYSTEM"))).remote_kind is Kind.RULE_BROKEN
    await world.grant(person, "EXPERT")
    await world.grant(person, "REGIONAL_COORDINATOR", region="99")


async def test_enter_role_when_own_and_active_then_place_and_students(world, build):
    school = await world.school()
    await world.load(school, build.book(**build.sheets()))
    guardian = build.person_id("00000100307")
    [role] = (await world.json("WhoAmI", pb.WhoAmIRequest(), "PERSON", person_id=guardian))["roles"]
    request = pb.EnterRoleRequest(role_id=role["id"])
    with world.harness.statements.counted() as statements:
        entered = await world.call("EnterRole", request, "PERSON", person_id=guardian)
        await world.call("WhoAmI", pb.WhoAmIRequest(), "PERSON", person_id=guardian)
    assert len(statements) == 2
    assert (entered.organisation_id, entered.organisation_name, entered.region_code) == (school, "Школа № 12", "99")
    assert set(entered.student_ids) == {build.person_id("00000100408"), build.person_id("00000110310")}
    assert (await refusal(world.call("EnterRole", request, "PERSON", person_id=build.uuid()))).reason == "ROLE_NOT_FOUND"
    await world.change(role["id"], "SUSPENDED", 1)
    error = await refusal(world.call("EnterRole", request, "PERSON", person_id=guardian))
    assert (error.reason, error.params) == ("ROLE_NOT_ACTIVE", {"status": "SUSPENDED"})


async def test_teacher_whose_role_ends_then_teaching_ends(world, build):
    school = await world.school()
    await world.load(school, build.book(**build.sheets()))
    teacher = build.person_id("00000100105")
    [role] = (await world.json("WhoAmI", pb.WhoAmIRequest(), "PERSON", person_id=teacher))["roles"]
    await world.change(role["id"], "TERMINATED", 1)
    assert [(event.subject, event.teacher_id) for event in await world.events(ev.TeachingEnded)] == [("Алгебра", teacher)]


async def test_group_when_related_then_roster_else_not_found(world, build):
    school, other = await world.school(), await world.school("1020000000005")
    await world.load(school, build.book(**build.sheets()))
    page = await world.json("GetOrganisation", pb.GetOrganisationRequest(organisation_id=school), "HEAD", organisation_id=school)
    groups = {group["name"]: group for group in page["groups"]}
    assert (groups["7А"]["students"], groups["7А"]["homeroom_teacher"]) == (2, "Соколова Анна Викторовна")
    assert len(page["staff"]) == 3
    request = pb.GetStudentGroupRequest(group_id=groups["7А"]["id"])
    with world.harness.statements.counted() as statements:
        group = await world.json("GetStudentGroup", request, "TEACHER", organisation_id=school, person_id=build.person_id("00000100206"))
    assert len(statements) == 1
    assert [student["full_name"] for student in group["students"]] == ["Белов Тимур Андреевич", "Фёдоров Роман Ильич"]
    assert group["students"][0]["guardians"][0]["full_name"] == "Белова Ольга Сергеевна"
    strangers = [
        ("TEACHER", {"organisation_id": school}),
        ("TEACHER", {"organisation_id": other, "person_id": build.person_id("00000100206")}),
        ("HEAD", {"organisation_id": other}),
    ]
    for role, place in strangers:
        assert (await refusal(world.call("GetStudentGroup", request, role, **place))).reason == "GROUP_NOT_FOUND"
    await asyncio.sleep(1.3)  # rows are gathered for a second
    logged = await world.harness.database.reads.fetch("SELECT role_type, what, object_id FROM access_entry")
    assert [(row["role_type"], row["what"], str(row["object_id"])) for row in logged] == [("TEACHER", "group.roster", groups["7А"]["id"])]


async def test_search_when_teacher_then_only_own_classes(world, build):
    school, other = await world.school(), await world.school("1020000000005")
    await world.load(school, build.book(**build.sheets()))
    request = pb.SearchPeopleRequest(query="бЕл")
    as_head = await world.json("SearchPeople", request, "HEAD", organisation_id=school)
    assert {person["kind"] for person in as_head["people"]} == {"STUDENT", "GUARDIAN"}
    sokolova = {"organisation_id": school, "person_id": build.person_id("00000100105")}
    as_teacher = await world.json("SearchPeople", request, "TEACHER", **sokolova)
    assert [person["full_name"] for person in as_teacher["people"]] == ["Белов Тимур Андреевич"]
    assert (await world.json("SearchPeople", pb.SearchPeopleRequest(query="федоров"), "TEACHER", **sokolova))["people"]
    assert (await world.json("SearchPeople", request, "HEAD", organisation_id=other))["people"] == []
    assert (await world.json("SearchPeople", pb.SearchPeopleRequest(query="%"), "HEAD", organisation_id=school))["people"] == []


async def test_organisations_when_listed_then_scope_search_and_pages(world, build):
    ids = [await world.school(f"10200000000{number:02d}", "99" if number < 25 else "98") for number in range(10, 30)]
    request = pb.ListOrganisationsRequest(page_size=10)
    first = await world.json("ListOrganisations", request, "REGIONAL_COORDINATOR", region_code="99")
    assert (len(first["organisations"]), first["total"]) == (10, 15)
    request.page_token = first["next_page_token"]
    second = await world.json("ListOrganisations", request, "REGIONAL_COORDINATOR", region_code="99")
    assert (len(second["organisations"]), second["next_page_token"]) == (5, "")
    own = await world.json("ListOrganisations", pb.ListOrganisationsRequest(), "HEAD", organisation_id=ids[3])
    assert [school["id"] for school in own["organisations"]] == [ids[3]]
    found = await world.json("ListOrganisations", pb.ListOrganisationsRequest(query="школа № 28"))
    assert [school["region_code"] for school in found["organisations"]] == ["98"]
    assert (await world.json("ListOrganisations", pb.ListOrganisationsRequest(), "MUNICIPAL_COORDINATOR"))["organisations"] == []
    request.query = "другой"
    assert (await refusal(world.call("ListOrganisations", request))).reason == "PAGE_TOKEN_INVALID"


async def test_register_when_again_then_same_id_and_event_only_for_changes(world):
    first = await world.school()
    assert await world.school() == first
    assert len(await world.events(ev.OrganisationRegistered)) == 1
    request = pb.RegisterOrganisationRequest(
        ogrn="1020000000099", full_name="Ш", short_name="Ш", region_code="98", time_zone="Europe/Moscow"
    )
    assert (
        await refusal(world.call("RegisterOrganisation", request, "REGIONAL_COORDINATOR", region_code="99"))
    ).remote_kind is Kind.NOT_FOUND
    request.time_zone = "Moon/Base"
    assert (await refusal(world.call("RegisterOrganisation", request))).remote_kind is Kind.INVALID
    request.time_zone, request.ogrn = "Europe/Moscow", "12"
    assert (await refusal(world.call("RegisterOrganisation", request))).violations[0].field == "ogrn"


async def test_account_created_when_chief_of_known_school_then_head_once(world, build):
    school, person = await world.school(), build.uuid()
    waiting = await world.grant(build.uuid(), "TEACHER", school, "PENDING")
    teacher = await world.harness.database.reads.fetchval("SELECT person_id FROM structural_role WHERE id = $1", waiting.role_id)
    consumer = Consumer("roles", world.harness.settings, world.harness.database, (await SERVICE.build(world.harness.resources)).handlers)
    organisations = [identity_events_pb2.EsiaOrganisation(ogrn=ogrn, chief=True) for ogrn in ("1020000000012", "1029999999999")]
    employed = [identity_events_pb2.EsiaOrganisation(ogrn="1020000000012", chief=False)]
    messages = [
        identity_events_pb2.AccountCreated(person_id=person, display_name="Орлов Игорь Николаевич", organisations=organisations),
        identity_events_pb2.AccountCreated(person_id=str(teacher), display_name="Новая Нина", organisations=employed),
        identity_events_pb2.AccountCreated(person_id=build.uuid(), display_name="Просто Пётр", organisations=employed),
    ]
    events = [
        Event(uuid4(), "identity.accounts", message.person_id, message.DESCRIPTOR.full_name, message.SerializeToString(), "", clock.now())
        for message in messages
    ]
    await consumer.take(events)
    await consumer.take(events)
    rows = await world.harness.database.reads.fetch("SELECT type, status FROM structural_role ORDER BY type")
    assert [tuple(row) for row in rows] == [("HEAD", "ACTIVE"), ("TEACHER", "ACTIVE")]
    [role] = (await world.json("WhoAmI", pb.WhoAmIRequest(), "PERSON", person_id=person))["roles"]
    assert (role["type"], role["organisation_id"], role["groups"], role["student"]) == ("HEAD", school, [], None)
