"""Sign-outs at Keycloak, from server to server; one that Keycloak could not take is told again until it does."""

import asyncio
from typing import Any

from cryptography.exceptions import InvalidTag
from redis.asyncio import Redis

from myschool_gateway.auth.keycloak import Keycloak
from myschool_gateway.session.store import SessionStore
from myschool_gateway.valkey import LOST
from myschool_kit.crypto import FieldCipher
from myschool_kit.errors import DomainError
from myschool_kit.telemetry import logger

_log = logger(__name__)
WAITING = "sign-outs-waiting"
_AGAIN_S = 5.0


class Endings:
    """Ends Keycloak's session behind ours: left open it would sign the next person at this computer in as the one who left."""

    def __init__(self, redis: Redis, cipher: FieldCipher, keycloak: Keycloak, sessions: SessionStore, keep_ms: int) -> None:
        self._sessions = sessions
        self._redis = redis
        self._cipher = cipher
        self._keycloak = keycloak
        self._keep_ms = keep_ms

    async def end(self, refresh_token: str) -> None:
        """Ends it now, or as soon as Keycloak is there again; returns in either case."""
        try:
            await self._keycloak.end(refresh_token)
        except DomainError as error:
            _log.warning("sign_out_waits", reason=error.reason)
            await self._keep(refresh_token)

    async def end_session(self, session_id: str, why: str = "") -> None:
        """Ends a session here with its open pages, and Keycloak's behind it; `why` is told to its browser when it asks next."""
        tokens = await self._sessions.tokens(session_id)
        await self._sessions.end(session_id, why)
        if tokens is not None:
            await self.end(tokens.refresh_token)

    async def run(self) -> None:
        """Tells Keycloak what waits, for as long as the process lives."""
        while True:
            try:
                while await self._tell_first():
                    pass
            except (DomainError, *LOST) as error:
                _log.info("sign_outs_wait", error=type(error).__name__)
            await asyncio.sleep(_AGAIN_S)

    async def _keep(self, refresh_token: str) -> None:
        try:
            async with self._redis.pipeline() as pipe:
                pipe.rpush(WAITING, self._cipher.encrypt(refresh_token.encode(), WAITING))
                # Keycloak's own session has ended by then.
                pipe.pexpire(WAITING, self._keep_ms)
                await pipe.execute()
        except LOST as error:
            _log.error("sign_out_not_kept", error=type(error).__name__)

    async def _tell_first(self) -> bool:
        """Takes the oldest off the list only when it was told: a gateway killed meanwhile loses none, and telling twice is harmless."""
        sealed: Any = await self._redis.lindex(WAITING, 0)
        if sealed is None:
            return False
        try:
            await self._keycloak.end(self._cipher.decrypt(sealed, WAITING).decode())
        except InvalidTag:
            _log.warning("sign_out_unreadable")
        await self._redis.lrem(WAITING, 1, sealed)
        return True
