"""Records that look like one person: found, compared, joined, and parted again to the same state."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from myschool.identity.events.v1 import identity_events_pb2
from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool.roles.v1 import duplicates_pb2 as pb
from myschool.roles.v1 import guardian_pb2
from myschool_kit.errors import DomainError, Kind, kind_of

# Versions and times grow with every step; what the rows say must be the same.
ROWS = {
    "roles": "SELECT id, person_id, type, organisation_id, region_code, status FROM structural_role ORDER BY id",
    "guardianships": "SELECT id, guardian_id, student_id, kind, rights, until_day, limited, denied, ends_at, ended_at FROM guardianship ORDER BY id",
    "enrolments": "SELECT id, organisation_id, group_id, student_id, from_day, last_day FROM enrolment ORDER BY id",
    "teachings": "SELECT id, group_id, subject, teacher_id, ended_at FROM teaching ORDER BY id",
    "classes": "SELECT id, homeroom_teacher_id FROM student_group ORDER BY id",
    "claims": "SELECT id, guardian_id, student_id, status FROM guardian_claim ORDER BY id",
    "invitations": "SELECT id, student_id, created_by, used_by, revoked_at FROM invitation ORDER BY id",
    "requests": "SELECT id, person_id, record_id, status FROM family_request ORDER BY id",
    "keys": "SELECT hash, person_id FROM person_key ORDER BY hash",
}
_ENROL = """
INSERT INTO enrolment (id, organisation_id, group_id, student_id, from_day)
SELECT gen_random_uuid(), organisation_id, group_id, $2, from_day FROM enrolment WHERE student_id = $1 AND last_day IS NULL
"""
_TEACH = """
INSERT INTO teaching (id, organisation_id, group_id, subject, teacher_id)
SELECT gen_random_uuid(), organisation_id, group_id, $3, $2 FROM teaching WHERE teacher_id = $1 AND ended_at IS NULL LIMIT 1
"""

# Of a pupil: what a guardian asks, what the school hands out and what a parent asks the school, each still open.
_PAPERS = (
    """INSERT INTO guardian_claim (id, guardian_id, student_id, organisation_id, source, student_name, created_at, expires_at)
    VALUES (gen_random_uuid(), $2, $1, $3, 'SCHOOL', 'Белов Тимур', now(), now() + interval '30 days')""",
    """INSERT INTO invitation (id, student_id, created_by, rights, last_day, created_at, expires_at, kind, organisation_id)
    VALUES (gen_random_uuid(), $1, $2, '{SEE}', current_date + 30, now(), now() + interval '30 days', 'SCHOOL', $3)""",
    """INSERT INTO family_request (id, kind, person_id, organisation_id, record_id, child_name, created_at)
    VALUES (gen_random_uuid(), 'CHILD', $2, $3, $1, 'Белов Тимур', now())""",
)


class School:
    """A school whose list has people twice."""

    def __init__(self, world: Any, build: Any, school: str) -> None:
        self.world = world
        self.school = school
        self.me = str(uuid4())
        self.timur, self.anna = build.person_id("00000100408"), build.person_id("00000100105")

    async def twin(self, person: str, role: str, birth: str | None = None) -> str:
        """A second record of the same name with a role at the school."""
        twin, reads = str(uuid4()), self.world.harness.database.reads
        statement = """INSERT INTO person (id, family_name, given_name, middle_name, full_name, birth_date)
        SELECT $2, family_name, given_name, middle_name, full_name, $3::text::date FROM person WHERE id = $1"""
        await reads.execute(statement, person, twin, birth)
        await self.world.grant(twin, role, self.school)
        return twin

    async def papers(self, student: str, adult: str) -> None:
        for statement in _PAPERS:
            await self.world.harness.database.reads.execute(statement, student, adult, self.school)

    async def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        reads = self.world.harness.database.reads
        return {name: [tuple(row) for row in await reads.fetch(statement)] for name, statement in ROWS.items()}

    async def call(self, name: str, request: Any, role: str = "HEAD", **principal: str) -> Any:
        fields = {"person_id": self.me, "organisation_id": self.school, **principal}
        return await self.world.call(name, request, role, **fields)

    async def json(self, name: str, request: Any, role: str = "HEAD", **principal: str) -> Any:
        fields = {"person_id": self.me, "organisation_id": self.school, **principal}
        return await self.world.json(name, request, role, **fields)

    async def pairs(self, *, judged: bool = False, **principal: str) -> list[set[str]]:
        found = await self.json("ListDuplicates", pb.ListDuplicatesRequest(judged=judged), **principal)
        return [{pair["first"]["id"], pair["second"]["id"]} for pair in found["pairs"]]

    async def merge(self, stays: str, gone: str, **principal: str) -> str:
        return (await self.call("MergePeople", pb.MergePeopleRequest(person_id=stays, merged_id=gone), **principal)).merge_id

    async def separate(self, merge: str, **principal: str) -> list[dict[str, str]]:
        return (await self.json("SeparatePeople", pb.SeparatePeopleRequest(merge_id=merge), **principal))["kept"]

    async def judge(self, one: str, two: str, different: bool = True, **principal: str) -> None:
        await self.call("JudgeDuplicate", pb.JudgeDuplicateRequest(first_id=one, second_id=two, different=different), **principal)


@pytest.fixture
async def school(world: Any, build: Any) -> AsyncIterator[School]:
    school = await world.school()
    await world.load(school, build.book(**build.sheets()))
    yield School(world, build, school)


async def refusal(awaited: Any) -> tuple[Kind, str]:
    with pytest.raises(DomainError) as error:
        await awaited
    return kind_of(error.value), error.value.reason


async def test_pairs_when_names_agree_then_days_of_birth_decide(school: School) -> None:
    same, other = await school.twin(school.timur, "STUDENT", "2013-04-03"), await school.twin(school.timur, "STUDENT", "2013-04-04")
    unknown = await school.twin(school.timur, "STUDENT")
    found = await school.pairs()
    assert {frozenset(pair) for pair in found} == {
        frozenset(pair) for pair in ((school.timur, same), (school.timur, unknown), (same, unknown), (other, unknown))
    }
    coordinator = {"role": "REGIONAL_COORDINATOR", "organisation_id": "", "region_code": "99"}
    assert {frozenset(pair) for pair in await school.pairs(**coordinator)} == {frozenset(pair) for pair in found}
    assert await school.pairs(**{**coordinator, "region_code": "01"}) == []
    assert await school.pairs(organisation_id=await school.world.school("1020000000005")) == []
    assert await school.pairs(organisation_id="") == []


async def test_sides_when_compared_then_say_class_roles_guardians_and_account(school: School) -> None:
    twin = await school.twin(school.timur, "STUDENT")
    listed = await school.json("ListDuplicates", pb.ListDuplicatesRequest())
    sides = {side["id"]: side for pair in listed["pairs"] for side in (pair["first"], pair["second"])}
    assert sides[school.timur]["groups"] == ["7А, Школа № 12"]
    assert sides[school.timur]["guardians"] == ["Белова Ольга Сергеевна"]
    assert (sides[school.timur]["birth_day"], sides[twin]["birth_day"]) == ("2013-04-03", "")
    assert (sides[twin]["groups"], sides[twin]["roles"], sides[twin]["has_account"]) == ([], ["STUDENT"], False)


async def test_pair_when_judged_different_then_shown_no_more_until_undone(school: School) -> None:
    twin = await school.twin(school.timur, "STUDENT")
    await asyncio.gather(*(school.judge(*pair) for pair in ((school.timur, twin), (twin, school.timur)) * 2))
    assert await school.pairs() == []
    assert await school.pairs(judged=True) == [{school.timur, twin}]
    await school.judge(twin, school.timur, different=False)
    assert await school.pairs() == [{school.timur, twin}]
    assert await refusal(school.judge(school.timur, school.timur)) == (Kind.NOT_FOUND, "PERSON_NOT_FOUND")


async def test_merge_when_taken_back_then_rows_are_as_before(school: School) -> None:
    reads = school.world.harness.database.reads
    twin, teacher = await school.twin(school.timur, "STUDENT"), await school.twin(school.anna, "TEACHER")
    await reads.execute(_ENROL, school.timur, twin)
    await reads.execute(_TEACH, school.anna, teacher, "Алгебра")
    await reads.execute(_TEACH, school.anna, teacher, "Геометрия")
    await school.papers(school.timur, str(uuid4()))
    await school.papers(twin, teacher)
    before = await school.rows()
    # Both ways round: the records of the import go over, or those of the twins.
    for stays, gone in ((school.timur, twin), (teacher, school.anna), (twin, school.timur), (school.anna, teacher)):
        merge = await school.merge(stays, gone)
        assert await school.rows() != before
        assert await school.pairs() != []
        assert await school.separate(merge) == []
        assert await school.rows() == before, (stays, gone)
        # identity's own word comes afterwards and changes nothing.
        separated = identity_events_pb2.PersonsSeparated(person_id=stays, separated_id=gone, merge_id=merge)
        merged = identity_events_pb2.PersonsMerged(person_id=stays, merged_id=gone, merge_id=merge)
        await school.world.take(separated)
        await school.world.take(merged)
        assert await school.rows() == before


async def test_merge_when_followed_then_places_and_their_events_go_to_who_stays(school: School) -> None:
    twin = await school.twin(school.anna, "TEACHER")
    student = await school.twin(school.timur, "STUDENT")
    known = len(await school.world.harness.outbox())
    await school.merge(twin, school.anna)
    await school.merge(student, school.timur)
    told = (await school.world.harness.outbox())[known:]
    kinds = [row["type"].rpartition(".")[2] for row in told]
    for kind in ("TeachingEnded", "TeachingAssigned", "HomeroomAssigned", "StudentLeft", "StudentEnrolled", "GuardianshipEstablished"):
        assert kind in kinds, kind
    assigned = (await school.world.events(events.TeachingAssigned))[-1]
    assert (assigned.teacher_id, assigned.teacher_name, assigned.subject) == (twin, "Соколова Анна Викторовна", "Алгебра")
    enrolled = (await school.world.events(events.StudentEnrolled))[-1]
    assert (enrolled.student_id, enrolled.full_name) == (student, "Белов Тимур Андреевич")
    assert (await school.world.events(events.StudentLeft))[-1].student_id == school.timur
    reads = school.world.harness.database.reads
    assert await reads.fetchval("SELECT count(*) FROM teaching WHERE teacher_id = $1 AND ended_at IS NULL", school.anna) == 0
    assert await reads.fetchval("SELECT homeroom_teacher_id::text FROM student_group WHERE name = '7А'") == twin


async def test_separation_when_something_changed_since_then_it_stays_and_is_named(school: School) -> None:
    twin, reads = await school.twin(school.anna, "TEACHER"), school.world.harness.database.reads
    merge = await school.merge(twin, school.anna)
    await reads.execute("UPDATE teaching SET ended_at = now() WHERE teacher_id = $1 AND subject = 'Алгебра'", twin)
    await reads.execute("UPDATE student_group SET homeroom_teacher_id = NULL WHERE name = '7А'")
    kept = await school.separate(merge)
    assert kept == [{"what": "HOMEROOM", "role_type": "", "name": "7А"}, {"what": "TEACHING", "role_type": "", "name": "Алгебра, 7А"}]
    [shown] = (await school.json("ListMerges", pb.ListMergesRequest()))["merges"]
    assert (shown["id"], shown["kept"], shown["full_name"], shown["merged_name"]) == (merge, 2, *["Соколова Анна Викторовна"] * 2)
    assert shown["separated_at_ms"] > 0


async def test_papers_when_merged_then_belong_to_who_stays(school: School) -> None:
    twin, parent = await school.twin(school.timur, "STUDENT"), str(uuid4())
    await school.papers(twin, parent)
    await school.merge(school.timur, twin)
    rows = await school.rows()
    assert {str(row[2]) for row in rows["claims"]} == {str(row[1]) for row in rows["invitations"]} == {school.timur}
    assert {str(row[2]) for row in rows["requests"]} == {school.timur}
    # The child's answer goes to the claim that came over.
    caller = {"person_id": school.timur, "organisation_id": school.school}
    [student] = (await school.json("GetFamily", guardian_pb2.GetFamilyRequest(), "STUDENT", **caller))["students"]
    assert len(student["claims"]) == 1


async def test_papers_when_answered_taken_up_or_decided_since_then_stay_and_are_named(school: School) -> None:
    twin, parent, reads = await school.twin(school.timur, "STUDENT"), str(uuid4()), school.world.harness.database.reads
    await school.papers(twin, parent)
    merge = await school.merge(school.timur, twin)
    await reads.execute("UPDATE guardian_claim SET status = 'DECLINED', decided_at = now(), version = version + 1")
    await reads.execute("UPDATE invitation SET used_at = now(), used_by = $1", str(uuid4()))
    await reads.execute("UPDATE family_request SET status = 'REFUSED', decided_at = now(), version = version + 1")
    # What is asked after the merge is asked of the person who stays.
    await school.papers(school.timur, str(uuid4()))
    after = await school.rows()
    kept = await school.separate(merge)
    assert [row["what"] for row in kept] == ["REQUEST", "INVITATION", "CLAIM"]
    assert all("Белов Тимур" in row["name"] for row in kept)
    assert {name: (await school.rows())[name] for name in ("claims", "invitations", "requests")} == {
        name: after[name] for name in ("claims", "invitations", "requests")
    }


async def test_papers_when_who_stays_has_the_same_open_then_stay_with_both(school: School) -> None:
    twin, adult, parent = await school.twin(school.timur, "STUDENT"), await school.twin(school.anna, "GUARDIAN"), str(uuid4())
    for student in (school.timur, twin):
        await school.world.harness.database.reads.execute(_PAPERS[0], student, parent, school.school)
    for person in (school.anna, adult):
        await school.world.harness.database.reads.execute(_PAPERS[2], school.timur, person, school.school)
    before = await school.rows()
    merges = [await school.merge(school.timur, twin), await school.merge(school.anna, adult)]
    rows = await school.rows()
    assert (rows["claims"], rows["requests"]) == (before["claims"], before["requests"])
    assert [await school.separate(merge) for merge in merges] == [[], []]
    assert await school.rows() == before


async def test_merge_when_confirmed_by_several_then_moved_once(school: School) -> None:
    twin = await school.twin(school.timur, "STUDENT")
    answers = await asyncio.gather(*(school.merge(school.timur, twin) for _ in range(4)), return_exceptions=True)
    merges = {one for one in answers if isinstance(one, str)}
    assert len(merges) == 1
    assert {one.reason for one in answers if isinstance(one, DomainError)} <= {"PERSON_NOT_FOUND"}
    reads = school.world.harness.database.reads
    assert await reads.fetchval("SELECT count(*) FROM merge_move WHERE merge_id = $1 AND what = 'ROLE'", *merges) == 1
    assert await reads.fetchval("SELECT count(*) FROM merge_change WHERE merge_id = $1", *merges) == 1
    kept = await asyncio.gather(*(school.separate(*merges) for _ in range(3)))
    assert kept == [[], [], []]
    assert await reads.fetchval("SELECT count(*) FROM merge_return WHERE merge_id = $1", *merges) == 1


async def test_merge_when_not_the_callers_to_decide_then_refused(school: School) -> None:
    twin, other = await school.twin(school.timur, "STUDENT"), await school.world.school("1020000000005")
    coordinator = await school.twin(school.timur, "STUDENT")
    await school.world.grant(coordinator, "REGIONAL_COORDINATOR", region="99")
    before = await school.rows()
    assert await refusal(school.merge(school.timur, twin, organisation_id=other)) == (Kind.NOT_FOUND, "PERSON_NOT_FOUND")
    assert await refusal(school.merge(school.timur, str(uuid4()))) == (Kind.NOT_FOUND, "PERSON_NOT_FOUND")
    assert await refusal(school.merge(school.timur, school.timur)) == (Kind.NOT_FOUND, "PERSON_NOT_FOUND")
    assert await refusal(school.merge(school.timur, school.anna)) == (Kind.RULE_BROKEN, "PEOPLE_NOT_ALIKE")
    assert await refusal(school.merge(school.timur, coordinator)) == (Kind.RULE_BROKEN, "ACCOUNT_PROTECTED")
    for role in ("TEACHER", "GUARDIAN", "PERSON", "MUNICIPAL_COORDINATOR"):
        assert (await refusal(school.merge(school.timur, twin, role=role)))[0] is Kind.FORBIDDEN
    school.world.accounts.refusing = "ACCOUNTS_TWO"
    assert await refusal(school.merge(school.timur, twin)) == (Kind.RULE_BROKEN, "ACCOUNTS_TWO")
    assert await school.rows() == before
    school.world.accounts.refusing = ""
    merge = await school.merge(school.timur, twin)
    assert await refusal(school.separate(merge, organisation_id=other)) == (Kind.NOT_FOUND, "MERGE_NOT_FOUND")
    assert await refusal(school.separate(str(uuid4()))) == (Kind.NOT_FOUND, "MERGE_NOT_FOUND")
    assert (await school.json("ListMerges", pb.ListMergesRequest(), organisation_id=other))["merges"] == []
    school.world.accounts.failing = True
    assert (await refusal(school.separate(merge)))[0] is Kind.UNAVAILABLE
    [shown] = (await school.json("ListMerges", pb.ListMergesRequest()))["merges"]
    assert shown["separated_at_ms"] == 0


async def test_lists_are_paged_and_refuse_foreign_tokens(school: School) -> None:
    twins = [await school.twin(school.timur, "STUDENT") for _ in range(4)]
    seen: list[frozenset[str]] = []
    token = ""
    while True:
        page = await school.json("ListDuplicates", pb.ListDuplicatesRequest(page_size=3, page_token=token))
        seen += [frozenset((pair["first"]["id"], pair["second"]["id"])) for pair in page["pairs"]]
        token = page["next_page_token"]
        if not token:
            break
    assert len(seen) == len(set(seen)) == 10
    for twin in twins:
        await school.merge(school.timur, twin)
    first = await school.json("ListMerges", pb.ListMergesRequest(page_size=3))
    second = await school.json("ListMerges", pb.ListMergesRequest(page_size=3, page_token=first["next_page_token"]))
    assert len({one["id"] for one in (*first["merges"], *second["merges"])}) == 4
    for bad in ("x", "bnVsbA", first["next_page_token"]):
        assert await refusal(school.json("ListDuplicates", pb.ListDuplicatesRequest(page_token=bad))) == (
            Kind.INVALID,
            "PAGE_TOKEN_INVALID",
        )
    with school.world.harness.statements.counted() as statements:
        await school.json("ListDuplicates", pb.ListDuplicatesRequest(page_size=50))
    assert len(statements) == 2


async def test_facts_of_merges_stay_as_they_are(school: School) -> None:
    await school.separate(await school.merge(school.timur, await school.twin(school.timur, "STUDENT")))
    for table in ("merge_change", "merge_move", "merge_return"):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"UPDATE {table} SET merge_id = merge_id"):
            with pytest.raises(Exception, match="append-only"):
                await school.world.harness.database.reads.execute(statement)
