"""Queries over invitations of schools and students."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_kit.db import Database

# Students of a school with what decides who may invite for them; $3 is a teacher who may lead one of their classes.
_PUPILS = """
SELECT p.id, p.full_name, p.birth_date, o.time_zone, bool_or(g.homeroom_teacher_id IS NOT DISTINCT FROM $3) AS led
FROM enrolment e JOIN person p ON p.id = e.student_id JOIN student_group g ON g.id = e.group_id JOIN organisation o ON o.id = e.organisation_id
WHERE e.organisation_id = $1 AND e.student_id = ANY($2::uuid[]) AND e.last_day IS NULL GROUP BY p.id, o.time_zone ORDER BY p.full_name, p.id
"""
# Two who invite at once are counted one after the other.
_HOLD = "SELECT id FROM person WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_OPEN = "i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2"
_MOST_OPEN = f"""
SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM invitation i
  WHERE i.student_id = ANY($1::uuid[]) AND i.kind = $3 AND {_OPEN} GROUP BY i.student_id) counted
"""
_INSERT = """
INSERT INTO invitation (id, student_id, created_by, rights, last_day, created_at, expires_at, kind, organisation_id)
SELECT n.id, n.student_id, $3, '{SEE,SIGN,CHAT,CONSENT}', ($5::timestamptz AT TIME ZONE 'UTC')::date, $4, $5, $6, $7
FROM unnest($1::uuid[], $2::uuid[]) AS n (id, student_id)
"""
_READABLE = f"""
SELECT i.id, i.student_id, i.expires_at FROM invitation i WHERE i.id = ANY($1::uuid[]) AND {_OPEN} AND (i.created_by = $3
  OR (i.kind = 'SCHOOL' AND i.organisation_id = $4 AND ($5::uuid IS NULL OR EXISTS (
    SELECT FROM enrolment e JOIN student_group g ON g.id = e.group_id
    WHERE e.student_id = i.student_id AND e.last_day IS NULL AND g.homeroom_teacher_id = $5))))
"""
_REVOKE = """
UPDATE invitation i SET revoked_at = coalesce(i.revoked_at, $2) WHERE i.id = $1 AND i.used_at IS NULL AND i.kind = 'SCHOOL'
  AND i.organisation_id = $3 AND ($4::uuid IS NULL OR i.created_by = $4 OR EXISTS (
    SELECT FROM enrolment e JOIN student_group g ON g.id = e.group_id
    WHERE e.student_id = i.student_id AND e.last_day IS NULL AND g.homeroom_teacher_id = $4))
RETURNING i.id
"""
_GROUP = "SELECT name, homeroom_teacher_id FROM student_group WHERE id = $1 AND organisation_id = $2"
_CLASS = f"""
SELECT p.id, p.full_name, p.birth_date, o.time_zone,
  (SELECT count(*) FROM guardianship w WHERE w.student_id = p.id AND w.kind = 'FULL' AND w.ended_at IS NULL) AS parents,
  (SELECT count(*) FROM invitation i WHERE i.student_id = p.id AND i.kind = 'SCHOOL' AND {_OPEN}) AS open
FROM enrolment e JOIN person p ON p.id = e.student_id JOIN organisation o ON o.id = e.organisation_id
WHERE e.group_id = $1 AND e.last_day IS NULL ORDER BY p.full_name, p.id LIMIT 100
"""
_PAGE = """
SELECT i.id, i.student_id, s.full_name AS student_name, coalesce(a.full_name, '') AS made_by, coalesce(u.full_name, '') AS used_by,
  CASE WHEN i.used_at IS NOT NULL THEN 'USED' WHEN i.revoked_at IS NOT NULL THEN 'REVOKED' WHEN i.expires_at <= $2 THEN 'EXPIRED' ELSE 'OPEN' END
    AS state, i.created_at AS place, (extract(epoch FROM i.created_at) * 1000)::bigint AS made_at_ms,
  (extract(epoch FROM i.expires_at) * 1000)::bigint AS expires_at_ms,
  coalesce((extract(epoch FROM i.used_at) * 1000)::bigint, 0) AS used_at_ms
FROM enrolment e JOIN invitation i ON i.student_id = e.student_id AND i.kind = 'SCHOOL' AND i.organisation_id = e.organisation_id
  JOIN person s ON s.id = i.student_id LEFT JOIN person a ON a.id = i.created_by LEFT JOIN person u ON u.id = i.used_by
WHERE e.group_id = $1 AND e.last_day IS NULL AND ($3::timestamptz IS NULL OR (i.created_at, i.id) < ($3, $4::uuid))
ORDER BY i.created_at DESC, i.id DESC LIMIT $5
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Invitations made at once: of this kind, by this person, of students of this school."""

    kind: str
    created_by: UUID
    organisation_id: UUID
    at: datetime
    expires_at: datetime


class InvitationRepository:
    """Every query of the slice; reads go to the pool, commands to the given connection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    async def pupils(
        connection: asyncpg.Connection, organisation_id: UUID, students: Sequence[UUID], teacher_id: UUID
    ) -> list[asyncpg.Record]:
        """Those of the students who learn at the school, and whether the teacher leads a class of theirs."""
        found: list[asyncpg.Record] = await connection.fetch(_PUPILS, organisation_id, list(students), teacher_id)
        return found

    @staticmethod
    async def most_open(connection: asyncpg.Connection, students: Sequence[UUID], kind: str, at: datetime) -> int:
        """How many open invitations of the kind one of the students has at most; others who invite for them wait."""
        await connection.execute(_HOLD, list(students))
        found: int = await connection.fetchval(_MOST_OPEN, list(students), at, kind)
        return found

    @staticmethod
    async def insert(connection: asyncpg.Connection, made: Sequence[tuple[UUID, UUID]], batch: Batch) -> None:
        """Adds invitations (id, student)."""
        ids, students = (list(column) for column in zip(*made, strict=True))
        await connection.execute(_INSERT, ids, students, batch.created_by, batch.at, batch.expires_at, batch.kind, batch.organisation_id)

    async def readable(
        self, ids: Sequence[UUID], at: datetime, caller_id: UUID, school: UUID | None, teacher_id: UUID | None
    ) -> dict[UUID, asyncpg.Record]:
        """Open invitations of the caller or of the school; of a teacher's school those for the led class."""
        rows = await self._database.reads.fetch(_READABLE, list(ids), at, caller_id, school, teacher_id)
        return {row["id"]: row for row in rows}

    @staticmethod
    async def revoke(
        connection: asyncpg.Connection, invitation_id: UUID, at: datetime, organisation_id: UUID, teacher_id: UUID | None
    ) -> bool:
        """Whether it is the school's (a teacher's: own or for the led class) and was not used."""
        return await connection.fetchval(_REVOKE, invitation_id, at, organisation_id, teacher_id) is not None

    async def group(self, group_id: UUID, organisation_id: UUID) -> asyncpg.Record | None:
        """Name and homeroom teacher of a class of the school."""
        return await self._database.reads.fetchrow(_GROUP, group_id, organisation_id)

    async def students(self, group_id: UUID, at: datetime) -> list[asyncpg.Record]:
        """The pupils of a class with the number of their parents and of open invitations."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(_CLASS, group_id, at)
        return found

    async def page(self, group_id: UUID, at: datetime, after: tuple[datetime, UUID] | None, size: int) -> list[asyncpg.Record]:
        """Invitations of the school for the pupils of a class, newest first."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(_PAGE, group_id, at, *(after or (None, None)), size)
        return found
