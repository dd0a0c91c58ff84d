"""A sign-in under way: bound to the browser by a Lax cookie, kept in Valkey for three quarters of an hour, used once."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis

from myschool_gateway.cookies import BROWSER_S, LOGIN_S
from myschool_gateway.errors import SessionsAway
from myschool_gateway.valkey import LOST

_LONGEST_PATH = 1_000
# A lost transaction is begun again once by itself; a second loss is told to the person.
MOST_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Started:
    """What goes to Keycloak with the browser."""

    state: str
    nonce: str
    challenge: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the gateway kept."""

    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class State:
    """What `state` says by itself, so that a return after the time is up still knows where the person was going."""

    key: str
    attempt: int
    return_to: str


class Transactions:
    """Several tabs of one browser may sign in at once: each has its own state under the browser's one cookie."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def start(self, browser: str, return_to: str, attempt: int) -> Started:
        """Begins a sign-in of this browser. Raises SessionsAway."""
        key, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        content = orjson.dumps({"browser": _hash(browser), "nonce": nonce, "verifier": verifier})
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.set(_key(key), content, ex=LOGIN_S)
                pipeline.set(_destination(browser), return_to.encode(), ex=BROWSER_S)
                await pipeline.execute()
        except LOST as error:
            raise SessionsAway("the session store does not answer") from error
        path = base64.urlsafe_b64encode(return_to.encode()).decode().rstrip("=")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        return Started(f"{key}.{attempt}.{path}", nonce, challenge)

    async def destination(self, browser: str) -> str:
        """Where this browser was going when it last began to sign in; the start page when nobody knows, or the store is away."""
        if not browser:
            return "/"
        try:
            stored: Any = await self._redis.get(_destination(browser))
        except LOST:
            return "/"
        return "/" if stored is None else local_path(stored.decode() if isinstance(stored, bytes) else stored)

    async def take(self, key: str, browser: str) -> Transaction | None:
        """The transaction, once; None when it is unknown, used, too old or of another browser. Raises SessionsAway."""
        if not browser or not key:
            return None
        try:
            stored = await self._redis.getdel(_key(key))
        except LOST as error:
            raise SessionsAway("the session store does not answer") from error
        if stored is None:
            return None
        content = orjson.loads(stored)
        if not secrets.compare_digest(content["browser"], _hash(browser)):
            return None
        return Transaction(content["nonce"], content["verifier"])


def read_state(state: str) -> State:
    """Never fails: what cannot be read leads to the start page."""
    key, _, rest = state.partition(".")
    attempt, _, path = rest.partition(".")
    try:
        return_to = base64.urlsafe_b64decode(path + "=" * (-len(path) % 4)).decode()
    except ValueError:
        return_to = "/"
    return State(key[:100], int(attempt) if attempt.isdecimal() and len(attempt) == 1 else 0, local_path(return_to))


def local_path(path: str) -> str:
    """A path of our own page; anything that could lead elsewhere becomes the start page."""
    usable = path.startswith("/") and not path.startswith(("//", "/\\", "/auth/", "/api/")) and path.isprintable()
    return path if usable and "\\" not in path and len(path) <= _LONGEST_PATH else "/"


def _key(key: str) -> str:
    return f"login:{_hash(key)}"


def _destination(browser: str) -> str:
    return f"login-to:{_hash(browser)}"


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
