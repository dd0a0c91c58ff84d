"""CPU per request of the hot paths, side by side with the echo ceiling, on the whole stack. Run by `make bench` alone."""

import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import asyncpg
import cases as measured
import psutil
import pytest
import report
import world
from cases import Applied, Cases, echo
from listeners import Listeners
from meter import Case, once, side_by_side
from stage import Stage, split
from statements import Statements
from wire import Wire

from myschool_stack import process
from myschool_stack.fixtures import Stack

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

PASSES = 5
_SERVICE_OF = {measured.SEARCH: "library", measured.CHAT: "messaging"}


async def test_bench_when_run_side_by_side_then_every_target_is_met(bench_stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    def tell(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)

    lines, foreign = await run(bench_stack, PASSES, tell)
    table = report.markdown(lines, PASSES, foreign)
    tell("\n" + table)
    fragment = bench_stack.profile.root / ".local" / "bench.md"
    fragment.write_text(table)
    assert not [words for line in lines for words in line.missed]


async def run(stack: Stack, passes: int, tell: Callable[[str], None]) -> tuple[list[report.Line], float]:
    """Measures everything; answers the table's lines and the share of other work on the machine."""
    with split(stack) as stage, echo_processes(stack) as (front, backend, url):
        async with contextlib.AsyncExitStack() as opened:
            gateway, ceiling = Wire(stack.gateway_url), Wire(url)
            opened.push_async_callback(gateway.close)
            opened.push_async_callback(ceiling.close)
            analytics = await opened.enter_async_context(connected(stage.database("analytics")))
            journal = await opened.enter_async_context(connected(stage.database("journal")))
            here = await world.build(stage, gateway)
            acts = Cases(stage, here, gateway, journal)
            listeners = await opened.enter_async_context(Listeners(stack.gateway_url, here.members, str(here.chat_id)))
            applied = Applied(analytics)
            all_cases = [echo(ceiling, backend, front), *acts.reads(), acts.mark(), acts.chat(listeners), acts.event(applied)]
            tell("warms up")
            await analysed(stage)
            await warm_up(stage, all_cases, applied)
            statements = await counted(stage, all_cases)
            busy, ours = _busy(), _ours(stage)
            results = await side_by_side(all_cases, passes, tell)
            foreign = max(0.0, 1 - (_ours(stage) - ours) / (_busy() - busy))
            return report.lines_of(results, {case.name: case.apart for case in all_cases}, acts.sizes, statements), foreign


async def analysed(stage: Stage) -> None:
    """Statistics as autovacuum keeps them: a database filled a minute ago would be read by plans for empty tables."""
    for service in ("journal", "messaging", "library", "analytics"):
        async with connected(stage.database(service)) as admin:
            await admin.execute("ANALYZE")


async def warm_up(stage: Stage, all_cases: Sequence[Case], applied: Applied) -> None:
    """Fills pools, caches and prepared statements, as in a service that has run for a minute."""
    for case in all_cases:
        if case.name != measured.EVENT:
            await once(case, 0)
    await applied.settle()
    await stage.look()


async def counted(stage: Stage, all_cases: Sequence[Case]) -> dict[str, float]:
    """SQL statements per act of every case that has a service behind it."""
    found = {}
    async with connected(stage.database("journal")) as admin:
        for case in all_cases:
            if case.name in {measured.ECHO, measured.EVENT}:
                continue
            database = f"myschool_{_SERVICE_OF.get(case.name, 'journal')}"
            log = stage.stack.profile.logs / "postgres.log"
            found[case.name] = await Statements(admin, log, database).per_act(case.act, 0)
    return found


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, server_settings={"application_name": "bench"})
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.contextmanager
def echo_processes(stack: Stack) -> Iterator[tuple[int, int, str]]:
    """The echo's two processes: pid of the front, pid of the backend, address of the front."""
    ports = [_free_port(), _free_port()]
    program, log = str(Path(__file__).with_name("echo.py")), stack.profile.logs / "bench-echo.log"
    environment = process.os.environ
    backend = process.spawn([sys.executable, program, "backend", str(ports[1])], environment, log, stack.profile.root)
    front = process.spawn([sys.executable, program, "front", *map(str, ports)], environment, log, stack.profile.root)
    try:
        _await_port(ports[0])
        _await_port(ports[1])
        yield front.pid, backend.pid, f"http://127.0.0.1:{ports[0]}"
    finally:
        for popen in (front, backend):
            process.end(popen, process.signal.SIGTERM, 5)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await_port(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        process.pause(0.2)
    pytest.fail(f"the echo does not listen on {port}")


def _busy() -> float:
    """Seconds all cores have worked since the machine started."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


def _ours(stage: Stage) -> float:
    """Seconds of the measured stack and of the load itself."""
    groups = [stage.request_groups(service) for service in ("journal serve", "messaging serve", "library")]
    seconds = {name: clock for group in groups for name, clock in group.items() if name != "service"}
    clocks = [*seconds.values(), *(group["service"] for group in groups), *stage.event_groups().values()]
    own = psutil.Process().cpu_times()
    return sum(clock() for clock in clocks) + own.user + own.system
