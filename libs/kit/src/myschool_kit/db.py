"""One transaction per request or message, committed at the edge; reads go through a plain asyncpg pool."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
from google.protobuf.message import Message
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from myschool_kit import outbox
from myschool_kit.errors import Invalid, Violation
from myschool_kit.hints import Hints

OnQuery = Callable[[str], None]
Buffer = TypeVar("Buffer")

_CLAIM = """
INSERT INTO request_log (person_id, request_id, method, fingerprint) VALUES (:person, :request, :method, :fingerprint)
ON CONFLICT DO NOTHING RETURNING 1
"""
_ANSWER = """
UPDATE request_log SET response = $3 WHERE person_id = $1 AND request_id = $2
"""
_REPEATED = "SELECT fingerprint, response FROM request_log WHERE person_id = :person AND request_id = :request"


class Database:
    """The service's own database: an engine for commands and an autocommit pool for reads."""

    def __init__(
        self, url: str, *, pool_size: int = 10, hints: Hints | None = None, on_query: OnQuery | None = None, search_path: str = "public"
    ) -> None:
        self._url = url
        self._pool_size = pool_size
        self._on_query = on_query
        self._search_path = search_path
        self.hints = hints or Hints(None)
        self.committed: Callable[[], None] = lambda: None
        self.engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://", async_creator=self._connect, pool_size=pool_size, max_overflow=0, pool_pre_ping=False
        )
        self._reads: asyncpg.Pool | None = None

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            self._url,
            server_settings={
                "jit": "off",
                "search_path": self._search_path,
                "lock_timeout": "5s",
                "statement_timeout": "30s",
                "idle_in_transaction_session_timeout": "60s",
            },
        )
        await self._watch(connection)
        return connection

    async def _watch(self, connection: asyncpg.Connection) -> None:
        if self._on_query is not None:
            on_query = self._on_query
            connection.add_query_logger(lambda record: on_query(record.query))

    async def open(self) -> None:
        """Opens the read pool. Raises OSError or asyncpg errors when the server is away."""
        self._reads = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=self._pool_size,
            init=self._watch,
            server_settings={"jit": "off", "search_path": self._search_path, "statement_timeout": "10s"},
        )

    async def close(self) -> None:
        """Ends all connections."""
        if self._reads is not None:
            await self._reads.close()
        await self.engine.dispose()

    @property
    def reads(self) -> asyncpg.Pool:
        """Pool for reads: every statement is its own transaction."""
        if self._reads is None:
            message = "the database is not open"
            raise RuntimeError(message)
        return self._reads

    @asynccontextmanager
    async def begin(self, traceparent: str = "") -> AsyncIterator["UnitOfWork"]:
        """A unit of work: committed when the block ends well, rolled back when it raises."""
        async with self.engine.connect() as connection:
            uow = UnitOfWork(connection, traceparent)
            await uow.start()
            try:
                yield uow
                await uow.finish()
                # A caller's cancellation must not leave it unknown whether the commit happened.
                await asyncio.shield(connection.commit())
            except BaseException:
                await asyncio.shield(connection.rollback())
                raise
        self.committed()
        await self.hints.publish(uow.hints)


class UnitOfWork:
    """The open transaction with what follows from it: events (inside it) and hints (after it)."""

    def __init__(self, connection: AsyncConnection, traceparent: str) -> None:
        self._connection = connection
        self._traceparent = traceparent
        self._session: AsyncSession | None = None
        self._raw: asyncpg.Connection | None = None
        self._events: list[outbox.Emitted] = []
        self.hints: list[tuple[str, dict[str, Any]]] = []
        self._buffers: dict[object, tuple[Any, Callable[[Any], Awaitable[None]]]] = {}
        self._claimed: tuple[str, str] | None = None

    @property
    def session(self) -> AsyncSession:
        """ORM session inside this transaction."""
        if self._session is None:
            self._session = AsyncSession(bind=self._connection, expire_on_commit=False, autoflush=False)
        return self._session

    @property
    def raw(self) -> asyncpg.Connection:
        """The driver's connection inside this transaction, for statements where the ORM would cost more than the work."""
        if self._raw is None:
            message = "the unit of work has not started"
            raise RuntimeError(message)
        return self._raw

    async def start(self) -> None:
        """Opens the transaction. SQLAlchemy begins only with its first statement, which must precede any raw one."""
        await self._connection.execute(text("SET LOCAL synchronous_commit = on"))
        raw = await self._connection.get_raw_connection()
        driver = raw.driver_connection
        if driver is None or not driver.is_in_transaction():
            message = "no transaction was begun"
            raise RuntimeError(message)
        self._raw = driver

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
        values = {"person": person_id, "request": request_id, "method": method, "fingerprint": fingerprint}
        if (await self._connection.execute(text(_CLAIM), values)).first() is not None:
            self._claimed = (person_id, request_id)
            return None
        known = (await self._connection.execute(text(_REPEATED), values)).one()
        if known.fingerprint != fingerprint:
            raise Invalid(
                "the Idempotency-Key was used for another request",
                reason="IDEMPOTENCY_KEY_REUSED",
                violations=[Violation("Idempotency-Key", "use a new key for a new request")],
            )
        return bytes(known.response)

    async def answer(self, response: bytes) -> None:
        """Keeps the reply for repetitions of the claimed request."""
        if self._claimed is not None:
            await self.raw.execute(_ANSWER, *self._claimed, response)

    async def finish(self) -> None:
        """Writes what is pending; the edge commits right after."""
        for collected, write in self._buffers.values():
            await write(collected)
        if self._session is not None:
            await self._session.flush()
        if self._events:
            await outbox.write(self.raw, self._events, self._traceparent)
