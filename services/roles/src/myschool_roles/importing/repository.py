"""Bulk queries of an import: what the school has, and the writing of a plan."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit.db import Database

_KNOWN = "SELECT hash, person_id FROM person_key WHERE hash = ANY($1::bytea[])"
_GROUPS = "SELECT id, name, grade, homeroom_teacher_id FROM student_group WHERE organisation_id = $1"
_ENROLLED = """
SELECT e.student_id, g.name FROM enrolment e JOIN student_group g ON g.id = e.group_id
WHERE e.organisation_id = $1 AND e.last_day IS NULL
"""
_TEACHINGS = """
SELECT g.name, t.subject, t.teacher_id FROM teaching t JOIN student_group g ON g.id = t.group_id
WHERE t.organisation_id = $1 AND t.ended_at IS NULL
"""
_GUARDIANSHIPS = """
SELECT w.guardian_id, w.student_id FROM guardianship w JOIN enrolment e ON e.student_id = w.student_id AND e.last_day IS NULL
WHERE e.organisation_id = $1 AND w.ended_at IS NULL
"""
_ROLES = """
SELECT person_id, type FROM structural_role
WHERE organisation_id = $1 AND status IN ('PENDING', 'ACTIVE', 'SUSPENDED') AND deleted_at IS NULL
"""
_NAMES = "SELECT id, family_name, given_name, middle_name FROM person WHERE id = ANY($1::uuid[])"

_PUT_PEOPLE = """
INSERT INTO person (id, family_name, given_name, middle_name, full_name)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (id) DO UPDATE SET family_name = excluded.family_name, given_name = excluded.given_name,
  middle_name = excluded.middle_name, full_name = excluded.full_name
"""
_PUT_KEYS = """
INSERT INTO person_key (hash, person_id, generation) SELECT *, $3::int FROM unnest($1::bytea[], $2::uuid[]) ON CONFLICT DO NOTHING
"""
# Whose day of birth is new or another one.
_PUT_BIRTHS = """
UPDATE person p SET birth_date = n.day FROM unnest($1::uuid[], $2::date[]) AS n (id, day)
WHERE p.id = n.id AND p.birth_date IS DISTINCT FROM n.day RETURNING p.id
"""
_PUT_GROUPS = """
INSERT INTO student_group (id, organisation_id, name, grade, kind)
SELECT id, $1, name, grade, 'CLASS' FROM unnest($2::uuid[], $3::text[], $4::int[]) AS new (id, name, grade)
ON CONFLICT (organisation_id, name) DO UPDATE SET grade = excluded.grade
RETURNING id, name, grade
"""
_SET_HOMEROOM = """
UPDATE student_group g SET homeroom_teacher_id = new.teacher_id
FROM unnest($2::text[], $3::uuid[]) AS new (name, teacher_id) WHERE g.organisation_id = $1 AND g.name = new.name
"""
_PUT_ROLES = """
WITH added AS (
  INSERT INTO structural_role (id, person_id, type, organisation_id, status)
  SELECT id, person_id, type, $1, 'ACTIVE' FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS new (id, person_id, type)
  ON CONFLICT DO NOTHING RETURNING id, person_id, type, organisation_id, status, version
), facts AS (
  INSERT INTO role_change (role_id, person_id, type, organisation_id, old_status, new_status, version, reason, author_id, author_role)
  SELECT id, person_id, type, organisation_id, '', status, version, 'import', $5, $6 FROM added
)
SELECT a.*, p.full_name FROM added a JOIN person p ON p.id = a.person_id
"""
_END_ENROLMENT = """
UPDATE enrolment e SET last_day = greatest(e.from_day, $3::date)
WHERE e.organisation_id = $1 AND e.student_id = ANY($2::uuid[]) AND e.last_day IS NULL
RETURNING e.group_id, e.student_id, e.last_day
"""
_PUT_ENROLMENTS = """
INSERT INTO enrolment (id, organisation_id, group_id, student_id, from_day)
SELECT new.id, $1, new.group_id, new.student_id, new.from_day
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::date[]) AS new (id, group_id, student_id, from_day)
"""
_PUT_GUARDIANSHIPS = """
INSERT INTO guardianship (id, guardian_id, student_id, limited, limited_until)
SELECT n.id, n.guardian_id, n.student_id, coalesce(o.limited, '{}'), o.limited_until
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS n (id, guardian_id, student_id) LEFT JOIN LATERAL (
    SELECT w.limited, w.limited_until FROM guardianship w WHERE w.guardian_id = n.guardian_id AND w.student_id = n.student_id
    ORDER BY w.established_at DESC, w.id DESC LIMIT 1) o ON true
ON CONFLICT DO NOTHING
"""
_PUT_TEACHINGS = """
INSERT INTO teaching (id, organisation_id, group_id, subject, teacher_id)
SELECT id, $1, group_id, subject, teacher_id
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[]) AS new (id, group_id, subject, teacher_id)
"""
_END_TEACHINGS = """
UPDATE teaching t SET ended_at = now() FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS old (group_id, subject, teacher_id)
WHERE t.group_id = old.group_id AND t.subject = old.subject AND t.teacher_id = old.teacher_id AND t.ended_at IS NULL
"""
_RENAMED = {
    "enrolments": """
        SELECT e.group_id, e.organisation_id, e.student_id, p.full_name, e.from_day
        FROM enrolment e JOIN person p ON p.id = e.student_id WHERE e.student_id = ANY($1::uuid[]) AND e.last_day IS NULL""",
    "teachings": """
        SELECT t.group_id, t.organisation_id, t.subject, t.teacher_id, p.full_name
        FROM teaching t JOIN person p ON p.id = t.teacher_id WHERE t.teacher_id = ANY($1::uuid[]) AND t.ended_at IS NULL""",
    "homerooms": """
        SELECT g.id, g.organisation_id, g.homeroom_teacher_id, p.full_name
        FROM student_group g JOIN person p ON p.id = g.homeroom_teacher_id WHERE g.homeroom_teacher_id = ANY($1::uuid[])""",
    "guardianships": """
        SELECT w.guardian_id, p.full_name, w.student_id, w.denied, w.ends_at
        FROM guardianship w JOIN person p ON p.id = w.guardian_id WHERE w.guardian_id = ANY($1::uuid[]) AND w.ended_at IS NULL""",
    "roles": """
        SELECT r.id, r.person_id, r.type, r.organisation_id, r.status, r.version, p.full_name
        FROM structural_role r JOIN person p ON p.id = r.person_id WHERE r.person_id = ANY($1::uuid[]) AND r.deleted_at IS NULL""",
}

_KEEP = """
INSERT INTO import (id, organisation_id, format, file_name, status, sealed, fingerprint, author_id, created_at)
VALUES ($1, $2, $3, $4, 'PREVIEW', $5, $6, $7, $8)
"""
_GET = "SELECT id, organisation_id, format, file_name, status, sealed, fingerprint, created_at FROM import WHERE id = $1"
_LOCK = f"{_GET} FOR UPDATE"
# One that is being confirmed at this moment is left alone.
_FORGET = """
UPDATE import SET status = 'EXPIRED', sealed = '' WHERE id IN (
    SELECT id FROM import WHERE status = 'PREVIEW' AND created_at < $1 FOR UPDATE SKIP LOCKED)
"""
_FINISH = "UPDATE import SET status = 'DONE', sealed = $2, done_at = now() WHERE id = $1"


class ImportRepository:
    """Every query of the import. Statements take whole columns at once: 2,000 rows cost a handful of round trips."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    async def school(connection: asyncpg.Connection, organisation_id: UUID) -> dict[str, list[asyncpg.Record]]:
        """Groups, enrolments, teachings, guardianships and roles of the school."""
        statements = {"groups": _GROUPS, "enrolled": _ENROLLED, "teachings": _TEACHINGS, "guardianships": _GUARDIANSHIPS, "roles": _ROLES}
        return {name: await connection.fetch(statement, organisation_id) for name, statement in statements.items()}

    @staticmethod
    async def known(connection: asyncpg.Connection, hashes: Sequence[bytes]) -> dict[bytes, UUID]:
        """Person ids by keyed hash."""
        return {row["hash"]: row["person_id"] for row in await connection.fetch(_KNOWN, hashes)}

    @staticmethod
    async def names(connection: asyncpg.Connection, people: Sequence[UUID]) -> list[asyncpg.Record]:
        """Family, given and middle names."""
        found: list[asyncpg.Record] = await connection.fetch(_NAMES, people)
        return found

    @staticmethod
    async def put_people(
        connection: asyncpg.Connection, people: Sequence[tuple[Any, ...]], keys: Sequence[tuple[bytes, UUID]], generation: int
    ) -> None:
        """Adds or renames people (id, family, given, middle, full name) and adds the hashes they are known by."""
        await connection.execute(_PUT_PEOPLE, *_columns(people, 5))
        await connection.execute(_PUT_KEYS, *_columns(keys, 2), generation)

    @staticmethod
    async def put_births(connection: asyncpg.Connection, births: Sequence[tuple[UUID, date]]) -> list[UUID]:
        """Notes days of birth; answers whose was new or another one."""
        return [row["id"] for row in await connection.fetch(_PUT_BIRTHS, *_columns(births, 2))]

    @staticmethod
    async def put_groups(
        connection: asyncpg.Connection, organisation_id: UUID, groups: Sequence[tuple[UUID, str, int]]
    ) -> list[asyncpg.Record]:
        """Adds groups (id, name, grade) or changes their grade; answers them as stored."""
        found: list[asyncpg.Record] = await connection.fetch(_PUT_GROUPS, organisation_id, *_columns(groups, 3))
        return found

    @staticmethod
    async def group_ids(connection: asyncpg.Connection, organisation_id: UUID) -> dict[str, UUID]:
        """Ids of all groups by name."""
        return {row["name"]: row["id"] for row in await connection.fetch(_GROUPS, organisation_id)}

    @staticmethod
    async def set_homerooms(connection: asyncpg.Connection, organisation_id: UUID, homerooms: Sequence[tuple[str, UUID]]) -> None:
        """Homeroom teachers by group name."""
        await connection.execute(_SET_HOMEROOM, organisation_id, *_columns(homerooms, 2))

    @staticmethod
    async def put_roles(
        connection: asyncpg.Connection, organisation_id: UUID, roles: Sequence[tuple[UUID, UUID, str]], author: tuple[str, str]
    ) -> list[asyncpg.Record]:
        """Adds ACTIVE roles (id, person, type) with their facts; answers the added ones with names."""
        found: list[asyncpg.Record] = await connection.fetch(_PUT_ROLES, organisation_id, *_columns(roles, 3), *author)
        return found

    @staticmethod
    async def end_enrolments(
        connection: asyncpg.Connection, organisation_id: UUID, students: Sequence[UUID], last_day: date
    ) -> list[asyncpg.Record]:
        """Ends the students' enrolments at the school; answers group, student and last day of each."""
        found: list[asyncpg.Record] = await connection.fetch(_END_ENROLMENT, organisation_id, students, last_day)
        return found

    @staticmethod
    async def put_enrolments(connection: asyncpg.Connection, organisation_id: UUID, enrolments: Sequence[tuple[Any, ...]]) -> None:
        """Adds enrolments (id, group, student, first day)."""
        await connection.execute(_PUT_ENROLMENTS, organisation_id, *_columns(enrolments, 4))

    @staticmethod
    async def put_guardianships(connection: asyncpg.Connection, pairs: Sequence[tuple[UUID, UUID, UUID]]) -> None:
        """Adds guardianships (id, guardian, student)."""
        await connection.execute(_PUT_GUARDIANSHIPS, *_columns(pairs, 3))

    @staticmethod
    async def put_teachings(connection: asyncpg.Connection, organisation_id: UUID, teachings: Sequence[tuple[Any, ...]]) -> None:
        """Adds teachings (id, group, subject, teacher)."""
        await connection.execute(_PUT_TEACHINGS, organisation_id, *_columns(teachings, 4))

    @staticmethod
    async def end_teachings(connection: asyncpg.Connection, teachings: Sequence[tuple[UUID, str, UUID]]) -> None:
        """Ends teachings (group, subject, teacher)."""
        await connection.execute(_END_TEACHINGS, *_columns(teachings, 3))

    @staticmethod
    async def of_renamed(connection: asyncpg.Connection, people: Sequence[UUID]) -> dict[str, list[asyncpg.Record]]:
        """Everything that shows the people's names to other services."""
        return {name: await connection.fetch(statement, people) for name, statement in _RENAMED.items()}

    @staticmethod
    async def keep(
        connection: asyncpg.Connection,
        import_id: UUID,
        place: tuple[UUID, str, str],
        content: tuple[bytes, bytes],
        author: tuple[str, datetime],
    ) -> None:
        """Keeps a previewed import; `place` = organisation, format, file name; `content` = sealed rows, fingerprint; who and when."""
        await connection.execute(_KEEP, import_id, *place, *content, *author)

    @staticmethod
    async def forget(connection: asyncpg.Connection, before: datetime) -> None:
        """Drops the rows of previews that nobody confirmed in time."""
        await connection.execute(_FORGET, before)

    async def get(self, import_id: UUID) -> asyncpg.Record | None:
        """A kept import."""
        return await self._database.reads.fetchrow(_GET, import_id)

    @staticmethod
    async def lock(connection: asyncpg.Connection, import_id: UUID) -> asyncpg.Record | None:
        """A kept import, locked."""
        return await connection.fetchrow(_LOCK, import_id)

    @staticmethod
    async def finish(connection: asyncpg.Connection, import_id: UUID, sealed: bytes) -> None:
        """Marks the import as carried out and replaces its sealed rows."""
        await connection.execute(_FINISH, import_id, sealed)


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows turned into `width` columns, which unnest wants."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
