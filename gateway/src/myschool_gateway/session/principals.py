"""Principal tokens of sessions, signed once per two minutes and not once per call."""

import time

from myschool_gateway.session.model import Session, decode
from myschool_kit.principal import Principal, PrincipalSigner

# A token lives LIFETIME_S of kit; it is handed out only while the longest call still fits into what is left.
_REUSED_S = 120
_CACHE_SIZE = 20_000
SYSTEM = Principal("00000000-0000-0000-0000-000000000000", "gateway", "SYSTEM")


class Principals:
    """Keyed by the stored session itself: a changed session can never be served with the old role."""

    def __init__(self, signer: PrincipalSigner) -> None:
        self._signer = signer
        self._known: dict[bytes, tuple[float, Session, str]] = {}

    def of(self, stored: bytes) -> tuple[Session, str]:
        """The session and a token for it."""
        known = self._known.get(stored)
        moment = time.monotonic()
        if known is not None and known[0] > moment:
            return known[1], known[2]
        session = decode(stored) if known is None else known[1]
        token = self._signer.sign(session.principal)
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[stored] = (moment + _REUSED_S, session, token)
        return session, token

    def token(self, principal: Principal) -> str:
        """A token for another principal: a session just opening, or the gateway itself."""
        return self._signer.sign(principal)
