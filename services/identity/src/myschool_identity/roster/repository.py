"""Every write of the roster, a projection of the roles service's events; each is an upsert that needs no parent."""

from datetime import date, datetime
from uuid import UUID

import asyncpg

_SCHOOL = """
INSERT INTO school (id, time_zone) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET time_zone = excluded.time_zone
"""
_ENROL = """
INSERT INTO enrolment (group_id, student_id, organisation_id, from_day) VALUES ($1, $2, $3, $4)
ON CONFLICT (group_id, student_id) DO UPDATE SET organisation_id = excluded.organisation_id, from_day = excluded.from_day
"""
_LEAVE = "DELETE FROM enrolment WHERE group_id = $1 AND student_id = $2"
_GUARD = """
INSERT INTO guardianship (guardian_id, student_id, ends_at) VALUES ($1, $2, $3)
ON CONFLICT (guardian_id, student_id) DO UPDATE SET ends_at = excluded.ends_at
"""
_END_GUARD = "DELETE FROM guardianship WHERE guardian_id = $1 AND student_id = $2"


class RosterRepository:
    """Stateless; every method runs in the consumer's transaction."""

    async def put_school(self, connection: asyncpg.Connection, organisation_id: UUID, time_zone: str) -> None:
        """A school and its IANA zone."""
        await connection.execute(_SCHOOL, organisation_id, time_zone)

    async def enrol(self, connection: asyncpg.Connection, group_id: UUID, student_id: UUID, organisation_id: UUID, day: date) -> None:
        """A pupil is in a class from a school day on."""
        await connection.execute(_ENROL, group_id, student_id, organisation_id, day)

    async def leave(self, connection: asyncpg.Connection, group_id: UUID, student_id: UUID) -> None:
        """A pupil is no longer in the class."""
        await connection.execute(_LEAVE, group_id, student_id)

    async def guard(self, connection: asyncpg.Connection, guardian_id: UUID, student_id: UUID, ends_at: datetime | None) -> None:
        """A guardian may consent for the pupil, before `ends_at` when there is an end."""
        await connection.execute(_GUARD, guardian_id, student_id, ends_at)

    async def end_guardianship(self, connection: asyncpg.Connection, guardian_id: UUID, student_id: UUID) -> None:
        """A guardian may not consent for the pupil any more."""
        await connection.execute(_END_GUARD, guardian_id, student_id)
