"""An open-loop load: so many requests a second whatever the answers do, each repeated by its key until it has an answer."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Self

from wire import Answer, Wire

Act = Callable[["Traffic"], Awaitable[bool]]
_TRIES = 8
_PAUSE_S = 0.5
_LOOK_S = 4.0
_EASY_S = 0.25
_MOST_LATE_S = 0.5
_AGAIN = frozenset({429, 502, 503, 504})
_LOST = (OSError, EOFError, asyncio.IncompleteReadError)


@dataclass
class Traffic:
    """What was asked and how it ended. `acts` are taken in turn; one says whether it was done in the end."""

    gateway: Wire
    acts: Sequence[Act]
    per_second: float
    done: int = 0
    failed: list[str] = field(default_factory=list)
    retried: Counter[str] = field(default_factory=Counter)
    seconds: list[tuple[float, float]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._running: set[asyncio.Task[None]] = set()
        self._clock = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._clock.cancel()
        await asyncio.gather(self._clock, return_exceptions=True)
        await asyncio.gather(*self._running)

    async def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer | None:
        """One idempotent request, sent again while it has no answer; None when it was given up."""
        why, pause = "", _PAUSE_S
        for attempt in range(_TRIES):
            if attempt:
                self.retried[why] += 1
                await asyncio.sleep(pause)
            began = time.monotonic()
            try:
                async with asyncio.timeout(15):
                    answer = await self.gateway.ask(method, path, headers, body)
            except (*_LOST, TimeoutError) as error:
                why = type(error).__name__
                continue
            if answer.status in {200, 304}:
                self.seconds.append((began, time.monotonic() - began))
                return answer
            why = f"{answer.status} {_code(answer)}"
            pause = float(answer.head.partition("\r\nretry-after: ")[2].partition("\r\n")[0] or _PAUSE_S)
            if answer.status not in _AGAIN:
                break
        self.failed.append(f"{method} {path}: {why}")
        return None

    def waiting(self) -> int:
        """Requests that have no answer yet."""
        return len(self._running)

    async def settle(self, least: float) -> None:
        """Finds what the machine does with ease while processes start: the rate falls by a third as long as answers take long.

        A machine that had to slow down is busy with other work, which comes and goes: half of what it did is asked of it then.
        """
        wanted = self.per_second
        while self.per_second > least:
            self.seconds.clear()
            await asyncio.sleep(_LOOK_S)
            waits = [wait for _at, wait in self.seconds]
            if waits and percentile(waits, 0.95) < _EASY_S and self.waiting() < self.per_second / 4:
                break
            self.per_second = max(least, self.per_second / 1.5)
            while self.waiting() > self.per_second / 10:
                await asyncio.sleep(0.1)
        if self.per_second < wanted:
            self.per_second = max(least, self.per_second / 2)
        self.seconds.clear()
        self.retried.clear()

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        due, turn = loop.time(), cycle(self.acts)
        while True:
            task = asyncio.create_task(self._one(next(turn)))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            # What this process itself was too late for is asked at once, but not more than half a second of it.
            due = max(due + 1 / self.per_second, loop.time() - _MOST_LATE_S)
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _one(self, act: Act) -> None:
        if await act(self):
            self.done += 1


def _code(answer: Answer) -> str:
    text = answer.body.decode(errors="replace")
    return text.partition('"code":"')[2].partition('"')[0]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
