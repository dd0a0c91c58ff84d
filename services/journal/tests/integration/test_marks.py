"""Marks: versions, bulk verdicts, closed periods, history that nobody rewrites."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_journal.testing import KOTOV, MOROZOVA, SOKOLOVA, Desk, School, gradebook_id, lesson_id, take
from myschool_kit.errors import Kind, RemoteError, kind_of
from myschool_testing import Harness

MONDAY, TUESDAY, THURSDAY = "2026-11-23", "2026-11-24", "2026-11-26"


async def refusal(awaitable: object) -> RemoteError:
    with pytest.raises(RemoteError) as refused:
        await awaitable
    return refused.value


async def facts(journal: Harness, lesson: str) -> int:
    return await journal.database.reads.fetchval("SELECT count(*) FROM mark_change WHERE lesson_id = $1", UUID(lesson))


async def test_save_marks_when_some_cells_are_bad_then_each_has_its_own_verdict(journal: Harness, school: School, desk: Desk) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    monday, tuesday, ahead = [await lesson_id(journal.database, school.a, "Алгебра", day) for day in (MONDAY, TUESDAY, THURSDAY)]
    foreign = await lesson_id(journal.database, school.a, "История", TUESDAY)
    first, second, third, *_ = school.a.students.values()
    await desk.mark(tuesday, third, "3", who=MOROZOVA)
    wanted = [
        (monday, first, "5", 0),
        (monday, first, "4", 0),  # the same cell again
        (monday, second, "4", 0),
        (foreign, first, "5", 0),  # of another gradebook
        (str(uuid4()), first, "5", 0),
        (ahead, first, "5", 0),
        (monday, school.b.first, "5", 0),  # of another class
        (tuesday, third, "5", 0),  # stale
        (tuesday, second, "", 0),  # nothing to remove: as wanted already
        (tuesday, first, "2", 2_147_483_647),  # a version that never was
        (tuesday, third, "3", 1),  # as it stands
        (tuesday, third, "3", 2_147_483_647),  # the same cell again
    ]
    verdicts = await desk.marks(book, wanted)
    assert [(verdict.saved, verdict.reason) for verdict in verdicts] == [
        (True, ""),
        (False, "CELL_REPEATED"),
        (True, ""),
        (False, "LESSON_NOT_FOUND"),
        (False, "LESSON_NOT_FOUND"),
        (False, "FUTURE_LESSON"),
        (False, "STUDENT_NOT_FOUND"),
        (False, "MARK_CHANGED"),
        (True, ""),
        (False, "MARK_CHANGED"),
        (False, "CELL_REPEATED"),
        (False, "CELL_REPEATED"),
    ]
    stale = verdicts[7].cell
    assert (stale.value, stale.version, stale.author_name) == ("3", 1, MOROZOVA)
    assert stale.changed_at_ms > 0
    assert verdicts[0].cell.average == 5.0
    assert await facts(journal, monday) == 2
    assert await facts(journal, foreign) == 0


async def test_save_marks_when_none_or_too_many_or_foreign_book_then_refused_whole(journal: Harness, school: School, desk: Desk) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    monday = await lesson_id(journal.database, school.a, "Алгебра", MONDAY)
    cell = (monday, school.a.first, "5", 0)
    assert kind_of(await refusal(desk.marks(book, []))) is Kind.INVALID
    assert kind_of(await refusal(desk.marks(book, [cell] * 1001))) is Kind.INVALID
    assert kind_of(await refusal(desk.marks(book, [(monday, school.a.first, "6", 0)]))) is Kind.INVALID
    assert (await refusal(desk.marks(str(uuid4()), [cell]))).reason == "GRADEBOOK_NOT_FOUND"
    assert (await refusal(desk.marks(book, [cell], who=KOTOV))).reason == "GRADEBOOK_NOT_FOUND"
    assert await facts(journal, monday) == 0


async def test_set_mark_when_version_is_senseless_then_conflict_with_the_present_value(
    journal: Harness, school: School, desk: Desk
) -> None:
    monday = await lesson_id(journal.database, school.a, "Алгебра", MONDAY)
    await desk.mark(monday, school.a.first, "4", comment="у доски")
    error = await refusal(desk.mark(monday, school.a.first, "5", 2_147_483_647))
    assert (error.reason, error.params["current_value"], error.params["current_author"]) == ("MARK_CHANGED", "4", SOKOLOVA)
    assert kind_of(await refusal(desk.mark(monday, school.a.first, "5", 1, comment="a\x00b"))) is Kind.INVALID
    assert kind_of(await refusal(desk.mark(monday, school.a.first, "5", 1, comment="ж" * 501))) is Kind.INVALID


async def test_marks_when_period_is_closed_then_refused_everywhere_and_nothing_changes(
    journal: Harness, school: School, desk: Desk
) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    past, monday = [await lesson_id(journal.database, school.a, "Алгебра", day) for day in ("2026-10-19", MONDAY)]
    await desk.mark(past, school.a.first, "4")
    await desk.close_period("1 четверть")
    for attempt in (
        desk.mark(past, school.a.first, "5", 1),
        desk.mark(past, school.a.first, "", 1),
        desk.presence(past, school.a.first, "ILL"),
        desk.describe(past, "Новая тема"),
        desk.assign(past, "№ 1"),
    ):
        error = await refusal(attempt)
        assert (kind_of(error), error.reason, error.params["day"]) == (Kind.RULE_BROKEN, "PERIOD_CLOSED", "2026-10-19")
    verdicts = await desk.marks(book, [(past, school.a.first, "5", 1), (monday, school.a.first, "5", 0)])
    assert [(verdict.saved, verdict.reason) for verdict in verdicts] == [(False, "PERIOD_CLOSED"), (True, "")]
    assert await facts(journal, past) == 1
    year = school.year()
    year.periods[0].last_day = "2026-10-01"  # moving the closed period away would open its lessons again
    assert (await refusal(desk.set_up(year))).reason == "PERIOD_CLOSED"
    del year.periods[0]
    assert (await refusal(desk.set_up(year))).reason == "PERIOD_CLOSED"


async def test_teacher_when_class_subject_is_lost_then_no_writing_and_history_keeps_the_name(
    journal: Harness, school: School, desk: Desk
) -> None:
    monday = await lesson_id(journal.database, school.a, "Алгебра", MONDAY)
    student = school.a.first
    await desk.mark(monday, student, "4", who=MOROZOVA)
    ended = roles.TeachingEnded(group_id=school.a.id, subject="Алгебра", teacher_id=school.teachers[MOROZOVA])
    await take(journal.database, ended)
    assert (await refusal(desk.mark(monday, student, "5", 1, who=MOROZOVA))).reason == "LESSON_NOT_FOUND"
    assert (await refusal(desk.history(monday, student, who=MOROZOVA))).reason == "LESSON_NOT_FOUND"
    assert (await desk.gradebooks(who=MOROZOVA))["gradebooks"] == []
    await desk.mark(monday, student, "5", 1, comment="пересдача")
    changes = await desk.history(monday, student)
    assert [(c["old_value"], c["new_value"], c["author_name"], c["comment"], c["version"]) for c in changes] == [
        ("", "4", MOROZOVA, "", 1),
        ("4", "5", SOKOLOVA, "пересдача", 2),
    ]
    await desk.mark(monday, student, "", 2)
    row = await journal.database.reads.fetchrow("SELECT value, version FROM mark WHERE lesson_id = $1", UUID(monday))
    assert tuple(row) == (None, 3)  # removed softly: the row and its version stay
    assert len(await desk.history(monday, student)) == 3


async def test_facts_when_the_application_tries_to_change_them_then_refused(journal: Harness, school: School, desk: Desk) -> None:
    monday = await lesson_id(journal.database, school.a, "Алгебра", MONDAY)
    await desk.mark(monday, school.a.first, "4")
    await desk.presence(monday, school.a.first, "LATE", minutes=5)
    await desk.acknowledge(school.a.first, school.token("GUARDIAN", person_id=school.guardian))
    await desk.page(await gradebook_id(journal.database, school.a, "Алгебра"))
    for table in ("mark_change", "attendance_change", "acknowledgement", "access_log", "access_entry"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET at = now()", f"TRUNCATE {table}"):
            with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
                await journal.database.reads.execute(statement)
    # A lesson with facts cannot go either, whoever tries.
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await journal.database.reads.execute("DELETE FROM lesson WHERE id = $1", UUID(monday))


async def test_bulk_saves_when_they_cross_then_no_deadlock_and_no_lost_update(journal: Harness, school: School, desk: Desk) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    lessons = [await lesson_id(journal.database, school.a, "Алгебра", day) for day in (MONDAY, TUESDAY)]
    cells = [(lesson, student) for lesson in lessons for student in school.a.students.values()]

    async def save(number: int) -> list[bool]:
        order = cells if number % 2 else cells[::-1]
        verdicts = await desk.marks(book, [(*cell, str(2 + number % 4), 0) for cell in order])
        assert {verdict.reason for verdict in verdicts} <= {"", "MARK_CHANGED"}
        return [verdict.saved for verdict in (verdicts if number % 2 else verdicts[::-1])]

    saved = await asyncio.gather(*map(save, range(8)))
    assert [sum(column) for column in zip(*saved, strict=True)] == [1] * len(cells)
    assert await facts(journal, lessons[0]) == len(school.a.students)
