"""SQL of the roster: a projection of the roles service's events, so every write is an upsert that needs no parent."""

from datetime import date
from uuid import UUID

import asyncpg

_ORGANISATION = """
INSERT INTO organisation (id, short_name, time_zone) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET short_name = excluded.short_name, time_zone = excluded.time_zone
"""
_GROUP = """
INSERT INTO student_group (id, organisation_id, name, grade) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET organisation_id = excluded.organisation_id, name = excluded.name, grade = excluded.grade
"""
_HOMEROOM = """
WITH named AS (
    INSERT INTO teacher (id, full_name) VALUES ($3, $4) ON CONFLICT (id) DO UPDATE SET full_name = excluded.full_name
)
INSERT INTO student_group (id, organisation_id, homeroom_teacher_id) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET homeroom_teacher_id = excluded.homeroom_teacher_id
"""
_ENROL = """
WITH named AS (
    INSERT INTO student (id, full_name) VALUES ($2, $4) ON CONFLICT (id) DO UPDATE SET full_name = excluded.full_name
)
INSERT INTO enrolment (group_id, student_id, organisation_id, from_day) VALUES ($1, $2, $3, $5)
ON CONFLICT (group_id, student_id, from_day) DO UPDATE SET last_day = NULL
"""
_LEFT = "UPDATE enrolment SET last_day = $3 WHERE group_id = $1 AND student_id = $2 AND last_day IS NULL"
_TEACH = """
WITH named AS (
    INSERT INTO teacher (id, full_name) VALUES ($4, $5) ON CONFLICT (id) DO UPDATE SET full_name = excluded.full_name
)
INSERT INTO teaching (group_id, organisation_id, subject, teacher_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_TEACHING_ENDED = "DELETE FROM teaching WHERE group_id = $1 AND subject = $2 AND teacher_id = $3"
_GUARD = """
INSERT INTO guardianship (guardian_id, student_id, guardian_name) VALUES ($1, $2, $3)
ON CONFLICT (guardian_id, student_id) DO UPDATE SET guardian_name = excluded.guardian_name
"""
_GUARD_ENDED = "DELETE FROM guardianship WHERE guardian_id = $1 AND student_id = $2"


class RosterRepository:
    """Writes of the projection, each in the consumer's transaction."""

    async def put_organisation(self, raw: asyncpg.Connection, organisation_id: UUID, short_name: str, time_zone: str) -> None:
        """Adds or renames a school."""
        await raw.execute(_ORGANISATION, organisation_id, short_name, time_zone)

    async def put_group(self, raw: asyncpg.Connection, group_id: UUID, organisation_id: UUID, name: str, grade: int) -> None:
        """Adds or renames a group of students."""
        await raw.execute(_GROUP, group_id, organisation_id, name, grade)

    async def put_homeroom(self, raw: asyncpg.Connection, group_id: UUID, organisation_id: UUID, teacher_id: UUID, name: str) -> None:
        """Names the class teacher."""
        await raw.execute(_HOMEROOM, group_id, organisation_id, teacher_id, name)

    async def enrol(
        self, raw: asyncpg.Connection, group_id: UUID, student_id: UUID, organisation_id: UUID, full_name: str, from_day: date
    ) -> None:
        """Puts a student into a group from a school day on."""
        await raw.execute(_ENROL, group_id, student_id, organisation_id, full_name, from_day)

    async def leave(self, raw: asyncpg.Connection, group_id: UUID, student_id: UUID, last_day: date) -> None:
        """Ends the student's stay; the row remains, as marks of that time do."""
        await raw.execute(_LEFT, group_id, student_id, last_day)

    async def teach(
        self, raw: asyncpg.Connection, group_id: UUID, organisation_id: UUID, subject: str, teacher_id: UUID, name: str
    ) -> None:
        """Lets a teacher teach a subject to a group."""
        await raw.execute(_TEACH, group_id, organisation_id, subject, teacher_id, name)

    async def end_teaching(self, raw: asyncpg.Connection, group_id: UUID, subject: str, teacher_id: UUID) -> None:
        """Takes the right away."""
        await raw.execute(_TEACHING_ENDED, group_id, subject, teacher_id)

    async def guard(self, raw: asyncpg.Connection, guardian_id: UUID, student_id: UUID, name: str) -> None:
        """Lets a guardian see a student's diary."""
        await raw.execute(_GUARD, guardian_id, student_id, name)

    async def end_guardianship(self, raw: asyncpg.Connection, guardian_id: UUID, student_id: UUID) -> None:
        """Takes the right away."""
        await raw.execute(_GUARD_ENDED, guardian_id, student_id)
