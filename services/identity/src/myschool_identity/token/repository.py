"""Every query about personal tokens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

# The person's row is the lock of the list; a statement of its own, for one that counted as well would count as of before it waited.
_HOLD = "SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE"
_COUNT = "SELECT count(*) FROM family_token WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2"
_INSERT = """
INSERT INTO family_token (id, person_id, role_id, name, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_OF = """
SELECT id, name, created_at, expires_at, used_at FROM family_token
WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY created_at DESC LIMIT 100
"""
_REVOKE = "UPDATE family_token SET revoked_at = coalesce(revoked_at, $3) WHERE id = $1 AND person_id = $2 RETURNING token_hash"
_USE = """
UPDATE family_token t SET used_at = $2 FROM person p
WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND p.id = t.person_id
RETURNING t.id, t.person_id, t.role_id, p.family_name, p.given_name, p.middle_name
"""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it is stored; times are UTC."""

    id: UUID
    person_id: UUID
    role_id: UUID
    name: str
    token_hash: bytes
    created_at: datetime
    expires_at: datetime


class TokenRepository:
    """Stateless; every method names the connection or pool it runs on."""

    async def count(self, connection: asyncpg.Connection, person_id: UUID, now: datetime) -> int:
        """Living tokens of the person, whose list is held until the transaction ends."""
        await connection.execute(_HOLD, person_id)
        return int(await connection.fetchval(_COUNT, person_id, now))

    async def insert(self, connection: asyncpg.Connection, new: NewToken) -> None:
        """Adds a token."""
        await connection.execute(_INSERT, new.id, new.person_id, new.role_id, new.name, new.token_hash, new.created_at, new.expires_at)

    async def of_person(self, reads: asyncpg.Pool, person_id: UUID, since: datetime) -> list[asyncpg.Record]:
        """Tokens that live or expired after `since`, newest first."""
        rows: list[asyncpg.Record] = await reads.fetch(_OF, person_id, since)
        return rows

    async def revoke(self, connection: asyncpg.Connection, token_id: UUID, person_id: UUID, at: datetime) -> bytes | None:
        """The hash of the person's token that is ended from now on; None when there is none of theirs."""
        found: bytes | None = await connection.fetchval(_REVOKE, token_id, person_id, at)
        return found

    async def use(self, connection: asyncpg.Connection, token_hash: bytes, at: datetime) -> asyncpg.Record | None:
        """Who stands behind a living token; notes the use."""
        return await connection.fetchrow(_USE, token_hash, at)
