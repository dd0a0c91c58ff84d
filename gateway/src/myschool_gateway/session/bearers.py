"""Calls with a personal token instead of a cookie: read-only, a few paths, a rate of their own."""

import base64
import hashlib
import re
from typing import Final

from redis.asyncio import Redis

from myschool.identity.v1 import token_pb2
from myschool_gateway.auth.gate import GUESS, Gate
from myschool_gateway.cabinet import Cabinet
from myschool_gateway.errors import SessionRequired, TokenNotAllowed
from myschool_gateway.session.model import Session, encode
from myschool_gateway.session.store import away
from myschool_kit.crypto import LookupHash
from myschool_kit.errors import DomainError, Kind, kind_of

PREFIX: Final = "msf_"
_LENGTH = len(PREFIX) + 43
# What a family's calendar or reminder needs; nothing of the account, of chats or of other people.
_PATHS = re.compile(r"/api/v1/(periods|students/[0-9a-f-]{36}/(diary|marks))")
# So long a role that ended elsewhere may still read; a revoked token is forgotten at once.
_KEPT_S = 60
_NO_SESSION = "00000000-0000-0000-0000-000000000000"


class Bearers:
    """Knows who stands behind a token for a minute, then asks identity again, which notes the use."""

    def __init__(self, redis: Redis, cabinet: Cabinet, key: bytes, gate: Gate, rate: Gate) -> None:
        self._redis = redis
        self._cabinet = cabinet
        self._secrets = LookupHash(key.split()[0])
        self._gate = gate
        self._rate = rate

    def secret(self, person_id: str, request_id: str) -> str:
        """The secret of a token about to be made: the same again when the page repeats its request, and kept nowhere."""
        raw = self._secrets.of(f"family-token {person_id} {request_id}")
        return PREFIX + base64.urlsafe_b64encode(raw).decode().rstrip("=")

    async def session(self, method: str, path: str, authorization: str, address: str, traceparent: str) -> bytes:
        """The stored form of a session that reads for the token's holder.

        Raises SessionRequired, TokenNotAllowed, TooManyCalls, SessionsAway.
        """
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or len(secret) != _LENGTH or not secret.startswith(PREFIX):
            raise SessionRequired("the token is not one of ours")
        token_hash = hash_of(secret)
        await self._rate.pass_(token_hash)
        if method not in ("GET", "HEAD") or not _PATHS.fullmatch(path):
            raise TokenNotAllowed("a personal token reads the diary and nothing else")
        stored: bytes | None = await away(self._redis.get(_key(token_hash)))
        if stored is None:
            stored = encode(await self._resolved(token_hash, address, traceparent))
            await away(self._redis.set(_key(token_hash), stored, ex=_KEPT_S))
        return stored

    async def forget(self, token_hash: str) -> None:
        """A revoked token is good for nothing from now on."""
        await away(self._redis.delete(_key(token_hash)))

    async def _resolved(self, token_hash: str, address: str, traceparent: str) -> Session:
        try:
            return await self._cabinet.holder(token_pb2.ResolveTokenRequest(token_hash=token_hash), _NO_SESSION, traceparent)
        except DomainError as error:
            if kind_of(error) is not Kind.NOT_FOUND:
                raise
            await self._gate.pass_(address, GUESS)
            raise SessionRequired("the token is unknown, expired or revoked") from error


def hash_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(token_hash: str) -> str:
    return f"bearer:{token_hash}"
