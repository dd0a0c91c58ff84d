"""Queries over guardianship outside of an import."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

from myschool_kit.db import Database
from myschool_roles.guardian.model import Fact
from myschool_roles.guardian.rules import DEFAULT_ZONE

# A student's school: the zone whose date counts, the name to be shown.
_SCHOOL = """LEFT JOIN LATERAL (
    SELECT o.id AS organisation_id, o.short_name, o.time_zone, g.name AS group_name
    FROM enrolment e JOIN organisation o ON o.id = e.organisation_id JOIN student_group g ON g.id = e.group_id
    WHERE e.student_id = {0} AND e.last_day IS NULL ORDER BY e.from_day DESC, e.id LIMIT 1) school ON true"""
_FIELDS = """w.id, w.guardian_id, w.student_id, w.kind, w.rights, w.until_day, w.extended_day, w.limited, w.limited_until, w.denied, w.ends_at, w.version"""
_STATE = f"""
SELECT {_FIELDS}, coalesce(a.full_name, '') AS guardian_name, coalesce(s.full_name, '') AS student_name, s.birth_date,
  school.organisation_id, coalesce(school.time_zone, '{DEFAULT_ZONE}') AS time_zone
FROM guardianship w LEFT JOIN person a ON a.id = w.guardian_id LEFT JOIN person s ON s.id = w.student_id
{_SCHOOL.format("w.student_id")}
WHERE w.ended_at IS NULL AND {{which}} ORDER BY w.id
"""
_OF_STUDENTS = _STATE.format(which="w.student_id = ANY($1::uuid[])")
_ONE = _STATE.format(which="w.id = $1")
_PAIR = _STATE.format(which="w.guardian_id = $1 AND w.student_id = $2")
_LOCK_STUDENTS = "SELECT id FROM guardianship WHERE student_id = ANY($1::uuid[]) AND ended_at IS NULL ORDER BY id FOR UPDATE"
_LOCK_ONE = "SELECT id FROM guardianship WHERE id = $1 AND ended_at IS NULL FOR UPDATE"
# What a court has limited stays limited, also where the guardianship had ended and begins again.
_INSERT = """
INSERT INTO guardianship (id, guardian_id, student_id, kind, rights, until_day, limited, limited_until)
SELECT $1, $2::uuid, $3::uuid, $4, $5, $6, coalesce(o.limited, '{}'), o.limited_until
FROM (SELECT) one LEFT JOIN LATERAL (SELECT w.limited, w.limited_until FROM guardianship w
    WHERE w.guardian_id = $2 AND w.student_id = $3 ORDER BY w.established_at DESC, w.id DESC LIMIT 1) o ON true
ON CONFLICT DO NOTHING RETURNING id
"""
_GRANT = "UPDATE guardianship SET rights = $2, until_day = $3, version = version + 1 WHERE id = $1 RETURNING version"
_PROMOTE = """
UPDATE guardianship SET kind = 'FULL', rights = $3, until_day = NULL, version = version + 1
WHERE guardian_id = $1 AND student_id = $2 AND ended_at IS NULL AND kind = 'TRUSTED' RETURNING id, version
"""
_LIMIT = "UPDATE guardianship SET limited = $2, limited_until = $3, version = version + 1 WHERE id = $1 RETURNING version"
# `SELECT` alone: what is due is looked at again when the student's guardianships are locked.
_LIMITS_OVER = f"""
SELECT DISTINCT w.student_id FROM guardianship w {_SCHOOL.format("w.student_id")}
WHERE w.ended_at IS NULL AND w.limited_until < (now() AT TIME ZONE coalesce(school.time_zone, '{DEFAULT_ZONE}'))::date LIMIT 1000
"""
_EXTEND = "UPDATE guardianship SET extended_day = $2, version = version + 1 WHERE id = $1 RETURNING version"
_END = "UPDATE guardianship SET ended_at = $2, version = version + 1 WHERE id = $1 RETURNING version"
_EFFECTS = """
UPDATE guardianship w SET denied = string_to_array(n.denied, ','), ends_at = n.ends_at
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS n (id, denied, ends_at) WHERE w.id = n.id
"""
_FACT = """
INSERT INTO guardianship_change (guardianship_id, act, version, rights, day, basis, author_id, author_role, at, until_day)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_CHANGES = """
SELECT c.guardianship_id, c.act, c.rights, c.day, c.until_day, c.basis, (extract(epoch FROM c.at) * 1000)::bigint AS at_ms,
  coalesce(p.full_name, '') AS author
FROM guardianship_change c JOIN guardianship w ON w.id = c.guardianship_id LEFT JOIN person p ON p.id::text = c.author_id
WHERE w.student_id = $1 ORDER BY c.id DESC LIMIT 50
"""
_STUDENTS = f"""
SELECT s.id, s.full_name, s.birth_date, coalesce(school.group_name, '') AS group_name, school.organisation_id,
  coalesce(school.short_name, '') AS organisation_name, coalesce(school.time_zone, '{DEFAULT_ZONE}') AS time_zone
FROM person s {_SCHOOL.format("s.id")} WHERE s.id = ANY($1::uuid[]) ORDER BY s.full_name, s.id
"""
_CHILDREN = "SELECT student_id FROM guardianship WHERE guardian_id = $1 AND ended_at IS NULL ORDER BY established_at, student_id LIMIT 50"
_NEW_INVITATION = """
INSERT INTO invitation (id, student_id, created_by, rights, last_day, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_OPEN = "used_at IS NULL AND revoked_at IS NULL AND expires_at > $2"
_INVITATIONS = f"""
SELECT id, student_id, kind, rights, last_day, (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at_ms
FROM invitation WHERE created_by = $1 AND kind <> 'SCHOOL' AND {_OPEN} ORDER BY created_at
"""
_LOCK_INVITATION = "SELECT * FROM invitation WHERE id = $1 FOR UPDATE"
_USE = "UPDATE invitation SET used_at = $2, used_by = $3 WHERE id = $1"
_REVOKE = "UPDATE invitation SET revoked_at = coalesce(revoked_at, $3) WHERE id = $1 AND created_by = $2 AND used_at IS NULL RETURNING id"


class GuardianRepository:
    """Every query over guardianship and invitations outside of an import."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    async def insert(
        connection: asyncpg.Connection,
        guardianship_id: UUID,
        pair: tuple[UUID, UUID],
        kind: str,
        rights: Sequence[str],
        until_day: date | None,
    ) -> bool:
        """Whether the guardianship (guardian, student) is new; what a court had limited stays limited."""
        return await connection.fetchval(_INSERT, guardianship_id, *pair, kind, list(rights), until_day) is not None

    @staticmethod
    async def lock_students(connection: asyncpg.Connection, students: Sequence[UUID]) -> list[asyncpg.Record]:
        """Live guardianships of the students with what decides their rights, locked in one order."""
        await connection.execute(_LOCK_STUDENTS, list(students))
        found: list[asyncpg.Record] = await connection.fetch(_OF_STUDENTS, list(students))
        return found

    @staticmethod
    async def lock(connection: asyncpg.Connection, guardianship_id: UUID) -> asyncpg.Record | None:
        """A live guardianship, locked."""
        await connection.execute(_LOCK_ONE, guardianship_id)
        return await connection.fetchrow(_ONE, guardianship_id)

    @staticmethod
    async def of_pair(connection: asyncpg.Connection | asyncpg.Pool, guardian_id: UUID, student_id: UUID) -> asyncpg.Record | None:
        """The live guardianship of a guardian and a student."""
        return await connection.fetchrow(_PAIR, guardian_id, student_id)

    @staticmethod
    async def grant(connection: asyncpg.Connection, guardianship_id: UUID, rights: Sequence[str], until_day: date) -> int:
        """Other rights and another last day; the next version."""
        version: int = await connection.fetchval(_GRANT, guardianship_id, list(rights), until_day)
        return version

    @staticmethod
    async def promote(connection: asyncpg.Connection, pair: tuple[UUID, UUID], rights: Sequence[str]) -> tuple[UUID, int] | None:
        """Makes somebody who stands in a parent; id and next version, None where nobody stood in."""
        row = await connection.fetchrow(_PROMOTE, *pair, list(rights))
        return None if row is None else (row["id"], row["version"])

    @staticmethod
    async def limit(connection: asyncpg.Connection, guardianship_id: UUID, limited: Sequence[str], last_day: date | None) -> int:
        """What a court has limited from now on, until when; the next version."""
        version: int = await connection.fetchval(_LIMIT, guardianship_id, list(limited), last_day)
        return version

    async def limits_over(self) -> list[UUID]:
        """Students of whose guardians a court's limit has ended on the school's date and is not lifted yet; at most a thousand."""
        return [row["student_id"] for row in await self._database.reads.fetch(_LIMITS_OVER)]

    @staticmethod
    async def extend(connection: asyncpg.Connection, guardianship_id: UUID, day: date | None) -> int:
        """The adult student's word; the next version."""
        version: int = await connection.fetchval(_EXTEND, guardianship_id, day)
        return version

    @staticmethod
    async def end(connection: asyncpg.Connection, guardianship_id: UUID, at: datetime) -> int:
        """Ends a live guardianship; its last version."""
        version: int = await connection.fetchval(_END, guardianship_id, at)
        return version

    @staticmethod
    async def put_effects(connection: asyncpg.Connection, effects: Sequence[tuple[UUID, str, datetime | None]]) -> None:
        """What follows for readers: (id, denied rights with commas, end)."""
        ids, denied, ends = (list(column) for column in zip(*effects, strict=True))
        await connection.execute(_EFFECTS, ids, denied, ends)

    @staticmethod
    async def add_fact(connection: asyncpg.Connection, guardianship_id: UUID, version: int, fact: Fact) -> None:
        """Appends a step to the history."""
        values = (list(fact.rights), fact.day, fact.basis, *fact.author, fact.at, fact.until)
        await connection.execute(_FACT, guardianship_id, fact.act, version, *values)

    async def children_of(self, guardian_id: UUID) -> list[UUID]:
        """Students the guardian stands for, whether access goes on or not; at most fifty."""
        return [row["student_id"] for row in await self._database.reads.fetch(_CHILDREN, guardian_id)]

    async def students(self, students: Sequence[UUID]) -> list[asyncpg.Record]:
        """Names, days of birth and schools."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(_STUDENTS, list(students))
        return found

    async def guardians_of(self, students: Sequence[UUID]) -> list[asyncpg.Record]:
        """Live guardianships of the students."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(_OF_STUDENTS, list(students))
        return found

    async def changes_of(self, student_id: UUID) -> list[asyncpg.Record]:
        """The latest fifty steps about the student's guardians."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(_CHANGES, student_id)
        return found

    async def invitations_of(self, created_by: UUID, at: datetime) -> list[asyncpg.Record]:
        """Invitations of the guardian that can still be taken up."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(_INVITATIONS, created_by, at)
        return found

    @staticmethod
    async def count_open(connection: asyncpg.Connection, created_by: UUID, at: datetime) -> int:
        """How many invitations of the guardian can still be taken up."""
        return len(await connection.fetch(_INVITATIONS, created_by, at))

    @staticmethod
    async def put_invitation(
        connection: asyncpg.Connection,
        invitation_id: UUID,
        pair: tuple[UUID, UUID],
        grant: tuple[Sequence[str], date],
        times: tuple[datetime, datetime],
    ) -> None:
        """A new invitation: (student, inviting guardian), (rights, last day), (created, expires)."""
        student_id, created_by = pair
        rights, last_day = grant
        await connection.execute(_NEW_INVITATION, invitation_id, student_id, created_by, list(rights), last_day, *times)

    @staticmethod
    async def lock_invitation(connection: asyncpg.Connection, invitation_id: UUID) -> asyncpg.Record | None:
        """The invitation, locked."""
        return await connection.fetchrow(_LOCK_INVITATION, invitation_id)

    @staticmethod
    async def use(connection: asyncpg.Connection, invitation_id: UUID, at: datetime, person_id: UUID) -> None:
        """Notes who took the invitation up."""
        await connection.execute(_USE, invitation_id, at, person_id)

    @staticmethod
    async def revoke(connection: asyncpg.Connection, invitation_id: UUID, created_by: UUID, at: datetime) -> bool:
        """Whether it is the guardian's own and was not used."""
        return await connection.fetchval(_REVOKE, invitation_id, created_by, at) is not None
