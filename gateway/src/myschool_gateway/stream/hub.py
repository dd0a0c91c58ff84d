"""Hints of all services for the open pages of this process: one subscription to Valkey, shared."""

import asyncio
from typing import Any, Protocol, Self

import orjson
from redis.asyncio import Redis

from myschool_gateway.valkey import LOST
from myschool_kit.telemetry import logger

_log = logger(__name__)
_OWN_CHANNEL = "hint:gateway"
_RETRY_S = 0.5
_CONFIRMED_S = 2.0


class Listener(Protocol):
    """An open page."""

    def hear(self, channel: str, payload: dict[str, Any], frame: str) -> None:
        """Takes one hint; must not wait."""

    def missed(self) -> None:
        """Hints may have been lost meanwhile."""


class Hub:
    """Keeps which page listens to what. Hints cost freshness when lost, never data: pages ask again after `missed`."""

    def __init__(self, redis: Redis) -> None:
        self._pubsub = redis.pubsub()
        self._listeners: dict[str, set[Listener]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._writing = asyncio.Lock()
        self._writes: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None
        self.pages: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, *self._writes, return_exceptions=True)
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped

    async def listen(self, channel: str, listener: Listener) -> None:
        """Begins; when it returns, no later hint is missed (or Valkey is away, and `missed` will come)."""
        listeners = self._listeners.setdefault(channel, set())
        listeners.add(listener)
        confirmed = self._confirmed.get(channel)
        if confirmed is None:
            confirmed = self._confirmed[channel] = asyncio.Event()
            await self._send(self._pubsub.subscribe, channel)
        try:
            async with asyncio.timeout(_CONFIRMED_S):
                await confirmed.wait()
        except TimeoutError:
            _log.warning("subscription_not_confirmed", channel=channel.rpartition(":")[0])

    async def leave(self, channel: str, listener: Listener) -> None:
        """Ends; the last one out closes the channel."""
        listeners = self._listeners.get(channel)
        if listeners is None:
            return
        listeners.discard(listener)
        if not listeners:
            del self._listeners[channel]
            self._confirmed.pop(channel, None)
            await self._send(self._pubsub.unsubscribe, channel)

    async def _send(self, command: Any, channel: str) -> None:
        # In a task of its own: a page that goes while its channel opens would break the connection all pages share.
        write = asyncio.create_task(self._write(command, channel))
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)
        await asyncio.shield(write)

    async def _write(self, command: Any, channel: str) -> None:
        try:
            async with self._writing:
                await command(channel)
        except LOST as error:
            # The reader notices too; it subscribes to everything again once Valkey is back.
            _log.warning("hub_write_failed", error=type(error).__name__)

    async def _read(self) -> None:
        away = False
        while True:
            try:
                if away or not self._pubsub.subscribed:
                    async with self._writing:
                        await self._pubsub.subscribe(_OWN_CHANNEL, *self._listeners)
                    if away:
                        self._tell_missed()
                    away = False
                message = await self._pubsub.get_message(timeout=10)
                if message is not None:
                    self._take(message)
            except LOST as error:
                if not away:
                    _log.warning("hints_away", error=type(error).__name__)
                away = True
                await asyncio.sleep(_RETRY_S)

    def _take(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] == "subscribe":
            confirmed = self._confirmed.get(channel)
            if confirmed is not None:
                confirmed.set()
        elif message["type"] == "message":
            data: bytes = message["data"]
            try:
                payload = orjson.loads(data)
                frame = data.decode()
            except ValueError:
                _log.warning("hint_unreadable", channel=channel.rpartition(":")[0])
                return
            for listener in tuple(self._listeners.get(channel, ())):
                listener.hear(channel, payload, frame)

    def _tell_missed(self) -> None:
        for listener in {listener for listeners in self._listeners.values() for listener in listeners}:
            listener.missed()
