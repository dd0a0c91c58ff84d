"""Invitations in full: a school's to the families of its pupils, a student's from 14 to a parent; codes that are kept nowhere."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool.roles.v1 import guardian_pb2, roles_pb2
from myschool.roles.v1 import invitation_pb2 as pb
from myschool_kit import clock
from myschool_kit.errors import DomainError, Kind, kind_of

NOT_THERE = (Kind.NOT_FOUND, "INVITATION_NOT_FOUND")


def years_ago(years: int, offset: int = 0) -> date:
    now = clock.school_day("Europe/Moscow")
    return date(now.year - years, now.month, min(now.day, 28)) + timedelta(days=offset)


def refusal(error: BaseException) -> tuple[Kind, str]:
    assert isinstance(error, DomainError)
    return kind_of(error), error.reason


class School:
    """A school whose deputy invites; Тимур of 7А, led by Соколова, and Ева of 4А, led by nobody."""

    def __init__(self, world: Any, build: Any, school: str, group: str) -> None:
        self.world = world
        self.id = school
        self.group = group
        self.timur = build.person_id("00000100408")
        self.eva = build.person_id("00000110310")
        self.olga = build.person_id("00000100307")
        self.leader = build.person_id("00000100105")
        self.other_teacher = build.person_id("00000100206")
        self.deputy = str(uuid4())

    async def ask(self, name: str, request: Any, role: str = "DEPUTY_HEAD", request_id: str = "", **caller: str) -> Any:
        principal = {"person_id": self.deputy, "organisation_id": self.id, "display_name": "Мудрова Ирина Олеговна"} | caller
        return await self.world.call(name, request, role, request_id, **principal)

    async def invite(self, *students: str, **options: str) -> list[pb.MadeInvitation]:
        request = pb.InviteFamilyRequest(student_ids=students or [self.timur])
        return list((await self.ask("InviteFamily", request, **options)).invitations)

    async def codes(self, *ids: str, **options: str) -> list[pb.InvitationCode]:
        return list((await self.ask("GetInvitationCodes", pb.GetInvitationCodesRequest(invitation_ids=ids), **options)).codes)

    async def code(self, *students: str, **options: str) -> pb.InvitationCode:
        [made] = await self.invite(*students, **options)
        [code] = await self.codes(made.invitation_id, **options)
        return code

    async def accept(self, code: str, person: str) -> guardian_pb2.AcceptInvitationResponse:
        request = guardian_pb2.AcceptInvitationRequest(code=code)
        return await self.world.call("AcceptInvitation", request, "PERSON", person_id=person, display_name="Белов Андрей Павлович")

    async def not_accepted(self, code: str, person: str = "") -> tuple[Kind, str]:
        with pytest.raises(DomainError) as error:
            await self.accept(code, person or str(uuid4()))
        return refusal(error.value)

    async def revoke(self, invitation_id: str, role: str = "DEPUTY_HEAD", **caller: str) -> None:
        await self.ask("RevokeInvitation", guardian_pb2.RevokeInvitationRequest(invitation_id=invitation_id), role, **caller)

    async def listed(self, **options: Any) -> dict[str, Any]:
        values = {name: options.pop(name) for name in ("page_size", "page_token") if name in options}
        request = pb.ListFamilyInvitationsRequest(group_id=options.pop("group", self.group), **values)
        return orjson.loads((await self.ask("ListFamilyInvitations", request, **options)).body)

    async def born(self, when: date) -> None:
        await self.world.harness.database.reads.execute("UPDATE person SET birth_date = $2 WHERE id = $1", UUID(self.timur), when)

    async def children(self, person: str) -> list[str]:
        found = (await self.world.json("WhoAmI", roles_pb2.WhoAmIRequest(), "PERSON", person_id=person))["roles"]
        return [child["id"] for role in found for child in role["children"]]

    async def own(self) -> dict[str, Any]:
        family = await self.ask("GetFamily", guardian_pb2.GetFamilyRequest(), "STUDENT", person_id=self.timur)
        [student] = orjson.loads(family.body)["students"]
        return student

    async def invite_parent(self) -> pb.InvitationCode:
        [made] = (await self.ask("InviteParent", pb.InviteParentRequest(), "STUDENT", person_id=self.timur)).invitations
        [code] = await self.codes(made.invitation_id, role="STUDENT", person_id=self.timur)
        return code


@pytest.fixture
async def school(world, build) -> School:
    school = await world.school()
    await world.load(school, build.book(**build.sheets()))
    group = await world.harness.database.reads.fetchval(
        "SELECT id FROM student_group WHERE name = '7А' AND organisation_id = $1", UUID(school)
    )
    return School(world, build, school, str(group))


async def test_invitation_of_the_school_when_taken_up_then_a_parent_in_full_once(school: School) -> None:
    code = await school.code()
    people = [str(uuid4()) for _ in range(5)]
    answers = await asyncio.gather(*(school.accept(code.code, person) for person in people), return_exceptions=True)
    good = [person for person, answer in zip(people, answers, strict=True) if not isinstance(answer, BaseException)]
    assert len(good) == 1
    assert {refusal(one) for one in answers if isinstance(one, BaseException)} == {NOT_THERE}
    again = await school.accept(code.code, good[0])
    assert (again.student_name, again.last_day) == ("Белов Тимур Андреевич", "")
    assert await school.children(good[0]) == [school.timur]
    told = [one for one in await school.world.events(events.GuardianshipEstablished) if one.guardian_id == good[0]]
    assert [list(one.denied) for one in told] == [[]]
    fact = await school.world.harness.database.reads.fetchrow("SELECT act, author_id, author_role FROM guardianship_change")
    assert tuple(fact) == ("SCHOOL_INVITATION", school.deputy, "SCHOOL")
    [used] = (await school.listed())["invitations"]
    assert (used["state"], used["made_by"], used["used_by"]) == ("USED", "", "Белов Андрей Павлович")
    with pytest.raises(DomainError) as error:
        await school.codes(code.invitation_id)
    assert refusal(error.value) == NOT_THERE


async def test_code_when_typed_from_paper_then_the_same(school: School) -> None:
    first, second = await school.code(), await school.code()
    assert len(first.spelled) == 53
    assert set(first.spelled) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567-")
    typed = f"  {first.spelled.lower().replace('o', '0').replace('-', ' ')} "
    await school.accept(typed, str(uuid4()))
    # The other keyboard has letters that look the same.
    await school.accept(second.spelled.translate(str.maketrans("ABEKMHOPCTX", "АВЕКМНОРСТХ")), str(uuid4()))
    for wrong in (first.spelled[:-1], first.spelled[:-2] + "77", "АВЕ", "0" * 45, "-" * 45, ""):
        with pytest.raises(DomainError) as error:
            await school.accept(wrong, str(uuid4()))
        assert kind_of(error.value) in {Kind.NOT_FOUND, Kind.INVALID}


async def test_replies_and_tables_when_looked_at_then_hold_no_code(school: School) -> None:
    key = str(uuid4())
    first = await school.invite(school.timur, school.eva, request_id=key)
    again = await school.invite(school.timur, school.eva, request_id=key)
    assert first == again
    granny = guardian_pb2.InviteGuardianRequest(
        student_id=school.timur, rights=[guardian_pb2.GUARDIAN_RIGHT_SEE], last_day=clock.school_day("Europe/Moscow").isoformat()
    )
    made = await school.ask("InviteGuardian", granny, "GUARDIAN", str(uuid4()), person_id=school.olga)
    codes = await school.codes(*(one.invitation_id for one in first)) + await school.codes(
        made.invitation_id, role="GUARDIAN", person_id=school.olga
    )
    assert len({one.code for one in codes}) == 3
    await school.accept(codes[0].code, str(uuid4()))
    reads = school.world.harness.database.reads
    replies = b"".join(row["response"] or b"" for row in await reads.fetch("SELECT response FROM request_log"))
    assert replies
    for one in codes:
        assert one.code.encode() not in replies
        assert one.spelled.encode() not in replies
    for table in ("invitation", "outbox", "guardianship_change"):
        stored = await reads.fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
        assert not any(one.code in stored or one.spelled in stored for one in codes)


async def test_invitation_when_revoked_expired_or_the_pupil_left_then_worthless(school: School) -> None:
    reads = school.world.harness.database.reads
    gone = await school.code()
    for caller in ({"organisation_id": str(uuid4())}, {"role": "TEACHER", "person_id": school.other_teacher}, {"role": "GUARDIAN"}):
        with pytest.raises(DomainError) as error:
            await school.revoke(gone.invitation_id, **({"person_id": str(uuid4())} | caller))
        assert refusal(error.value) == NOT_THERE
    for _ in range(2):
        await school.revoke(gone.invitation_id)
    assert await school.not_accepted(gone.code) == NOT_THERE
    late = await school.code()
    await reads.execute("UPDATE invitation SET expires_at = now() - interval '1 second' WHERE id = $1", UUID(late.invitation_id))
    assert await school.not_accepted(late.code) == NOT_THERE
    assert [one["state"] for one in (await school.listed())["invitations"]] == ["EXPIRED", "REVOKED"]
    code = await school.code()
    await school.born(years_ago(18))
    assert await school.not_accepted(code.code) == NOT_THERE
    await school.born(years_ago(13))
    await reads.execute("UPDATE enrolment SET last_day = current_date WHERE student_id = $1", UUID(school.timur))
    assert await school.not_accepted(code.code) == NOT_THERE


async def test_invitation_when_taken_by_the_pupil_or_a_parent_then_refused(school: School) -> None:
    code = await school.code()
    assert await school.not_accepted(code.code, school.timur) == (Kind.RULE_BROKEN, "OWN_GUARDIAN")
    assert await school.not_accepted(code.code, school.olga) == (Kind.RULE_BROKEN, "ALREADY_GUARDIAN")
    # The code is still good for whom it was meant.
    await school.accept(code.code, str(uuid4()))


async def test_pupils_when_foreign_adult_or_invited_too_often_then_none_is_invited(school: School, build: Any) -> None:
    other = await school.world.school("1020000000005")
    for students, caller, expected in (
        ([str(uuid4())], {}, (Kind.NOT_FOUND, "PERSON_NOT_FOUND")),
        ([school.timur, school.olga], {}, (Kind.NOT_FOUND, "PERSON_NOT_FOUND")),
        ([school.timur], {"organisation_id": other}, (Kind.NOT_FOUND, "PERSON_NOT_FOUND")),
        ([school.timur], {"role": "TEACHER", "person_id": school.other_teacher}, (Kind.NOT_FOUND, "PERSON_NOT_FOUND")),
        ([school.timur, school.eva], {"role": "TEACHER", "person_id": school.leader}, (Kind.NOT_FOUND, "PERSON_NOT_FOUND")),
        ([school.timur], {"organisation_id": ""}, (Kind.NOT_FOUND, "ORGANISATION_NOT_FOUND")),
    ):
        with pytest.raises(DomainError) as error:
            await school.invite(*students, **caller)
        assert refusal(error.value) == expected
    for role in ("GUARDIAN", "STUDENT", "REGIONAL_COORDINATOR"):
        with pytest.raises(DomainError) as error:
            await school.invite(role=role)
        assert kind_of(error.value) is Kind.FORBIDDEN
    for ids in ([], ["x"], [str(uuid4()) for _ in range(41)]):
        with pytest.raises(DomainError) as error:
            await school.ask("InviteFamily", pb.InviteFamilyRequest(student_ids=ids))
        assert kind_of(error.value) is Kind.INVALID
    answers = await asyncio.gather(*(school.invite(school.timur, school.eva) for _ in range(7)), return_exceptions=True)
    many = [one for one in answers if isinstance(one, BaseException)]
    assert ({refusal(one) for one in many}, len(many)) == ({(Kind.RULE_BROKEN, "STUDENT_INVITATIONS_MANY")}, 2)
    await school.born(years_ago(18))
    with pytest.raises(DomainError) as error:
        await school.invite(school.eva, school.timur)
    assert refusal(error.value) == (Kind.RULE_BROKEN, "STUDENT_ADULT")


async def test_class_teacher_when_inviting_then_for_the_own_class_only(school: School) -> None:
    mine: dict[str, str] = {"role": "TEACHER", "person_id": school.leader}
    code = await school.code(**mine)
    listed = await school.listed(**mine)
    assert (listed["group_name"], [(one["full_name"], one["parents"], one["open"]) for one in listed["students"]]) == (
        "7А",
        [("Белов Тимур Андреевич", 1, 1), ("Фёдоров Роман Ильич", 1, 0)],
    )
    assert [one["id"] for one in listed["invitations"]] == [code.invitation_id]
    by_deputy = await school.code(school.eva)
    for act in (
        school.codes(by_deputy.invitation_id, **mine),
        school.codes(code.invitation_id, role="TEACHER", person_id=school.other_teacher),
        school.codes(code.invitation_id, organisation_id=str(uuid4()), person_id=str(uuid4())),
        school.codes(code.invitation_id, str(uuid4())),
        school.revoke(by_deputy.invitation_id, **mine),
    ):
        with pytest.raises(DomainError) as error:
            await act
        assert refusal(error.value) == NOT_THERE
    assert (await school.codes(code.invitation_id))[0].code == code.code
    for caller in ({"role": "TEACHER", "person_id": school.other_teacher}, {"organisation_id": str(uuid4())}, {"group": str(uuid4())}):
        with pytest.raises(DomainError) as error:
            await school.listed(**caller)
        assert refusal(error.value) == (Kind.NOT_FOUND, "GROUP_NOT_FOUND")
    await school.revoke(code.invitation_id, **mine)


async def test_list_when_long_then_in_pages_without_a_code(school: School) -> None:
    for _ in range(5):
        await school.invite()
    seen, token = [], ""
    while True:
        page = await school.listed(page_size=2, page_token=token)
        seen += page["invitations"]
        if not (token := page["next_page_token"]):
            break
    assert len({one["id"] for one in seen}) == 5
    assert [one["made_at_ms"] for one in seen] == sorted((one["made_at_ms"] for one in seen), reverse=True)
    assert not any("code" in one for one in seen)
    with pytest.raises(DomainError) as error:
        await school.listed(page_token="нет")
    assert kind_of(error.value) is Kind.INVALID


@pytest.mark.parametrize(
    ("years", "offset", "reason"),
    [
        pytest.param(14, 1, "STUDENT_TOO_YOUNG", id="eve-of-14"),
        pytest.param(14, 0, "", id="is-14"),
        pytest.param(18, 1, "", id="eve-of-18"),
        pytest.param(18, 0, "STUDENT_ADULT", id="is-18"),
    ],
)
async def test_student_when_around_a_birthday_then_invites_a_parent_from_14_to_17(
    school: School, years: int, offset: int, reason: str
) -> None:
    await school.born(years_ago(years, offset))
    assert (await school.own())["may_invite"] is not bool(reason)
    if reason:
        with pytest.raises(DomainError) as error:
            await school.invite_parent()
        assert refusal(error.value) == (Kind.RULE_BROKEN, reason)
    else:
        assert (await school.invite_parent()).code


async def test_parent_when_invited_by_the_student_then_in_full_and_revocable_before(school: School) -> None:
    await school.born(years_ago(15))
    gone, code = await school.invite_parent(), await school.invite_parent()
    shown = (await school.own())["invitations"]
    assert {(one["id"], one["kind"], one["last_day"]) for one in shown} == {
        (gone.invitation_id, "STUDENT", ""),
        (code.invitation_id, "STUDENT", ""),
    }
    # The school neither reads nor takes back what is a student's own.
    for act in (school.codes(code.invitation_id), school.revoke(code.invitation_id)):
        with pytest.raises(DomainError) as error:
            await act
        assert refusal(error.value) == NOT_THERE
    await school.revoke(gone.invitation_id, "STUDENT", person_id=school.timur)
    assert await school.not_accepted(gone.code) == NOT_THERE
    father = str(uuid4())
    assert (await school.accept(code.code, father)).last_day == ""
    assert await school.children(father) == [school.timur]
    fact = await school.world.harness.database.reads.fetchrow("SELECT act, author_id, author_role FROM guardianship_change")
    assert tuple(fact) == ("STUDENT_INVITATION", school.timur, "STUDENT")
    answers = await asyncio.gather(*(school.invite_parent() for _ in range(7)), return_exceptions=True)
    many = [one for one in answers if isinstance(one, BaseException)]
    assert ({refusal(one) for one in many}, len(many)) == ({(Kind.RULE_BROKEN, "INVITATIONS_MANY")}, 2)
    # Who came of age decides otherwise, and the code with them.
    last = next(one for one in answers if not isinstance(one, BaseException))
    await school.born(years_ago(18))
    assert await school.not_accepted(last.code) == NOT_THERE


async def test_codes_when_read_then_the_look_is_recorded(school: School) -> None:
    await school.code()
    await asyncio.sleep(1.3)  # rows are gathered for a second
    logged = await school.world.harness.database.reads.fetch("SELECT what, subject_id FROM access_entry WHERE what LIKE 'invitation%'")
    assert [(row["what"], str(row["subject_id"])) for row in logged] == [("invitation.codes", school.timur)]
