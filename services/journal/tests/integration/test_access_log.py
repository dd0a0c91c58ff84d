"""Reads of another person's data leave an audit row: who, whose, what, when, in which role; and what a killed process loses."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from myschool_journal.testing import KOTOV, MOMENT, SOKOLOVA, Desk, School, gradebook_id, lesson_id
from myschool_kit.client import open_channel
from myschool_kit.errors import RemoteError
from myschool_testing import Harness, key_pair


async def rows(journal: Harness, school: School, count: int = 0, seconds: float = 5.0) -> list[asyncpg.Record]:
    """Rows of the school, as soon as there are `count` of them."""
    query = "SELECT * FROM access_entry WHERE organisation_id = $1 ORDER BY id"
    end = time.monotonic() + seconds
    while True:
        found = await journal.database.reads.fetch(query, UUID(school.id))
        if len(found) >= count or time.monotonic() > end:
            return found
        await asyncio.sleep(0.05)


async def test_reads_when_of_other_people_then_a_row_each_and_none_for_own_or_refused(journal: Harness, school: School, desk: Desk) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    lesson, student = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-23"), school.a.first
    guardian = school.token("GUARDIAN", person_id=school.guardian, display_name="Белова Ольга Сергеевна")
    await desk.page(book)
    await desk.week(student, guardian)
    await desk.student_marks(student, guardian)
    await desk.history(lesson, student)
    own = school.token("STUDENT", person_id=student)
    await desk.week(student, own)
    await desk.student_marks(student, own)
    for refused in (desk.page(book, who=KOTOV), desk.week(school.b.first, guardian), desk.history(lesson, student, who=KOTOV)):
        with pytest.raises(RemoteError):
            await refused
    found = await rows(journal, school, 4)
    assert [
        (row["what"], row["role_type"], row["reader_name"], str(row["subject_id"] or ""), str(row["object_id"] or "")) for row in found
    ] == [
        ("gradebook.page", "TEACHER", SOKOLOVA, "", book),
        ("diary.week", "GUARDIAN", "Белова Ольга Сергеевна", student, ""),
        ("diary.marks", "GUARDIAN", "Белова Ольга Сергеевна", student, ""),
        ("mark.history", "TEACHER", SOKOLOVA, student, lesson),
    ]
    assert [str(row["reader_id"]) for row in found] == [
        school.teachers[SOKOLOVA],
        school.guardian,
        school.guardian,
        school.teachers[SOKOLOVA],
    ]
    assert {row["at"] for row in found} == {MOMENT}
    assert all(len(row["request"]) == 32 for row in found)


async def test_reads_when_many_at_once_then_every_row_comes_without_another_read(journal: Harness, school: School, desk: Desk) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    await asyncio.gather(*[desk.page(book) for _ in range(450)])
    assert len(await rows(journal, school, 450)) == 450


async def test_rows_when_they_cannot_be_written_then_they_wait(journal: Harness, school: School, desk: Desk) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    await journal.database.reads.execute("ALTER TABLE access_entry RENAME TO access_entry_away")
    try:
        for _ in range(3):
            await desk.page(book)
        await asyncio.sleep(1.5)
    finally:
        await journal.database.reads.execute("ALTER TABLE access_entry_away RENAME TO access_entry")
    assert len(await rows(journal, school, 3)) == 3


class Process:
    """The journal in its own process on the suite's database."""

    def __init__(self, journal: Harness, redis_url: str, keys: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        environment = {"MYSCHOOL_JOURNAL_ADDRESS": self.address, "MYSCHOOL_KEYS_DIR": str(keys), "MYSCHOOL_REDIS_URL": redis_url}
        command = [sys.executable, str(Path(__file__).parents[1] / "run_journal.py"), journal.database._url]
        self.process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)

    def end(self, how: int) -> None:
        self.process.send_signal(how)
        self.process.wait(20)


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "principal.pub").write_bytes(key_pair()[1])
    yield tmp_path


# What was read in the last second before a SIGKILL may be lost (AccessLog says so): nothing is promised there, so nothing is tested.
@pytest.mark.parametrize(("how", "pause"), [(signal.SIGTERM, 0.0), (signal.SIGKILL, 2.5)], ids=["terminated at once", "killed later"])
async def test_rows_when_the_process_ends_then_kept(
    journal: Harness, school: School, redis_url: str, keys: Path, how: int, pause: float
) -> None:
    other = Process(journal, redis_url, keys)
    try:
        async with open_channel(other.address) as channel:
            await asyncio.wait_for(channel.channel_ready(), 60)
            desk = Desk(replace(journal, channel=channel, address=other.address), school)
            await desk.page(await gradebook_id(journal.database, school.a, "Алгебра"))
            await asyncio.sleep(pause)
            await asyncio.to_thread(other.end, how)
    finally:
        other.process.kill()
    assert len(await rows(journal, school, 1)) == 1
