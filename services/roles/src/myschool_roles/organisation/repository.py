"""Queries over organisations."""

from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit.db import Database
from myschool_roles.organisation.rules import Scope

_SCOPE = "($1 OR o.region_code = $2 OR o.id = $3)"
_ROW = "SELECT id, ogrn, full_name, short_name, region_code, time_zone FROM organisation"
_COUNTS = """
(SELECT count(*) FROM student_group g WHERE g.organisation_id = o.id) AS groups,
(SELECT count(*) FROM enrolment e WHERE e.organisation_id = o.id AND e.last_day IS NULL) AS students,
(SELECT count(*) FROM structural_role r
 WHERE r.organisation_id = o.id AND r.type = 'TEACHER' AND r.status = 'ACTIVE' AND r.deleted_at IS NULL) AS teachers
"""
# The collation is PostgreSQL's own: lower() must know Cyrillic whatever locale the server was made with.
_MATCH = """replace(lower((o.short_name || ' ' || o.full_name || ' ' || o.ogrn) COLLATE "pg_c_utf8"), 'ё', 'е') LIKE $4"""
_LIST = f"""
SELECT o.id, o.short_name, o.full_name, o.ogrn, o.region_code, {_COUNTS},
       (SELECT count(*) FROM organisation o WHERE {_SCOPE} AND {{match}}) AS total
FROM organisation o
WHERE {_SCOPE} AND {{match}} AND (o.short_name, o.id) > ($5, $6)
ORDER BY o.short_name, o.id LIMIT $7
""".format(match=_MATCH)
_PAGE = """
SELECT o.id, o.short_name, o.full_name, o.ogrn, o.region_code,
  (SELECT coalesce(json_agg(g ORDER BY g.grade, g.name), '[]') FROM (
     SELECT g.id, g.name, g.grade, coalesce(t.full_name, '') AS homeroom_teacher,
       (SELECT count(*) FROM enrolment e WHERE e.group_id = g.id AND e.last_day IS NULL) AS students
     FROM student_group g LEFT JOIN person t ON t.id = g.homeroom_teacher_id WHERE g.organisation_id = o.id) g)::text AS groups,
  (SELECT coalesce(json_agg(s ORDER BY s.full_name, s.person_id), '[]') FROM (
     SELECT r.person_id, p.full_name,
       json_agg(json_build_object('id', r.id, 'type', r.type, 'status', r.status, 'version', r.version) ORDER BY r.type) AS roles
     FROM structural_role r JOIN person p ON p.id = r.person_id
     WHERE r.organisation_id = o.id AND r.type IN ('TEACHER', 'DEPUTY_HEAD', 'HEAD') AND r.deleted_at IS NULL
     GROUP BY r.person_id, p.full_name) s)::text AS staff
FROM organisation o WHERE o.id = $1
"""
_UPSERT = """
INSERT INTO organisation (id, ogrn, full_name, short_name, region_code, time_zone) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (ogrn) DO UPDATE SET full_name = excluded.full_name, short_name = excluded.short_name, time_zone = excluded.time_zone
RETURNING id, ogrn, full_name, short_name, region_code, time_zone
"""
_BY_OGRN = f"{_ROW} WHERE ogrn = $1 FOR UPDATE"
_BY_ID = f"{_ROW} WHERE id = $1"
_LOCK = f"{_ROW} WHERE id = $1 FOR UPDATE"
_FIRST_ID = UUID(int=0)


class OrganisationRepository:
    """Every query over organisations; reads go to the pool, commands to the given connection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, scope: Scope, pattern: str, after: tuple[str, UUID] | None, size: int) -> list[dict[str, Any]]:
        """Organisations after a position by short name; each row carries the total of the list."""
        name, last_id = after or ("", _FIRST_ID)
        found = await self._database.reads.fetch(
            _LIST, scope.everything, scope.region_code, scope.organisation_id, pattern, name, last_id, size
        )
        return [dict(row) for row in found]

    async def get_page(self, organisation_id: UUID) -> asyncpg.Record | None:
        """One organisation with groups and staff as JSON texts."""
        return await self._database.reads.fetchrow(_PAGE, organisation_id)

    async def get(self, organisation_id: UUID) -> asyncpg.Record | None:
        """One organisation's own fields, whoever asks."""
        return await self._database.reads.fetchrow(_BY_ID, organisation_id)

    @staticmethod
    async def lock(connection: asyncpg.Connection, organisation_id: UUID) -> asyncpg.Record | None:
        """The organisation, locked till the transaction's end."""
        return await connection.fetchrow(_LOCK, organisation_id)

    @staticmethod
    async def lock_by_ogrn(connection: asyncpg.Connection, ogrn: str) -> asyncpg.Record | None:
        """The organisation with this ОГРН, locked till the transaction's end."""
        return await connection.fetchrow(_BY_OGRN, ogrn)

    @staticmethod
    async def upsert(connection: asyncpg.Connection, organisation_id: UUID, values: tuple[str, str, str, str, str]) -> asyncpg.Record:
        """Inserts by ОГРН or changes names and zone; `values` = ogrn, full name, short name, region, zone."""
        [row] = await connection.fetch(_UPSERT, organisation_id, *values)
        return row
