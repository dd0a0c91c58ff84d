"""Every query over a holding. The statements of its parts stand in the services; values travel as parameters."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from myschool_privacy.subject.holding import Holding, Part

_SHOWN = "id, at, reader_name, role_type, what, permission, organisation_id, subject_id IS NULL AS together"
_BEFORE = "($3::timestamptz IS NULL OR (at, id) < ($3, $4::bigint)) AND reader_id <> $2"
_RULES = "SELECT part, kept, reason FROM retention_rule"
_DONE = "INSERT INTO erasure (request_id, person_id, parts) VALUES ($1, $2, '{}') ON CONFLICT DO NOTHING RETURNING 1"
_RESULT = "UPDATE erasure SET parts = $2 WHERE request_id = $1"


class SubjectRepository:
    """Reads through the pool, erasures on the connection of the open transaction."""

    def __init__(self, holding: Holding) -> None:
        self._holding = holding
        own = f"SELECT {_SHOWN} FROM access_entry WHERE subject_id = $1 AND {_BEFORE} ORDER BY at DESC, id DESC LIMIT $5"
        together = f"""
        SELECT {_SHOWN} FROM access_entry e JOIN ({holding.together}) AS o (object_id, since, until) USING (object_id)
        WHERE e.subject_id IS NULL AND e.at BETWEEN o.since AND o.until AND {_BEFORE} ORDER BY at DESC, id DESC LIMIT $5"""
        both = f"SELECT DISTINCT * FROM (({own}) UNION ALL ({together})) AS found ORDER BY at DESC, id DESC LIMIT $5"
        self._looks = both if holding.together else own

    async def guards(self, reads: asyncpg.Pool, guardian_id: UUID, student_id: UUID) -> bool:
        """Whether this service knows the one as a guardian of the other."""
        if not self._holding.guards:
            return False
        return bool(await reads.fetchval(f"SELECT {self._holding.guards}", guardian_id, student_id))

    async def looks(
        self, reads: asyncpg.Pool, subject_id: UUID, caller_id: UUID, before: tuple[datetime, int] | None, count: int
    ) -> list[asyncpg.Record]:
        """At most `count` looks at the person by others than the caller, newest first, from before a place on."""
        if not self._holding.audited:
            return []
        rows: list[asyncpg.Record] = await reads.fetch(self._looks, subject_id, caller_id, *(before or (None, None)), count)
        return rows

    async def rows(self, reads: asyncpg.Pool, part: Part, person_id: UUID, start: int, count: int) -> list[dict[str, Any]]:
        """Rows of a part from a place on."""
        statement = f"SELECT * FROM ({part.rows}) AS part OFFSET $2 LIMIT $3"
        return [part.opened(dict(row)) for row in await reads.fetch(statement, person_id, start, count)]

    async def count(self, reads: asyncpg.Pool, part: Part, person_id: UUID) -> int:
        """How many rows a part has."""
        number: int = await reads.fetchval(f"SELECT count(*) FROM ({part.rows}) AS part", person_id)
        return number

    async def rules(self, connection: asyncpg.Connection | asyncpg.Pool) -> dict[str, tuple[bool, str]]:
        """Legal holds by part: whether it is kept, and why."""
        return {row["part"]: (row["kept"], row["reason"]) for row in await connection.fetch(_RULES)}

    async def begin(self, connection: asyncpg.Connection, request_id: UUID, person_id: UUID) -> bool:
        """Notes the erasure; False when it was carried out before."""
        return await connection.fetchval(_DONE, request_id, person_id) is not None

    async def erase(self, connection: asyncpg.Connection, part: Part, person_id: UUID) -> int:
        """Takes a part away from the person; answers how many rows that were."""
        # Facts that refuse every change know this one (see the triggers); it ends with the transaction.
        await connection.execute("SELECT set_config('myschool.erasing', 'on', true)")
        return int((await connection.execute(part.erase, person_id)).rpartition(" ")[2])

    async def end(self, connection: asyncpg.Connection, request_id: UUID, parts: str) -> None:
        """Keeps what was done as JSON."""
        await connection.execute(_RESULT, request_id, parts)
