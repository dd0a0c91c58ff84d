"""SQL of the roster: a projection of the roles service's events, so every write is an upsert that needs no parent."""

from dataclasses import dataclass
from datetime import date, datetime
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
# A person's name comes with events of several classes, whose topics' keys have no common order: the latest told one stays.
_LATEST_NAME = """ON CONFLICT (id) DO UPDATE SET full_name = excluded.full_name, named_at = excluded.named_at
    WHERE {table}.named_at <= excluded.named_at"""
_HOMEROOM = f"""
WITH named AS (
    INSERT INTO teacher (id, full_name, named_at) VALUES ($3, $4, $5) {_LATEST_NAME.format(table="teacher")}
)
INSERT INTO student_group (id, organisation_id, homeroom_teacher_id) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET homeroom_teacher_id = excluded.homeroom_teacher_id
"""
_ENROL = f"""
WITH named AS (
    INSERT INTO student (id, full_name, named_at) VALUES ($2, $4, $6) {_LATEST_NAME.format(table="student")}
)
INSERT INTO enrolment (group_id, student_id, organisation_id, from_day) VALUES ($1, $2, $3, $5)
ON CONFLICT (group_id, student_id, from_day) DO UPDATE SET last_day = NULL
"""
_LEFT = "UPDATE enrolment SET last_day = $3 WHERE group_id = $1 AND student_id = $2 AND last_day IS NULL"
_TEACH = f"""
WITH named AS (
    INSERT INTO teacher (id, full_name, named_at) VALUES ($4, $5, $6) {_LATEST_NAME.format(table="teacher")}
)
INSERT INTO teaching (group_id, organisation_id, subject, teacher_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_TEACHING_ENDED = "DELETE FROM teaching WHERE group_id = $1 AND subject = $2 AND teacher_id = $3"
_GUARD = """
INSERT INTO guardianship (guardian_id, student_id, guardian_name, may_see, may_sign, ends_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (guardian_id, student_id) DO UPDATE SET guardian_name = excluded.guardian_name, may_see = excluded.may_see,
    may_sign = excluded.may_sign, ends_at = excluded.ends_at
"""
_WITHHOLD = "INSERT INTO progress_withheld (student_id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_ALLOW = "DELETE FROM progress_withheld WHERE student_id = $1"
_GUARD_ENDED = "DELETE FROM guardianship WHERE guardian_id = $1 AND student_id = $2"


@dataclass(frozen=True, slots=True)
class Named:
    """A person as an event named them at that moment."""

    id: UUID
    full_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rights:
    """A guardian's rights in the diary; from `ends_at` on (UTC) none, None is open-ended."""

    see: bool
    sign: bool
    ends_at: datetime | None


class RosterRepository:
    """Writes of the projection, each in the consumer's transaction."""

    async def put_organisation(self, raw: asyncpg.Connection, organisation_id: UUID, short_name: str, time_zone: str) -> None:
        """Adds or renames a school."""
        await raw.execute(_ORGANISATION, organisation_id, short_name, time_zone)

    async def put_group(self, raw: asyncpg.Connection, group_id: UUID, organisation_id: UUID, name: str, grade: int) -> None:
        """Adds or renames a group of students."""
        await raw.execute(_GROUP, group_id, organisation_id, name, grade)

    async def put_homeroom(self, raw: asyncpg.Connection, group_id: UUID, organisation_id: UUID, teacher: Named) -> None:
        """Names the class teacher."""
        await raw.execute(_HOMEROOM, group_id, organisation_id, teacher.id, teacher.full_name, teacher.at)

    async def enrol(self, raw: asyncpg.Connection, group_id: UUID, organisation_id: UUID, student: Named, from_day: date) -> None:
        """Puts a student into a group from a school day on."""
        await raw.execute(_ENROL, group_id, student.id, organisation_id, student.full_name, from_day, student.at)

    async def leave(self, raw: asyncpg.Connection, group_id: UUID, student_id: UUID, last_day: date) -> None:
        """Ends the student's stay; the row remains, as marks of that time do."""
        await raw.execute(_LEFT, group_id, student_id, last_day)

    async def teach(self, raw: asyncpg.Connection, group_id: UUID, organisation_id: UUID, subject: str, teacher: Named) -> None:
        """Lets a teacher teach a subject to a group."""
        await raw.execute(_TEACH, group_id, organisation_id, subject, teacher.id, teacher.full_name, teacher.at)

    async def end_teaching(self, raw: asyncpg.Connection, group_id: UUID, subject: str, teacher_id: UUID) -> None:
        """Takes the right away."""
        await raw.execute(_TEACHING_ENDED, group_id, subject, teacher_id)

    async def guard(self, raw: asyncpg.Connection, guardian_id: UUID, student_id: UUID, name: str, rights: Rights) -> None:
        """What a guardian may do about a student, from now on."""
        await raw.execute(_GUARD, guardian_id, student_id, name, rights.see, rights.sign, rights.ends_at)

    async def end_guardianship(self, raw: asyncpg.Connection, guardian_id: UUID, student_id: UUID) -> None:
        """Takes the right away."""
        await raw.execute(_GUARD_ENDED, guardian_id, student_id)

    async def withhold_progress(self, raw: asyncpg.Connection, student_id: UUID, at: datetime) -> None:
        """Closes the diary to the family."""
        await raw.execute(_WITHHOLD, student_id, at)

    async def allow_progress(self, raw: asyncpg.Connection, student_id: UUID) -> None:
        """Opens the diary to the family."""
        await raw.execute(_ALLOW, student_id)
