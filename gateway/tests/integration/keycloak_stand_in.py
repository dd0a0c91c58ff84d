"""Answers like Keycloak where a gateway asks it; the real one is walked by tests/e2e."""

import time
from typing import Any
from urllib.parse import parse_qs

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from myschool_gateway.parts import Parts


class Realm:
    """Answers like Keycloak's token and key endpoints."""

    def __init__(self, parts: Parts) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
        self.keycloak = parts.keycloak
        self.claims: dict[str, Any] = {}
        self.refusal = ""
        self.is_away = False
        self.fetched = 0
        self.forms: list[dict[str, list[str]]] = []

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key or self.key)

    def id_token(self, **changes: Any) -> dict[str, Any]:
        moment = int(time.time())
        claims = {"iss": self.keycloak.issuer, "aud": "gateway", "azp": "gateway", "iat": moment, "exp": moment + 300}
        return claims | {"sid": "kc-1", "esia_oid": "1000000001"} | self.claims | changes

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/certs"):
            self.fetched += 1
            return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})
        if self.is_away:
            raise httpx.ConnectError("away", request=request)
        self.forms.append(parse_qs(request.content.decode()))
        if request.url.path.endswith("/logout"):
            return httpx.Response(204)
        if self.refusal:
            return httpx.Response(400, json={"error": self.refusal})
        tokens = {"id_token": self.sign(self.id_token()), "refresh_token": "fresh", "expires_in": 300}
        return httpx.Response(200, json=tokens)
