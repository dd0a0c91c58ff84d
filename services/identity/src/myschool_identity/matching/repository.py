"""Every query about records that may become an account's person."""

from datetime import datetime
from uuid import UUID

import asyncpg

_NAME = """translate(lower(({0}.family_name || ' ' || {0}.given_name || ' ' || {0}.middle_name) COLLATE "pg_c_utf8"), 'ё', 'е')"""
# Somebody with a СНИЛС of another is not the caller, whatever the name.
_OWN = f"""
SELECT r.id FROM person p JOIN person r ON r.birth_date = p.birth_date AND {_NAME.format("r")} = {_NAME.format("p")}
WHERE p.id = $1 AND p.merged_into IS NULL AND r.id <> p.id AND r.snils_hash IS NULL AND r.merged_into IS NULL
  AND EXISTS (SELECT FROM account a WHERE a.person_id = p.id) AND NOT EXISTS (SELECT FROM account a WHERE a.person_id = r.id)
ORDER BY r.created_at, r.id LIMIT 10
"""
_LOCK = "SELECT id FROM person WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
_LOCKED = """
SELECT p.id, p.merged_into, p.snils_hash, p.snils_sealed, EXISTS (SELECT FROM account a WHERE a.person_id = p.id) AS has_account
FROM person p WHERE p.id = ANY($1::uuid[])
"""
_STRIP = "UPDATE person SET merged_into = $2, snils_hash = NULL, snils_sealed = NULL WHERE id = $1"
_MOVE_ACCOUNTS = "UPDATE account SET person_id = $2 WHERE person_id = $1"
_MOVE_PAIRINGS = """
UPDATE pairing SET child_id = CASE WHEN child_id = $1 THEN $2 ELSE child_id END,
    guardian_id = CASE WHEN guardian_id = $1 THEN $2 ELSE guardian_id END WHERE child_id = $1 OR guardian_id = $1
"""
_GIVE_SNILS = """
UPDATE person SET snils_hash = coalesce(snils_hash, $2), snils_sealed = CASE WHEN snils_hash IS NULL THEN $3 ELSE snils_sealed END
WHERE id = $1
"""
_FACT = """
INSERT INTO person_merge (id, merged_id, person_id, reason, author_id, author_role, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class MatchingRepository:
    """Stateless; every method names the connection or pool it runs on."""

    async def own(self, reads: asyncpg.Pool, person_id: UUID) -> list[UUID]:
        """People of the same name and day of birth without СНИЛС and without an account, at most ten."""
        return [row["id"] for row in await reads.fetch(_OWN, person_id)]

    async def lock(self, connection: asyncpg.Connection, people: list[UUID]) -> dict[UUID, asyncpg.Record]:
        """The people, locked in one order: merged_into, СНИЛС as hash and ciphertext, has_account."""
        await connection.execute(_LOCK, people)
        # Read afterwards: who waited for the lock must see what the other did, in other tables too.
        return {row["id"]: row for row in await connection.fetch(_LOCKED, people)}

    async def link(
        self, connection: asyncpg.Connection, person_id: UUID, record_id: UUID, snils: tuple[bytes | None, bytes | None]
    ) -> None:
        """Moves accounts, devices and СНИЛС (hash, ciphertext for the record) to the record; the person is used no more."""
        # First taken off, then given: a hash stands at one person only.
        await connection.execute(_STRIP, person_id, record_id)
        await connection.execute(_MOVE_ACCOUNTS, person_id, record_id)
        await connection.execute(_MOVE_PAIRINGS, person_id, record_id)
        await connection.execute(_GIVE_SNILS, record_id, *snils)

    async def add_fact(
        self, connection: asyncpg.Connection, fact_id: UUID, pair: tuple[UUID, UUID], reason: str, author: tuple[str, str], at: datetime
    ) -> None:
        """Notes who merged what (merged id, remaining id) and why; author = person id and role."""
        await connection.execute(_FACT, fact_id, *pair, reason, *author, at)
