"""Machine tokens of Keycloak service accounts, verified locally against the realm's cached keys."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from myschool_kit.telemetry import logger
from myschool_library.provider.problems import Problem

_log = logger(__name__)
AUDIENCE = "library"
SCOPE = "library.provide"
_LEEWAY_S = 10
_RETRY_S = 1.0
_REFETCH_S = 60.0
_LONGEST_TOKEN = 8_192

FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Provider:
    """A content provider: the client id of its service account, and the name shown to readers."""

    id: str
    name: str


def keys_at(issuer: str) -> FetchKeys:
    """Fetches the realm's public keys. Raises httpx.HTTPError or ValueError."""

    async def fetch() -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            answer = await client.get(f"{issuer}/protocol/openid-connect/certs")
            answer.raise_for_status()
            keys: dict[str, Any] = answer.json()
            return keys

    return fetch


class KeyCache:
    """The realm's keys: fetched at first need and for an unknown key id, at most once a minute; old ones serve on errors."""

    def __init__(self, fetch: FetchKeys, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, Any] = {}
        self._fetched_at: float | None = None
        self._fetching = asyncio.Lock()

    async def key(self, kid: str) -> Any:
        """The key, or None when the realm has no such key. Raises Problem 503 while no keys were ever fetched."""
        if kid not in self._keys:
            async with self._fetching:  # who comes with the new key meanwhile waits for it
                if kid not in self._keys and self._may_fetch():
                    await self._refresh()
        if not self._keys:
            raise Problem(503, "ISSUER_AWAY", "Не удаётся проверить токен. Повторите позже.", Retry_After="5")
        return self._keys.get(kid)

    def _may_fetch(self) -> bool:
        # Without any keys nobody can come in: then the realm is asked again soon, and those who waited do not queue up to ask.
        return self._fetched_at is None or self._clock() - self._fetched_at >= (_REFETCH_S if self._keys else _RETRY_S)

    async def _refresh(self) -> None:
        try:
            fetched = KeySet.import_key_set(await self._fetch())  # type: ignore[arg-type]  # checked by the import itself
            keys = {key.kid: key for key in fetched.keys if key.kid and key.key_type == "RSA"}
            # A realm without keys is a broken answer, never a reason to lock everybody out.
            self._keys = keys or self._keys
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("jwks_not_fetched", error=type(error).__name__)
        finally:
            self._fetched_at = self._clock()


class TokenVerifier:
    """Checks a bearer token: RS256, issuer, audience, life time, kind and scope."""

    def __init__(self, issuer: str, keys: KeyCache) -> None:
        self._issuer = issuer
        self._keys = keys

    async def provider(self, authorization: str) -> Provider:
        """The provider behind an Authorization header. Raises Problem 401, 403 or 503."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
            raise _unauthenticated("Нужен заголовок Authorization: Bearer <токен>.")
        claims = await self._claims(token.strip())
        client = claims.get("azp")
        if not isinstance(client, str) or not client:
            raise _unauthenticated("В токене нет azp.")
        if SCOPE not in _granted(claims):
            raise Problem(403, "SCOPE_MISSING", f"Учётной записи не выдано право {SCOPE}.")
        name = claims.get("provider_name")
        return Provider(client, name if isinstance(name, str) and name else client)

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jws.extract_compact(token.encode()).headers()
            key = await self._keys.key(str(header.get("kid", ""))) if header.get("alg") == "RS256" else None
            if key is None:
                raise _unauthenticated("Токен подписан неизвестным ключом.")
            claims = jwt.decode(token, key, algorithms=["RS256"]).claims
        except (JoseError, ValueError, TypeError, AttributeError, UnicodeError) as error:
            raise _unauthenticated("Токен не читается или его подпись неверна.") from error
        self._check(claims)
        return claims

    def _check(self, claims: dict[str, Any]) -> None:
        moment = time.time()
        audience = claims.get("aud")
        if claims.get("iss") != self._issuer:
            raise _unauthenticated("Токен выдан не тем сервером.")
        if AUDIENCE not in (audience if isinstance(audience, list) else [audience]):
            raise _unauthenticated(f"Токен выдан не для {AUDIENCE}.")
        if claims.get("typ") != "Bearer":
            raise _unauthenticated("Это не токен доступа.")
        if not _is_number(claims.get("exp")) or claims["exp"] <= moment - _LEEWAY_S:
            raise _unauthenticated("Срок токена истёк: получите новый.")
        if "nbf" in claims and (not _is_number(claims["nbf"]) or claims["nbf"] > moment + _LEEWAY_S):
            raise _unauthenticated("Токен ещё не действует: проверьте часы.")


def _granted(claims: dict[str, Any]) -> set[str]:
    """Scopes and roles of the token, whichever way the realm grants the right."""
    granted = set(str(claims.get("scope", "")).split())
    access = claims.get("resource_access")
    for holder in (claims.get("realm_access"), access.get(AUDIENCE) if isinstance(access, dict) else None):
        if isinstance(holder, dict) and isinstance(holder.get("roles"), list):
            granted.update(str(role) for role in holder["roles"])
    return granted


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unauthenticated(detail: str) -> Problem:
    return Problem(401, "UNAUTHENTICATED", detail, WWW_Authenticate='Bearer realm="library", error="invalid_token"')
