"""Every query about people and accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

_INSERT_PEOPLE = """
INSERT INTO person (id, family_name, given_name, middle_name, birth_date, snils_hash, snils_sealed)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[], $6::bytea[], $7::bytea[])
ON CONFLICT (snils_hash) DO NOTHING
RETURNING id
"""
_BY_HASHES = "SELECT id, snils_hash FROM person WHERE snils_hash = ANY($1::bytea[])"
# In one order for everybody, and by a number both generations of a hash agree on: nobody is registered twice in between.
_HOLD = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key ORDER BY key"
_SETTLE = """
UPDATE person p SET snils_hash = pair.present FROM unnest($1::bytea[], $2::bytea[]) AS pair (present, other)
WHERE p.snils_hash = pair.other AND NOT EXISTS (SELECT FROM person taken WHERE taken.snils_hash = pair.present)
"""
_BY_OID = "SELECT person_id FROM account WHERE esia_oid = $1"
_INSERT_ACCOUNT = "INSERT INTO account (esia_oid, person_id, created_at) VALUES ($1, $2, $3)"
_RENAME = """
UPDATE person SET family_name = $2, given_name = $3, middle_name = $4, birth_date = coalesce($5, birth_date),
    snils_hash = CASE WHEN taken.by_other THEN snils_hash ELSE coalesce(snils_hash, $6) END,
    snils_sealed = CASE WHEN taken.by_other THEN snils_sealed ELSE coalesce(snils_sealed, $7) END
FROM (SELECT EXISTS (SELECT 1 FROM person WHERE snils_hash = $6 AND id <> $1) AS by_other) AS taken
WHERE id = $1
"""
_PROFILE = """
SELECT p.id, p.family_name, p.given_name, p.middle_name, p.birth_date, e.trusted, e.has_email, e.updated_at,
    coalesce((SELECT jsonb_agg(jsonb_build_object('purpose', c.purpose, 'title', c.title, 'version', c.version,
        'given_at_ms', (extract(epoch FROM c.at) * 1000)::bigint) ORDER BY c.at DESC)
        FROM (SELECT DISTINCT ON (f.purpose) f.purpose, f.version, f.act, f.at, coalesce(t.title, f.purpose) AS title
              FROM consent_fact f LEFT JOIN consent_text t ON t.text_hash = f.text_hash
              WHERE f.subject_id = p.id ORDER BY f.purpose, f.id DESC) c WHERE c.act = 'GIVEN'), '[]') AS consents
FROM person p
LEFT JOIN account a ON a.person_id = p.id
LEFT JOIN esia_profile e ON e.esia_oid = a.esia_oid
WHERE p.id = $1
ORDER BY e.updated_at DESC NULLS LAST
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as stored; `snils_hash` and `snils_sealed` are None together."""

    id: UUID
    family_name: str
    given_name: str
    middle_name: str
    birth_date: date | None
    snils_hash: bytes | None
    snils_sealed: bytes | None


class AccountRepository:
    """Stateless; every method names the connection or pool it runs on."""

    async def insert_people(self, connection: asyncpg.Connection, people: Sequence[PersonRow]) -> set[UUID]:
        """Inserts the people whose СНИЛС is new; answers with the ids that were really taken."""
        columns = zip(
            *((p.id, p.family_name, p.given_name, p.middle_name, p.birth_date, p.snils_hash, p.snils_sealed) for p in people), strict=True
        )
        rows = await connection.fetch(_INSERT_PEOPLE, *(list(column) for column in columns))
        return {row["id"] for row in rows}

    async def settle_hashes(self, connection: asyncpg.Connection, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Brings rows found under the other hash of a pair to the present one, so that every look-up below needs only that."""
        if pairs:
            await connection.execute(_HOLD, sorted({int.from_bytes(min(pair)[:8], "big", signed=True) for pair in pairs}))
            await connection.execute(_SETTLE, *zip(*pairs, strict=True))

    async def ids_by_hash(self, connection: asyncpg.Connection, hashes: Sequence[bytes]) -> dict[bytes, UUID]:
        """Ids of the known people among the hashes."""
        rows = await connection.fetch(_BY_HASHES, hashes)
        return {row["snils_hash"]: row["id"] for row in rows}

    async def id_by_oid(self, connection: asyncpg.Connection, esia_oid: str) -> UUID | None:
        """The person behind an account."""
        person_id: UUID | None = await connection.fetchval(_BY_OID, esia_oid)
        return person_id

    async def insert_account(self, connection: asyncpg.Connection, esia_oid: str, person_id: UUID, at: datetime) -> None:
        """Links an oid of Госуслуги to a person for good."""
        await connection.execute(_INSERT_ACCOUNT, esia_oid, person_id, at)

    async def refresh(self, connection: asyncpg.Connection, person: PersonRow) -> None:
        """Takes over name and birth day as Госуслуги know them; fills an absent СНИЛС."""
        await connection.execute(
            _RENAME,
            person.id,
            person.family_name,
            person.given_name,
            person.middle_name,
            person.birth_date,
            person.snils_hash,
            person.snils_sealed,
        )

    async def profile(self, reads: asyncpg.Pool, person_id: UUID) -> asyncpg.Record | None:
        """The person with the latest data from Госуслуги and all consents, in one statement."""
        return await reads.fetchrow(_PROFILE, person_id)
