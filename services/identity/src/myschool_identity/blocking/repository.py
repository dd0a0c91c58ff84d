"""Every query about blocks of accounts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

# The person's row is the lock: a sign-in holds it too, so one of the two sees what the other did.
_LOCK = "SELECT merged_into FROM person WHERE id = $1 FOR NO KEY UPDATE"
_GET = "SELECT blocked, reason, version FROM account_block WHERE person_id = $1"
_PUT = """
INSERT INTO account_block (person_id, blocked, reason, version, changed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (person_id) DO UPDATE SET blocked = excluded.blocked, reason = excluded.reason, version = excluded.version,
    changed_at = excluded.changed_at
"""
_FACT = """
INSERT INTO account_block_change (person_id, version, act, reason, words, author_id, author_name, author_role, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_REVOKE = """
UPDATE family_token SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2 RETURNING token_hash
"""
_MS = "coalesce((extract(epoch FROM {0}) * 1000)::bigint, 0)"
_STATES = f"""
SELECT p.id, EXISTS (SELECT FROM account a WHERE a.person_id = p.id) AS has_account,
    CASE WHEN b.blocked THEN b.reason ELSE '' END AS reason, coalesce(b.version, 0) AS version,
    {_MS.format("(SELECT max(s.opened_at) FROM session s WHERE s.person_id = p.id)")} AS last_sign_in_ms,
    CASE WHEN b.blocked THEN {_MS.format("b.changed_at")} ELSE 0 END AS blocked_at_ms
FROM person p LEFT JOIN account_block b ON b.person_id = p.id WHERE p.id = ANY($1::uuid[])
"""
_NOW = "SELECT person_id FROM account_block WHERE blocked ORDER BY changed_at DESC, person_id LIMIT 1000"
_HISTORY = f"""
SELECT act, reason, words, author_name, author_role, {_MS.format("at")} AS at_ms FROM account_block_change
WHERE person_id = $1 ORDER BY id DESC LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A block, or its end; `author` = person id, name, role."""

    blocked: bool
    reason: str
    words: str
    author: tuple[str, str, str]
    at: datetime


class BlockingRepository:
    """Stateless; every method names the connection or pool it runs on."""

    async def lock(self, connection: asyncpg.Connection, person_id: UUID) -> bool:
        """Whether there is such a person who was not merged into another; held until the transaction ends."""
        row = await connection.fetchrow(_LOCK, person_id)
        return row is not None and row["merged_into"] is None

    async def get(self, connection: asyncpg.Connection, person_id: UUID) -> asyncpg.Record | None:
        """The present state; None for a person who was never blocked."""
        return await connection.fetchrow(_GET, person_id)

    async def put(self, connection: asyncpg.Connection, person_id: UUID, version: int, change: Change) -> None:
        """The next state and its fact."""
        await connection.execute(_PUT, person_id, change.blocked, change.reason, version, change.at)
        act = "BLOCKED" if change.blocked else "UNBLOCKED"
        await connection.execute(_FACT, person_id, version, act, change.reason, change.words, *change.author, change.at)

    async def revoke_tokens(self, connection: asyncpg.Connection, person_id: UUID, at: datetime) -> list[bytes]:
        """Hashes of the personal tokens that lived until now."""
        return [row["token_hash"] for row in await connection.fetch(_REVOKE, person_id, at)]

    async def states(self, reads: asyncpg.Pool, people: list[UUID]) -> dict[UUID, asyncpg.Record]:
        """What is known of the accounts of those people who are known."""
        return {row["id"]: row for row in await reads.fetch(_STATES, people)}

    async def blocked_now(self, reads: asyncpg.Pool) -> list[UUID]:
        """Who is blocked, the latest first."""
        return [row["person_id"] for row in await reads.fetch(_NOW)]

    async def history(self, reads: asyncpg.Pool, person_id: UUID) -> list[asyncpg.Record]:
        """Every change of the person, the latest first."""
        rows: list[asyncpg.Record] = await reads.fetch(_HISTORY, person_id)
        return rows
