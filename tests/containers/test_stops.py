"""SIGTERM while a call is under way: it is answered, new ones are refused, the process is gone within its drain limit."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import people
import pytest
from containers_cell import Cell, ended, until
from journal_page import Facts, Place
from moments import patience
from people import Visitor

pytestmark = [pytest.mark.containers, pytest.mark.timeout(240)]
DRAIN_S = 5 + 2  # MYSCHOOL_DRAIN_SECONDS and what ending costs
TERMINATED = 128 + 15


async def _free_cell(teacher: Visitor) -> tuple[Facts, Place]:
    reply = await teacher.get("/api/v1/gradebooks")
    assert reply.status_code == httpx.codes.OK, reply.text
    books = reply.json()["gradebooks"]
    book = next(one for one in books if one["group_name"] == "7А" and one["subject"] == "Алгебра")
    facts = Facts((await teacher.get(f"/api/v1/gradebooks/{book['id']}")).json())
    return facts, facts.free(1)[0]


@asynccontextmanager
async def marks_locked(cell: Cell) -> AsyncIterator[None]:
    """Nobody can write a mark inside the block: a call that does waits."""
    connection = await asyncpg.connect(f"{cell.postgres()}/myschool_journal")
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE mark IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def _mark_under_way(cell: Cell, teacher: Visitor, stopped: str) -> tuple[httpx.Response, int, float]:
    """Sends a mark that has to wait, then SIGTERM to the container; answers reply, exit code and seconds to the end."""
    facts, place = await _free_cell(teacher)
    path = f"/api/v1/lessons/{facts.lesson(place)['id']}/marks/{facts.student(place)['id']}"
    async with marks_locked(cell):
        call = asyncio.create_task(teacher.put(path, {"value": "4", "expected_version": 0, "comment": ""}))
        await asyncio.sleep(1)
        assert not call.done()
        began = time.monotonic()
        cell.running[stopped].get_wrapped_container().kill("SIGTERM")
        ending = asyncio.create_task(ended(cell.running[stopped], 60))
        await asyncio.sleep(1)
        assert not call.done()
        assert not ending.done(), cell.log(stopped)
    reply = await call
    return reply, await ending, time.monotonic() - began


# Image, command, exit code: a gRPC process ends by itself, an HTTP server by the signal once its calls are done.
@pytest.mark.parametrize(
    ("name", "command", "codes"), [("journal", ["serve"], {0}), ("gateway", [], {0, TERMINATED})], ids=["journal", "gateway"]
)
async def test_process_when_told_to_stop_then_the_call_under_way_is_answered_and_it_ends_in_time(
    cell: Cell, visitors: list[Visitor], name: str, command: list[str], codes: set[int]
) -> None:
    teacher = visitors[0]
    await teacher.sign_in(people.TEACHER, "TEACHER")
    reply, code, seconds = await _mark_under_way(cell, teacher, name)
    print(f"{name} ended {seconds:.2f} s after SIGTERM")
    assert reply.status_code == httpx.codes.OK, reply.text
    assert code in codes, cell.log(name)
    assert seconds < DRAIN_S * patience()
    cell.stop(name)
    cell.start(name, name, command, environment=cell.own(name))
    await until(lambda: cell.up(name), 60, lambda: cell.log(name))


@pytest.mark.parametrize("name", ["journal-relay", "analytics-consume", "messaging", "bridge", "esia"])
async def test_process_when_told_to_stop_then_it_ends_in_time(cell: Cell, name: str) -> None:
    container = cell.running[name].get_wrapped_container()
    began = time.monotonic()
    container.kill("SIGTERM")
    code = await ended(cell.running[name], 60)
    seconds = time.monotonic() - began
    print(f"{name} ended {seconds:.2f} s after SIGTERM")
    assert code == (TERMINATED if name in {"bridge", "esia"} else 0), cell.log(name)
    assert seconds < DRAIN_S * patience()
    container.start()
