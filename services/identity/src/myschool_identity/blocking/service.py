"""Use cases: block an account, unblock it, say what is known of accounts."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_identity import events
from myschool_identity.blocking.repository import BlockingRepository, Change
from myschool_identity.errors import AccountBlocked, AccountChanged, BlockWordsMissing
from myschool_identity.notice import letters
from myschool_identity.session.service import Sessions
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import NotFound, Violation
from myschool_kit.replies import json_body


class Blocking:
    """Accounts that may not be used. Whose account a caller may block is decided by roles, which alone may call."""

    def __init__(self, database: Database, repository: BlockingRepository, sessions: Sessions) -> None:
        self._database = database
        self._repository = repository
        self._sessions = sessions

    async def check(self, uow: UnitOfWork, person_id: UUID) -> None:
        """Raises AccountBlocked. Holds the person until the transaction ends: a block waits, and ends what is opened here."""
        await self._repository.lock(uow.raw, person_id)
        present = await self._repository.get(uow.raw, person_id)
        if present is not None and present["blocked"]:
            raise AccountBlocked("the account may not be used for now", reason_code=present["reason"])

    async def block(self, uow: UnitOfWork, person_id: UUID, change: Change, expected: int | None = None) -> int:
        """The next version. Ends sessions and tokens. Raises NotFound, AccountChanged, BlockWordsMissing."""
        version = await self._change(uow, person_id, change, expected)
        await self.revoke_tokens(uow, person_id, change.at)
        await self._sessions.end_all(uow, person_id, "blocked")
        events.account_blocked(uow, person_id, change.reason, change.at)
        await letters.told(uow, person_id, "blocked", change.at)
        return version

    async def revoke_tokens(self, uow: UnitOfWork, person_id: UUID, at: datetime) -> None:
        """Personal tokens of the person read nothing from now on."""
        events.tokens_ended(uow, await self._repository.revoke_tokens(uow.raw, person_id, at))

    async def unblock(self, uow: UnitOfWork, person_id: UUID, change: Change, expected: int | None = None) -> int:
        """The next version. Raises NotFound, AccountChanged, BlockWordsMissing."""
        version = await self._change(uow, person_id, change, expected)
        events.account_unblocked(uow, person_id, change.at)
        await letters.told(uow, person_id, "unblocked", change.at)
        return version

    async def _change(self, uow: UnitOfWork, person_id: UUID, change: Change, expected: int | None) -> int:
        if not change.words.strip():
            raise BlockWordsMissing("say why", violations=[Violation("words", "say why, for whoever decides next")])
        if not await self._repository.lock(uow.raw, person_id):
            raise NotFound("no such person")
        present = await self._repository.get(uow.raw, person_id)
        version, blocked = (0, False) if present is None else (present["version"], present["blocked"])
        if blocked == change.blocked or (expected is not None and expected != version):
            raise AccountChanged("the account changed meanwhile", current_version=version, blocked=str(blocked).lower())
        reason = change.reason if change.blocked or present is None else present["reason"]
        await self._repository.put(uow.raw, person_id, version + 1, replace(change, reason=reason, words=change.words.strip()))
        return version + 1

    async def states(self, people: list[UUID]) -> dict[UUID, asyncpg.Record]:
        """What is known of the people's accounts; unknown people are left out."""
        return await self._repository.states(self._database.reads, people)

    async def blocked_now(self) -> list[UUID]:
        """Who is blocked, the latest first, at most a thousand."""
        return await self._repository.blocked_now(self._database.reads)

    async def history(self, person_id: UUID) -> bytes:
        """JSON of every block of the person and its end, the latest first."""
        return json_body({"changes": [dict(row) for row in await self._repository.history(self._database.reads, person_id)]})
