"""Who looked at whose data: rows are gathered and written in bulk, so that a read stays one statement."""

import asyncio
from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_journal.authority.caller import Caller
from myschool_kit import clock
from myschool_kit.context import current_or_none
from myschool_kit.db import Database
from myschool_kit.telemetry import logger

_log = logger(__name__)
_FLUSH_S = 1.0
_FLUSH_ROWS = 200
# While the database is away, rows wait; past this many the oldest are given up, and the log says how many.
_KEEP_ROWS = 50_000
_COLUMNS = ("at", "reader_id", "reader_name", "role_type", "organisation_id", "what", "student_id", "object_id", "trace")

Row = tuple[datetime, UUID, str, str, UUID, str, UUID | None, UUID | None, str]


class AccessLog:
    """A buffer in front of table access_log: written after a second, at 200 rows, and when the process stops."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: list[Row] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def record(self, caller: Caller, what: str, *, student_id: UUID | None = None, object_id: UUID | None = None) -> None:
        """Notes a read of another person's data; own data leave no row."""
        if student_id == caller.person_id:
            return
        call = current_or_none()
        trace = call.trace_id if call is not None else ""
        self._rows.append(
            (clock.now(), caller.person_id, caller.name, caller.role, caller.organisation_id, what, student_id, object_id, trace)
        )
        if len(self._rows) >= _FLUSH_ROWS:
            self._start()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_FLUSH_S, self._start)

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self.flush())

    async def flush(self) -> None:
        """Writes what is gathered; on failure the rows stay for the next time."""
        rows, self._rows = self._rows, []
        if not rows:
            return
        try:
            async with self._database.reads.acquire() as connection:
                await connection.copy_records_to_table("access_log", records=rows, columns=_COLUMNS)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            waiting = [*rows, *self._rows]
            self._rows = waiting[-_KEEP_ROWS:]
            _log.warning("access_log_waits", rows=len(self._rows), lost=len(waiting) - len(self._rows), error=type(error).__name__)
            self._timer = self._timer or asyncio.get_running_loop().call_later(_FLUSH_S, self._start)

    async def close(self) -> None:
        """Writes the rest; called before the database closes."""
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await self._writing
        await self.flush()
