"""Looks at a living session again now and then, beside the request that came at that moment."""

import asyncio

from myschool_gateway.auth.keycloak import Keycloak, SessionGone
from myschool_gateway.cabinet import Cabinet
from myschool_gateway.session.model import Session
from myschool_gateway.session.store import SessionStore
from myschool_kit import clock
from myschool_kit.context import new_traceparent
from myschool_kit.errors import DomainError
from myschool_kit.telemetry import logger

_log = logger(__name__)
_LOCK_MS = 20_000


class Checks:
    """Keeps the Keycloak session alive, ends ours when Keycloak's is gone, and drops a role that was taken away."""

    def __init__(self, sessions: SessionStore, cabinet: Cabinet, keycloak: Keycloak) -> None:
        self._sessions = sessions
        self._cabinet = cabinet
        self._keycloak = keycloak
        self._running: set[asyncio.Task[None]] = set()

    def start(self, session: Session) -> None:
        """Begins a check and returns at once."""
        task = asyncio.create_task(self._guarded(session))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def finish(self) -> None:
        """Waits for checks under way (at shutdown)."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _guarded(self, session: Session) -> None:
        try:
            # A refresh token may be used once: two gateways at the same time would end the session.
            if await self._sessions.claim(f"check:{session.session_id}", _LOCK_MS):
                await self.check(session)
        except DomainError as error:
            _log.info("check_put_off", session_id=session.session_id, reason=error.reason)
        except Exception as error:
            _log.error("check_failed", session_id=session.session_id, error=type(error).__name__, exc_info=error)

    async def check(self, session: Session) -> None:
        """One check. Raises DomainError when a part does not answer; the next check tries again."""
        traceparent = new_traceparent()
        tokens = await self._sessions.tokens(session.session_id)
        if tokens is not None and tokens.refresh_at_ms <= clock.epoch_ms(clock.now()):
            try:
                await self._sessions.keep_tokens(session.session_id, await self._keycloak.refresh(tokens))
            except SessionGone:
                await self._sessions.end(session.session_id)
                await self._cabinet.sign_out(session.session_id, "keycloak", traceparent)
                return
        looked = await self._cabinet.checked(session, traceparent)
        if looked != session:
            await self._sessions.change(looked)
            await self._sessions.tell(session.session_id, "role")
