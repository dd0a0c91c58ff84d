"""Queries that move what a merged person had to the one who stays."""

from uuid import UUID

import asyncpg

_ENSURE = """
INSERT INTO person (id, family_name, given_name, middle_name, full_name)
SELECT $1, family_name, given_name, middle_name, full_name FROM person WHERE id = $2 ON CONFLICT (id) DO NOTHING
"""
_KEYS = "UPDATE person_key SET person_id = $1 WHERE person_id = $2"
_LIVE = "{0}.status IN ('PENDING', 'ACTIVE', 'SUSPENDED') AND {0}.deleted_at IS NULL"
_MOVE_ROLES = f"""
UPDATE structural_role r SET person_id = $1, version = version + 1, changed_at = now()
WHERE r.person_id = $2 AND {_LIVE.format("r")} AND NOT EXISTS (
    SELECT FROM structural_role s WHERE s.person_id = $1 AND s.type = r.type AND s.region_code = r.region_code
      AND s.organisation_id IS NOT DISTINCT FROM r.organisation_id AND {_LIVE.format("s")})
RETURNING id, person_id, type, organisation_id, region_code, status, version
"""
# What the one who stays has too is ended: a person holds a live role of a kind once at a place.
_END_ROLES = f"""
UPDATE structural_role r SET status = 'TERMINATED', version = version + 1, changed_at = now()
WHERE r.person_id = $1 AND {_LIVE.format("r")}
RETURNING id, person_id, type, organisation_id, region_code, new.status, new.version, old.status AS old_status
"""
_GUARDIANSHIPS = (
    "SELECT id, guardian_id, student_id FROM guardianship WHERE (guardian_id = $1 OR student_id = $1) AND ended_at IS NULL FOR UPDATE"
)
# Rights, ends and limits go over with the row; what the one who stays has too is ended.
_MOVE_GUARDIANSHIP = """
UPDATE guardianship w SET guardian_id = $2::uuid, student_id = $3::uuid, version = version + 1 WHERE w.id = $1 AND $2::uuid <> $3::uuid AND NOT EXISTS (
    SELECT FROM guardianship o WHERE o.guardian_id = $2 AND o.student_id = $3 AND o.ended_at IS NULL)
RETURNING w.id
"""
_END_GUARDIANSHIP = "UPDATE guardianship SET ended_at = now(), version = version + 1 WHERE id = $1"


class MergingRepository:
    """Every query of the slice."""

    @staticmethod
    async def ensure(connection: asyncpg.Connection, person_id: UUID, merged_id: UUID) -> None:
        """The one who stays is known under the merged one's name unless known already; keys lead to the one who stays."""
        await connection.execute(_ENSURE, person_id, merged_id)
        await connection.execute(_KEYS, person_id, merged_id)

    @staticmethod
    async def move_roles(connection: asyncpg.Connection, person_id: UUID, merged_id: UUID) -> list[asyncpg.Record]:
        """Roles that went over."""
        moved: list[asyncpg.Record] = await connection.fetch(_MOVE_ROLES, person_id, merged_id)
        return moved

    @staticmethod
    async def end_roles(connection: asyncpg.Connection, merged_id: UUID) -> list[asyncpg.Record]:
        """Live roles that were left, ended now."""
        ended: list[asyncpg.Record] = await connection.fetch(_END_ROLES, merged_id)
        return ended

    @staticmethod
    async def guardianships(connection: asyncpg.Connection, merged_id: UUID) -> list[asyncpg.Record]:
        """Live guardianships of the merged person, on either side, locked."""
        found: list[asyncpg.Record] = await connection.fetch(_GUARDIANSHIPS, merged_id)
        return found

    @staticmethod
    async def move_guardianship(connection: asyncpg.Connection, guardianship_id: UUID, guardian_id: UUID, student_id: UUID) -> bool:
        """Gives the guardianship to others; where they have one already, it is ended and the answer is False."""
        moved = await connection.fetchval(_MOVE_GUARDIANSHIP, guardianship_id, guardian_id, student_id) is not None
        if not moved:
            await connection.execute(_END_GUARDIANSHIP, guardianship_id)
        return moved
