"""Looks at a living session again now and then, beside the request that came at that moment."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from myschool_cluster import traces
from myschool_gateway.auth.keycloak import Keycloak, SessionGone
from myschool_gateway.cabinet import Cabinet
from myschool_gateway.session.model import Session, Tokens
from myschool_gateway.session.store import SessionStore
from myschool_kit import clock
from myschool_kit.errors import DomainError
from myschool_kit.telemetry import logger

_log = logger(__name__)
_LOCK_MS = 20_000


class Checks:
    """Keeps the Keycloak session alive, ends ours when that, the child's device or the profile is gone, drops a role taken away."""

    def __init__(self, sessions: SessionStore, cabinet: Cabinet, keycloak: Keycloak) -> None:
        self._sessions = sessions
        self._cabinet = cabinet
        self._keycloak = keycloak
        self._running: set[asyncio.Task[None]] = set()

    def start(self, session: Session) -> None:
        """Begins a check and returns at once."""
        self._begin(self._guarded(session))

    def forget(self, session_ids: Sequence[str]) -> None:
        """Tells identity, and returns at once, that these sessions ended without a sign-out."""
        if session_ids:
            self._begin(self._forget(session_ids))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def finish(self) -> None:
        """Waits for checks under way (at shutdown)."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _guarded(self, session: Session) -> None:
        try:
            await self.check(session)
        except DomainError as error:
            _log.info("check_put_off", session_id=session.session_id, reason=error.reason)
        except Exception as error:
            _log.error("check_failed", session_id=session.session_id, error=type(error).__name__, exc_info=error)

    async def check(self, session: Session) -> None:
        """One check. Raises DomainError when a part does not answer; the next check tries again."""
        traceparent = traces.continued("")
        try:
            await self._refresh(session.session_id)
        except SessionGone:
            await self._sessions.end(session.session_id)
            await self._cabinet.sign_out(session.session_id, "keycloak", traceparent)
            return
        if not await self._cabinet.is_paired(session, traceparent):
            await self._sessions.end(session.session_id)
            await self._cabinet.sign_out(session.session_id, "revoked", traceparent)
            return
        if await self._cabinet.erased(session, traceparent):
            await self._sessions.end(session.session_id)
            return
        if reason := await self._cabinet.ended(session, traceparent):
            # The hint of it was lost.
            await self._sessions.end(session.session_id, reason)
            return
        looked = await self._cabinet.checked(session, traceparent)
        if await self._sessions.change(session.session_id, lambda present: looked if present == session else present):
            await self._sessions.tell(session.session_id, "role")

    async def _refresh(self, session_id: str) -> None:
        """Fresh tokens when they are due. A refresh token may be used once: one gateway does it, the others go on without."""
        lock = f"refresh:{session_id}"
        if await self._due(session_id) is None or not await self._sessions.claim(lock, _LOCK_MS):
            return
        try:
            # Read again: another gateway may have been here between the look and the lock.
            tokens = await self._due(session_id)
            if tokens is not None:
                await self._sessions.keep_tokens(session_id, await self._keycloak.refresh(tokens))
        finally:
            await self._sessions.release(lock)

    async def _due(self, session_id: str) -> Tokens | None:
        tokens = await self._sessions.tokens(session_id)
        return tokens if tokens is not None and tokens.refresh_at_ms <= clock.epoch_ms(clock.now()) else None

    async def _forget(self, session_ids: Sequence[str]) -> None:
        traceparent = traces.continued("")
        try:
            for session_id in session_ids:
                await self._cabinet.sign_out(session_id, "expired", traceparent)
        except DomainError as error:
            _log.info("sessions_not_forgotten", count=len(session_ids), reason=error.reason)
