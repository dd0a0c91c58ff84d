"""Test 20 of the platform: every part away, silent or slow. What does not need it goes on, the rest is refused in words, all comes back."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import figures
import orjson
import pytest
import pytest_asyncio
import waiting
import world
from failures import Probe, Run, broken, reader, silent, through
from moments import patience
from proxy import Proxy
from rollout import Rollout
from stage import Stage, signed_in
from wire import Answer, Wire
from world import World

from myschool_stack.fixtures import Stack
from myschool_stack.layout import SERVICES

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

PROBES = ("journal page", "mark", "diary", "search", "chats", "figures", "profile", "school")
_OF = {
    "journal": {"journal page", "mark", "diary"},
    "library": {"search"},
    "messaging": {"chats"},
    "analytics": {"figures"},
    "identity": {"profile"},
    "roles": {"school"},
    "postgres": set(PROBES),
    "valkey": set(PROBES),
    "kafka": set[str](),
    "keycloak": set[str](),
}
_SLOW = ("valkey", *SERVICES)
# A call has five seconds (kit's default deadline), and before it a silent Valkey is asked three times for two.
_DEADLINE_S = 7.0
_BACK_S = 30.0


@dataclass
class House:
    """The stack with proxies between the gateway and the parts, and what is asked of it."""

    stack: Stack
    proxies: dict[str, Proxy]
    probes: dict[str, Probe]
    runs: list[Run]
    crowds: list[waiting.Crowd]


@pytest_asyncio.fixture(scope="module")
async def house(whole_stack: Stack) -> AsyncIterator[House]:
    stage, rollout = Stage(whole_stack, {}), Rollout(whole_stack)
    addresses = {name: whole_stack.environment[f"MYSCHOOL_{name.upper()}_ADDRESS"] for name in SERVICES}
    redis = whole_stack.environment["MYSCHOOL_REDIS_URL"]
    proxies = {name: Proxy(address) for name, address in addresses.items()}
    proxies["valkey"] = Proxy(redis.partition("://")[2].partition("/")[0].rpartition("@")[2])
    for proxy in proxies.values():
        await proxy.__aenter__()
    ways = {f"MYSCHOOL_{name.upper()}_ADDRESS": proxies[name].address for name in SERVICES}
    ways["MYSCHOOL_REDIS_URL"] = redis.replace(proxies["valkey"].targets[0], proxies["valkey"].address)
    async with rollout.gateways(1, ways) as gateways:
        wire = Wire(gateways.url)
        here = await world.build(stage, wire)
        found = House(whole_stack, proxies, await _probes(stage, here, wire), [], [])
        yield found
        await wire.close()
    for proxy in proxies.values():
        await proxy.__aexit__()
    heads = "| part | how | goes on | refused | with | longest answer, s | all back after, s |"
    if found.runs:
        figures.leave("failures", "\n".join([heads, "| --- | --- | --- | --- | --- | ---: | ---: |", *(run.line() for run in found.runs)]))
    heads = "| silent service | asked | waited in vain | refused at once | the first of them after, s | back after, s |"
    if found.crowds:
        figures.leave("crowd", "\n".join([heads, "| --- | ---: | ---: | ---: | ---: | ---: |", *(one.line() for one in found.crowds)]))


async def _probes(stage: Stage, here: World, wire: Wire) -> dict[str, Probe]:
    journal = await asyncpg.connect(stage.database("journal"))
    school = str(await journal.fetchval("SELECT organisation_id FROM gradebook WHERE id = $1", here.gradebook_id))
    await journal.close()
    head = await signed_in(stage.sessions(), person_id=str(uuid4()), display_name="Орлов Игорь", role_type="HEAD", organisation_id=school)
    cell = here.cells[0]
    state = {"key": str(uuid4())}

    async def mark() -> Answer:
        """As the page does it: the same key until there is an answer, then the next value."""
        value = 4 if cell.value == 5 else 5
        body = orjson.dumps({"value": str(value), "expected_version": cell.version, "comment": ""})
        path = f"/api/v1/lessons/{cell.lesson_id}/marks/{cell.student_id}"
        answer = await wire.ask("PUT", path, {**here.writer, "idempotency-key": state["key"]}, body)
        if answer.status == 200:
            cell.value, cell.version, state["key"] = value, orjson.loads(answer.body)["version"], str(uuid4())
        return answer

    return {
        "journal page": reader(wire, f"/api/v1/gradebooks/{here.gradebook_id}?period_id={here.period_id}", here.homeroom),
        "mark": mark,
        "diary": reader(wire, f"/api/v1/students/{here.student_id}/diary?date={here.week}", here.guardian),
        "search": reader(wire, "/api/v1/library/items?q=%D0%B4%D1%80%D0%BE%D0%B1%D0%B8", here.homeroom),
        "chats": reader(wire, "/api/v1/chats", here.members[0]),
        "figures": reader(wire, "/api/v1/statistics/school", head),
        "profile": reader(wire, "/api/v1/profile", here.homeroom),
        "school": reader(wire, f"/api/v1/organisations/{school}", head),
    }


async def _hold(house: House, part: str, mode: str, fault: AbstractAsyncContextManager[None]) -> None:
    """One fault, and what holds for each: a clear answer in time, no other part drawn in, and all back."""
    run = await broken(part, mode, fault, house.probes)
    house.runs.append(run)
    assert [f"{name}: {wrong}" for name, seen in run.seen.items() for wrong in seen.wrong] == []
    untouched = set(PROBES) - _OF[part]
    assert untouched <= run.goes_on, run.line()
    assert max(seen.longest_s for seen in run.seen.values()) < _DEADLINE_S * patience()
    assert max(seen.back_s for seen in run.seen.values()) < _BACK_S * patience()
    if mode != "slow":
        assert not run.goes_on & _OF[part], f"the fault was none: {run.line()}"


@pytest.mark.parametrize("part", sorted(_OF))
async def test_part_when_gone_then_only_what_needs_it_is_refused(house: House, part: str) -> None:
    await _hold(house, part, "gone", house.stack.away(part))


@pytest.mark.parametrize("part", sorted(_OF))
async def test_part_when_silent_then_only_what_needs_it_is_refused_in_time(house: House, part: str) -> None:
    await _hold(house, part, "silent", silent(house.stack, part))


@pytest.mark.parametrize("part", sorted(_SLOW))
async def test_part_when_two_seconds_slow_then_the_others_are_not(house: House, part: str) -> None:
    await _hold(house, part, "slow", through(house.proxies[part], "slow"))


@pytest.mark.parametrize("part", sorted(_SLOW))
async def test_part_when_it_resets_connections_then_only_what_needs_it_is_refused(house: House, part: str) -> None:
    await _hold(house, part, "reset", through(house.proxies[part], "reset"))


_ASKED = {"journal": "diary", "library": "search", "messaging": "chats", "analytics": "figures", "identity": "profile", "roles": "school"}


@pytest.mark.parametrize("part", SERVICES)
async def test_service_when_silent_and_many_ask_then_after_one_deadline_only_one_at_a_time_waits(house: House, part: str) -> None:
    found = await waiting.ask(part, silent(house.stack, part), house.probes[_ASKED[part]])
    house.crowds.append(found)
    assert found.seen.wrong == []
    # The calls of the first deadline, the one that finds out afterwards, and one more on a slow machine.
    assert found.waited <= waiting.ASKERS + 2, found.line()
    assert found.quick and found.quick[0] < _DEADLINE_S * patience(), found.line()
    assert len(found.quick) > found.waited, found.line()
    assert found.back_s < _BACK_S * patience(), found.line()
