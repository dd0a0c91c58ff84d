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
_STRIP = "UPDATE person SET snils_hash = NULL, snils_sealed = NULL WHERE id = $1"
_LEAD = "UPDATE person SET merged_into = $2 WHERE id = $1"
_MOVE_ACCOUNTS = "UPDATE account SET person_id = $2 WHERE person_id = $1 RETURNING esia_oid"
_GIVE_SNILS = "UPDATE person SET snils_hash = $2, snils_sealed = $3 WHERE id = $1"
_MOVE_PAIRINGS = """
UPDATE pairing SET child_id = CASE WHEN child_id = $1 THEN $2 ELSE child_id END,
    guardian_id = CASE WHEN guardian_id = $1 THEN $2 ELSE guardian_id END WHERE child_id = $1 OR guardian_id = $1
"""
# Devices that were made while two were taken for one may be anybody's: their guardians make new ones.
_END_DEVICES = """
WITH ended AS (UPDATE pairing SET revoked_at = $2 WHERE child_id = $1 AND revoked_at IS NULL RETURNING id, child_id)
INSERT INTO pairing_fact (pairing_id, child_id, act, actor_id, at) SELECT id, child_id, 'REVOKED', $3, $2 FROM ended RETURNING pairing_id
"""
_FACT = """
INSERT INTO person_merge (id, merged_id, person_id, reason, author_id, author_role, at, snils_moved) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_NOTE_ACCOUNTS = "INSERT INTO person_merge_account (merge_id, esia_oid) SELECT $1, unnest($2::text[])"
_MERGE = """
SELECT m.id, m.merged_id, m.person_id, m.snils_moved, EXISTS (SELECT FROM person_separation s WHERE s.merge_id = m.id) AS separated
FROM person_merge m WHERE m.id = $1
"""
_LIVING = """
SELECT m.id FROM person_merge m WHERE m.merged_id = $1 AND m.person_id = $2
  AND NOT EXISTS (SELECT FROM person_separation s WHERE s.merge_id = m.id) ORDER BY m.at DESC LIMIT 1
"""
_RETURN_ACCOUNTS = """
UPDATE account a SET person_id = $3 FROM person_merge_account m
WHERE m.merge_id = $1 AND a.esia_oid = m.esia_oid AND a.person_id = $2 RETURNING a.esia_oid
"""
# A number that came with a sign-in after the merge belongs to the account too.
_SNILS_OF_ACCOUNTS = "SELECT EXISTS (SELECT FROM esia_profile WHERE esia_oid = ANY($1::text[]) AND snils_hash = $2)"
_SEPARATED = "INSERT INTO person_separation (merge_id, author_id, author_role, at) VALUES ($1, $2, $3, $4)"
Snils = tuple[bytes, bytes]


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

    async def lead(self, connection: asyncpg.Connection, person_id: UUID, to: UUID | None) -> None:
        """The person is used no more, `to` instead; None makes them a person of their own again."""
        await connection.execute(_LEAD, person_id, to)

    async def move_snils(self, connection: asyncpg.Connection, person_id: UUID, to: UUID, snils: Snils) -> None:
        """Takes the number (hash, ciphertext for the other) off one and gives it to the other, in this order: it stands at one only."""
        await connection.execute(_STRIP, person_id)
        await connection.execute(_GIVE_SNILS, to, *snils)

    async def move_accounts(self, connection: asyncpg.Connection, merge_id: UUID, person_id: UUID, to: UUID) -> None:
        """Gives accounts and paired devices to the other and notes which accounts; the merge is noted already."""
        moved = [row["esia_oid"] for row in await connection.fetch(_MOVE_ACCOUNTS, person_id, to)]
        await connection.execute(_NOTE_ACCOUNTS, merge_id, moved)
        await connection.execute(_MOVE_PAIRINGS, person_id, to)

    async def return_accounts(self, connection: asyncpg.Connection, merge_id: UUID, person_id: UUID, to: UUID) -> list[str]:
        """Gives those accounts back that came with the merge; answers their oids."""
        return [row["esia_oid"] for row in await connection.fetch(_RETURN_ACCOUNTS, merge_id, person_id, to)]

    async def end_devices(self, connection: asyncpg.Connection, child_id: UUID, author_id: UUID, at: datetime) -> bool:
        """Whether the child had codes or devices; none is good any more."""
        return bool(await connection.fetch(_END_DEVICES, child_id, at, author_id))

    async def add_fact(
        self,
        connection: asyncpg.Connection,
        merge_id: UUID,
        pair: tuple[UUID, UUID],
        reason: str,
        author: tuple[str, str],
        at: datetime,
        *,
        snils_moved: bool,
    ) -> None:
        """Notes who merged what (merged id, remaining id) and why; author = person id and role."""
        await connection.execute(_FACT, merge_id, *pair, reason, *author, at, snils_moved)

    async def merge(self, connection: asyncpg.Connection, merge_id: UUID) -> asyncpg.Record | None:
        """The merge, and whether it was taken back."""
        return await connection.fetchrow(_MERGE, merge_id)

    async def living(self, connection: asyncpg.Connection, merged_id: UUID, person_id: UUID) -> UUID | None:
        """The merge of the two that holds now."""
        found: UUID | None = await connection.fetchval(_LIVING, merged_id, person_id)
        return found

    async def is_of_accounts(self, connection: asyncpg.Connection, oids: list[str], snils_hash: bytes) -> bool:
        """Whether the number is one of these accounts'."""
        return bool(await connection.fetchval(_SNILS_OF_ACCOUNTS, oids, snils_hash))

    async def add_separation(self, connection: asyncpg.Connection, merge_id: UUID, author: tuple[str, str], at: datetime) -> None:
        """Notes who took the merge back."""
        await connection.execute(_SEPARATED, merge_id, *author, at)
