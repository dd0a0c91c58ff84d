"""Sessions in Valkey. One script per request reads the session, moves its idle end and takes from its rate limit."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import orjson
from cryptography.exceptions import InvalidTag
from redis.asyncio import Redis

from myschool_gateway.errors import SessionsAway, TooManyCalls
from myschool_gateway.session.model import Session, Tokens, decode, encode
from myschool_gateway.valkey import LOST
from myschool_kit.crypto import FieldCipher
from myschool_kit.telemetry import logger

_log = logger(__name__)
_Answer = TypeVar("_Answer")
_SECRET_BYTES = 32
_SECRET_LENGTH = 43
# Calls already under way when the id rotates still arrive with the old one; they act as the new session does.
_ROTATION_GRACE_MS = 10_000
# So long a browser may ask why it was signed out.
_WHY_KEPT_MS = 24 * 3_600_000

# GCRA: `tat` is the time at which the bucket would be full again. The clock is Valkey's, the same for every gateway.
_VISIT = """
local found = redis.call('HMGET', KEYS[1], 'data', 'until', 'tat', 'check_at', 'moved', 'idle')
if not found[1] then return {} end
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local left = tonumber(found[2]) - now
if left <= 0 then
  redis.call('DEL', KEYS[1])
  return {}
end
local idle, cost, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if idle > 0 and found[6] then idle = tonumber(found[6]) end
if cost > 0 then
  local tat = math.max(tonumber(found[3] or '0'), now) + cost
  if tat - now > burst then
    return {found[1], '0', '0', tostring(math.ceil(tat - now - burst)), found[2]}
  end
  redis.call('HSET', KEYS[1], 'tat', string.format('%.3f', tat))
end
if idle > 0 and not found[5] then
  left = math.min(idle, left)
  redis.call('PEXPIRE', KEYS[1], string.format('%d', left))
  redis.call('HSET', KEYS[1], 'seen', string.format('%d', now))
else
  left = redis.call('PTTL', KEYS[1])
end
local due = '0'
if idle > 0 and tonumber(found[4]) <= now then
  redis.call('HSET', KEYS[1], 'check_at', string.format('%d', now + tonumber(ARGV[4])))
  due = '1'
end
return {found[1], string.format('%d', now + left), due, '0', found[2]}
"""
# Only over what the caller had read: a check under way must not undo the role that the person has entered meanwhile.
_REPLACE = """
if redis.call('HGET', KEYS[1], 'data') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2])
return 1
"""
_MOST_TRIES = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lives and how often it may call."""

    idle_ms: int
    absolute_ms: int
    check_every_ms: int
    per_second: float
    burst: int
    administrator_idle_ms: int = 2**53
    administrator_absolute_ms: int = 2**53
    child_idle_ms: int = 30 * 60_000
    child_absolute_ms: int = 12 * 3_600_000

    def idle_of(self, session: Session) -> int:
        """Milliseconds without a call after which the session ends."""
        if session.pairing_id:
            return self.child_idle_ms
        return min(self.idle_ms, self.administrator_idle_ms) if session.is_administrator else self.idle_ms

    def until_of(self, session: Session) -> int:
        """Epoch milliseconds at which the session ends whatever happens, counted from the sign-in."""
        if session.pairing_id:
            # No refresh token limits it: it lives by this clock alone.
            return session.opened_at_ms + self.child_absolute_ms
        absolute = min(self.absolute_ms, self.administrator_absolute_ms) if session.is_administrator else self.absolute_ms
        return session.opened_at_ms + absolute


@dataclass(frozen=True, slots=True)
class Visited:
    """A session as found: its stored form, when it ends without further activity and in any case, and whether a check is due."""

    stored: bytes
    ends_at_ms: int
    check_due: bool
    until_ms: int


class SessionStore:
    """Every method raises SessionsAway when Valkey does not answer: a session is never assumed."""

    def __init__(self, redis: Redis, cipher: FieldCipher, limits: Limits) -> None:
        self._redis = redis
        self._cipher = cipher
        self._limits = limits
        self._visit = redis.register_script(_VISIT)
        self._replace = redis.register_script(_REPLACE)
        self._visit_args = (limits.idle_ms, 1000 / limits.per_second, limits.burst * 1000 / limits.per_second, limits.check_every_ms)

    async def visit(self, secret: str) -> Visited | None:
        """The session behind a cookie, its idle end moved. None when there is none. Raises TooManyCalls."""
        return await self._run_visit(secret, self._visit_args)

    async def look(self, secret: str, *, rated: bool = False) -> Visited | None:
        """The session without moving its idle end: an open page alone does not keep a person signed in."""
        _idle, cost, burst, _check = self._visit_args
        return await self._run_visit(secret, (0, cost, burst, 0) if rated else (0, 0, 0, 0))

    async def look_by_id(self, session_id: str) -> Visited | None:
        """The session by its id: an open page outlives the secret it came with (role change)."""
        key = await away(self._redis.get(_by_id(session_id)))
        return None if key is None else await self._run(key.decode(), (0, 0, 0, 0))

    async def _run_visit(self, secret: str, args: tuple[float, ...]) -> Visited | None:
        if len(secret) != _SECRET_LENGTH or not secret.isascii():
            return None
        return await self._run(_key(secret), args)

    async def _run(self, key: str, args: tuple[float, ...]) -> Visited | None:
        found = await away(self._visit(keys=[key], args=args))
        if not found:
            return None
        stored, ends_at, due, wait, until = found
        if int(wait) > 0:
            seconds = -(-int(wait) // 1000)
            raise TooManyCalls("too many calls in a short time", retry_after_s=seconds)
        return Visited(stored, int(ends_at), due == b"1", int(until))

    async def open(self, session: Session, tokens: Tokens | None) -> str:
        """Stores a new session and answers the cookie's secret; a paired child's has no tokens."""
        until = self._limits.until_of(session)
        fields: dict[str, Any] = {
            "data": encode(session),
            "until": until,
            "check_at": session.opened_at_ms + self._limits.check_every_ms,
            "seen": session.opened_at_ms,
        }
        if tokens is not None:
            fields["tokens"] = self._seal(session.session_id, tokens)
        return await self._put(session, fields, until)

    async def rotate(self, secret: str, session: Session) -> str | None:
        """Gives the session a new secret and new content (role change). None when it has ended meanwhile."""
        old = _key(secret)
        fields = await away(self._redis.hgetall(old))
        if not fields or b"moved" in fields:
            return None
        fields[b"data"] = encode(session)
        # A shorter life stays when the administrator goes on as somebody else: it began under the higher right.
        until = min(int(fields[b"until"]), self._limits.until_of(session))
        fields[b"until"] = until
        fresh = await self._put(session, {key: value for key, value in fields.items() if key != b"idle"}, until)
        async with self._redis.pipeline() as pipe:
            pipe.hset(old, mapping={"data": fields[b"data"], "moved": "1"})
            pipe.hdel(old, "tokens")
            pipe.pexpire(old, _ROTATION_GRACE_MS)
            await away(pipe.execute())
        return fresh

    async def _put(self, session: Session, fields: dict[Any, Any], until_ms: int) -> str:
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        key = _key(secret)
        idle = self._limits.idle_of(session)
        async with self._redis.pipeline() as pipe:
            pipe.hset(key, mapping=fields if idle == self._limits.idle_ms else {**fields, "idle": idle})
            pipe.pexpire(key, idle)
            pipe.set(_by_id(session.session_id), key, pxat=until_ms)
            pipe.sadd(_by_person(session.person_id), session.session_id)
            pipe.pexpire(_by_person(session.person_id), max(self._limits.absolute_ms, self._limits.child_absolute_ms))
            if session.keycloak_sid:
                pipe.sadd(_by_keycloak(session.keycloak_sid), session.session_id)
                pipe.pexpireat(_by_keycloak(session.keycloak_sid), until_ms)
            await away(pipe.execute())
        return secret

    async def change(self, session_id: str, edit: Callable[[Session], Session]) -> bool:
        """Edits the content under the same secret (a consent given, a role lost); False when nothing was to change or it has ended."""
        key = await away(self._redis.get(_by_id(session_id)))
        for _ in range(_MOST_TRIES if key is not None else 0):
            stored = await away(self._redis.hget(key, "data"))
            wanted = stored and encode(edit(decode(stored)))
            if wanted == stored:
                return False
            if await away(self._replace(keys=[key], args=[stored, wanted])):
                return True
        return False

    async def seen(self, session_ids: Sequence[str]) -> dict[str, int]:
        """Time of the last call of each session that is still open, by its id."""
        if not session_ids:
            return {}
        keys = await away(self._redis.mget([_by_id(session_id) for session_id in session_ids]))
        known = [(session_id, key) for session_id, key in zip(session_ids, keys, strict=True) if key is not None]
        async with self._redis.pipeline(transaction=False) as pipe:
            for _, key in known:
                pipe.hget(key, "seen")
            times = await away(pipe.execute())
        return {session_id: int(time) for (session_id, _), time in zip(known, times, strict=True) if time is not None}

    async def tokens(self, session_id: str) -> Tokens | None:
        """Keycloak's tokens of a session, or None."""
        key = await away(self._redis.get(_by_id(session_id)))
        sealed = None if key is None else await away(self._redis.hget(key, "tokens"))
        if sealed is None:
            return None
        try:
            kept = orjson.loads(self._cipher.decrypt(sealed, session_id))
            return Tokens(kept["refresh_token"], kept["refresh_at_ms"])
        except InvalidTag:
            _log.warning("tokens_unreadable", session_id=session_id)
            return None

    async def keep_tokens(self, session_id: str, tokens: Tokens) -> None:
        """Stores refreshed tokens."""
        key = await away(self._redis.get(_by_id(session_id)))
        if key is not None and await away(self._redis.exists(key)):
            await away(self._redis.hset(key, "tokens", self._seal(session_id, tokens)))

    async def end(self, session_id: str, why: str = "") -> bool:
        """Ends a session everywhere and tells its open pages; False when it had ended before. `why` is kept for its browser."""
        key = await away(self._redis.getdel(_by_id(session_id)))
        if key is not None and why:
            await away(self._redis.set(_why(key.decode()), why, px=_WHY_KEPT_MS))
        ended = key is not None and await away(self._redis.delete(key)) == 1
        await away(self._redis.publish(channel_of(session_id), b'{"t":"signed_out"}'))
        return ended

    async def why_ended(self, secret: str) -> str:
        """Why the session behind a cookie was ended by others: "blocked", "linked", "separated"; empty for all usual ends."""
        if len(secret) != _SECRET_LENGTH or not secret.isascii():
            return ""
        found: bytes | None = await away(self._redis.get(_why(_key(secret))))
        return "" if found is None else found.decode()

    async def of_keycloak(self, sid: str) -> list[str]:
        """Session ids opened under a Keycloak session."""
        return [member.decode() for member in await away(self._redis.smembers(_by_keycloak(sid)))]

    async def of_person(self, person_id: str) -> list[str]:
        """Ids of the person's sessions; some of them may have ended."""
        return [member.decode() for member in await away(self._redis.smembers(_by_person(person_id)))]

    async def tell(self, session_id: str, what: str) -> None:
        """Tells the session's open pages that its role has changed."""
        await away(self._redis.publish(channel_of(session_id), orjson.dumps({"t": what})))

    async def claim(self, name: str, milliseconds: int) -> bool:
        """True for the first caller within the time: locks that end by themselves, and tokens that may be used once."""
        return bool(await away(self._redis.set(f"once:{name}", b"1", nx=True, px=milliseconds)))

    async def release(self, name: str) -> None:
        """Gives up what was claimed before its time."""
        await away(self._redis.delete(f"once:{name}"))

    def _seal(self, session_id: str, tokens: Tokens) -> bytes:
        return self._cipher.encrypt(orjson.dumps(asdict(tokens)), session_id)


def channel_of(session_id: str) -> str:
    """The hint channel of one session's open pages."""
    return f"hint:session:{session_id}"


def _key(secret: str) -> str:
    """Only the hash is stored: who reads Valkey cannot take over a session."""
    return f"session:{hashlib.sha256(secret.encode()).hexdigest()}"


def _why(key: str) -> str:
    return f"why-{key}"


def _by_id(session_id: str) -> str:
    return f"session-id:{session_id}"


def _by_person(person_id: str) -> str:
    return f"session-person:{person_id}"


def _by_keycloak(sid: str) -> str:
    return f"session-keycloak:{sid}"


async def away(answer: "Awaitable[_Answer] | Any") -> Any:
    """The store's answer. Raises SessionsAway."""
    try:
        return await answer
    except LOST as error:
        _log.warning("sessions_away", error=type(error).__name__)
        raise SessionsAway("the session store does not answer") from error
