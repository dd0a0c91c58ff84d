"""Queries over requests of families."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit.db import Database
from myschool_roles.family.rules import Wish

_MS = "(extract(epoch FROM {0}) * 1000)::bigint"
_FIELDS = "id, kind, person_id, organisation_id, record_id, child_name, status, version"
_OWN = f"""
SELECT r.id, r.kind, r.status, r.organisation_id, o.short_name AS organisation_name, r.child_name, r.group_name, r.reason, r.version,
  {_MS.format("r.created_at")} AS created_at_ms, coalesce({_MS.format("r.decided_at")}, 0) AS decided_at_ms
FROM family_request r JOIN organisation o ON o.id = r.organisation_id
WHERE r.person_id = $1 ORDER BY r.status <> 'PENDING', r.created_at DESC, r.id LIMIT 50
"""
# Where a person is in the lists of a school: as a pupil with a class, else in a role.
_PLACES = """
SELECT x.record_id, x.organisation_id, o.short_name AS organisation_name, x.kind, x.group_name FROM (
  SELECT e.student_id AS record_id, e.organisation_id, 'STUDENT' AS kind, g.name AS group_name
  FROM enrolment e JOIN student_group g ON g.id = e.group_id WHERE e.student_id = ANY($1::uuid[]) AND e.last_day IS NULL
  UNION
  SELECT r.person_id, r.organisation_id, r.type, '' FROM structural_role r
  WHERE r.person_id = ANY($1::uuid[]) AND r.type <> 'STUDENT' AND r.organisation_id IS NOT NULL
    AND r.status IN ('PENDING', 'ACTIVE', 'SUSPENDED') AND r.deleted_at IS NULL
) x JOIN organisation o ON o.id = x.organisation_id ORDER BY o.short_name, x.kind DESC, x.record_id
"""
_SCHOOLS = """
SELECT id, short_name, full_name FROM organisation
WHERE replace(lower((short_name || ' ' || full_name || ' ' || ogrn) COLLATE "pg_c_utf8"), 'ё', 'е') LIKE $1 ORDER BY short_name, id LIMIT 10
"""
# One person's questions come one after another: the count of open ones holds.
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('family_request ' || $1::uuid, 0))"
_OPEN = """
SELECT count(*) FILTER (WHERE true) AS open,
  (array_agg(id) FILTER (WHERE organisation_id = $2 AND kind = $3
     AND lower(child_name COLLATE "pg_c_utf8") = lower($4 COLLATE "pg_c_utf8")))[1] AS same
FROM family_request WHERE person_id = $1 AND status = 'PENDING'
"""
_INSERT = f"""
INSERT INTO family_request (id, kind, person_id, organisation_id, record_id, child_name, child_birth_day, group_name, created_at,
  compared, evidence)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING {_FIELDS}
"""
_COMPARED = "SELECT count(*) FROM family_request WHERE person_id = $1 AND compared AND created_at > $2::timestamptz - interval '1 day'"
_GET = f"SELECT {_FIELDS} FROM family_request WHERE id = $1"
_LOCK = f"{_GET} FOR UPDATE"
_SET = f"""
UPDATE family_request SET status = $2, record_id = coalesce($3, record_id), reason = $4, decided_at = $5, version = version + 1
WHERE id = $1 RETURNING {_FIELDS}
"""
_FACT = """
INSERT INTO family_request_change (family_request_id, status, version, record_id, reason, author_id, author_role, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# Whom the question may mean: the record that was found, else everybody of that name at the school.
_CANDIDATES = """
(SELECT coalesce(json_agg(c ORDER BY c.kind DESC, c.full_name, c.id), '[]') FROM (
   SELECT p.id, p.full_name, 'STUDENT' AS kind, g.name AS group_name
   FROM enrolment e JOIN person p ON p.id = e.student_id JOIN student_group g ON g.id = e.group_id
   WHERE e.organisation_id = r.organisation_id AND e.last_day IS NULL AND (p.id = r.record_id OR p.search = wanted.name)
   UNION
   SELECT p.id, p.full_name, s.type, '' FROM structural_role s JOIN person p ON p.id = s.person_id
   WHERE r.kind = 'SELF' AND s.organisation_id = r.organisation_id AND s.type <> 'STUDENT' AND s.person_id <> r.person_id
     AND s.status IN ('PENDING', 'ACTIVE', 'SUSPENDED') AND s.deleted_at IS NULL AND (p.id = r.record_id OR p.search = wanted.name)
   LIMIT 10) c)::text AS candidates
"""
_LIST = f"""
SELECT r.id, r.person_id, r.kind, r.status, r.version, r.record_id, r.child_name, r.child_birth_day, r.group_name, r.reason, r.evidence,
  coalesce(a.full_name, '') AS asked_by, {_MS.format("r.created_at")} AS created_at_ms,
  coalesce({_MS.format("r.decided_at")}, 0) AS decided_at_ms, {{place}} AS place, {_CANDIDATES},
  (SELECT count(*) FROM family_request n WHERE n.organisation_id = $1 AND n.status = 'PENDING') AS waiting
FROM family_request r LEFT JOIN person a ON a.id = r.person_id
CROSS JOIN LATERAL (SELECT ' ' || translate(lower(
    (CASE WHEN r.kind = 'CHILD' THEN r.child_name ELSE coalesce(a.full_name, '') END) COLLATE "pg_c_utf8"), 'ё-', 'е ') AS name) wanted
WHERE r.organisation_id = $1 AND {{which}} AND ($2::timestamptz IS NULL OR ({{place}}, r.id) {{after}} ($2, $3::uuid))
ORDER BY {{place}} {{way}}, r.id {{way}} LIMIT $4
"""
_WAITING = _LIST.format(place="r.created_at", which="r.status = 'PENDING'", after=">", way="")
_DECIDED = _LIST.format(place="r.decided_at", which="r.decided_at IS NOT NULL", after="<", way="DESC")
_KIDS = """
SELECT p.id, p.birth_date, e.organisation_id, o.short_name AS organisation_name, o.time_zone, g.name AS group_name,
  (SELECT w.kind FROM guardianship w WHERE w.guardian_id = $1 AND w.student_id = p.id AND w.ended_at IS NULL) AS standing,
  coalesce((SELECT 'SEE' = ANY(w.limited) AND coalesce(w.limited_until >= (now() AT TIME ZONE o.time_zone)::date, true) FROM guardianship w WHERE w.guardian_id = $1 AND w.student_id = p.id
            ORDER BY w.established_at DESC, w.id DESC LIMIT 1), false) AS limited,
  EXISTS (SELECT FROM guardian_claim c
          WHERE c.guardian_id = $1 AND c.student_id = p.id AND c.status = 'PENDING' AND c.expires_at > now()) AS waits
FROM person p JOIN enrolment e ON e.student_id = p.id AND e.last_day IS NULL JOIN student_group g ON g.id = e.group_id
  JOIN organisation o ON o.id = e.organisation_id
WHERE p.id = ANY($2::uuid[]) ORDER BY p.id, e.from_day, e.id
"""
_IS_OF = """
SELECT (SELECT p.birth_date FROM person p WHERE p.id = $1) AS birth_date,
  (SELECT o.time_zone FROM organisation o WHERE o.id = $2) AS time_zone, EXISTS (SELECT FROM enrolment e WHERE e.student_id = $1 AND e.organisation_id = $2 AND e.last_day IS NULL) AS learns,
  EXISTS (SELECT FROM structural_role r WHERE r.person_id = $1 AND r.organisation_id = $2
          AND r.status IN ('PENDING', 'ACTIVE', 'SUSPENDED') AND r.deleted_at IS NULL) AS acts
"""


class FamilyRepository:
    """Every query over requests; reads go to the pool, commands to the given connection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def own(self, person_id: UUID) -> list[dict[str, Any]]:
        """The person's requests, open ones first, at most fifty."""
        return [dict(row) for row in await self._database.reads.fetch(_OWN, person_id)]

    async def places(self, records: Sequence[UUID]) -> list[dict[str, Any]]:
        """In which schools' lists the people are."""
        return [dict(row) for row in await self._database.reads.fetch(_PLACES, list(records))]

    async def schools(self, pattern: str) -> list[dict[str, Any]]:
        """At most ten organisations."""
        return [dict(row) for row in await self._database.reads.fetch(_SCHOOLS, pattern)]

    @staticmethod
    async def open_of(connection: asyncpg.Connection, person_id: UUID, wish: Wish) -> tuple[int, UUID | None]:
        """How many requests of the person are open, and the one that asks the same; the person's others wait till the commit."""
        await connection.execute(_ALONE, person_id)
        [row] = await connection.fetch(_OPEN, person_id, wish.organisation_id, wish.kind, wish.child_name)
        return row["open"], row["same"]

    @staticmethod
    async def insert(connection: asyncpg.Connection, request_id: UUID, person_id: UUID, wish: Wish, at: datetime) -> asyncpg.Record:
        """The new request."""
        compared = (not wish.card.is_empty, list(wish.evidence))
        place = (wish.organisation_id, wish.record_id, wish.child_name, wish.child_birth_day, wish.group_name)
        [row] = await connection.fetch(_INSERT, request_id, wish.kind, person_id, *place, at, *compared)
        return row

    @staticmethod
    async def count_compared(connection: asyncpg.Connection, person_id: UUID, at: datetime) -> int:
        """How often numbers were compared for the person within a day."""
        found: int = await connection.fetchval(_COMPARED, person_id, at)
        return found

    async def kids(self, guardian_id: UUID, people: Sequence[UUID]) -> list[asyncpg.Record]:
        """Where the people learn, and how the guardian stands to each; the latest enrolment last."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(_KIDS, guardian_id, list(people))
        return found

    @staticmethod
    async def get(connection: asyncpg.Connection, request_id: UUID) -> asyncpg.Record:
        """A request that is known to be there."""
        [row] = await connection.fetch(_GET, request_id)
        return row

    @staticmethod
    async def lock(connection: asyncpg.Connection, request_id: UUID) -> asyncpg.Record | None:
        """The request, locked."""
        return await connection.fetchrow(_LOCK, request_id)

    @staticmethod
    async def decide(
        connection: asyncpg.Connection, request_id: UUID, status: str, record_id: UUID | None, reason: str, at: datetime
    ) -> asyncpg.Record:
        """Moves the request to its last status and the next version."""
        [row] = await connection.fetch(_SET, request_id, status, record_id, reason, at)
        return row

    @staticmethod
    async def add_fact(connection: asyncpg.Connection, row: asyncpg.Record, reason: str, author: tuple[str, str], at: datetime) -> None:
        """Appends the present state to the history; author = person id and role."""
        await connection.execute(_FACT, row["id"], row["status"], row["version"], row["record_id"], reason, *author, at)

    async def page(self, organisation_id: UUID, after: tuple[datetime, UUID] | None, size: int, *, decided: bool) -> list[asyncpg.Record]:
        """Requests to a school with the people they may mean; open ones oldest first, decided ones newest first."""
        statement = _DECIDED if decided else _WAITING
        found: list[asyncpg.Record] = await self._database.reads.fetch(statement, organisation_id, *(after or (None, None)), size)
        return found

    @staticmethod
    async def is_of(connection: asyncpg.Connection, person_id: UUID, organisation_id: UUID) -> asyncpg.Record:
        """Whether the person `learns` at the school, whether they have a live role there (`acts`); day of birth, the school's zone."""
        [row] = await connection.fetch(_IS_OF, person_id, organisation_id)
        return row
