"""Queries over structural roles and their facts."""

from uuid import UUID

import asyncpg

from myschool_kit.db import Database
from myschool_roles.guardian.access import SEES
from myschool_roles.role.model import Author
from myschool_roles.role.rules import LIVE

_FIELDS = "id, person_id, type, organisation_id, region_code, status, version"
_LIVE = f"({', '.join(repr(status) for status in sorted(LIVE))})"
_OWN = f"""
SELECT r.id, r.type, r.status, r.organisation_id, coalesce(o.short_name, '') AS organisation_name,
  coalesce(nullif(r.region_code, ''), o.region_code, '') AS region_code,
  array_to_string(ARRAY(SELECT w.student_id FROM guardianship w JOIN enrolment e ON e.student_id = w.student_id AND e.last_day IS NULL
        WHERE r.type = 'GUARDIAN' AND w.guardian_id = r.person_id AND {SEES}
          AND e.organisation_id = r.organisation_id ORDER BY w.established_at, w.student_id), ' ') AS children
FROM structural_role r LEFT JOIN organisation o ON o.id = r.organisation_id
WHERE r.id = $1 AND r.person_id = $2 AND r.deleted_at IS NULL
"""
_INSERT = f"""
INSERT INTO structural_role (id, person_id, type, organisation_id, region_code, status) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING RETURNING {_FIELDS}
"""
_FIND_LIVE = f"""
SELECT {_FIELDS} FROM structural_role
WHERE person_id = $1 AND type = $2 AND organisation_id IS NOT DISTINCT FROM $3 AND region_code = $4
  AND status IN {_LIVE} AND deleted_at IS NULL FOR UPDATE
"""
_LOCK = """
SELECT r.id, r.person_id, r.type, r.organisation_id, r.status, r.version,
  coalesce(nullif(r.region_code, ''), (SELECT o.region_code FROM organisation o WHERE o.id = r.organisation_id), '') AS region_code
FROM structural_role r WHERE r.id = $1 AND r.deleted_at IS NULL FOR UPDATE
"""
_SET = f"""
UPDATE structural_role SET status = $2, version = version + 1, changed_at = now() WHERE id = $1 RETURNING {_FIELDS}
"""
_DELETE = "UPDATE structural_role SET deleted_at = now(), version = version + 1 WHERE id = $1"
_LOCK_OF_PERSON = "SELECT id FROM structural_role WHERE person_id = $1 AND deleted_at IS NULL ORDER BY id FOR UPDATE"
_FACT = """
INSERT INTO role_change (role_id, person_id, type, organisation_id, old_status, new_status, version, reason, author_id, author_role)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


class RoleRepository:
    """Every query over structural roles outside of an import."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def own(self, role_id: UUID, person_id: UUID) -> asyncpg.Record | None:
        """A role of the person with its place and, for a guardian, the children."""
        return await self._database.reads.fetchrow(_OWN, role_id, person_id)

    @staticmethod
    async def insert(
        connection: asyncpg.Connection,
        role_id: UUID,
        person_id: UUID,
        role_type: str,
        organisation_id: UUID | None,
        region_code: str,
        status: str,
    ) -> asyncpg.Record | None:
        """The new role; None when the person holds such a live role already."""
        return await connection.fetchrow(_INSERT, role_id, person_id, role_type, organisation_id, region_code, status)

    @staticmethod
    async def find_live(
        connection: asyncpg.Connection, person_id: UUID, role_type: str, organisation_id: UUID | None, region_code: str
    ) -> asyncpg.Record | None:
        """The live role of a kind at a place, locked."""
        return await connection.fetchrow(_FIND_LIVE, person_id, role_type, organisation_id, region_code)

    @staticmethod
    async def lock(connection: asyncpg.Connection, role_id: UUID) -> asyncpg.Record | None:
        """The role, locked."""
        return await connection.fetchrow(_LOCK, role_id)

    @staticmethod
    async def set_status(connection: asyncpg.Connection, role_id: UUID, status: str) -> asyncpg.Record:
        """Moves the current row to the status and the next version."""
        [row] = await connection.fetch(_SET, role_id, status)
        return row

    @staticmethod
    async def lock_all_of(connection: asyncpg.Connection, person_id: UUID) -> int:
        """Locks the person's roles, so that two deletions cannot both leave «one more»; answers how many there are."""
        return len(await connection.fetch(_LOCK_OF_PERSON, person_id))

    @staticmethod
    async def delete(connection: asyncpg.Connection, role_id: UUID) -> None:
        """Soft deletion; the facts stay."""
        await connection.execute(_DELETE, role_id)

    @staticmethod
    async def add_fact(connection: asyncpg.Connection, row: asyncpg.Record, old: str, new: str, author: Author) -> None:
        """Appends the change to the history."""
        place = (row["id"], row["person_id"], row["type"], row["organisation_id"])
        await connection.execute(_FACT, *place, old, new, row["version"], author.reason, author.person_id, author.role_type)
