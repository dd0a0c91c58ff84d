"""The one query behind «who am I»."""

from uuid import UUID

from myschool_kit.db import Database
from myschool_roles.guardian.access import SEES

# Guardians who wait for the student's word, as the family page lists them: nobody waits for who is of age.
_CLAIMS = """(
        SELECT count(*) FROM guardian_claim c JOIN person s ON s.id = c.student_id
        WHERE c.student_id = $1 AND c.status = 'PENDING' AND c.expires_at > now()
          AND (s.birth_date IS NULL OR age((now() AT TIME ZONE o.time_zone)::date, s.birth_date) < interval '18 years'))"""
_ROLES = f"""
SELECT coalesce(json_agg(r ORDER BY r.status <> 'ACTIVE', r.type <> 'TEACHER', r.organisation_name, r.type), '[]')::text FROM (
  SELECT r.id, r.type, r.status, coalesce(r.organisation_id::text, '') AS organisation_id,
    coalesce(o.short_name, '') AS organisation_name, coalesce(nullif(r.region_code, ''), o.region_code, '') AS region_code, r.version,
    CASE WHEN r.type = 'TEACHER' THEN (
      SELECT coalesce(json_agg(json_build_object(
          'id', g.id, 'name', g.name, 'homeroom', coalesce(g.homeroom_teacher_id = $1, false),
          'subjects', ARRAY(SELECT t.subject FROM teaching t
                            WHERE t.group_id = g.id AND t.teacher_id = $1 AND t.ended_at IS NULL ORDER BY t.subject)
        ) ORDER BY g.grade, g.name), '[]')
      FROM student_group g
      WHERE g.organisation_id = r.organisation_id AND (g.homeroom_teacher_id = $1 OR g.id IN (
        SELECT t.group_id FROM teaching t WHERE t.teacher_id = $1 AND t.ended_at IS NULL)))
    ELSE '[]' END AS groups,
    CASE WHEN r.type = 'GUARDIAN' THEN (
      SELECT coalesce(json_agg(json_build_object('id', p.id, 'full_name', p.full_name, 'group_id', g.id, 'group_name', g.name,
                                                 'organisation_name', o.short_name) ORDER BY g.grade DESC, p.full_name), '[]')
      FROM guardianship w JOIN enrolment e ON e.student_id = w.student_id AND e.last_day IS NULL
        JOIN student_group g ON g.id = e.group_id JOIN person p ON p.id = w.student_id
      WHERE w.guardian_id = $1 AND {SEES} AND e.organisation_id = r.organisation_id)
    ELSE '[]' END AS children,
    CASE WHEN r.type = 'STUDENT' THEN (
      SELECT json_build_object('group_id', g.id, 'group_name', g.name, 'claims', {_CLAIMS})
      FROM enrolment e JOIN student_group g ON g.id = e.group_id
      WHERE e.student_id = $1 AND e.last_day IS NULL AND e.organisation_id = r.organisation_id) END AS student
  FROM structural_role r LEFT JOIN organisation o ON o.id = r.organisation_id
  WHERE r.person_id = $1 AND r.deleted_at IS NULL) r
"""


class WhoAmIRepository:
    """Roles of a person with groups and children."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def roles(self, person_id: UUID) -> str:
        """JSON array of the person's roles; ACTIVE ones first."""
        found: str = await self._database.reads.fetchval(_ROLES, person_id)
        return found
