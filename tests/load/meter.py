"""CPU seconds of groups of processes, and a closed loop that sends requests and reports CPU per request."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import psutil

# So many requests are under way at once as at a school's busy minute; with few of them every process of the chain falls
# asleep between two, and the waking would be measured instead of the work.
WORKERS = 16
Act = Callable[[int], Awaitable[None]]
# Name → CPU seconds used so far.
Groups = Mapping[str, Callable[[], float]]


async def _nothing() -> None:
    """For a case that needs no such step."""


@dataclass(frozen=True)
class Case:
    """What is measured: `requests` acts by some workers at once, and `after`, which waits until all has arrived.

    `before` is not measured. `groups` names the processes whose CPU counts; those in `apart` are shown, but not added up.
    """

    name: str
    groups: Groups
    act: Act
    requests: int
    apart: frozenset[str] = frozenset()
    before: Callable[[], Awaitable[None]] = _nothing
    after: Callable[[], Awaitable[None]] = _nothing


@dataclass(frozen=True)
class Result:
    """The cheapest pass of a case: CPU per request in microseconds in all and by group, and the median answer time."""

    name: str
    micros: float
    parts: dict[str, float]
    wall_ms: float


async def once(case: Case, first: int) -> Result:
    """One pass. `first` numbers its first act, so that no two acts of a run are alike."""
    await case.before()
    numbers = iter(range(first, first + case.requests))
    latencies: list[float] = []

    async def work() -> None:
        for number in numbers:
            begun = time.perf_counter()
            await case.act(number)
            latencies.append(time.perf_counter() - begun)

    begun = {name: seconds() for name, seconds in case.groups.items()}
    await asyncio.gather(*[work() for _ in range(WORKERS)])
    await case.after()
    parts = {name: (seconds() - begun[name]) / case.requests * 1e6 for name, seconds in case.groups.items()}
    total = sum(micros for name, micros in parts.items() if name not in case.apart)
    return Result(case.name, total, parts, sorted(latencies)[len(latencies) // 2] * 1000)


async def side_by_side(cases: Sequence[Case], passes: int, tell: Callable[[str], None]) -> list[Result]:
    """Every case in turn, several times over: other work on the machine only ever adds, so the cheapest pass counts."""
    best: dict[str, Result] = {}
    for turn in range(1, passes + 1):
        for case in cases:
            result = await once(case, turn * case.requests)
            tell(f"pass {turn} of {passes}  {case.name:<32} {result.micros:8.0f} µs")
            if case.name not in best or result.micros < best[case.name].micros:
                best[case.name] = result
    return [best[case.name] for case in cases]


def family(pid: int) -> Callable[[], float]:
    """CPU seconds of a process and its children, those that have ended included."""
    return lambda: _own(psutil.Process(pid), ended_children=True) + sum(map(_own, psutil.Process(pid).children(recursive=True)))


def some(pids: Callable[[], Iterable[int]]) -> Callable[[], float]:
    """CPU seconds of whatever processes `pids` names at that moment."""
    return lambda: sum(_own(psutil.Process(pid)) for pid in pids())


def _own(process: psutil.Process, *, ended_children: bool = False) -> float:
    try:
        # The kernel's clock of one process (clock_getcpuclockid): nanoseconds, where /proc counts in hundredths of a second.
        seconds = time.clock_gettime(~process.pid << 3 | 2)
        times = process.cpu_times() if ended_children else None
    except (psutil.NoSuchProcess, OSError):
        return 0.0
    return seconds + (times.children_user + times.children_system if times else 0.0)
