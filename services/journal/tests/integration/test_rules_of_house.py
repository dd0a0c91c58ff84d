"""What must hold whoever calls: versions, foreign ids, repeated requests, facts that a timetable cannot take away."""

import asyncio
from uuid import uuid4

import pytest

from myschool.journal.v1 import diary_pb2, gradebook_pb2
from myschool.journal.v1.diary_pb2_grpc import DiaryServiceStub
from myschool.journal.v1.gradebook_pb2_grpc import GradebookServiceStub
from myschool.journal.v1.planning_pb2_grpc import PlanningServiceStub
from myschool_journal.gradebook import rules
from myschool_journal.testing import TIMETABLE, School, gradebook_id, lesson_id
from myschool_kit.client import call
from myschool_kit.errors import RemoteError
from myschool_testing import Harness, a_principal, token_of

SOKOLOVA = "Соколова Анна Викторовна"


async def _set(journal: Harness, token: str, lesson: str, student: str, value: str, version: int, key: str = ""):
    request = gradebook_pb2.SetMarkRequest(lesson_id=lesson, student_id=student, value=value, expected_version=version)
    return await call(GradebookServiceStub(journal.channel).SetMark, request, token=token, request_id=key, timeout=30)


def test_average_when_half_then_up() -> None:
    assert rules.average_of([(4, 100), (4, 100), (4, 100), (5, 100), (4, 100), (4, 100), (4, 100), (4, 100)]) == 4.13
    assert rules.average_of([(5, 200), (4, 100)]) == 4.67
    assert rules.average_of([]) is None


async def test_set_mark_when_200_writers_then_one_wins_and_all_others_hear_of_it(journal: Harness, school: School) -> None:
    lesson = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-24")
    token = school.teacher(SOKOLOVA)
    writes = [_set(journal, token, lesson, school.a.first, str(2 + index % 4), 0) for index in range(200)]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    won = [item for item in outcomes if isinstance(item, gradebook_pb2.MarkCell)]
    lost = [item for item in outcomes if isinstance(item, RemoteError) and item.reason == "MARK_CHANGED"]
    # A loser that wanted the very value that stands at version 0 does not exist: version 1 stands.
    assert (len(won), len(lost)) == (1, 199)
    assert all(item.params["current_value"] == won[0].value and item.params["current_version"] == "1" for item in lost)


async def test_set_mark_when_repeated_then_one_effect(journal: Harness, school: School) -> None:
    lesson = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-23")
    token, key = school.teacher(SOKOLOVA), str(uuid4())
    first = await _set(journal, token, lesson, school.a.first, "5", 0, key)
    assert await _set(journal, token, lesson, school.a.first, "5", 0, key) == first


async def test_foreign_ids_when_asked_then_not_found(journal: Harness, school: School, other: School) -> None:
    lesson = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-24")
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    stub, diary = GradebookServiceStub(journal.channel), DiaryServiceStub(journal.channel)
    page = gradebook_pb2.GetGradebookPageRequest(gradebook_id=book)
    week = diary_pb2.GetDiaryWeekRequest(student_id=school.a.first)
    tries = [
        _set(journal, school.teacher("Котов Игорь Семёнович"), lesson, school.a.first, "5", 0),
        _set(journal, other.token("HEAD"), lesson, school.a.first, "5", 0),
        _set(journal, school.teacher(SOKOLOVA), lesson, school.b.first, "5", 0),
        call(stub.GetGradebookPage, page, token=other.teacher(SOKOLOVA)),
        call(diary.GetDiaryWeek, week, token=other.token("GUARDIAN", person_id=other.guardian)),
        call(diary.GetDiaryWeek, week, token=school.token("STUDENT", person_id=school.b.first)),
    ]
    for outcome in await asyncio.gather(*tries, return_exceptions=True):
        assert isinstance(outcome, RemoteError)
        assert outcome.reason.endswith("_NOT_FOUND")


async def test_set_mark_when_lesson_is_ahead_then_refused(journal: Harness, school: School) -> None:
    lesson = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-26")
    with pytest.raises(RemoteError) as refused:
        await _set(journal, school.teacher(SOKOLOVA), lesson, school.a.first, "5", 0)
    assert refused.value.reason == "FUTURE_LESSON"


async def test_timetable_when_imported_anew_then_lesson_with_mark_stays(journal: Harness, school: School) -> None:
    lesson = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-24")
    await _set(journal, school.teacher(SOKOLOVA), lesson, school.a.first, "4", 0)
    without_tuesday = "".join(line for line in TIMETABLE.splitlines(keepends=True) if ";вт;3;" not in line)
    stub = PlanningServiceStub(journal.channel)
    await call(stub.ImportTimetable, school.timetable(without_tuesday), token=token_of(a_principal("SYSTEM")), timeout=30)
    assert await journal.database.reads.fetchval("SELECT off_timetable FROM lesson WHERE id = $1", lesson) is True
    assert await journal.database.reads.fetchval("SELECT value FROM mark WHERE lesson_id = $1", lesson) == 4


async def test_reads_when_hot_then_one_statement(journal: Harness, school: School) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    page = gradebook_pb2.GetGradebookPageRequest(gradebook_id=book)
    week = diary_pb2.GetDiaryWeekRequest(student_id=school.a.first)

    async def both() -> None:
        await call(GradebookServiceStub(journal.channel).GetGradebookPage, page, token=school.teacher(SOKOLOVA))
        await call(DiaryServiceStub(journal.channel).GetDiaryWeek, week, token=school.token("GUARDIAN", person_id=school.guardian))

    for _ in range(5):
        await both()  # a connection's first use of a type asks the server about it; every pooled one gets its turn
    with journal.statements.counted() as seen:
        await both()
    reads = [query for query in seen if "access_entry" not in query and "set_config" not in query]
    assert len(reads) == 2


async def test_mark_when_saved_then_four_statements(journal: Harness, school: School) -> None:
    lesson = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-24")
    await _set(journal, school.teacher(SOKOLOVA), lesson, school.a.first, "4", 0, key=str(uuid4()))
    with journal.statements.counted() as seen:
        await _set(journal, school.teacher(SOKOLOVA), lesson, school.a.first, "5", 1, key=str(uuid4()))
    assert len(seen) == 4, seen  # the request's claim, the cell, mark with fact, reply with event
