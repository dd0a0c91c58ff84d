"""Every versioned thing of the journal: twelve writers who each retry on the version they are told lose no update."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from myschool_journal.testing import MOROZOVA, SOKOLOVA, Desk, School, lesson_id
from myschool_kit.errors import RemoteError
from myschool_testing import Harness

WRITERS = 12
Write = Callable[[Desk, str, str, int, int, str], Awaitable[Any]]

# Request with an expected_version → how a writer writes something of its own.
WRITES: dict[str, Write] = {
    "SetMarkRequest": lambda desk, lesson, student, n, version, who: desk.mark(
        lesson, student, str(2 + n % 4), version, comment=f"работа {n}", who=who
    ),
    "SetAttendanceRequest": lambda desk, lesson, student, n, version, who: desk.presence(
        lesson, student, "LATE", version, minutes=n + 1, who=who
    ),
    "UpdateLessonRequest": lambda desk, lesson, _student, n, version, who: desk.describe(lesson, f"Тема {n}", version, who=who),
    "AssignHomeworkRequest": lambda desk, lesson, _student, n, version, who: desk.assign(lesson, f"№ {n}", version, who=who),
}
EVENTS = {"SetMarkRequest": "MarkRecorded", "SetAttendanceRequest": "AttendanceRecorded", "UpdateLessonRequest": "LessonDescribed"}


@pytest.mark.parametrize("request_name", WRITES)
async def test_version_when_all_write_at_once_and_retry_then_no_update_is_lost(
    journal: Harness, school: School, desk: Desk, request_name: str
) -> None:
    lesson, student = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-23"), school.a.first

    async def write(number: int) -> int:
        version = 0
        while True:
            try:
                who = (SOKOLOVA, MOROZOVA)[number % 2]
                return (await WRITES[request_name](desk, lesson, student, number, version, who)).version
            except RemoteError as stale:
                assert stale.reason.endswith("_CHANGED")
                assert stale.params["current_author"] in (SOKOLOVA, MOROZOVA)
                version = int(stale.params["current_version"])

    versions = await asyncio.gather(*map(write, range(WRITERS)))
    assert sorted(versions) == list(range(1, WRITERS + 1))
    name = "myschool.journal.events.v1." + EVENTS.get(request_name, "HomeworkAssigned")
    query = "SELECT count(*) FROM outbox WHERE type = $1 AND position($2 in encode(payload, 'escape')) > 0"
    assert await journal.database.reads.fetchval(query, name, lesson) == WRITERS


async def test_version_when_history_is_read_then_every_write_is_in_it_once(journal: Harness, school: School, desk: Desk) -> None:
    lesson, student = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-23"), school.a.first
    for number in range(5):
        await desk.mark(lesson, student, str(2 + number % 4), number)
    changes = await desk.history(lesson, student)
    assert [change["version"] for change in changes] == [1, 2, 3, 4, 5]
    assert all(before["new_value"] == after["old_value"] for before, after in pairwise(changes))
    for table in ("mark_change", "attendance_change"):
        assert await journal.database.reads.fetchval(f"SELECT count(*) FROM {table} WHERE lesson_id = $1", UUID(lesson)) in {0, 5}
