"""Use cases: open, end and list the sessions of a person."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from myschool_identity import events
from myschool_identity.notice import letters
from myschool_identity.session.repository import SessionRepository
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import AlreadyExists, NotFound
from myschool_kit.ids import is_uuid
from myschool_kit.page import decode_token, encode_token, foreign_token

_PAGE = 20
_KEPT = timedelta(days=90)


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
            await letters.signed_in(uow, person_id, session_id, device, now)
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

    async def end_all(self, uow: UnitOfWork, person_id: UUID, reason: str = "everywhere") -> int:
        """Ends every session of the person; answers how many were open."""
        now = clock.now()
        ended = await self._repository.end_all(uow.raw, person_id, now, reason)
        for session_id in ended:
            events.session_ended(uow, person_id, session_id, reason, now)
        return len(ended)

    async def end_reason(self, session_id: str, person_id: UUID) -> str:
        """Why the person's session has ended; empty while it goes on, and for one that is not known here."""
        return await self._repository.end_reason(self._database.reads, UUID(session_id), person_id) if is_uuid(session_id) else ""

    async def sign_ins(self, person_id: UUID, current: str, page_size: int, page_token: str) -> bytes:
        """JSON: a page of sign-ins, newest first. Raises Invalid for a token of another list."""
        filters = [str(person_id)]
        size, before = page_size or _PAGE, _position(decode_token(page_token, filters))
        rows = await self._repository.sign_ins(self._database.reads, person_id, clock.now() - _KEPT, before, size + 1)
        last = rows[size - 1] if len(rows) > size else None
        following = encode_token([last["opened_at"].isoformat(), str(last["id"])], filters) if last else ""
        sign_ins = [
            {
                "id": str(row["id"]),
                "device": row["device"],
                "opened_at_ms": clock.epoch_ms(row["opened_at"]),
                "ended_at_ms": clock.epoch_ms(row["ended_at"]) if row["ended_at"] else 0,
                "end_reason": row["end_reason"],
                "current": str(row["id"]) == current,
            }
            for row in rows[:size]
        ]
        return orjson.dumps({"sign_ins": sign_ins, "next_page_token": following})

    async def _end(self, uow: UnitOfWork, session_id: UUID, reason: str, person_id: UUID | None) -> bool:
        now = clock.now()
        owner = await self._repository.end(uow.raw, session_id, now, reason, person_id)
        if owner is None:
            return False
        events.session_ended(uow, owner, session_id, reason, now)
        return True


def _position(token: list[Any] | None) -> tuple[datetime, UUID] | None:
    if token is None:
        return None
    try:
        opened_at, session_id = token
        return datetime.fromisoformat(opened_at), UUID(session_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise foreign_token() from error
