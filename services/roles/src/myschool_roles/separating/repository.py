"""Queries that undo the moves of a merge, each only where its row is as the merge left it."""

from typing import Any
from uuid import UUID

import asyncpg

_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('merge ' || $1::uuid, 0))"
_SEPARATE = "UPDATE merge SET separated_at = now() WHERE id = $1 AND separated_at IS NULL RETURNING merged_id"
_FACT = "INSERT INTO merge_change (merge_id, act, author_id, author_role, at) VALUES ($1, 'SEPARATED', $2, $3, now())"
# In the reverse order of the merge; what was decided about already is left out.
_MOVES = """
SELECT m.id, m.what, m.ended, m.row_id, m.hash, m.from_id, m.to_id, m.version, m.before, m.day, m.at FROM merge_move m
WHERE m.merge_id = $1 AND NOT EXISTS (SELECT FROM merge_return r WHERE r.move_id = m.id) ORDER BY m.id DESC
"""
_NOTE = "INSERT INTO merge_return (move_id, merge_id, returned) VALUES ($1, $2, $3)"
_LIVE = "{0}.status IN ('PENDING', 'ACTIVE', 'SUSPENDED') AND {0}.deleted_at IS NULL"
_KEY = "UPDATE person_key SET person_id = $2 WHERE hash = $1 AND person_id = $3 RETURNING hash"
_ROLE_FREE = f"""NOT EXISTS (SELECT FROM structural_role s WHERE s.person_id = $2 AND s.type = r.type AND s.region_code = r.region_code
    AND s.organisation_id IS NOT DISTINCT FROM r.organisation_id AND {_LIVE.format("s")})"""
_ROLE = "r.id, r.person_id, r.type, r.organisation_id, r.region_code"
_ROLE_MOVED = f"""
UPDATE structural_role r SET person_id = $2, version = version + 1, changed_at = now()
WHERE r.id = $1 AND r.person_id = $3 AND r.version = $4 AND r.deleted_at IS NULL AND {_ROLE_FREE}
RETURNING {_ROLE}, r.status, r.version, r.status AS old_status
"""
_ROLE_ENDED = f"""
UPDATE structural_role r SET status = $3, version = version + 1, changed_at = now()
WHERE r.id = $1 AND r.person_id = $2 AND r.version = $4 AND r.deleted_at IS NULL AND {_ROLE_FREE}
RETURNING {_ROLE}, new.status, new.version, old.status AS old_status
"""
_PAIR_FREE = """NOT EXISTS (SELECT FROM guardianship o WHERE o.id <> w.id AND o.ended_at IS NULL
    AND o.guardian_id = {guardian} AND o.student_id = {student})"""
_GUARDIAN = "CASE WHEN w.guardian_id = $3 THEN $2 ELSE w.guardian_id END"
_STUDENT = "CASE WHEN w.student_id = $3 THEN $2 ELSE w.student_id END"
_GUARDIANSHIP_MOVED = f"""
UPDATE guardianship w SET guardian_id = {_GUARDIAN}, student_id = {_STUDENT}, version = version + 1
WHERE w.id = $1 AND w.version = $4 AND w.ended_at IS NULL AND {_PAIR_FREE.format(guardian=_GUARDIAN, student=_STUDENT)}
RETURNING w.id, new.guardian_id, new.student_id, old.guardian_id AS old_guardian_id, old.student_id AS old_student_id
"""
_GUARDIANSHIP_ENDED = f"""
UPDATE guardianship w SET ended_at = NULL, version = version + 1
WHERE w.id = $1 AND w.version = $2 AND w.ended_at IS NOT NULL AND {_PAIR_FREE.format(guardian="w.guardian_id", student="w.student_id")}
RETURNING w.id, w.guardian_id, w.student_id
"""
_ENROLMENT_FREE = """NOT EXISTS (SELECT FROM enrolment o WHERE o.student_id = $2 AND o.organisation_id = e.organisation_id
    AND o.last_day IS NULL)"""
_ENROLMENT = """e.group_id, e.organisation_id, e.from_day, greatest(e.from_day, (now() AT TIME ZONE coalesce(
    (SELECT o.time_zone FROM organisation o WHERE o.id = e.organisation_id), 'Europe/Moscow'))::date - 1) AS left_on"""
_ENROLMENT_MOVED = f"""
UPDATE enrolment e SET student_id = $2 WHERE e.id = $1 AND e.student_id = $3 AND e.last_day IS NULL AND {_ENROLMENT_FREE}
RETURNING {_ENROLMENT}
"""
_ENROLMENT_ENDED = f"""
UPDATE enrolment e SET last_day = NULL WHERE e.id = $1 AND e.student_id = $2 AND e.last_day = $3::date AND {_ENROLMENT_FREE}
RETURNING {_ENROLMENT}
"""
_TEACHING_FREE = """NOT EXISTS (SELECT FROM teaching o WHERE o.teacher_id = $2 AND o.group_id = t.group_id AND o.subject = t.subject
    AND o.ended_at IS NULL)"""
_TEACHING_MOVED = f"""
UPDATE teaching t SET teacher_id = $2 WHERE t.id = $1 AND t.teacher_id = $3 AND t.ended_at IS NULL AND {_TEACHING_FREE}
RETURNING t.group_id, t.organisation_id, t.subject
"""
_TEACHING_ENDED = f"""
UPDATE teaching t SET ended_at = NULL WHERE t.id = $1 AND t.teacher_id = $2 AND t.ended_at = $3 AND {_TEACHING_FREE}
RETURNING t.group_id, t.organisation_id, t.subject
"""
_HOMEROOM = "UPDATE student_group SET homeroom_teacher_id = $2 WHERE id = $1 AND homeroom_teacher_id = $3 RETURNING id, organisation_id"
_SIDE = "CASE {0} WHEN $3 THEN $2 ELSE {0} END"
# Answered, taken up or decided meanwhile: it stays with who did so.
_PAPERS = {
    "CLAIM": f"""
UPDATE guardian_claim c SET guardian_id = {_SIDE.format("c.guardian_id")}, student_id = {_SIDE.format("c.student_id")}
WHERE c.id = $1 AND c.version = $4 AND (c.status <> 'PENDING' OR NOT EXISTS (
    SELECT FROM guardian_claim o WHERE o.status = 'PENDING' AND o.id <> c.id
      AND o.guardian_id = {_SIDE.format("c.guardian_id")} AND o.student_id = {_SIDE.format("c.student_id")}))
RETURNING c.id
""",
    "INVITATION": f"""
UPDATE invitation i SET student_id = {_SIDE.format("i.student_id")}, created_by = {_SIDE.format("i.created_by")}
WHERE i.id = $1 AND i.used_at IS NULL AND $4 = 0 RETURNING i.id
""",
    "REQUEST": f"""
UPDATE family_request r SET person_id = {_SIDE.format("r.person_id")}, record_id = {_SIDE.format("r.record_id")}
WHERE r.id = $1 AND r.version = $4 AND NOT EXISTS (SELECT FROM family_request o WHERE o.id <> r.id AND o.status = 'PENDING'
    AND o.person_id = {_SIDE.format("r.person_id")} AND o.organisation_id = r.organisation_id AND o.kind = r.kind
    AND lower(o.child_name COLLATE "pg_c_utf8") = lower(r.child_name COLLATE "pg_c_utf8"))
RETURNING r.id
""",
}
# What stays as it is, in words of the school.
_NAMES = {
    "ROLE": "SELECT r.type AS word, coalesce(o.short_name, '') AS name FROM structural_role r "
    "LEFT JOIN organisation o ON o.id = r.organisation_id WHERE r.id = $1",
    "GUARDIANSHIP": "SELECT '' AS word, concat_ws(' — ', g.full_name, s.full_name) AS name FROM guardianship w "
    "LEFT JOIN person g ON g.id = w.guardian_id LEFT JOIN person s ON s.id = w.student_id WHERE w.id = $1",
    "ENROLMENT": "SELECT '' AS word, g.name FROM enrolment e JOIN student_group g ON g.id = e.group_id WHERE e.id = $1",
    "TEACHING": "SELECT '' AS word, concat_ws(', ', t.subject, g.name) AS name FROM teaching t "
    "JOIN student_group g ON g.id = t.group_id WHERE t.id = $1",
    "CLAIM": "SELECT '' AS word, concat_ws(' — ', g.full_name, c.student_name) AS name FROM guardian_claim c "
    "LEFT JOIN person g ON g.id = c.guardian_id WHERE c.id = $1",
    "INVITATION": "SELECT '' AS word, coalesce(p.full_name, '') AS name FROM invitation i "
    "LEFT JOIN person p ON p.id = i.student_id WHERE i.id = $1",
    "REQUEST": "SELECT '' AS word, coalesce(nullif(r.child_name, ''), o.short_name) AS name FROM family_request r "
    "JOIN organisation o ON o.id = r.organisation_id WHERE r.id = $1",
    "HOMEROOM": "SELECT '' AS word, name FROM student_group WHERE id = $1",
}


class SeparatingRepository:
    """Every statement that takes a merge back. A statement whose row has changed since answers None."""

    @staticmethod
    async def begin(connection: asyncpg.Connection, merge_id: UUID, author: tuple[str, str]) -> UUID | None:
        """Notes that the merge does not hold any more; the person merged then, None when that is so already or there is no such merge.

        Others who follow the merge or take it back wait until the commit. `author` = person id and role.
        """
        await connection.execute(_ALONE, merge_id)
        merged_id: UUID | None = await connection.fetchval(_SEPARATE, merge_id)
        if merged_id is not None:
            await connection.execute(_FACT, merge_id, *author)
        return merged_id

    @staticmethod
    async def moves(connection: asyncpg.Connection, merge_id: UUID) -> list[asyncpg.Record]:
        """What the merge has moved and ended, the last first."""
        found: list[asyncpg.Record] = await connection.fetch(_MOVES, merge_id)
        return found

    @staticmethod
    async def note(connection: asyncpg.Connection, merge_id: UUID, move_id: int, *, returned: bool) -> None:
        """The move was undone, or left as it is."""
        await connection.execute(_NOTE, move_id, merge_id, returned)

    @staticmethod
    async def key(connection: asyncpg.Connection, move: asyncpg.Record) -> asyncpg.Record | None:
        """A key leads to the separated person again."""
        return await connection.fetchrow(_KEY, move["hash"], move["from_id"], move["to_id"])

    @staticmethod
    async def role(connection: asyncpg.Connection, move: asyncpg.Record) -> asyncpg.Record | None:
        """The role as it is now."""
        if move["ended"]:
            return await connection.fetchrow(_ROLE_ENDED, move["row_id"], move["from_id"], move["before"], move["version"])
        return await connection.fetchrow(_ROLE_MOVED, move["row_id"], move["from_id"], move["to_id"], move["version"])

    @staticmethod
    async def guardianship(connection: asyncpg.Connection, move: asyncpg.Record) -> asyncpg.Record | None:
        """The guardianship as it is now, with the pair of before when it went back."""
        if move["ended"]:
            return await connection.fetchrow(_GUARDIANSHIP_ENDED, move["row_id"], move["version"])
        return await connection.fetchrow(_GUARDIANSHIP_MOVED, move["row_id"], move["from_id"], move["to_id"], move["version"])

    @staticmethod
    async def enrolment(connection: asyncpg.Connection, move: asyncpg.Record) -> asyncpg.Record | None:
        """The enrolment as it is now, with yesterday's date at the school."""
        if move["ended"]:
            return await connection.fetchrow(_ENROLMENT_ENDED, move["row_id"], move["from_id"], move["day"])
        return await connection.fetchrow(_ENROLMENT_MOVED, move["row_id"], move["from_id"], move["to_id"])

    @staticmethod
    async def teaching(connection: asyncpg.Connection, move: asyncpg.Record) -> asyncpg.Record | None:
        """The teaching as it is now."""
        if move["ended"]:
            return await connection.fetchrow(_TEACHING_ENDED, move["row_id"], move["from_id"], move["at"])
        return await connection.fetchrow(_TEACHING_MOVED, move["row_id"], move["from_id"], move["to_id"])

    @staticmethod
    async def homeroom(connection: asyncpg.Connection, move: asyncpg.Record) -> asyncpg.Record | None:
        """The class as it is now."""
        return await connection.fetchrow(_HOMEROOM, move["row_id"], move["from_id"], move["to_id"])

    @staticmethod
    async def paper(connection: asyncpg.Connection, move: asyncpg.Record) -> bool:
        """Whether the claim, invitation or request is the separated person's again."""
        values = (move["row_id"], move["from_id"], move["to_id"], move["version"])
        return await connection.fetchval(_PAPERS[move["what"]], *values) is not None

    @staticmethod
    async def name(connection: asyncpg.Connection, move: asyncpg.Record) -> dict[str, Any]:
        """What stays as it is, in words: kind, role type and name."""
        row = await connection.fetchrow(_NAMES[move["what"]], move["row_id"])
        word, name = ("", "") if row is None else (row["word"], row["name"])
        return {"what": move["what"], "role_type": word, "name": name}
