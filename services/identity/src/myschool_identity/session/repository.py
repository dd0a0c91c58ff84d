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

_END_ALL = "UPDATE session SET ended_at = $2, end_reason = $3 WHERE person_id = $1 AND ended_at IS NULL RETURNING id"
_END_REASON = "SELECT end_reason FROM session WHERE id = $1 AND person_id = $2"
_SIGN_INS = """
SELECT id, device, opened_at, ended_at, coalesce(end_reason, '') AS end_reason FROM session
WHERE person_id = $1 AND opened_at > $2 AND ($3::timestamptz IS NULL OR (opened_at, id) < ($3, $4))
ORDER BY opened_at DESC, id DESC LIMIT $5
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

    async def end_all(self, connection: asyncpg.Connection, person_id: UUID, at: datetime, reason: str) -> list[UUID]:
        """Ids of the person's sessions that were open until now."""
        return [row["id"] for row in await connection.fetch(_END_ALL, person_id, at, reason)]

    async def end_reason(self, reads: asyncpg.Pool, session_id: UUID, person_id: UUID) -> str:
        """Why the person's session has ended; empty while it is open or unknown."""
        return await reads.fetchval(_END_REASON, session_id, person_id) or ""

    async def sign_ins(
        self, reads: asyncpg.Pool, person_id: UUID, since: datetime, before: tuple[datetime, UUID] | None, limit: int
    ) -> list[asyncpg.Record]:
        """Sessions opened since, open and ended, newest first."""
        at, session_id = before or (None, None)
        rows: list[asyncpg.Record] = await reads.fetch(_SIGN_INS, person_id, since, at, session_id, limit)
        return rows
