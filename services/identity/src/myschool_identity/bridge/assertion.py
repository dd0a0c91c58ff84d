"""Client authentication of Keycloak: private_key_jwt, verified against the keys of its realm."""

import asyncio
import base64
import time
from typing import Any

import httpx
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from myschool_identity.bridge.errors import OidcError
from myschool_identity.bridge.state import BridgeState
from myschool_kit import clock
from myschool_kit.telemetry import logger

_log = logger(__name__)
_LEEWAY_S = 30
_LONGEST_S = 600
_REFRESH_S = 60
# Keycloak was away or slow: until it answers nobody signs in, so it is asked again soon.
_RETRY_S = 1
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class RealmKeys:
    """Public keys of the realm: fetched when needed, again for an unknown key at most once a minute, after a failure once a second."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = url
        self._http = http
        self._keys = KeySet([])
        self._next_at = time.monotonic()
        self._fetching = asyncio.Lock()

    async def for_token(self, token: str) -> KeySet:
        """Keys among which the token's own should be. Who comes while they are fetched waits; old ones stay when Keycloak is away."""
        if not self._knows(token):
            async with self._fetching:
                if not self._knows(token) and time.monotonic() >= self._next_at:
                    await self._fetch()
        return self._keys

    def _knows(self, token: str) -> bool:
        kid = key_id(token)
        return any(key.kid == kid for key in self._keys.keys)

    async def _fetch(self) -> None:
        try:
            response = await self._http.get(self._url)
            response.raise_for_status()
            self._keys = KeySet.import_key_set(response.json())
        except (httpx.HTTPError, ValueError) as error:
            self._next_at = time.monotonic() + _RETRY_S
            _log.warning("realm keys not fetched", error=type(error).__name__)
        else:
            self._next_at = time.monotonic() + _REFRESH_S


class ClientAuthenticator:
    """Accepts one client, by an assertion that names it, is meant for this server, is fresh and was never used."""

    def __init__(self, client_id: str, audiences: frozenset[str], keys: RealmKeys, state: BridgeState) -> None:
        self._client_id = client_id
        self._audiences = audiences
        self._keys = keys
        self._state = state

    async def authenticate(self, assertion_type: str, assertion: str) -> None:
        """Raises OidcError(invalid_client) for any doubt."""
        if assertion_type != ASSERTION_TYPE:
            raise OidcError("invalid_client", "private_key_jwt is required", 401)
        try:
            decoded = jwt.decode(assertion, await self._keys.for_token(assertion), algorithms=["RS256", "PS256", "ES256"])
        except (JoseError, ValueError) as error:
            raise OidcError("invalid_client", "the assertion is not signed by the client", 401) from error
        try:
            self._check(decoded.claims)
        except (TypeError, ValueError) as error:
            raise OidcError("invalid_client", "a claim of the assertion has the wrong type", 401) from error
        if not await self._state.first_use(str(decoded.claims["jti"])):
            raise OidcError("invalid_client", "the assertion was used before", 401)

    def _check(self, claims: dict[str, Any]) -> None:
        now = clock.now().timestamp()
        audience = claims.get("aud")
        named = {audience} if isinstance(audience, str) else set(audience or ())
        expires = float(claims.get("exp", 0))
        sound = (
            claims.get("iss") == claims.get("sub") == self._client_id
            and bool(named & self._audiences)
            and now - _LEEWAY_S < expires < now + _LONGEST_S
            and float(claims.get("nbf", 0)) < now + _LEEWAY_S
            and bool(claims.get("jti"))
        )
        if not sound:
            raise OidcError("invalid_client", "the assertion is stale or meant for another server", 401)


def key_id(token: str) -> str:
    """`kid` of a JWT's header, unverified; empty when there is none."""
    try:
        header = orjson.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
    except ValueError:
        return ""
    return str(header.get("kid", "")) if isinstance(header, dict) else ""
