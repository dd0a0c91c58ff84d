"""Every query about children of accounts."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

_OIDS = """
SELECT a.esia_oid FROM account a JOIN esia_profile e USING (esia_oid)
WHERE a.person_id = $1 AND e.trusted ORDER BY e.updated_at DESC, a.esia_oid LIMIT 1
"""
_BY_HASHES = """
SELECT p.id, p.snils_hash, p.family_name, p.birth_date FROM person p WHERE p.snils_hash = ANY($1::bytea[]) AND p.merged_into IS NULL
"""
_SIGNS_IN = "SELECT EXISTS (SELECT FROM account WHERE person_id = $1)"


class KidsRepository:
    """Stateless; every method names the pool it runs on."""

    async def oid_of(self, reads: asyncpg.Pool, person_id: UUID) -> str | None:
        """The confirmed account of the person that signed in last; what an unconfirmed one says about children counts nothing."""
        oid: str | None = await reads.fetchval(_OIDS, person_id)
        return oid

    async def by_hashes(self, reads: asyncpg.Pool, hashes: Sequence[bytes]) -> dict[bytes, asyncpg.Record]:
        """People with these СНИЛС: id, family name, day of birth."""
        return {row["snils_hash"]: row for row in await reads.fetch(_BY_HASHES, list(hashes))}

    async def signs_in(self, reads: asyncpg.Pool, person_id: UUID) -> bool:
        """Whether the person has an account."""
        found: bool = await reads.fetchval(_SIGNS_IN, person_id)
        return found
