"""Every query that rewrites envelopes of imports and hashes by which people are known."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

BATCH = 500
_IMPORTS = "SELECT id, sealed FROM import WHERE sealed <> '' AND id > $1 ORDER BY id LIMIT 20 FOR UPDATE"
_REWRAP = "UPDATE import SET sealed = $2 WHERE id = $1"
_FORMER = f"""
SELECT hash, person_id, generation FROM person_key WHERE generation < $1 AND hash > $2 ORDER BY hash LIMIT {BATCH} FOR UPDATE
"""
_CARRY = """
WITH gone AS (DELETE FROM person_key WHERE hash = ANY($1::bytea[]))
INSERT INTO person_key (hash, person_id, generation) SELECT *, $4::int FROM unnest($2::bytea[], $3::uuid[]) ON CONFLICT DO NOTHING
"""


class RekeyingRepository:
    """Rows of one batch, held until the transaction ends."""

    @staticmethod
    async def imports(connection: asyncpg.Connection, after: UUID) -> list[asyncpg.Record]:
        """The next kept imports; few at a time, for each holds a whole file."""
        rows: list[asyncpg.Record] = await connection.fetch(_IMPORTS, after)
        return rows

    @staticmethod
    async def rewrap(connection: asyncpg.Connection, import_id: UUID, sealed: bytes) -> None:
        """One import's new envelope."""
        await connection.execute(_REWRAP, import_id, sealed)

    @staticmethod
    async def former(connection: asyncpg.Connection, generation: int, after: bytes) -> list[asyncpg.Record]:
        """The next hashes of earlier generations."""
        rows: list[asyncpg.Record] = await connection.fetch(_FORMER, generation, after)
        return rows

    @staticmethod
    async def carry(
        connection: asyncpg.Connection, before: Sequence[bytes], after: Sequence[bytes], people: Sequence[UUID], generation: int
    ) -> None:
        """Hashes of an earlier generation give way to those of the present one."""
        await connection.execute(_CARRY, before, after, people, generation)
