"""Use cases: open, end and list the sessions of a person."""

from uuid import UUID

import orjson

from myschool_identity import events
from myschool_identity.session.repository import SessionRepository
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import AlreadyExists, NotFound


class Sessions:
    """Sessions of people in their browsers; the secrets of the cookies are only with the gateway."""

    def __init__(self, database: Database, repository: SessionRepository) -> None:
        self._database = database
        self._repository = repository

    async def open(self, uow: UnitOfWork, person_id: UUID, session_id: UUID, device: str) -> None:
        """A new session; repeating the sign-in with the same id adds nothing."""
        now = clock.now()
        if await self._repository.insert(uow.raw, session_id, person_id, device, now):
            events.session_opened(uow, person_id, session_id, now)
        elif not await self._repository.belongs_to(uow.raw, session_id, person_id):
            raise AlreadyExists("the session id is taken")

    async def end(self, uow: UnitOfWork, session_id: UUID, reason: str) -> None:
        """Ends any session, by the platform; ending an ended or unknown one is no error."""
        await self._end(uow, session_id, reason, None)

    async def end_own(self, uow: UnitOfWork, session_id: UUID, person_id: UUID) -> None:
        """Ends a session of the person; another's is NOT_FOUND, an ended one is no error."""
        if not await self._end(uow, session_id, "person", person_id) and not await self._repository.belongs_to(
            uow.raw, session_id, person_id
        ):
            raise NotFound("no such session")

    async def open_of(self, person_id: UUID, current: str) -> bytes:
        """JSON with the open sessions, newest first; `current` is the caller's own."""
        rows = await self._repository.open_of(self._database.reads, person_id)
        sessions = [
            {
                "id": str(row["id"]),
                "device": row["device"],
                "opened_at_ms": clock.epoch_ms(row["opened_at"]),
                "seen_at_ms": clock.epoch_ms(row["opened_at"]),
                "current": str(row["id"]) == current,
            }
            for row in rows
        ]
        return orjson.dumps({"sessions": sessions})

    async def _end(self, uow: UnitOfWork, session_id: UUID, reason: str, person_id: UUID | None) -> bool:
        now = clock.now()
        owner = await self._repository.end(uow.raw, session_id, now, reason, person_id)
        if owner is None:
            return False
        events.session_ended(uow, owner, session_id, reason, now)
        return True
