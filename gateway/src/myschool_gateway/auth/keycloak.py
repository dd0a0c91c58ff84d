"""Keycloak as our OpenID provider: code flow with PKCE, private_key_jwt, own key cache, refresh, logout."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from myschool_gateway.errors import KeycloakAway, LoginRefused
from myschool_gateway.session.model import Tokens
from myschool_kit.telemetry import logger

_log = logger(__name__)
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_S = 60
_LEEWAY_S = 30
_KEYS_EVERY_S = 60.0
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_ALGORITHMS = ["RS256"]


class SessionGone(Exception):
    """Keycloak's session behind a refresh token has ended."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in brought: verified claims of the ID token, and the tokens to keep."""

    claims: dict[str, Any]
    tokens: Tokens


class Keycloak:
    """One realm and our confidential client in it."""

    def __init__(self, http: httpx.AsyncClient, realm_url: str, client_id: str, key_pem: bytes) -> None:
        self._http = http
        self.issuer = realm_url
        self.client_id = client_id
        self._endpoint = f"{realm_url}/protocol/openid-connect"
        self._key = RSAKey.import_key(key_pem)
        self._kid = self._key.thumbprint()
        self._keys: KeySet | None = None
        self._keys_at = float("-inf")
        self._keys_lock = asyncio.Lock()

    def authorization_url(self, *, redirect_uri: str, state: str, nonce: str, challenge: str, fresh: bool = False) -> str:
        """Where a sign-in begins; the hint leads past Keycloak's own page straight to Госуслуги, `fresh` past its session too."""
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": redirect_uri,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "kc_idp_hint": "esia",
            **({"prompt": "login"} if fresh else {}),
        }
        return f"{self._endpoint}/auth?{urlencode(query)}"

    async def answers(self) -> None:
        """Raises an error of httpx unless the realm answers."""
        (await self._http.get(f"{self._endpoint}/certs")).raise_for_status()

    async def redeem(self, *, code: str, redirect_uri: str, verifier: str, nonce: str) -> Grant:
        """Tokens for a code. Raises LoginRefused when code or ID token are not good."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
        answer = await self._token(form)
        if answer is None:
            raise LoginRefused("the code is not good any more", reason="CODE_REFUSED")
        claims = await self._verified(str(answer.get("id_token", "")))
        self._check_id_token(claims, nonce)
        return Grant(claims, _tokens(answer))

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Fresh tokens. Raises SessionGone when Keycloak has ended the session."""
        answer = await self._token({"grant_type": "refresh_token", "refresh_token": tokens.refresh_token})
        if answer is None:
            raise SessionGone
        return _tokens(answer)

    async def end(self, refresh_token: str) -> None:
        """Ends Keycloak's session behind the token; the browser never goes there, so no token stands in an address. Raises KeycloakAway."""
        body = self._proof() | {"refresh_token": refresh_token}
        try:
            answer = await self._http.post(f"{self._endpoint}/logout", data=body)
        except httpx.HTTPError as error:
            raise KeycloakAway("the sign-in server does not answer") from error
        if answer.is_server_error:
            raise KeycloakAway("the sign-in server has a fault")
        if answer.is_error:
            # Most often the session has ended there before.
            _log.info("logout_refused", status=answer.status_code)

    async def logged_out(self, logout_token: str) -> tuple[str, str]:
        """Keycloak session id and token id of a back-channel logout token. Raises LoginRefused."""
        claims = await self._verified(logout_token)
        events = claims.get("events")
        fresh = abs(time.time() - float(claims.get("iat", 0))) < _ASSERTION_S + _LEEWAY_S
        if not isinstance(events, dict) or _LOGOUT_EVENT not in events or "nonce" in claims or not fresh:
            raise LoginRefused("not a logout token", reason="LOGOUT_TOKEN_REFUSED")
        sid, jti = claims.get("sid"), claims.get("jti")
        if not isinstance(sid, str) or not isinstance(jti, str):
            raise LoginRefused("the logout token names no session", reason="LOGOUT_TOKEN_REFUSED")
        return sid, jti

    async def machine(self, token: str) -> dict[str, Any]:
        """Claims of a token that the realm has signed for us; whether it is a living one of a machine is the caller's to see.

        Raises LoginRefused, KeycloakAway.
        """
        return await self._verified(token)

    def _check_id_token(self, claims: dict[str, Any], nonce: str) -> None:
        expired = float(claims.get("exp", 0)) + _LEEWAY_S < time.time()
        foreign_party = claims.get("azp", self.client_id) != self.client_id
        if expired or foreign_party or not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
            raise LoginRefused("the ID token is not for this sign-in", reason="ID_TOKEN_REFUSED")

    async def _verified(self, token: str) -> dict[str, Any]:
        """Claims of a token that Keycloak signed for us."""
        try:
            decoded = await self._decoded(token)
        except (JoseError, ValueError) as error:
            _log.warning("token_refused", error=type(error).__name__)
            raise LoginRefused("the token is not valid", reason="ID_TOKEN_REFUSED") from error
        claims: dict[str, Any] = decoded.claims
        audience = claims.get("aud")
        if claims.get("iss") != self.issuer or self.client_id not in (audience if isinstance(audience, list) else [audience]):
            raise LoginRefused("the token is for somebody else", reason="ID_TOKEN_REFUSED")
        return claims

    async def _decoded(self, token: str) -> jwt.Token:
        keys = await self._key_set(at_least=float("-inf"))
        try:
            return jwt.decode(token, keys, algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            # The realm may have a new key; asked at most once a minute, whoever sends bad tokens.
            newer = await self._key_set(at_least=time.monotonic() - _KEYS_EVERY_S)
            if newer is keys:
                raise
            return jwt.decode(token, newer, algorithms=_ALGORITHMS)

    async def _key_set(self, at_least: float) -> KeySet:
        """The realm's keys, fetched when older than `at_least`; kept when Keycloak does not answer."""
        async with self._keys_lock:
            if self._keys is not None and self._keys_at >= at_least:
                return self._keys
            try:
                answer = await self._http.get(f"{self._endpoint}/certs")
                answer.raise_for_status()
                self._keys = KeySet.import_key_set(answer.json())
                self._keys_at = time.monotonic()
            except (httpx.HTTPError, ValueError) as error:
                _log.warning("keys_not_fetched", error=type(error).__name__)
                if self._keys is None:
                    raise KeycloakAway("the sign-in server does not answer") from error
            return self._keys

    async def _token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """The token endpoint's answer; None when it refuses the grant."""
        body = form | self._proof()
        try:
            answer = await self._http.post(f"{self._endpoint}/token", data=body)
            content: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise KeycloakAway("the sign-in server does not answer") from error
        if answer.status_code == httpx.codes.OK:
            return content
        _log.warning("grant_refused", status=answer.status_code, error=content.get("error"), told=content.get("error_description"))
        if content.get("error") == "invalid_grant":
            return None
        raise KeycloakAway("the sign-in server refuses this gateway")

    def _proof(self) -> dict[str, str]:
        return {"client_id": self.client_id, "client_assertion_type": _ASSERTION_TYPE, "client_assertion": self._assertion()}

    def _assertion(self) -> str:
        moment = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": moment,
            "exp": moment + _ASSERTION_S,
        }
        return jwt.encode({"alg": "RS256", "kid": self._kid}, claims, self._key)


def _tokens(answer: dict[str, Any]) -> Tokens:
    # Refreshed a little before the access token ends, so that Keycloak's idle clock never runs out under a busy person.
    seconds = max(30, int(answer.get("expires_in", 300)) - 60)
    return Tokens(refresh_token=str(answer.get("refresh_token", "")), refresh_at_ms=int((time.time() + seconds) * 1000))
