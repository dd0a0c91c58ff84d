"""One part of a running stack away, silent or slow: what of the product goes on meanwhile, what is refused, when all is back."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import orjson
import psutil
from moments import patience
from proxy import Proxy
from wire import Answer, Wire

from myschool_stack.fixtures import Stack

FAULT_S = 6.0
_EVERY_S = 0.4
_BACK_S = 60.0
_LOST = (OSError, EOFError, asyncio.IncompleteReadError)

Probe = Callable[[], Awaitable[Answer]]


@dataclass
class Seen:
    """What one probe met during a fault."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    longest_s: float = 0.0
    back_s: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        """Whether every answer was a good one."""
        return bool(self.answers) and all(status in {200, 302, 304} for status, _code in self.answers)

    @property
    def codes(self) -> list[str]:
        """The problem codes it was refused with."""
        return sorted({code for status, code in self.answers if status >= 400})


@dataclass
class Run:
    """One fault of one part."""

    part: str
    mode: str
    seen: dict[str, Seen]

    @property
    def goes_on(self) -> frozenset[str]:
        """Probes that were served all the time."""
        return frozenset(name for name, seen in self.seen.items() if seen.goes_on)

    def line(self) -> str:
        """A row of the table in docs/failure-modes.md."""
        on = ", ".join(name for name in self.seen if name in self.goes_on) or "nothing"
        off = ", ".join(name for name in self.seen if name not in self.goes_on) or "nothing"
        codes = ", ".join(f"`{code}`" for code in sorted({code for seen in self.seen.values() for code in seen.codes})) or "–"
        longest, back = (max(getattr(seen, name) for seen in self.seen.values()) for name in ("longest_s", "back_s"))
        return f"| {self.part} | {self.mode} | {on} | {off} | {codes} | {longest:.1f} | {back:.1f} |"


@asynccontextmanager
async def silent(stack: Stack, part: str) -> AsyncIterator[None]:
    """The part takes connections and says nothing: its processes are stopped, its sockets are not."""
    top = psutil.Process(stack.pid(part))
    family = [top, *top.children(recursive=True)]
    for one in family:
        one.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGCONT)


@asynccontextmanager
async def through(proxy: Proxy, mode: str) -> AsyncIterator[None]:
    """What passes the proxy meets the mode."""
    proxy.mode = "slow" if mode == "slow" else "reset"
    try:
        yield
    finally:
        proxy.mode = "pass"


async def broken(part: str, mode: str, fault: AbstractAsyncContextManager[None], probes: Mapping[str, Probe]) -> Run:
    """Runs all probes through the fault, and on until every one is served again."""
    run = Run(part, mode, {name: Seen() for name in probes})
    async with fault:
        await asyncio.gather(*(_during(run.seen[name], probe) for name, probe in probes.items()))
    began = time.monotonic()
    await asyncio.gather(*(_until_back(run.seen[name], probe, began) for name, probe in probes.items()))
    return run


async def _during(seen: Seen, probe: Probe) -> None:
    until = time.monotonic() + FAULT_S
    while time.monotonic() < until:
        began = time.monotonic()
        status, code = await asked(seen, probe)
        seen.answers.append((status, code))
        seen.longest_s = max(seen.longest_s, time.monotonic() - began)
        await asyncio.sleep(_EVERY_S)


async def _until_back(seen: Seen, probe: Probe, began: float) -> None:
    while (await asked(seen, probe))[0] not in {200, 302, 304}:
        if time.monotonic() - began > _BACK_S * patience():
            seen.wrong.append("did not come back")
            return
        await asyncio.sleep(_EVERY_S)
    seen.back_s = time.monotonic() - began


async def asked(seen: Seen, probe: Probe) -> tuple[int, str]:
    """Status and problem code; whatever is no clear answer is noted as wrong."""
    try:
        async with asyncio.timeout(30):
            answer = await probe()
    except (*_LOST, TimeoutError) as error:
        seen.wrong.append(f"no answer: {type(error).__name__}")
        return 599, "no answer"
    if answer.status < 400:
        return answer.status, ""
    clear = answer.status in {503, 504} and "application/problem+json" in answer.head
    code = orjson.loads(answer.body)["code"] if "json" in answer.head else answer.body[:100].decode(errors="replace")
    if not clear:
        seen.wrong.append(f"{answer.status} {code}")
    return answer.status, code


def reader(wire: Wire, path: str, who: dict[str, str]) -> Probe:
    """A read of a signed-in person."""

    async def ask() -> Answer:
        return await wire.ask("GET", path, who)

    return ask
