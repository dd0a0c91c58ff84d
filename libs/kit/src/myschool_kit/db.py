"""One transaction per request or message, committed at the edge; reads go through a pool of their own."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import asyncpg
from google.protobuf.message import Message

from myschool_cluster import traces
from myschool_kit import outbox
from myschool_kit.errors import Invalid, Violation
from myschool_kit.hints import Hints

OnQuery = Callable[[str], None]
Buffer = TypeVar("Buffer")

_CLAIM = """
INSERT INTO request_log (person_id, request_id, method, fingerprint) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1
"""
_REPEATED = "SELECT fingerprint, response FROM request_log WHERE person_id = $1 AND request_id = $2"
_READING = {"statement_timeout": "10s"}
_WRITING = {"statement_timeout": "30s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}


async def _as_it_is(_connection: object) -> None:
    """Nothing here changes a session, so a returned connection need not be reset: that would be a round trip per request."""


# Whatever a statement can end in. InternalClientError is what the driver says when the server leaves in the middle of an answer.
DRIVER = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_AWAY = (
    *(asyncpg.InternalClientError, OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError),
    *(asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.InsufficientResourcesError, asyncpg.ReadOnlySQLTransactionError),
)


def is_away(error: BaseException) -> bool:
    """PostgreSQL is gone, stopping, starting, full or a replica by now. A value of the wrong type is an InterfaceError too."""
    return isinstance(error, _AWAY) and not isinstance(error, ValueError)


class Database:
    """The service's own database: a pool for transactions and an autocommit pool for reads."""

    def __init__(
        self, url: str, *, pool_size: int = 10, hints: Hints | None = None, on_query: OnQuery | None = None, search_path: str = "public"
    ) -> None:
        self._url = url
        self._pool_size = pool_size
        self._on_query = on_query
        self._search_path = search_path
        self.hints = hints or Hints(None)
        self.committed: Callable[[], None] = lambda: None
        self._reads: asyncpg.Pool | None = None
        self._writes: asyncpg.Pool | None = None

    async def _watch(self, connection: asyncpg.Connection) -> None:
        if (on_query := self._on_query) is not None:
            connection.add_query_logger(lambda record: on_query(record.query))

    async def open(self, patience_s: float = 0) -> None:
        """Opens the pools, waiting so many seconds for a server that starts. Raises OSError or asyncpg errors when it stays away."""
        until = time.monotonic() + patience_s
        while self._reads is None:
            try:
                self._reads = await self._pool(1, _READING)
            except DRIVER as error:
                if not is_away(error) or time.monotonic() > until:
                    raise
                await asyncio.sleep(0.3)
        self._writes = await self._pool(0, _WRITING)

    async def _pool(self, least: int, settings: dict[str, str]) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            self._url,
            min_size=least,
            max_size=self._pool_size,
            init=self._watch,
            reset=_as_it_is,
            max_inactive_connection_lifetime=0,
            server_settings={"jit": "off", "search_path": self._search_path, **settings},
        )

    async def close(self) -> None:
        """Ends all connections."""
        for pool in (self._reads, self._writes):
            if pool is not None:
                await pool.close()

    @property
    def pools(self) -> dict[str, asyncpg.Pool]:
        """Both pools by what they are for."""
        return {"reads": _opened(self._reads), "writes": _opened(self._writes)}

    @property
    def reads(self) -> asyncpg.Pool:
        """Pool for reads: every statement is its own transaction."""
        return _opened(self._reads)

    @asynccontextmanager
    async def begin(self, traceparent: str = "") -> AsyncIterator["UnitOfWork"]:
        """A unit of work: committed when the block ends well, rolled back when it raises."""
        span, outcome = traces.begin("INTERNAL", "unit of work", traceparent), "ABORTED"
        async with _opened(self._writes).acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            # The pool's proxy answers to the same calls.
            uow = UnitOfWork(cast("asyncpg.Connection", connection), span.traceparent)
            try:
                yield uow
                await uow.finish()
                await _to_the_end(transaction.commit())
                outcome = "OK"
            except BaseException:
                if not connection.is_closed() and connection.is_in_transaction():
                    await _to_the_end(transaction.rollback())
                raise
            finally:
                span.end(outcome)
        self.committed()
        await self.hints.publish(uow.hints)


async def _to_the_end(act: Coroutine[Any, Any, None]) -> None:
    """A caller's cancellation must not leave it unknown whether the commit happened: it is passed on afterwards."""
    task = asyncio.ensure_future(act)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _opened(pool: asyncpg.Pool | None) -> asyncpg.Pool:
    if pool is None:
        message = "the database is not open"
        raise RuntimeError(message)
    return pool


class UnitOfWork:
    """The open transaction with what follows from it: events (inside it) and hints (after it).

    `raw` is the driver's connection inside the transaction.
    """

    def __init__(self, connection: asyncpg.Connection, traceparent: str) -> None:
        self.raw = connection
        self._traceparent = traceparent
        self._events: list[outbox.Emitted] = []
        self.hints: list[tuple[str, dict[str, Any]]] = []
        self._buffers: dict[object, tuple[Any, Callable[[Any], Awaitable[None]]]] = {}
        self._claimed: tuple[str, str] | None = None
        self._answer: outbox.Answer | None = None

    def emit(self, topic: str, key: object, message: Message) -> None:
        """Adds an event that becomes true with this commit. Call it while the aggregate's row lock is held."""
        self._events.append(outbox.Emitted.of(topic, key, message))

    def hint(self, channel: str, payload: dict[str, Any]) -> None:
        """Tells open pages after the commit (myschool_kit.hints)."""
        self.hints.append((channel, payload))

    def buffer(self, make: Callable[[], Buffer], write: Callable[["UnitOfWork", Buffer], Awaitable[None]]) -> Buffer:
        """One collection per transaction, made by `make` and written by `write` right before the commit."""
        known = self._buffers.get(make)
        if known is None:
            known = self._buffers[make] = (make(), lambda made: write(self, made))
        collected: Buffer = known[0]
        return collected

    async def claim(self, person_id: str, request_id: str, method: str, body: bytes) -> bytes | None:
        """Takes a request id; answers with the stored reply when it was taken before (one effect per Idempotency-Key)."""
        fingerprint = hashlib.sha256(body).digest()
        if await self.raw.fetchval(_CLAIM, person_id, request_id, method, fingerprint) is not None:
            self._claimed = (person_id, request_id)
            return None
        known = await self.raw.fetchrow(_REPEATED, person_id, request_id)
        if known is None or known["fingerprint"] != fingerprint:
            raise Invalid(
                "the Idempotency-Key was used for another request",
                reason="IDEMPOTENCY_KEY_REUSED",
                violations=[Violation("Idempotency-Key", "use a new key for a new request")],
            )
        return bytes(known["response"])

    def answer(self, response: bytes) -> None:
        """Keeps the reply for repetitions of the claimed request."""
        if self._claimed is not None:
            self._answer = (*self._claimed, response)

    async def finish(self) -> None:
        """Writes what is pending; the edge commits right after."""
        for collected, write in self._buffers.values():
            await write(collected)
        await outbox.write(self.raw, self._events, self._traceparent, self._answer)
