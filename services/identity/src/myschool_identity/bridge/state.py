"""What the bridge remembers between two steps of a sign-in: in Valkey, for a limited time, taken once."""

import secrets
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from redis.asyncio import Redis

# Госуслуги may take a person a quarter of an hour: password recovery, a code by mail. Ends before Keycloak's own login
# (realm/desired.py) and that before the gateway's (cookies.py), so that whoever comes late is met by somebody who still knows them.
TRANSACTION_S = 1800
# How long a lost sign-in can still be led back to where it began, rather than to a page that says it is lost.
TRAIL_S = 86_400
CODE_S = 60
ACCESS_S = 300
_ASSERTION_S = 600


@dataclass(frozen=True, slots=True)
class Transaction:
    """A request of Keycloak, kept while the person is at Госуслуги."""

    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Claims about a person who signed in, with what the token request must match."""

    redirect_uri: str
    code_challenge: str
    nonce: str
    auth_time: int
    claims: dict[str, Any]


class BridgeState:
    """Every key has a time to live; codes and transactions are read and deleted in one step."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def open_transaction(self, esia_state: str, transaction: Transaction) -> None:
        """Remembers Keycloak's request under the state sent to Госуслуги."""
        await self._put(f"transaction:{esia_state}", asdict(transaction), TRANSACTION_S)
        await self._put(f"trail:{esia_state}", {"state": transaction.state}, TRAIL_S)

    async def take_transaction(self, esia_state: str) -> Transaction | None:
        """The request behind a state, once."""
        found = await self._take(f"transaction:{esia_state}")
        return None if found is None else Transaction(**found)

    async def take_trail(self, esia_state: str) -> str | None:
        """Keycloak's state of a sign-in that is over or lost, once: it holds where the person was going."""
        found = await self._take(f"trail:{esia_state}")
        return None if found is None else str(found["state"])

    async def issue_code(self, identity: Identity) -> str:
        """A code for Keycloak, good for CODE_S seconds and one use."""
        code = secrets.token_urlsafe(32)
        await self._put(f"code:{code}", asdict(identity), CODE_S)
        return code

    async def take_code(self, code: str) -> Identity | None:
        """The identity behind a code, once."""
        found = await self._take(f"code:{code}")
        return None if found is None else Identity(**found)

    async def issue_access(self, claims: dict[str, Any]) -> str:
        """An opaque token for /userinfo, good for ACCESS_S seconds."""
        token = secrets.token_urlsafe(32)
        await self._put(f"access:{token}", claims, ACCESS_S)
        return token

    async def claims_of(self, token: str) -> dict[str, Any] | None:
        """Claims behind an access token."""
        raw = await self._redis.get(f"bridge:access:{token}")
        return None if raw is None else orjson.loads(raw)

    async def first_use(self, assertion_id: str) -> bool:
        """Whether a client assertion is seen for the first time."""
        return bool(await self._redis.set(f"bridge:assertion:{assertion_id}", b"1", nx=True, ex=_ASSERTION_S))

    async def _put(self, name: str, value: dict[str, Any], seconds: int) -> None:
        await self._redis.set(f"bridge:{name}", orjson.dumps(value), ex=seconds)

    async def _take(self, name: str) -> dict[str, Any] | None:
        raw = await self._redis.getdel(f"bridge:{name}")
        return None if raw is None else orjson.loads(raw)
