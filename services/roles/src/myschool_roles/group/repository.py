"""Queries over student groups."""

from uuid import UUID

import asyncpg

from myschool_kit.db import Database
from myschool_roles.guardian.access import SEES

_PAGE = f"""
SELECT g.id, g.name, g.grade, g.organisation_id, o.region_code, coalesce(h.full_name, '') AS homeroom_teacher, g.homeroom_teacher_id,
  (SELECT coalesce(json_agg(s ORDER BY s.full_name, s.id), '[]') FROM (
     SELECT p.id, p.full_name,
       (SELECT coalesce(json_agg(json_build_object('id', a.id, 'full_name', a.full_name) ORDER BY a.full_name), '[]')
        FROM guardianship w JOIN person a ON a.id = w.guardian_id
        WHERE w.student_id = p.id AND {SEES}) AS guardians
     FROM enrolment e JOIN person p ON p.id = e.student_id WHERE e.group_id = g.id AND e.last_day IS NULL) s)::text AS students,
  (SELECT coalesce(json_agg(json_build_object('id', t.teacher_id, 'name', p.full_name, 'subject', t.subject)
                            ORDER BY t.subject, p.full_name), '[]')
   FROM teaching t JOIN person p ON p.id = t.teacher_id WHERE t.group_id = g.id AND t.ended_at IS NULL)::text AS teachers,
  EXISTS (SELECT FROM teaching t WHERE t.group_id = g.id AND t.teacher_id = $2 AND t.ended_at IS NULL) AS teaches
FROM student_group g JOIN organisation o ON o.id = g.organisation_id LEFT JOIN person h ON h.id = g.homeroom_teacher_id
WHERE g.id = $1
"""
_END_TEACHINGS = """
UPDATE teaching SET ended_at = now() WHERE organisation_id = $1 AND teacher_id = $2 AND ended_at IS NULL RETURNING group_id, subject
"""


class GroupRepository:
    """Every query over student groups outside of an import."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, group_id: UUID, reader_id: UUID) -> asyncpg.Record | None:
        """A group with roster and teachers as JSON texts, and whether the reader teaches it."""
        return await self._database.reads.fetchrow(_PAGE, group_id, reader_id)

    @staticmethod
    async def end_teachings(connection: asyncpg.Connection, organisation_id: UUID, teacher_id: UUID) -> list[asyncpg.Record]:
        """Ends all teaching of a person at the organisation; answers group and subject of each."""
        ended: list[asyncpg.Record] = await connection.fetch(_END_TEACHINGS, organisation_id, teacher_id)
        return ended
