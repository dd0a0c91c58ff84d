"""Who looked at whose data: rows are gathered and written in bulk, so that a read stays one statement."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from uuid import UUID

from myschool_kit import clock
from myschool_kit.context import Call, current_or_none
from myschool_kit.db import DRIVER, Database
from myschool_kit.interceptors import describe
from myschool_kit.telemetry import logger
from myschool_privacy.audit.chain import COLUMNS

_log = logger(__name__)
_FLUSH_S = 1.0
_FLUSH_ROWS = 200
# While the database is away, rows wait; past this many the oldest are given up, and the log says how many.
_KEEP_ROWS = 50_000

Row = tuple[datetime, UUID, str, str, UUID | None, str, str, UUID | None, UUID | None, str]


class AccessLog:
    """A buffer in front of table access_entry: written after a second, at 200 rows, and when the process stops.

    What a killed process (SIGKILL, power) had gathered in its last second is lost; SIGTERM loses nothing. `written` is told after
    each writing (the sealer waits for it).
    """

    def __init__(self, database: Database, written: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._written = written
        self._rows: list[Row] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._closed = False

    def record(self, what: str, *, subject_id: UUID | None = None, object_id: UUID | None = None) -> None:
        """Notes that the caller of the call being served read another person's data; own data leave no row, nor does the platform itself.

        `what` names the view; why it was allowed is the permission of the method. `object_id` is a class journal, a class or a chat
        when many people's data were read at once.
        """
        call = current_or_none()
        reader = _uuid(call.principal.person_id) if call is not None else None
        if call is None or reader is None or call.principal.role_type == "SYSTEM" or subject_id == reader:
            return
        self._rows.append(_row(call, reader, what, subject_id, object_id))
        if len(self._rows) >= _FLUSH_ROWS:
            self._start()
        self._start_later()

    def record_each(self, what: str, subjects: Iterable[UUID], *, object_id: UUID | None = None) -> None:
        """A row for each of several people."""
        for subject_id in subjects:
            self.record(what, subject_id=subject_id, object_id=object_id)

    def _start_later(self) -> None:
        if self._rows and self._timer is None and not self._closed:
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
                await connection.copy_records_to_table("access_entry", records=rows, columns=COLUMNS[1:])
            self._written()
        except DRIVER as error:
            waiting = [*rows, *self._rows]
            self._rows = waiting[-_KEEP_ROWS:]
            _log.warning("access_log_waits", rows=len(self._rows), lost=len(waiting) - len(self._rows), error=type(error).__name__)
        # Rows that came while these were written, or could not be written, must not wait for the next read.
        self._start_later()

    async def close(self) -> None:
        """Writes the rest; called before the database closes."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await self._writing
        await self.flush()


def _row(call: Call, reader: UUID, what: str, subject_id: UUID | None, object_id: UUID | None) -> Row:
    person = call.principal
    organisation = _uuid(person.organisation_id)
    why = _permission(call.method)
    return clock.now(), reader, person.display_name, person.role_type, organisation, what, why, subject_id, object_id, call.trace_id


@cache
def _permission(method: str) -> str:
    return describe(method).permission


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
