"""Every query about requests to erase a profile."""

from datetime import datetime
from uuid import UUID

import asyncpg

_COLUMNS = "id, requested_at, due_at, cancelled_at, carried_out_at"
_WAITING = "cancelled_at IS NULL AND carried_out_at IS NULL"
_LATEST = f"SELECT {_COLUMNS} FROM erasure_request WHERE person_id = $1 ORDER BY requested_at DESC LIMIT 1"
_ASK = f"""
INSERT INTO erasure_request (id, person_id, requested_at, due_at) SELECT $1, id, $3, $4 FROM person WHERE id = $2
ON CONFLICT (person_id) WHERE {_WAITING} DO NOTHING
"""
_CANCEL = f"UPDATE erasure_request SET cancelled_at = $3 WHERE id = $1 AND person_id = $2 AND {_WAITING}"
_DUE = f"""
SELECT id, person_id FROM erasure_request WHERE {_WAITING} AND due_at <= $1 ORDER BY due_at LIMIT 20 FOR UPDATE SKIP LOCKED
"""
_DONE = "UPDATE erasure_request SET carried_out_at = $2 WHERE id = $1"


class ErasureRepository:
    """Stateless; every method names the connection or pool it runs on."""

    async def latest(self, connection: asyncpg.Connection | asyncpg.Pool, person_id: UUID) -> asyncpg.Record | None:
        """The person's newest request."""
        return await connection.fetchrow(_LATEST, person_id)

    async def ask(self, connection: asyncpg.Connection, request_id: UUID, person_id: UUID, at: datetime, due_at: datetime) -> bool:
        """Whether the request is new: none waits already, and the person is known."""
        return bool(await connection.execute(_ASK, request_id, person_id, at, due_at) == "INSERT 0 1")

    async def cancel(self, connection: asyncpg.Connection, request_id: UUID, person_id: UUID, at: datetime) -> bool:
        """Takes a waiting request of the person back; False when there is none."""
        return bool(await connection.execute(_CANCEL, request_id, person_id, at) == "UPDATE 1")

    async def due(self, connection: asyncpg.Connection, now: datetime) -> list[asyncpg.Record]:
        """Requests whose waiting time is over, held by this transaction."""
        rows: list[asyncpg.Record] = await connection.fetch(_DUE, now)
        return rows

    async def done(self, connection: asyncpg.Connection, request_id: UUID, at: datetime) -> None:
        """The request has been carried out."""
        await connection.execute(_DONE, request_id, at)
