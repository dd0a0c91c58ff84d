"""A family sees who looked at a child's diary and at the class pages it stands on, page by page; nobody else does. And the copy of the data."""

import asyncio
from uuid import UUID, uuid4

import orjson
import pytest

from myschool.common.v1 import subject_pb2 as pb
from myschool.common.v1.subject_pb2_grpc import SubjectServiceStub
from myschool_journal.testing import SOKOLOVA, Desk, School, gradebook_id, lesson_id
from myschool_kit.client import call
from myschool_kit.errors import Kind, RemoteError
from myschool_testing import Harness, a_principal, token_of


class Family:
    """What a person asks about a child."""

    def __init__(self, journal: Harness, token: str) -> None:
        self._stub, self._token = SubjectServiceStub(journal.channel), token

    async def looks(self, subject: str, size: int = 0, token: str = "") -> dict:
        request = pb.ListAccessRequest(subject_id=subject, page_size=size, page_token=token)
        return orjson.loads((await call(self._stub.ListAccess, request, token=self._token)).body)

    async def until(self, subject: str, count: int) -> list[dict]:
        async with asyncio.timeout(10):
            while len(found := (await self.looks(subject))["looks"]) < count:
                await asyncio.sleep(0.1)
        return found

    async def data(self) -> dict[str, list]:
        found: dict[str, list] = {}
        token = ""
        while True:
            page = await call(self._stub.GetSubjectData, pb.GetSubjectDataRequest(page_token=token), token=self._token)
            found.setdefault(page.part, []).extend(orjson.loads(page.rows))
            token = page.next_page_token
            if not token:
                return found


async def test_looks_when_others_read_then_the_family_sees_them_and_strangers_nothing(journal: Harness, school: School, desk: Desk) -> None:
    student, lesson = school.a.first, await lesson_id(journal.database, school.a, "Алгебра", "2026-11-23")
    guardian = school.token("GUARDIAN", person_id=school.guardian, display_name="Белова Ольга Сергеевна")
    family, pupil = Family(journal, guardian), Family(journal, school.token("STUDENT", person_id=student))
    await desk.page(await gradebook_id(journal.database, school.a, "Алгебра"))
    await desk.history(lesson, student)
    await desk.week(student, guardian)
    await desk.acknowledgements(school.a, school.teacher(SOKOLOVA))
    found = await family.until(student, 3)
    assert {(one["reader_name"], one["role_type"], one["what"], one["permission"], one["together"]) for one in found} == {
        (SOKOLOVA, "TEACHER", "gradebook.page", "gradebook.read", True),
        (SOKOLOVA, "TEACHER", "mark.history", "gradebook.read", False),
        (SOKOLOVA, "TEACHER", "diary.acknowledgements", "diary.acknowledgements", True),
    }
    # The pupil sees the guardian's look too; the other class's pages are nobody's business here.
    assert {one["what"] for one in await pupil.until(student, 4)} == {
        *("gradebook.page", "mark.history", "diary.week", "diary.acknowledgements")
    }
    assert (await Family(journal, school.token("STUDENT", person_id=school.b.first)).looks(school.b.first))["looks"] == []
    for stranger in (school.teacher(SOKOLOVA), school.token("STUDENT", person_id=school.b.first), school.token("HEAD")):
        with pytest.raises(RemoteError) as refused:
            await Family(journal, stranger).looks(student)
        assert refused.value.remote_kind is Kind.NOT_FOUND
    for subject in (school.b.first, str(uuid4())):
        with pytest.raises(RemoteError):
            await family.looks(subject)


async def test_looks_when_many_then_paged_without_a_gap_or_a_double_by_one_statement(journal: Harness, school: School, desk: Desk) -> None:
    student = school.a.first
    family = Family(journal, school.token("GUARDIAN", person_id=school.guardian))
    insert = """INSERT INTO access_entry (at, reader_id, reader_name, role_type, what, permission, subject_id, request)
        SELECT '2026-11-24 08:00Z'::timestamptz + (n / 7) * interval '1 minute', $2, 'Учитель', 'TEACHER', 'diary.week', '', $1, n::text
        FROM generate_series(1, 100) n"""
    await journal.database.reads.execute(insert, UUID(student), uuid4())
    seen, token = [], ""
    while True:
        page = await family.looks(student, 13, token)
        seen += [one["place"] for one in page["looks"]]
        token = page["next_page_token"]
        if not token:
            break
    assert len(seen) == len(set(seen)) == 100
    with journal.statements.counted() as statements:
        await family.looks(student, 13)
    assert len(statements) == 2  # the relation, the list
    with pytest.raises(RemoteError) as refused:
        await family.looks(school.a.first, 13, "bm90aGluZw")
    assert refused.value.reason == "PAGE_TOKEN_INVALID"


async def test_copy_when_taken_then_own_marks_and_nobody_elses(journal: Harness, school: School, desk: Desk) -> None:
    first, second = list(school.a.students.values())[:2]
    lesson = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-23")
    await desk.mark(lesson, first, "5", comment="отлично")
    await desk.mark(lesson, second, "2", comment="чужое")
    await desk.presence(lesson, first, "LATE", minutes=5)
    data = await Family(journal, school.token("STUDENT", person_id=first)).data()
    assert [(mark["value"], mark["comment"], mark["subject"], mark["day"]) for mark in data["marks"]] == [
        (5, "отлично", "Алгебра", "2026-11-23")
    ]
    assert [(one["status"], one["minutes_late"]) for one in data["attendance"]] == [("LATE", 5)]
    assert "чужое" not in str(data)
    given = await Family(journal, school.teacher(SOKOLOVA)).data()
    assert len(given["given_marks"]) == 2
    nobody = await Family(journal, token_of(a_principal("PERSON"))).data()
    assert all(rows == [] for rows in nobody.values())


async def test_copy_when_huge_then_every_row_once(journal: Harness, school: School, desk: Desk) -> None:
    lesson = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-23")
    await journal.database.reads.execute(
        """INSERT INTO mark_change (lesson_id, student_id, version, old_value, new_value, author_id, author_name, author_role, comment, at, trace)
        SELECT $1, $2, n, NULL, 5, gen_random_uuid(), 'Учитель', 'TEACHER', n::text, now(), '' FROM generate_series(1, 1700) n""",
        UUID(lesson),
        UUID(school.a.first),
    )
    data = await Family(journal, school.token("STUDENT", person_id=school.a.first)).data()
    assert [int(row["comment"]) for row in data["mark_changes"]] == list(range(1, 1701))
