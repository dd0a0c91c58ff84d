"""Use cases: ask, look, take back, and carry out what is due."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg

from myschool_identity import events
from myschool_identity.erasure.repository import ErasureRepository
from myschool_identity.errors import ErasureNotWaiting
from myschool_identity.notice import letters
from myschool_kit import clock
from myschool_kit.db import DRIVER, Database, UnitOfWork
from myschool_kit.errors import NotFound
from myschool_kit.ids import uuid7
from myschool_kit.replies import json_body
from myschool_kit.telemetry import logger
from myschool_privacy.subject.service import Subjects

_log = logger(__name__)
# Long enough to notice that somebody else has asked in one's name, and within the thirty days of 152-ФЗ, article 21.
WAITING = timedelta(days=14)
_EVERY_S = 60.0


class Erasures:
    """Requests to erase a profile."""

    def __init__(self, database: Database, repository: ErasureRepository, subjects: Subjects) -> None:
        self._database = database
        self._repository = repository
        self._subjects = subjects

    async def look(self, person_id: UUID) -> bytes:
        """JSON of the latest request."""
        return _body(await self._repository.latest(self._database.reads, person_id))

    async def ask(self, uow: UnitOfWork, person_id: UUID) -> bytes:
        """Starts the waiting time, once. Raises NotFound for somebody who is not a person here."""
        now = clock.now()
        if await self._repository.ask(uow.raw, uuid7(), person_id, now, now + WAITING):
            await letters.told(uow, person_id, "erasure", now)
        latest = await self._repository.latest(uow.raw, person_id)
        if latest is None:
            raise NotFound("no such person")
        return _body(latest)

    async def cancel(self, uow: UnitOfWork, person_id: UUID, request_id: UUID) -> bytes:
        """Takes the request back. Raises ErasureNotWaiting."""
        now = clock.now()
        if not await self._repository.cancel(uow.raw, request_id, person_id, now):
            raise ErasureNotWaiting("no such request waits")
        await letters.told(uow, person_id, "erasure_cancelled", now)
        return _body(await self._repository.latest(uow.raw, person_id))

    async def run(self) -> None:
        """Carries out what is due, minute by minute, while the process serves."""
        while True:
            try:
                await self.carry_out()
            except DRIVER as error:
                _log.warning("erasures_wait", error=type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def carry_out(self) -> int:
        """Erases here and tells the other services, in one transaction; answers how many requests that were."""
        async with self._database.begin() as uow:
            due = await self._repository.due(uow.raw, clock.now())
            for row in due:
                now = clock.now()
                await self._subjects.erase(uow, row["id"], row["person_id"])
                await self._repository.done(uow.raw, row["id"], now)
                events.subject_erasure_due(uow, row["person_id"], row["id"], now)
        return len(due)


def _body(row: asyncpg.Record | None) -> bytes:
    if row is None:
        return json_body({"request": None, "waiting_days": WAITING.days})
    state = "CANCELLED" if row["cancelled_at"] else "CARRIED_OUT" if row["carried_out_at"] else "WAITING"
    request = {
        "id": row["id"],
        "state": state,
        "requested_at_ms": clock.epoch_ms(row["requested_at"]),
        "due_at_ms": clock.epoch_ms(row["due_at"]),
        "carried_out_at_ms": clock.epoch_ms(row["carried_out_at"]) if row["carried_out_at"] else 0,
    }
    return json_body({"request": request, "waiting_days": WAITING.days})
