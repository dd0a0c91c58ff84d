"""Queries over people."""

from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit.db import Database

_NAME = "SELECT full_name FROM person WHERE id = $1"
_ENSURE = """
INSERT INTO person (id, family_name, given_name, middle_name, full_name) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING
"""
# A teacher finds the pupils of the own classes and colleagues; a head everybody of the school (DESIGN §4, authority).
_SEARCH = """
SELECT id, full_name, kind, group_name FROM (
  SELECT p.id, p.full_name, 'STUDENT' AS kind, g.name AS group_name, p.search
  FROM enrolment e JOIN person p ON p.id = e.student_id JOIN student_group g ON g.id = e.group_id
  WHERE e.organisation_id = $1 AND e.last_day IS NULL AND p.search LIKE ALL ($2::text[])
    AND ($3::uuid IS NULL OR g.homeroom_teacher_id = $3
         OR EXISTS (SELECT FROM teaching t WHERE t.group_id = g.id AND t.teacher_id = $3 AND t.ended_at IS NULL))
  UNION ALL
  SELECT p.id, p.full_name, min(r.type), '', p.search
  FROM structural_role r JOIN person p ON p.id = r.person_id
  WHERE r.organisation_id = $1 AND r.deleted_at IS NULL AND r.status = 'ACTIVE' AND p.search LIKE ALL ($2::text[])
    AND (r.type IN ('TEACHER', 'DEPUTY_HEAD', 'HEAD') OR ($3::uuid IS NULL AND r.type = 'GUARDIAN'))
  GROUP BY p.id, p.full_name, p.search
) found
ORDER BY search NOT LIKE $4, kind <> 'STUDENT', full_name, id LIMIT 10
"""


class PersonRepository:
    """Every query over people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, organisation_id: UUID, patterns: list[str], teacher_id: UUID | None) -> list[dict[str, Any]]:
        """At most ten people of the organisation whose name fits all patterns, those whose family name fits first.

        Of a teacher's classes only when a teacher is given.
        """
        first = patterns[0].removeprefix("%")
        return [dict(row) for row in await self._database.reads.fetch(_SEARCH, organisation_id, patterns, teacher_id, first)]

    @staticmethod
    async def name(connection: asyncpg.Connection, person_id: UUID) -> str | None:
        """Full name, None when unknown."""
        found: str | None = await connection.fetchval(_NAME, person_id)
        return found

    @staticmethod
    async def ensure(connection: asyncpg.Connection, person_id: UUID, names: tuple[str, str, str], full_name: str) -> None:
        """Adds the person unless known; a school's own spelling is never overwritten."""
        await connection.execute(_ENSURE, person_id, *names, full_name)
