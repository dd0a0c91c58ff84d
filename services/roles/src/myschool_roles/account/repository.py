"""Queries over a region's people."""

from uuid import UUID

import asyncpg

from myschool_kit.db import Database

_OF_REGION = "(r.region_code = $1 OR r.organisation_id IN (SELECT o.id FROM organisation o WHERE o.region_code = $1))"
# Ended roles count too: who has left the school is still found. Deleted ones do not.
_IS_OF_REGION = f"EXISTS (SELECT FROM structural_role r WHERE r.person_id = p.id AND r.deleted_at IS NULL AND {_OF_REGION})"
_PAGE = f"""
SELECT p.id, p.full_name, p.search,
  (SELECT coalesce(json_agg(json_build_object('type', x.type, 'status', x.status, 'organisation_name', x.place) ORDER BY x.status, x.type), '[]')
   FROM (SELECT r.type, r.status, coalesce(o.short_name, '') AS place FROM structural_role r LEFT JOIN organisation o ON o.id = r.organisation_id
         WHERE r.person_id = p.id AND r.deleted_at IS NULL AND {_OF_REGION} ORDER BY r.status, r.type LIMIT 6) x)::text AS roles
FROM person p WHERE {_IS_OF_REGION} AND p.search LIKE ALL ($2::text[]) AND ($3::uuid[] IS NULL OR p.id = ANY ($3::uuid[]))
  AND (p.search, p.id) > ($4, $5::uuid)
ORDER BY p.search, p.id LIMIT $6
"""
_STANDING = f"""
SELECT {_IS_OF_REGION} AS is_of_region, EXISTS (SELECT FROM structural_role r WHERE r.person_id = p.id AND r.deleted_at IS NULL
    AND r.status IN ('PENDING', 'ACTIVE', 'SUSPENDED') AND r.type IN ('REGIONAL_COORDINATOR', 'FEDERAL_ADMINISTRATOR')) AS is_protected
FROM person p WHERE p.id = $2
"""
_BEGINNING = ("", UUID(int=0))


class AccountRepository:
    """Every query of the slice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, region: str, patterns: list[str], only: list[UUID] | None, after: tuple[str, UUID] | None, size: int
    ) -> list[asyncpg.Record]:
        """The region's people by name after a position; only those named when a list is given."""
        found: list[asyncpg.Record] = await self._database.reads.fetch(_PAGE, region, patterns, only, *(after or _BEGINNING), size)
        return found

    async def standing(self, region: str, person_id: UUID) -> tuple[bool, bool]:
        """Whether the person is of the region, and whether only an operator may block them."""
        row = await self._database.reads.fetchrow(_STANDING, region, person_id)
        return (False, False) if row is None else (row["is_of_region"], row["is_protected"])
