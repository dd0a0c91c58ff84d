"""Queries that move what a merged person had to the one who stays; each move is noted, so that it can be undone."""

from uuid import UUID

import asyncpg

_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('merge ' || $1::uuid, 0))"
_BEGIN = """
INSERT INTO merge (id, person_id, merged_id, merged_at) VALUES ($1, $2, $3, now()) ON CONFLICT (id) DO UPDATE SET id = excluded.id
RETURNING (SELECT m.separated_at IS NULL FROM merge m WHERE m.id = $1) IS NOT FALSE AS holds,
    NOT EXISTS (SELECT FROM merge m WHERE m.id = $1) AS fresh
"""
_FACT = "INSERT INTO merge_change (merge_id, act, author_id, author_role, at) VALUES ($1, 'MERGED', $2, $3, now())"
_ENSURE = """
INSERT INTO person (id, family_name, given_name, middle_name, full_name)
SELECT $1, family_name, given_name, middle_name, full_name FROM person WHERE id = $2 ON CONFLICT (id) DO NOTHING
"""
# $1 the one who stays, $2 the merged one, $3 the merge.
_NOTE = "INSERT INTO merge_move (merge_id, what, ended, row_id, from_id, to_id, version, before, day)"
_KEYS = """
WITH moved AS (UPDATE person_key SET person_id = $1 WHERE person_id = $2 RETURNING hash)
INSERT INTO merge_move (merge_id, what, ended, hash, from_id, to_id) SELECT $3, 'KEY', false, hash, $2, $1 FROM moved
"""
_LIVE = "{0}.status IN ('PENDING', 'ACTIVE', 'SUSPENDED') AND {0}.deleted_at IS NULL"
_ROLE = "id, person_id, type, organisation_id, region_code, status, version"
_MOVE_ROLES = f"""
WITH moved AS (
    UPDATE structural_role r SET person_id = $1, version = version + 1, changed_at = now()
    WHERE r.person_id = $2 AND {_LIVE.format("r")} AND NOT EXISTS (
        SELECT FROM structural_role s WHERE s.person_id = $1 AND s.type = r.type AND s.region_code = r.region_code
          AND s.organisation_id IS NOT DISTINCT FROM r.organisation_id AND {_LIVE.format("s")})
    RETURNING {_ROLE}, status AS old_status
), noted AS ({_NOTE} SELECT $3, 'ROLE', false, id, $2, $1, version, status, NULL FROM moved)
SELECT * FROM moved
"""
# What the one who stays has too is ended: a person holds a live role of a kind once at a place.
_END_ROLES = f"""
WITH gone AS (
    UPDATE structural_role r SET status = 'TERMINATED', version = version + 1, changed_at = now()
    WHERE r.person_id = $2 AND {_LIVE.format("r")}
    RETURNING id, person_id, type, organisation_id, region_code, new.status, new.version, old.status AS old_status
), noted AS ({_NOTE} SELECT $3, 'ROLE', true, id, $2, $1, version, old_status, NULL FROM gone)
SELECT * FROM gone
"""
_GUARDIANSHIPS = (
    "SELECT id, guardian_id, student_id FROM guardianship WHERE (guardian_id = $1 OR student_id = $1) AND ended_at IS NULL FOR UPDATE"
)
# Rights, ends and limits go over with the row; what the one who stays has too is ended. $4 the row, $5 and $6 its people from now on.
_MOVE_GUARDIANSHIP = f"""
WITH moved AS (
    UPDATE guardianship w SET guardian_id = $5::uuid, student_id = $6::uuid, version = version + 1
    WHERE w.id = $4 AND $5::uuid <> $6::uuid AND NOT EXISTS (
        SELECT FROM guardianship o WHERE o.guardian_id = $5 AND o.student_id = $6 AND o.ended_at IS NULL)
    RETURNING w.id, w.version
), noted AS ({_NOTE} SELECT $3, 'GUARDIANSHIP', false, id, $2, $1, version, '', NULL FROM moved)
SELECT id FROM moved
"""
_END_GUARDIANSHIP = f"""
WITH gone AS (UPDATE guardianship SET ended_at = now(), version = version + 1 WHERE id = $4 RETURNING id, version)
{_NOTE} SELECT $3, 'GUARDIANSHIP', true, id, $2, $1, version, '', NULL FROM gone
"""
_YESTERDAY = """greatest(e.from_day, (now() AT TIME ZONE coalesce(
    (SELECT o.time_zone FROM organisation o WHERE o.id = e.organisation_id), 'Europe/Moscow'))::date - 1)"""
_MOVE_ENROLMENTS = f"""
WITH moved AS (
    UPDATE enrolment e SET student_id = $1 WHERE e.student_id = $2 AND e.last_day IS NULL AND NOT EXISTS (
        SELECT FROM enrolment o WHERE o.student_id = $1 AND o.organisation_id = e.organisation_id AND o.last_day IS NULL)
    RETURNING e.id, e.group_id, e.organisation_id, e.from_day, {_YESTERDAY} AS left_on
), noted AS ({_NOTE} SELECT $3, 'ENROLMENT', false, id, $2, $1, 0, '', NULL FROM moved)
SELECT * FROM moved
"""
_END_ENROLMENTS = f"""
WITH gone AS (
    UPDATE enrolment e SET last_day = {_YESTERDAY} WHERE e.student_id = $2 AND e.last_day IS NULL
    RETURNING e.id, e.group_id, e.last_day
), noted AS ({_NOTE} SELECT $3, 'ENROLMENT', true, id, $2, $1, 0, '', last_day FROM gone)
SELECT * FROM gone
"""
_MOVE_TEACHINGS = f"""
WITH moved AS (
    UPDATE teaching t SET teacher_id = $1 WHERE t.teacher_id = $2 AND t.ended_at IS NULL AND NOT EXISTS (
        SELECT FROM teaching o WHERE o.teacher_id = $1 AND o.group_id = t.group_id AND o.subject = t.subject AND o.ended_at IS NULL)
    RETURNING t.id, t.group_id, t.organisation_id, t.subject
), noted AS ({_NOTE} SELECT $3, 'TEACHING', false, id, $2, $1, 0, '', NULL FROM moved)
SELECT * FROM moved
"""
_END_TEACHINGS = f"""
WITH gone AS (UPDATE teaching t SET ended_at = now() WHERE t.teacher_id = $2 AND t.ended_at IS NULL RETURNING t.id, t.group_id, t.subject),
noted AS ({_NOTE} SELECT $3, 'TEACHING', true, id, $2, $1, 0, '', NULL FROM gone)
SELECT * FROM gone
"""
_MOVE_HOMEROOMS = f"""
WITH moved AS (UPDATE student_group SET homeroom_teacher_id = $1 WHERE homeroom_teacher_id = $2 RETURNING id, organisation_id),
noted AS ({_NOTE} SELECT $3, 'HOMEROOM', false, id, $2, $1, 0, '', NULL FROM moved)
SELECT * FROM moved
"""
# What families and schools have asked for; an open one that the one who stays has too stays where it is and runs out.
_SIDE = "CASE {0} WHEN $2 THEN $1 ELSE {0} END"
_MOVE_CLAIMS = f"""
WITH moved AS (
    UPDATE guardian_claim c SET guardian_id = {_SIDE.format("c.guardian_id")}, student_id = {_SIDE.format("c.student_id")}
    WHERE $2 IN (c.guardian_id, c.student_id) AND $1 NOT IN (c.guardian_id, c.student_id) AND NOT EXISTS (
        SELECT FROM guardian_claim o WHERE o.status = 'PENDING' AND o.id <> c.id
          AND o.guardian_id IN ($1, c.guardian_id) AND o.student_id IN ($1, c.student_id))
    RETURNING c.id, c.version, c.status
), noted AS ({_NOTE} SELECT $3, 'CLAIM', false, id, $2, $1, version, status, NULL FROM moved)
SELECT count(*) FROM moved
"""
_MOVE_INVITATIONS = f"""
WITH moved AS (
    UPDATE invitation i SET student_id = {_SIDE.format("i.student_id")}, created_by = {_SIDE.format("i.created_by")}
    WHERE $2 IN (i.student_id, i.created_by) AND $1 NOT IN (i.student_id, i.created_by)
      AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
    RETURNING i.id
), noted AS ({_NOTE} SELECT $3, 'INVITATION', false, id, $2, $1, 0, '', NULL FROM moved)
SELECT count(*) FROM moved
"""
_MOVE_REQUESTS = f"""
WITH moved AS (
    UPDATE family_request r SET person_id = {_SIDE.format("r.person_id")}, record_id = {_SIDE.format("r.record_id")}
    WHERE r.status = 'PENDING' AND (r.person_id = $2 OR r.record_id = $2) AND r.person_id <> $1 AND r.record_id IS DISTINCT FROM $1
      AND NOT EXISTS (SELECT FROM family_request o WHERE r.person_id = $2 AND o.person_id = $1 AND o.status = 'PENDING'
        AND o.organisation_id = r.organisation_id AND o.kind = r.kind
        AND lower(o.child_name COLLATE "pg_c_utf8") = lower(r.child_name COLLATE "pg_c_utf8"))
    RETURNING r.id, r.version
), noted AS ({_NOTE} SELECT $3, 'REQUEST', false, id, $2, $1, version, '', NULL FROM moved)
SELECT count(*) FROM moved
"""


class MergingRepository:
    """Every statement of a merge. `pair` = the one who stays, the merged one."""

    @staticmethod
    async def begin(connection: asyncpg.Connection, merge_id: UUID, person_id: UUID, merged_id: UUID) -> tuple[bool, bool]:
        """Whether the merge holds (was not taken back) and whether it is new; others who follow it wait until the commit."""
        await connection.execute(_ALONE, merge_id)
        [row] = await connection.fetch(_BEGIN, merge_id, person_id, merged_id)
        return row["holds"], row["fresh"]

    @staticmethod
    async def add_fact(connection: asyncpg.Connection, merge_id: UUID, author: tuple[str, str]) -> None:
        """Notes who merged; author = person id and role, empty for identity's word alone."""
        await connection.execute(_FACT, merge_id, *author)

    @staticmethod
    async def ensure(connection: asyncpg.Connection, merge_id: UUID, person_id: UUID, merged_id: UUID) -> None:
        """The one who stays is known under the merged one's name unless known already; keys lead to the one who stays."""
        await connection.execute(_ENSURE, person_id, merged_id)
        await connection.execute(_KEYS, person_id, merged_id, merge_id)

    @staticmethod
    async def move_papers(connection: asyncpg.Connection, merge_id: UUID, pair: tuple[UUID, UUID]) -> int:
        """Claims of guardians, open invitations and requests to schools, on either side; how many went over."""
        return sum([await connection.fetchval(move, *pair, merge_id) for move in (_MOVE_CLAIMS, _MOVE_INVITATIONS, _MOVE_REQUESTS)])

    @staticmethod
    async def move_roles(connection: asyncpg.Connection, merge_id: UUID, pair: tuple[UUID, UUID]) -> list[asyncpg.Record]:
        """Roles that went over, then those that were ended, with their old status."""
        moved = await connection.fetch(_MOVE_ROLES, *pair, merge_id)
        return [*moved, *await connection.fetch(_END_ROLES, *pair, merge_id)]

    @staticmethod
    async def guardianships(connection: asyncpg.Connection, merged_id: UUID) -> list[asyncpg.Record]:
        """Live guardianships of the merged person, on either side, locked."""
        found: list[asyncpg.Record] = await connection.fetch(_GUARDIANSHIPS, merged_id)
        return found

    @staticmethod
    async def move_guardianship(
        connection: asyncpg.Connection, merge_id: UUID, pair: tuple[UUID, UUID], guardianship_id: UUID, people: tuple[UUID, UUID]
    ) -> bool:
        """Gives the guardianship to others (guardian, student); where they have one already, it is ended and the answer is False."""
        moved = await connection.fetchval(_MOVE_GUARDIANSHIP, *pair, merge_id, guardianship_id, *people) is not None
        if not moved:
            await connection.execute(_END_GUARDIANSHIP, *pair, merge_id, guardianship_id)
        return moved

    @staticmethod
    async def move_enrolments(
        connection: asyncpg.Connection, merge_id: UUID, pair: tuple[UUID, UUID]
    ) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
        """Open enrolments that went over, and those that were ended because the one who stays learns there already."""
        moved = await connection.fetch(_MOVE_ENROLMENTS, *pair, merge_id)
        return moved, await connection.fetch(_END_ENROLMENTS, *pair, merge_id)

    @staticmethod
    async def move_teachings(
        connection: asyncpg.Connection, merge_id: UUID, pair: tuple[UUID, UUID]
    ) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
        """Teaching that went over, and what was ended because the one who stays teaches it already."""
        moved = await connection.fetch(_MOVE_TEACHINGS, *pair, merge_id)
        return moved, await connection.fetch(_END_TEACHINGS, *pair, merge_id)

    @staticmethod
    async def move_homerooms(connection: asyncpg.Connection, merge_id: UUID, pair: tuple[UUID, UUID]) -> list[asyncpg.Record]:
        """Classes that are led by the one who stays from now on."""
        moved: list[asyncpg.Record] = await connection.fetch(_MOVE_HOMEROOMS, *pair, merge_id)
        return moved
