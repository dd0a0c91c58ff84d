"""What the simulator remembers while it runs: transactions, sessions, consents, codes and refresh tokens."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

TRANSACTION_SECONDS = 1800
SESSION_SECONDS = 10800
REFRESH_SECONDS = 86400

T = TypeVar("T")
Clock = Callable[[], float]


@dataclass(frozen=True)
class Authorization:
    """A verified request of a system, waiting for a person at the pages of the simulator."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    offline: bool
    scope_org: tuple[str, ...] = ()
    confirmed_only: bool = False
    code_challenge: str = ""


@dataclass(frozen=True)
class Session:
    """A person signed in at the simulator in one browser; `auth_time` in epoch seconds."""

    oid: int
    auth_time: int


@dataclass(frozen=True)
class Grant:
    """What a person granted to a system; a code or refresh token stands for it."""

    oid: int
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    offline: bool
    session: str
    auth_time: int
    code_challenge: str = ""


class Shelf(Generic[T]):
    """Values under unguessable keys, each kept for `seconds`."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds = seconds
        self._clock = clock
        self._values: dict[str, tuple[float, T]] = {}

    def put(self, value: T) -> str:
        """Stores `value` and gives its key."""
        self._drop_expired()
        key = secrets.token_urlsafe(24)
        self._values[key] = (self._clock() + self._seconds, value)
        return key

    def get(self, key: str) -> T | None:
        """The value, or None when it is unknown or too old."""
        expires, value = self._values.get(key, (0.0, None))
        return value if expires > self._clock() else None

    def take(self, key: str) -> T | None:
        """Like `get`, and the key is spent whatever the answer."""
        value = self.get(key)
        self._values.pop(key, None)
        return value

    def _drop_expired(self) -> None:
        now = self._clock()
        self._values = {key: entry for key, entry in self._values.items() if entry[0] > now}


class Store:
    """All state of one simulator; a restart forgets it, as nothing depends on it for long."""

    def __init__(self, clock: Clock, code_seconds: float) -> None:
        self.transactions: Shelf[Authorization] = Shelf(TRANSACTION_SECONDS, clock)
        self.sessions: Shelf[Session] = Shelf(SESSION_SECONDS, clock)
        self.codes: Shelf[Grant] = Shelf(code_seconds, clock)
        self.refresh_tokens: Shelf[Grant] = Shelf(REFRESH_SECONDS, clock)
        self._consents: dict[tuple[int, str], frozenset[str]] = {}

    def missing_scopes(self, oid: int, asked: Authorization) -> tuple[str, ...]:
        """Scopes that the person has not granted to the system yet, in the order asked."""
        granted = self._consents.get((oid, asked.client_id), frozenset())
        return tuple(scope for scope in asked.scopes if scope not in granted)

    def grant_scopes(self, oid: int, asked: Authorization) -> None:
        """Remembers the consent per person and system."""
        key = (oid, asked.client_id)
        self._consents[key] = self._consents.get(key, frozenset()) | frozenset(asked.scopes)
