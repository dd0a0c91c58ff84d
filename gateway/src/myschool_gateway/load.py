"""Load shedding: a process that falls behind refuses what can wait, so that marks, diaries and chats go on."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from myschool_gateway.errors import Overloaded
from myschool_kit.telemetry import logger

_log = logger(__name__)
_LOOK_S: Final = 0.1
_TOLD_EVERY_S: Final = 10.0
# A single late turn of the loop is no overload, however late (a machine that was frozen for a minute); what lasts for some looks is.
_SMOOTHING: Final = 0.3
_COUNTED: Final = 2.0  # at most so many times the limit
_PATIENCE: Final = 2.0  # so many times the limits until reads of the school day are refused too

# Reads of a lesson, an evening at the diary, a chat; `session` tells the page who it is.
_OF_THE_DAY: Final = ("gradebooks", "lessons", "students", "chats", "periods", "day", "session", "consents", "profile")
_NEVER: Final = ("session",)
# Writes that are work of an office, not of a lesson: a whole school in one file.
_BULK: Final = ("imports",)
_API: Final = "/api/v1/"


class Load:
    """How busy this process is: calls under way, and by how much its event loop comes late."""

    def __init__(self, most_calls: int, most_lag_s: float) -> None:
        self._most_calls = most_calls
        self._most_lag_s = most_lag_s
        self._told_at = float("-inf")
        self._refused = 0
        self.calls = 0
        self.lag_s = 0.0
        # The process is about to stop: each answer asks its client to come back over a new connection, which leads elsewhere.
        self.leaving = False

    @contextmanager
    def call(self, method: str, path: str) -> Iterator[None]:
        """A call under way. Raises Overloaded for one that can wait in a process that falls behind."""
        allowed = allowance(method, path)
        if allowed and (self.calls >= self._most_calls * allowed or self.lag_s > self._most_lag_s * allowed):
            self._refused += 1
            raise Overloaded("the server is very busy; try again in a moment", retry_after_s="5")
        self.calls += 1
        try:
            yield
        finally:
            self.calls -= 1

    async def watch(self) -> None:
        """Measures until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_S
            await asyncio.sleep(_LOOK_S)
            late = min(max(0.0, loop.time() - due), self._most_lag_s * _COUNTED)
            self.lag_s += (late - self.lag_s) * _SMOOTHING
            if self._refused and loop.time() - self._told_at > _TOLD_EVERY_S:
                _log.warning("overloaded", refused=self._refused, calls=self.calls, lag_ms=round(self.lag_s * 1000))
                self._told_at, self._refused = loop.time(), 0


def allowance(method: str, path: str) -> float:
    """How many times the limits a call may go beyond: 0 stands for always let in."""
    if not path.startswith(_API):
        return 0.0
    noun = path[len(_API) :].partition("/")[0]
    if noun in _NEVER or (method != "GET" and noun not in _BULK):
        return 0.0
    # The history of a cell is looked up, not worked with.
    return _PATIENCE if noun in _OF_THE_DAY and not path.endswith("/history") else 1.0
