"""Queries over records that look like one person."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit.db import Database
from myschool_roles.organisation.rules import Scope

_MS = "coalesce((extract(epoch FROM {0}) * 1000)::bigint, 0)"
_REGION = "(r.region_code = $2 OR r.organisation_id IN (SELECT o.id FROM organisation o WHERE o.region_code = $2))"
_LIVE = "{0}.status IN ('PENDING', 'ACTIVE', 'SUSPENDED') AND {0}.deleted_at IS NULL"
# $1 a school or NULL, $2 a region or ''.
_IN_SCOPE = f"(($1::uuid IS NOT NULL AND r.organisation_id = $1) OR ($2 <> '' AND {_REGION}))"
_ACTS_IN_SCOPE = f"EXISTS (SELECT FROM structural_role r WHERE r.person_id = {{0}}.id AND {_LIVE.format('r')} AND {_IN_SCOPE})"
# Two records of one name, `a` before `b`, whose days of birth do not tell them apart, and what was said about them.
_OF_PAIR = "a.id AS first_id, b.id AS second_id, a.search, a.full_name"
_SAID = """LEFT JOIN duplicate_verdict v ON v.first_id = a.id AND v.second_id = b.id
    WHERE coalesce(v.different, false) = $3 AND (a.search, a.id, b.id) > ($4, $5::uuid, $6::uuid)"""
_SCHOOL_PAIRS = f"""
WITH people AS MATERIALIZED (
    SELECT DISTINCT p.id, p.search, p.birth_date, p.full_name FROM structural_role r JOIN person p ON p.id = r.person_id
    WHERE {_LIVE.format("r")} AND {_IN_SCOPE}
)
SELECT {_OF_PAIR} FROM people a JOIN people b ON b.search = a.search AND b.id > a.id {_SAID}
  AND (a.birth_date = b.birth_date OR a.birth_date IS NULL OR b.birth_date IS NULL)
ORDER BY a.search, a.id, b.id LIMIT $7
"""
# Over a whole region an unknown day of birth would pair everybody of a frequent name: there it counts inside one school only.
_SAME_SCHOOL = f"""EXISTS (SELECT FROM structural_role x JOIN structural_role y ON y.organisation_id = x.organisation_id
    WHERE x.person_id = a.id AND y.person_id = b.id AND {_LIVE.format("x")} AND {_LIVE.format("y")})"""
# Names in their order from the place on, out of the index, so that a page of a million people reads no more than it shows.
_REGION_PAIRS = f"""
SELECT pair.* FROM (
    SELECT p.search FROM person p WHERE $2 <> '' AND p.search >= $4 GROUP BY p.search HAVING count(*) > 1
) n CROSS JOIN LATERAL (
    SELECT {_OF_PAIR} FROM person a JOIN person b ON b.search = a.search AND b.id > a.id {_SAID} AND a.search = n.search AND b.search = n.search
      AND (a.birth_date = b.birth_date OR ((a.birth_date IS NULL OR b.birth_date IS NULL) AND {_SAME_SCHOOL}))
      AND {_ACTS_IN_SCOPE.format("a")} AND {_ACTS_IN_SCOPE.format("b")}
) pair
ORDER BY n.search, pair.first_id, pair.second_id LIMIT $7
"""
_JUDGED_PAIRS = f"""
SELECT {_OF_PAIR} FROM duplicate_verdict v JOIN person a ON a.id = v.first_id JOIN person b ON b.id = v.second_id AND b.search = a.search
WHERE v.different = $3 AND (a.search, a.id, b.id) > ($4, $5::uuid, $6::uuid) AND {_ACTS_IN_SCOPE.format("a")} AND {_ACTS_IN_SCOPE.format("b")}
ORDER BY a.search, a.id, b.id LIMIT $7
"""
# What a head compares: where the record learns, teaches and acts, and who stands beside it.
_SIDES = f"""
SELECT p.id, p.full_name, coalesce(p.birth_date::text, '') AS birth_day,
  ARRAY(SELECT concat_ws(', ', g.name, o.short_name) FROM enrolment e JOIN student_group g ON g.id = e.group_id
        JOIN organisation o ON o.id = e.organisation_id WHERE e.student_id = p.id AND e.last_day IS NULL ORDER BY 1 LIMIT 5) AS groups,
  ARRAY(SELECT DISTINCT concat_ws(', ', t.subject, g.name) FROM teaching t JOIN student_group g ON g.id = t.group_id
        WHERE t.teacher_id = p.id AND t.ended_at IS NULL ORDER BY 1 LIMIT 10) AS teaches,
  ARRAY(SELECT DISTINCT r.type FROM structural_role r WHERE r.person_id = p.id AND {_LIVE.format("r")} ORDER BY 1) AS roles,
  ARRAY(SELECT g.full_name FROM guardianship w JOIN person g ON g.id = w.guardian_id
        WHERE w.student_id = p.id AND w.ended_at IS NULL ORDER BY 1 LIMIT 10) AS guardians,
  ARRAY(SELECT s.full_name FROM guardianship w JOIN person s ON s.id = w.student_id
        WHERE w.guardian_id = p.id AND w.ended_at IS NULL ORDER BY 1 LIMIT 10) AS children
FROM person p WHERE p.id = ANY($1::uuid[])
"""
_STANDING = f"""
SELECT p.id, p.search, p.birth_date,
  {_ACTS_IN_SCOPE.format("p")} AS in_scope,
  EXISTS (SELECT FROM structural_role r WHERE r.person_id = p.id AND {_LIVE.format("r")}
          AND r.type IN ('REGIONAL_COORDINATOR', 'MUNICIPAL_COORDINATOR', 'FEDERAL_ADMINISTRATOR')) AS is_protected
FROM person p WHERE p.id = ANY($3::uuid[])
"""
_JUDGE = """
INSERT INTO duplicate_verdict (first_id, second_id, different, author_id, author_role, at)
VALUES (least($1::uuid, $2::uuid), greatest($1::uuid, $2::uuid), $3, $4, $5, now())
ON CONFLICT (first_id, second_id) DO UPDATE SET different = excluded.different, author_id = excluded.author_id,
    author_role = excluded.author_role, at = excluded.at
"""
# Ended roles count: after a merge the other record has none that lives.
_OF_SCOPE = f"""EXISTS (SELECT FROM structural_role r WHERE r.person_id IN (m.person_id, m.merged_id) AND {_IN_SCOPE})"""
_MERGES = f"""
SELECT m.id, m.merged_at, coalesce(p.full_name, '') AS full_name, coalesce(q.full_name, '') AS merged_name,
  {_MS.format("m.merged_at")} AS merged_at_ms, {_MS.format("m.separated_at")} AS separated_at_ms,
  coalesce((SELECT a.full_name FROM merge_change c JOIN person a ON a.id::text = c.author_id
            WHERE c.merge_id = m.id AND c.act = 'MERGED' ORDER BY c.id LIMIT 1), '') AS author,
  coalesce((SELECT a.full_name FROM merge_change c JOIN person a ON a.id::text = c.author_id
            WHERE c.merge_id = m.id AND c.act = 'SEPARATED' ORDER BY c.id LIMIT 1), '') AS separated_by,
  (SELECT count(*) FROM merge_move v WHERE v.merge_id = m.id AND v.what <> 'KEY') AS moved,
  (SELECT count(*) FROM merge_return v WHERE v.merge_id = m.id AND NOT v.returned) AS kept
FROM merge m LEFT JOIN person p ON p.id = m.person_id LEFT JOIN person q ON q.id = m.merged_id
WHERE {_OF_SCOPE} AND ($3::timestamptz IS NULL OR (m.merged_at, m.id) < ($3, $4::uuid))
ORDER BY m.merged_at DESC, m.id DESC LIMIT $5
"""
_MAY_SEPARATE = f"""
SELECT {_OF_SCOPE} AS in_scope, EXISTS (SELECT FROM structural_role r WHERE r.person_id IN (m.person_id, m.merged_id)
    AND {_LIVE.format("r")} AND r.type IN ('REGIONAL_COORDINATOR', 'MUNICIPAL_COORDINATOR', 'FEDERAL_ADMINISTRATOR')) AS is_protected
FROM merge m WHERE m.id = $3
"""
_BEGINNING = ("", UUID(int=0), UUID(int=0))


class DuplicateRepository:
    """Every query of the slice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pairs(self, scope: Scope, after: tuple[str, UUID, UUID] | None, size: int, *, judged: bool) -> list[asyncpg.Record]:
        """Pairs after a position by name; `judged`: those said to be different people."""
        place = after or _BEGINNING
        statement = _JUDGED_PAIRS if judged else _REGION_PAIRS if scope.organisation_id is None else _SCHOOL_PAIRS
        found: list[asyncpg.Record] = await self._database.reads.fetch(
            statement, scope.organisation_id, scope.region_code, judged, *place, size
        )
        return found

    async def sides(self, people: list[UUID]) -> dict[UUID, dict[str, Any]]:
        """What is known of the people, to be compared."""
        return {row["id"]: dict(row) for row in await self._database.reads.fetch(_SIDES, people)}

    async def standing(self, scope: Scope, people: list[UUID]) -> dict[UUID, asyncpg.Record]:
        """Search name, day of birth, whether in the scope, whether only a coordinator or operator may act."""
        rows = await self._database.reads.fetch(_STANDING, scope.organisation_id, scope.region_code, people)
        return {row["id"]: row for row in rows}

    @staticmethod
    async def judge(connection: asyncpg.Connection, pair: tuple[UUID, UUID], author: tuple[str, str], *, different: bool) -> None:
        """Keeps what was said about the pair."""
        await connection.execute(_JUDGE, *pair, different, *author)

    async def merges(self, scope: Scope, after: tuple[datetime, UUID] | None, size: int) -> list[asyncpg.Record]:
        """Merges of the scope's people, the latest first."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(
            _MERGES, scope.organisation_id, scope.region_code, *(after or (None, None)), size
        )
        return found

    async def may_separate(self, scope: Scope, merge_id: UUID) -> tuple[bool, bool]:
        """Whether the merge is of the scope's people, and whether one of them is a coordinator."""
        row = await self._database.reads.fetchrow(_MAY_SEPARATE, scope.organisation_id, scope.region_code, merge_id)
        return (False, False) if row is None else (row["in_scope"], row["is_protected"])
