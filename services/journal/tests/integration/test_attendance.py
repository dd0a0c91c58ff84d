"""Attendance: versions, bulk verdicts, 200 writers on one cell."""

import asyncio
from uuid import UUID, uuid4

import pytest

from myschool_journal.testing import MOROZOVA, SOKOLOVA, Desk, School, gradebook_id, lesson_id, presence_of
from myschool_kit.errors import Kind, RemoteError, kind_of
from myschool_testing import Harness

MONDAY, TUESDAY, THURSDAY = "2026-11-23", "2026-11-24", "2026-11-26"


async def refusal(awaitable: object) -> RemoteError:
    with pytest.raises(RemoteError) as refused:
        await awaitable
    return refused.value


async def test_set_attendance_when_200_writers_then_one_wins_and_all_others_hear_of_it(
    journal: Harness, school: School, desk: Desk
) -> None:
    lesson = await lesson_id(journal.database, school.a, "Алгебра", TUESDAY)
    statuses = ("LATE", "ABSENT", "EXCUSED", "ILL")
    writes = [desk.presence(lesson, school.a.first, statuses[n % 4], who=(SOKOLOVA, MOROZOVA)[n % 2]) for n in range(200)]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    lost = [item for item in outcomes if isinstance(item, RemoteError)]
    assert (len(lost), {error.reason for error in lost}) == (199, {"ATTENDANCE_CHANGED"})
    [won] = [item for item in outcomes if not isinstance(item, BaseException)]
    params = lost[0].params
    assert (params["current_version"], params["current_author"], int(params["current_at_ms"])) == ("1", won.author_name, won.changed_at_ms)
    query = "SELECT count(*) FROM attendance_change WHERE lesson_id = $1"
    assert await journal.database.reads.fetchval(query, UUID(lesson)) == 1


async def test_save_attendance_when_some_cells_are_bad_then_each_has_its_own_verdict(journal: Harness, school: School, desk: Desk) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    monday, tuesday, ahead, past = [
        await lesson_id(journal.database, school.a, "Алгебра", day) for day in (MONDAY, TUESDAY, THURSDAY, "2026-10-19")
    ]
    foreign = await lesson_id(journal.database, school.a, "История", TUESDAY)
    first, second, third, *_ = school.a.students.values()
    await desk.presence(tuesday, third, "ILL", who=MOROZOVA)
    await desk.close_period("1 четверть")
    verdicts = await desk.presences(
        book,
        [
            presence_of(monday, first, "ABSENT"),
            presence_of(monday, first, "ILL"),
            presence_of(monday, second, ""),
            presence_of(monday, third, "ABSENT", minutes=5),
            presence_of(monday, third, "LATE", minutes=5),
            presence_of(foreign, first, "ABSENT"),
            presence_of(str(uuid4()), first, "ABSENT"),
            presence_of(ahead, first, "ABSENT"),
            presence_of(past, first, "ABSENT"),
            presence_of(monday, school.b.first, "ABSENT"),
            presence_of(tuesday, third, "ABSENT"),
            presence_of(tuesday, first, "PRESENT"),
            presence_of(tuesday, second, "ABSENT", 2_147_483_647),
        ],
    )
    assert [(verdict.saved, verdict.reason) for verdict in verdicts] == [
        (True, ""),
        (False, "CELL_REPEATED"),
        (False, "STATUS_MISSING"),
        (False, "MINUTES_WITHOUT_LATE"),
        (False, "CELL_REPEATED"),
        (False, "LESSON_NOT_FOUND"),
        (False, "LESSON_NOT_FOUND"),
        (False, "FUTURE_LESSON"),
        (False, "PERIOD_CLOSED"),
        (False, "STUDENT_NOT_FOUND"),
        (False, "ATTENDANCE_CHANGED"),
        (True, ""),
        (False, "ATTENDANCE_CHANGED"),
    ]
    stale = verdicts[10].cell
    assert (stale.version, stale.author_name) == (1, MOROZOVA)
    query = "SELECT count(*) FROM attendance_change WHERE lesson_id = $1"
    assert await journal.database.reads.fetchval(query, UUID(monday)) == 1


async def test_save_attendance_when_none_or_too_many_then_refused_whole(journal: Harness, school: School, desk: Desk) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    cell = presence_of(await lesson_id(journal.database, school.a, "Алгебра", MONDAY), school.a.first, "ABSENT")
    assert kind_of(await refusal(desk.presences(book, []))) is Kind.INVALID
    assert kind_of(await refusal(desk.presences(book, [cell] * 1001))) is Kind.INVALID
    assert (await refusal(desk.presences(str(uuid4()), [cell]))).reason == "GRADEBOOK_NOT_FOUND"


async def test_set_attendance_when_input_is_bad_then_told_and_nothing_stored(journal: Harness, school: School, desk: Desk) -> None:
    monday, student = await lesson_id(journal.database, school.a, "Алгебра", MONDAY), school.a.first
    for attempt in (
        desk.presence(monday, student, "LATE", minutes=241),
        desk.presence(monday, student, "LATE", minutes=-1),
        desk.presence(monday, student, "ILL", minutes=1),
        desk.presence(monday, student, ""),
        desk.presence(monday, student, "ILL", -1),
        desk.presence("x", student, "ILL"),
    ):
        assert kind_of(await refusal(attempt)) is Kind.INVALID
    assert await journal.database.reads.fetchval("SELECT count(*) FROM attendance WHERE lesson_id = $1", UUID(monday)) == 0
    # Once set, PRESENT clears it softly: the row, its version and both facts stay.
    await desk.presence(monday, student, "LATE", minutes=7)
    cleared = await desk.presence(monday, student, "PRESENT", 1)
    assert (cleared.version, cleared.minutes_late) == (2, 0)
    assert (await refusal(desk.presence(monday, student, "ILL", 2_147_483_647))).reason == "ATTENDANCE_CHANGED"
