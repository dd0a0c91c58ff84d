"""Test 21 of the platform: every process is restarted under load; nothing idempotent fails, nothing is lost or doubled."""

import asyncio
import time
from itertools import cycle
from uuid import uuid4

import asyncpg
import figures
import orjson
import pytest
import world
from crowd import Crowd
from rollout import Rollout
from stage import Stage, signed_in
from traffic import Act, Traffic, percentile
from wire import Wire
from world import Cell, World

from myschool_stack.fixtures import Stack
from myschool_stack.layout import SERVICES

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(1800)]

PER_SECOND, PAGES = 200, 200
LEAST = 20  # on a machine that is busy with other work
_MESSAGE_EVERY_S = 0.5
_ARRIVED_S = 60
_MOST_RETRIED = 0.001


async def test_rollout_when_everything_restarts_under_load_then_nothing_fails_or_is_lost(
    whole_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(whole_stack, {})
    rollout = Rollout(whole_stack)
    async with rollout.gateways(2) as gateways:
        wire = Wire(gateways.url)
        here = await world.build(stage, wire)
        writes = Writes(here)
        acts = await _acts(stage, here, writes)
        async with Crowd(gateways.url, here.members, str(here.chat_id), PAGES) as crowd:
            began = time.monotonic()
            async with Traffic(wire, acts, PER_SECOND) as traffic:
                talking = asyncio.create_task(_talk(traffic, writes))
                await traffic.settle(LEAST)
                for name in SERVICES:
                    await rollout.service(name)
                await gateways.replace_each()
                await asyncio.sleep(5)
                talking.cancel()
                await asyncio.gather(talking, return_exceptions=True)
            seconds = time.monotonic() - began
            await crowd.shown(max(writes.messages.values()), _ARRIVED_S)
        await wire.close()
    count = len(traffic.seconds)
    retried = sum(traffic.retried.values())
    told = _told(traffic, crowd, rollout, seconds)
    figures.leave("rollout", told)
    with capsys.disabled():
        print(told)
    assert traffic.failed == []
    assert retried <= count * _MOST_RETRIED, traffic.retried
    assert rollout.killed == []
    await _nothing_doubled(stage, here, writes, crowd)


class Writes:
    """What was written and acknowledged."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.messages: dict[str, int] = {}
        self.marks: dict[tuple[object, object], int] = {}
        self._cells = cycle(here.cells)
        self._busy: set[int] = set()

    async def mark(self, traffic: Traffic) -> bool:
        """Another value into the next cell that nobody writes to now."""
        cell = next(one for one in self._cells if id(one) not in self._busy)
        self._busy.add(id(cell))
        try:
            return await self._save(traffic, cell)
        finally:
            self._busy.discard(id(cell))

    async def _save(self, traffic: Traffic, cell: Cell) -> bool:
        value = 4 if cell.value == 5 else 5
        body = orjson.dumps({"value": str(value), "expected_version": cell.version, "comment": ""})
        headers = {**self.here.writer, "idempotency-key": str(uuid4())}
        answer = await traffic.ask("PUT", f"/api/v1/lessons/{cell.lesson_id}/marks/{cell.student_id}", headers, body)
        if answer is None:
            return False
        cell.value, cell.version = value, cell.version + 1
        self.marks[cell.lesson_id, cell.student_id] = cell.version
        return bool(orjson.loads(answer.body)["version"] == cell.version)

    async def message(self, traffic: Traffic, number: int) -> bool:
        """A message of one of the members."""
        name, author = str(uuid4()), self.here.members[number % len(self.here.members)]
        body = orjson.dumps({"client_message_id": name, "body": f"Собрание в четверг, вопрос № {number}"})
        headers = {**author, "idempotency-key": str(uuid4())}
        answer = await traffic.ask("POST", f"/api/v1/chats/{self.here.chat_id}/messages", headers, body)
        if answer is not None:
            self.messages[name] = orjson.loads(answer.body)["seq"]
        return answer is not None


async def _talk(traffic: Traffic, writes: Writes) -> None:
    number = 0
    while True:
        number += 1
        # Finished even when the talk is over meanwhile: an answer that nobody waits for would be a message nobody counts.
        await asyncio.shield(writes.message(traffic, number))
        await asyncio.sleep(_MESSAGE_EVERY_S)


async def _acts(stage: Stage, here: World, writes: Writes) -> list[Act]:
    """One turn of the load: reads of all six services, and every fifth request a mark."""
    journal = await asyncpg.connect(stage.database("journal"))
    organisation = str(await journal.fetchval("SELECT organisation_id FROM gradebook WHERE id = $1", here.gradebook_id))
    await journal.close()
    head = await signed_in(
        stage.sessions(), person_id=str(uuid4()), display_name="Орлов Игорь", role_type="HEAD", organisation_id=organisation
    )

    def read(path: str, who: dict[str, str]) -> Act:
        async def act(traffic: Traffic) -> bool:
            return await traffic.ask("GET", path, who) is not None

        return act

    page = read(f"/api/v1/gradebooks/{here.gradebook_id}?period_id={here.period_id}", here.homeroom)
    diary = read(f"/api/v1/students/{here.student_id}/diary?date={here.week}", here.guardian)
    search = read("/api/v1/library/items?q=%D0%B4%D1%80%D0%BE%D0%B1%D0%B8", here.homeroom)
    chats = read("/api/v1/chats", here.members[0])
    figures = read("/api/v1/statistics/school", head)
    profile = read("/api/v1/profile", here.homeroom)
    school = read(f"/api/v1/organisations/{organisation}", head)
    return [diary, page, writes.mark, search, diary, chats, figures, writes.mark, profile, school]


async def _nothing_doubled(stage: Stage, here: World, writes: Writes, crowd: Crowd) -> None:
    """Each acknowledged write stands once; each page was shown every message of its time, once."""
    journal, messaging = await asyncpg.connect(stage.database("journal")), await asyncpg.connect(stage.database("messaging"))
    try:
        rows = await journal.fetch("SELECT lesson_id, student_id, version FROM mark")
        versions = {(row["lesson_id"], row["student_id"]): row["version"] for row in rows}
        assert {place: versions.get(place) for place in writes.marks} == writes.marks
        stored = await messaging.fetch("SELECT client_message_id, seq FROM message WHERE chat_id = $1", here.chat_id)
    finally:
        await journal.close()
        await messaging.close()
    ours = [(str(row["client_message_id"]), row["seq"]) for row in stored if str(row["client_message_id"]) in writes.messages]
    assert sorted(ours) == sorted(writes.messages.items())
    last = max(writes.messages.values())
    # A page that comes back may hear a new message before those it missed; it shows them by their numbers.
    wrong = [page for page in crowd.pages if sorted(page.shown) != list(range(page.first + 1, last + 1))]
    assert not wrong, f"{len(wrong)} of {len(crowd.pages)} pages; shown after {wrong[0].first}: {wrong[0].shown}, wanted up to {last}"


def _told(traffic: Traffic, crowd: Crowd, rollout: Rollout, seconds: float) -> str:
    waits = [wait for _at, wait in traffic.seconds]
    half, most, nearly, longest = (percentile(waits, share) * 1000 for share in (0.5, 0.95, 0.99, 1))
    rows = {
        "requests": f"{len(waits)} in {seconds:.0f} s at {traffic.per_second:.0f} a second",
        "given up": len(traffic.failed),
        "sent again by the client": dict(traffic.retried) or 0,
        "answered, ms": f"half {half:.0f}, 95 % {most:.0f}, 99 % {nearly:.0f}, longest {longest:.0f}",
        "open pages": f"{len(crowd.pages)}, connections ended by {dict(crowd.closes())}, refused {sum(page.refused for page in crowd.pages)}",
        "seconds to stop": ", ".join(f"{name} {took:.1f}" for name, took in rollout.seconds.items()),
    }
    return "\n".join(["| | |", "| --- | --- |", *(f"| {what} | {value} |" for what, value in rows.items())])
