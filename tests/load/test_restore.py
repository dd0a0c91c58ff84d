"""Test 24 of the platform, `make restore-drill`: the database is destroyed and comes back, to an instant and to the last acknowledged write."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import figures
import orjson
import psutil
import pytest
import world
from moments import eventually
from rollout import free_port
from stage import Stage
from store import SERVICES
from wire import Wire
from world import Cell, World

from myschool_stack import state
from myschool_stack.account import unprivileged
from myschool_stack.backup import Backup, Server, await_recovered
from myschool_stack.fixtures import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

MARKS = 60
_SETTLED_S = 4
_KILLED_AFTER = 40
_BACK_S = 90


async def test_database_when_destroyed_then_nothing_acknowledged_is_lost_and_no_event_counts_twice(
    drill_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stage, wire = Stage(drill_stack, {}), Wire(drill_stack.gateway_url)
    here = await world.build(stage, wire)
    url, place = drill_stack.environment["MYSCHOOL_POSTGRES_URL"], drill_stack.profile.unprivileged_place()
    backup = Backup(await Server.of(url, drill_stack.pid("postgres"), unprivileged()), place.with_name(f"{place.name}-backup"))
    told: dict[str, object] = {"base backup, s": round(await backup.begin(), 1)}
    try:
        await _write(wire, here, here.cells[:MARKS])
        instant, hashes = await _marked_instant(url)
        written = await _written_until_killed(drill_stack, wire, here)
        backup.end()
        told["rows at the instant"] = sum(count for count, _hash in hashes.values())
        told["restore beside to the instant, s"] = await _beside(backup, instant, hashes)
        told |= await _in_place(drill_stack, backup, wire, here, written)
        told["rebuild"] = await _rebuilt(drill_stack)
    finally:
        backup.end()
        await wire.close()
        shutil.rmtree(place.with_name(f"{place.name}-backup"), ignore_errors=True)
    table = "\n".join(["| | |", "| --- | ---: |", *(f"| {what} | {value} |" for what, value in told.items())])
    figures.leave("restore", table)
    with capsys.disabled():
        print(f"\n{table}")


async def _write(wire: Wire, here: World, cells: list[Cell]) -> None:
    for cell in cells:
        assert await _mark(wire, here, cell)


async def _mark(wire: Wire, here: World, cell: Cell, key: str = "") -> bool:
    value = 4 if cell.value == 5 else 5
    body = orjson.dumps({"value": str(value), "expected_version": cell.version, "comment": ""})
    headers = {**here.writer, "idempotency-key": key or str(uuid4())}
    answer = await wire.ask("PUT", f"/api/v1/lessons/{cell.lesson_id}/marks/{cell.student_id}", headers, body)
    if answer.status != 200:
        return False
    cell.value, cell.version = value, orjson.loads(answer.body)["version"]
    return True


Hashes = dict[str, tuple[int, str]]


async def _hashes(url: str) -> Hashes:
    """Number and hash of all rows of every table of the six services."""
    found: Hashes = {}
    for service in SERVICES:
        connection = await asyncpg.connect(f"{url}/myschool_{service}")
        try:
            names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            for (name,) in names:
                statement = f"SELECT count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY t::text)), '') FROM \"{name}\" t"
                found[f"{service}.{name}"] = tuple(await connection.fetchrow(statement))
        finally:
            await connection.close()
    return found


async def _marked_instant(url: str) -> tuple[str, Hashes]:
    """A moment at which nothing is under way, and what the databases held at it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        await asyncio.sleep(_SETTLED_S)
        before = await _hashes(url)
        connection = await asyncpg.connect(f"{url}/postgres")
        instant: datetime = await connection.fetchval("SELECT clock_timestamp()")
        await connection.close()
        if before == await _hashes(url):
            return instant.isoformat(), before
    pytest.fail("the databases do not come to rest")


async def _written_until_killed(stack: Stack, wire: Wire, here: World) -> dict[tuple[UUID, UUID], int]:
    """Marks go on until PostgreSQL is killed among them and its folder is gone; answers what had been acknowledged."""
    hold = stack.profile.holds / "postgres"
    hold.parent.mkdir(exist_ok=True)
    hold.touch()
    acknowledged: dict[tuple[UUID, UUID], int] = {}
    pid = stack.pid("postgres")
    data = Path(psutil.Process(pid).cwd())

    async def writer(cells: list[Cell]) -> None:
        for cell in cells:
            if not await _mark(wire, here, cell):
                return
            acknowledged[cell.lesson_id, cell.student_id] = cell.version

    writers = [asyncio.create_task(writer(here.cells[number::4])) for number in range(4)]
    while len(acknowledged) < _KILLED_AFTER:
        await asyncio.sleep(0.005)
    family = [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs(family, timeout=20)
    await asyncio.gather(*writers)
    assert (data / "PG_VERSION").exists()
    shutil.rmtree(data)
    assert len(acknowledged) < len(here.cells)
    return acknowledged


async def _beside(backup: Backup, instant: str, hashes: Hashes) -> float:
    """The instant as it was, on a server beside; every event it has yet to send or has sent is known to who takes it in."""
    data = backup.base.with_name("instant")
    began = time.monotonic()
    backup.restore(data, instant)
    async with backup.beside(data, free_port()) as url:
        seconds = time.monotonic() - began
        assert await _hashes(url) == hashes
        journal, analytics = await asyncpg.connect(f"{url}/myschool_journal"), await asyncpg.connect(f"{url}/myschool_analytics")
        try:
            sent = {row["event_id"] for row in await journal.fetch("SELECT event_id FROM outbox WHERE topic = 'journal.gradebook'")}
            known = {row["event_id"] for row in await analytics.fetch("SELECT event_id FROM inbox")}
            assert await journal.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
        finally:
            await journal.close()
            await analytics.close()
        assert sent
        assert sent <= known
    shutil.rmtree(data)
    return round(seconds, 1)


async def _in_place(stack: Stack, backup: Backup, wire: Wire, here: World, written: dict[tuple[UUID, UUID], int]) -> dict[str, object]:
    """The last acknowledged state in the place of the destroyed one, under the living services."""
    began = time.monotonic()
    url, data = stack.environment["MYSCHOOL_POSTGRES_URL"], backup.data
    backup.restore(data)
    (stack.profile.holds / "postgres").unlink()
    await await_recovered(url, stack.profile.logs / "postgres.log")
    journal = await asyncpg.connect(f"{url}/myschool_journal")
    try:
        rows = await journal.fetch("SELECT lesson_id, student_id, version FROM mark")
        found = {(row["lesson_id"], row["student_id"]): row["version"] for row in rows}
        lost = [place for place, version in written.items() if found.get(place, 0) < version]
        to_send = await journal.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        cell = here.cells[0]
        cell.version, cell.value, key = found[cell.lesson_id, cell.student_id], None, str(uuid4())

        async def marked() -> bool:
            return await _mark(wire, here, cell, key)

        await eventually(marked, _BACK_S, "a mark after the restore")
        seconds = time.monotonic() - began

        async def drained() -> bool:
            return not await journal.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")

        await eventually(drained, 60, "an empty outbox")
        marks = {row["event_id"] for row in await journal.fetch("SELECT event_id FROM outbox WHERE topic = 'journal.gradebook'")}
    finally:
        await journal.close()
    analytics = await asyncpg.connect(f"{url}/myschool_analytics")
    try:

        async def taken() -> bool:
            return marks <= {row["event_id"] for row in await analytics.fetch("SELECT event_id FROM inbox")}

        await eventually(taken, 60, "the events of the last marks")
    finally:
        await analytics.close()
    assert lost == []
    line = state.read(stack.profile).part("postgres")
    assert line.state == "ready"
    return {
        "acknowledged before the kill": len(written),
        "of them lost (RPO)": len(lost),
        "events the restored outbox had still to send": to_send,
        "restore in place to the first mark (RTO), s": round(seconds, 1),
    }


async def _rebuilt(stack: Stack) -> str:
    """What the rebuild of the projections from Kafka says: everything Kafka holds is what the restored databases hold."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MYSCHOOL_")}
    command = [sys.executable, "-m", "myschool_analytics", "rebuild"]
    done = await asyncio.to_thread(subprocess.run, command, env={**own, **stack.environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = [line for line in done.stdout.splitlines() if "different" in line]
    assert report
    assert [line for line in report if not line.rstrip().endswith("0 different") and " 0 different" not in line] == [], done.stdout
    return f"{len(report)} tables, none differs"
