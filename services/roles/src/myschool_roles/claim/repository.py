"""Queries over claims."""

from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_kit.db import Database
from myschool_roles.claim.model import Ask

_FIELDS = "id, guardian_id, student_id, organisation_id, source, source_day, status, version, expires_at, decided_at"
# One guardian's claims come one after another.
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('guardian_claim ' || $1::uuid, 0))"
_LATEST = f"SELECT {_FIELDS} FROM guardian_claim WHERE guardian_id = $1 AND student_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1"
_OPEN = "status = 'PENDING' AND expires_at > $2"
_COUNT = f"SELECT count(*) FROM guardian_claim WHERE guardian_id = $1 AND {_OPEN}"
_INSERT = f"""
INSERT INTO guardian_claim (id, guardian_id, student_id, organisation_id, source, source_day, student_name, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {_FIELDS}
"""
_LOCK = f"SELECT {_FIELDS} FROM guardian_claim WHERE id = $1 FOR UPDATE"
_SET = f"UPDATE guardian_claim SET status = $2, decided_at = $3, version = version + 1 WHERE id = $1 RETURNING {_FIELDS}"
_FACT = """
INSERT INTO guardian_claim_change (guardian_claim_id, status, version, author_id, author_role, at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_TIMES = (
    "(extract(epoch FROM c.created_at) * 1000)::bigint AS created_at_ms, (extract(epoch FROM c.expires_at) * 1000)::bigint AS expires_at_ms"
)
_OF_GUARDIAN = f"""
SELECT c.id, c.student_name, c.source, c.version, {_TIMES} FROM guardian_claim c
WHERE c.guardian_id = $1 AND {_OPEN} ORDER BY c.created_at DESC, c.id LIMIT 20
"""
_TO_STUDENT = f"""
SELECT c.id, coalesce(p.full_name, '') AS guardian_name, c.source, c.version, {_TIMES}
FROM guardian_claim c LEFT JOIN person p ON p.id = c.guardian_id WHERE c.student_id = $1 AND {_OPEN} ORDER BY c.created_at, c.id LIMIT 20
"""
_BIRTH = """
SELECT p.birth_date, o.id AS organisation_id, o.time_zone FROM person p JOIN organisation o ON o.id = coalesce((
  SELECT e.organisation_id FROM enrolment e WHERE e.student_id = p.id AND e.last_day IS NULL
  ORDER BY e.organisation_id = $2 DESC, e.from_day DESC, e.id LIMIT 1), $2) WHERE p.id = $1
"""


class ClaimRepository:
    """Every query over claims; reads go to the pool, commands to the given connection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    async def latest(connection: asyncpg.Connection, guardian_id: UUID, student_id: UUID) -> asyncpg.Record | None:
        """The guardian's latest claim for the student; the guardian's other claims wait till the commit."""
        await connection.execute(_ALONE, guardian_id)
        return await connection.fetchrow(_LATEST, guardian_id, student_id)

    @staticmethod
    async def count_open(connection: asyncpg.Connection, guardian_id: UUID, at: datetime) -> int:
        """How many claims of the guardian wait."""
        found: int = await connection.fetchval(_COUNT, guardian_id, at)
        return found

    @staticmethod
    async def insert(connection: asyncpg.Connection, claim_id: UUID, ask: Ask, at: datetime, expires_at: datetime) -> asyncpg.Record:
        """The new claim."""
        place = (ask.organisation_id, ask.source, ask.source_day, ask.student_name)
        [row] = await connection.fetch(_INSERT, claim_id, ask.guardian_id, ask.student_id, *place, at, expires_at)
        return row

    @staticmethod
    async def lock(connection: asyncpg.Connection, claim_id: UUID) -> asyncpg.Record | None:
        """The claim, locked."""
        return await connection.fetchrow(_LOCK, claim_id)

    @staticmethod
    async def decide(connection: asyncpg.Connection, claim_id: UUID, status: str, at: datetime) -> asyncpg.Record:
        """Moves the claim to its last status and the next version."""
        [row] = await connection.fetch(_SET, claim_id, status, at)
        return row

    @staticmethod
    async def add_fact(connection: asyncpg.Connection, row: asyncpg.Record, author: tuple[str, str], at: datetime) -> None:
        """Appends the present state to the history; author = person id and role."""
        await connection.execute(_FACT, row["id"], row["status"], row["version"], *author, at)

    @staticmethod
    async def born(connection: asyncpg.Connection, student_id: UUID, organisation_id: UUID) -> asyncpg.Record | None:
        """Day of birth of the student, the school they learn at now (rather this one, where at several) and its zone."""
        return await connection.fetchrow(_BIRTH, student_id, organisation_id)

    async def of_guardian(self, guardian_id: UUID, at: datetime) -> list[asyncpg.Record]:
        """Open claims of the guardian, at most twenty; nothing of the school's data is in them."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(_OF_GUARDIAN, guardian_id, at)
        return found

    async def to_student(self, student_id: UUID, at: datetime) -> list[asyncpg.Record]:
        """Open claims about the student, oldest first, at most twenty."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(_TO_STUDENT, student_id, at)
        return found
