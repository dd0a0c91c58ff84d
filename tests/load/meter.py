"""CPU seconds of groups of processes, and a closed loop that sends requests and reports CPU per request."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psutil

Act = Callable[[int], Awaitable[None]]


@dataclass
class Meter:
    """Process groups by name ("gateway", "postgres", ...). Children that a group starts later are counted too."""

    groups: Mapping[str, Sequence[int]]
    _begun: dict[str, float] = field(default_factory=dict)

    def cpu(self) -> dict[str, float]:
        """User and system seconds used so far by each group, ended children included."""
        return {name: sum(map(_seconds, pids)) for name, pids in self.groups.items()}

    def start(self) -> None:
        self._begun = self.cpu()

    def used(self) -> dict[str, float]:
        """Seconds since start."""
        return {name: seconds - self._begun[name] for name, seconds in self.cpu().items()}


def _seconds(pid: int) -> float:
    total = 0.0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return total
    for process in family:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if process.pid == pid:
            total += times.children_user + times.children_system
    return total


@dataclass(frozen=True)
class Result:
    """One case. `micros` is CPU per request over all groups; `parts` says where it went."""

    name: str
    requests: int
    micros: float
    parts: dict[str, float]
    wall_ms: float
    note: str = ""


async def run(name: str, meter: Meter, act: Act, *, requests: int, workers: int = 4, warm: int = 20, passes: int = 3) -> Result:
    """The cheapest of some passes: other work on a shared machine only ever adds."""
    for number in range(warm):
        await act(number)
    results = [await _once(name, meter, act, requests, workers, warm + index * requests) for index in range(passes)]
    return min(results, key=lambda result: result.micros)


async def _once(name: str, meter: Meter, act: Act, requests: int, workers: int, first: int) -> Result:
    numbers = iter(range(first, first + requests))
    latencies: list[float] = []

    async def work() -> None:
        for number in numbers:
            begun = time.perf_counter()
            await act(number)
            latencies.append(time.perf_counter() - begun)

    meter.start()
    await asyncio.gather(*[work() for _ in range(workers)])
    used = meter.used()
    parts = {group: seconds / requests * 1e6 for group, seconds in used.items() if seconds > 0}
    median = sorted(latencies)[len(latencies) // 2] * 1000
    return Result(name, requests, sum(parts.values()), parts, median)
