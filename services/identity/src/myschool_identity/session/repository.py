"""Every query about sessions."""

from datetime import datetime
from uuid import UUID

import asyncpg

_INSERT = """
INSERT INTO session (id, person_id, device, opened_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO NOTHING RETURNING 1
"""
_END = """
UPDATE session SET ended_at = $2, end_reason = $3
WHERE id = $1 AND ended_at IS NULL AND ($4::uuid IS NULL OR person_id = $4)
RETURNING person_id
"""
_EXISTS = "SELECT EXISTS (SELECT 1 FROM session WHERE id = $1 AND person_id = $2)"
_OPEN = """
SELECT id, device, opened_at FROM session
WHERE person_id = $1 AND ended_at IS NULL ORDER BY opened_at DESC LIMIT 100
"""


class SessionRepository:
    """Stateless; every method names the connection or pool it runs on."""

    async def insert(self, connection: asyncpg.Connection, session_id: UUID, person_id: UUID, device: str, at: datetime) -> bool:
        """Whether the session is new."""
        return await connection.fetchval(_INSERT, session_id, person_id, device, at) is not None

    async def end(self, connection: asyncpg.Connection, session_id: UUID, at: datetime, reason: str, person_id: UUID | None) -> UUID | None:
        """The person whose open session was ended now; with `person_id`, only that person's."""
        ended: UUID | None = await connection.fetchval(_END, session_id, at, reason, person_id)
        return ended

    async def belongs_to(self, connection: asyncpg.Connection, session_id: UUID, person_id: UUID) -> bool:
        """Whether the session, open or ended, is this person's."""
        return bool(await connection.fetchval(_EXISTS, session_id, person_id))

    async def open_of(self, reads: asyncpg.Pool, person_id: UUID) -> list[asyncpg.Record]:
        """Open sessions, newest first."""
        rows: list[asyncpg.Record] = await reads.fetch(_OPEN, person_id)
        return rows
