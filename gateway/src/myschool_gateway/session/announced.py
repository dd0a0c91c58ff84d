"""Sessions and personal tokens that ended at identity without a word to their browser: a block, a record joined to another."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, Self

from myschool_gateway.session.bearers import Bearers
from myschool_gateway.session.endings import Endings
from myschool_gateway.stream.hub import Hub
from myschool_kit.errors import DomainError
from myschool_kit.telemetry import logger

_log = logger(__name__)
# Identity's side: events.ENDINGS_CHANNEL.
CHANNEL: Final = "hint:endings"


class Announced:
    """Ends here what identity has ended. Each gateway hears it; ending twice is harmless. A lost hint is caught up by `Checks`."""

    def __init__(self, hub: Hub, endings: Endings, bearers: Bearers) -> None:
        self._hub = hub
        self._endings = endings
        self._bearers = bearers
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._hub.listen(CHANNEL, self)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._hub.leave(CHANNEL, self)
        await asyncio.gather(*self._running, return_exceptions=True)

    def hear(self, _channel: str, payload: dict[str, Any], _frame: str) -> None:
        """One ending."""
        if payload.get("t") == "session":
            self._begin(self._endings.end_session(str(payload.get("session_id")), str(payload.get("reason", ""))))
        elif payload.get("t") == "token":
            self._begin(self._bearers.forget(str(payload.get("token_hash"))))

    def missed(self) -> None:
        """The regular look at each session finds what was missed."""

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_forgiving(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)


async def _forgiving(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except DomainError as error:
        _log.warning("ending_put_off", reason=error.reason)
