"""The client of Госуслуги, version 1 of the endpoints: signed requests out, verified tokens in."""

import asyncio
import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from myschool_identity.bridge.errors import BAD_ANSWER, UNAVAILABLE, SignInProblem
from myschool_identity.bridge.profiles import profile_of
from myschool_identity.bridge.signer import Signer
from myschool_identity.profile.model import EsiaProfile
from myschool_kit import clock

_MOSCOW = timezone(timedelta(hours=3))
_LEEWAY_S = 60


@dataclass(frozen=True)
class EsiaSystem:
    """How Госуслуги know this system, and how it knows them."""

    url: str
    issuer: str
    mnemonic: str
    scope: str
    redirect_uri: str
    public_key_pem: bytes


class EsiaClient:
    """Leads a person to Госуслуги and turns the code they bring back into a profile."""

    def __init__(self, system: EsiaSystem, signer: Signer, http: httpx.AsyncClient) -> None:
        self._system = system
        self._signer = signer
        self._http = http
        self._key = RSAKey.import_key(system.public_key_pem)
        # Header fields `ver` and `sbt` are ESIA's own.
        self._registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)

    def authorization_url(self, state: str) -> str:
        """Where the browser goes; `state` must be a UUID."""
        params = self._signed(state) | {"redirect_uri": self._system.redirect_uri, "response_type": "code", "access_type": "online"}
        return f"{self._system.url}/aas/oauth2/ac?{urlencode(params)}"

    def logout_url(self, redirect_url: str) -> str:
        """Where the browser ends the session at Госуслуги and comes back from."""
        query = urlencode({"client_id": self._system.mnemonic, "redirect_url": redirect_url})
        return f"{self._system.url}/idp/ext/Logout?{query}"

    async def profile(self, code: str) -> EsiaProfile:
        """Exchanges the code and reads the person. Raises SignInProblem; the tokens are forgotten afterwards."""
        answer = await self._token(code)
        claims = self._id_claims(str(answer.get("id_token", "")))
        token = str(answer.get("access_token", ""))
        base = f"/rs/prns/{claims['sub']}"
        person, contacts, roles, kids = await asyncio.gather(
            self._get(base, token),
            self._get(f"{base}/ctts?embed=(elements)", token),
            self._get(f"{base}/roles?embed=(elements)", token),
            self._get(f"{base}/kids?embed=(elements)", token),
        )
        return profile_of(
            claims=claims, person=person, contacts=_elements(contacts), roles=_elements(roles), kids=_elements(kids), now=clock.now()
        )

    def _signed(self, state: str) -> dict[str, str]:
        system = self._system
        timestamp = clock.now().astimezone(_MOSCOW).strftime("%Y.%m.%d %H:%M:%S %z")
        signature = self._signer.sign(f"{system.scope}{timestamp}{system.mnemonic}{state}".encode())
        return {
            "client_id": system.mnemonic,
            "client_secret": base64.urlsafe_b64encode(signature).decode(),
            "scope": system.scope,
            "state": state,
            "timestamp": timestamp,
        }

    async def _token(self, code: str) -> Mapping[str, Any]:
        state = str(uuid.uuid4())
        form = self._signed(state) | {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._system.redirect_uri,
            "token_type": "Bearer",
        }
        response = await self._send(self._http.build_request("POST", f"{self._system.url}/aas/oauth2/te", data=form))
        body = _json(response)
        if response.is_error:
            raise SignInProblem(esia_code(str(body.get("error_description", ""))), str(body.get("error_description")))
        if body.get("state") != state:
            raise SignInProblem(BAD_ANSWER, "the token answer belongs to another request")
        return body

    def _id_claims(self, token: str) -> Mapping[str, Any]:
        try:
            decoded = jwt.decode(token, self._key, registry=self._registry)
        except (JoseError, ValueError) as error:
            raise SignInProblem(BAD_ANSWER, "the ID token is not signed by Госуслуги") from error
        claims, now = decoded.claims, clock.now().timestamp()
        expected = {
            "iss": claims.get("iss") == self._system.issuer,
            "aud": claims.get("aud") == self._system.mnemonic,
            "exp": float(claims.get("exp", 0)) > now - _LEEWAY_S,
            "nbf": float(claims.get("nbf", 0)) < now + _LEEWAY_S,
            "sub": str(claims.get("sub", "")).isdecimal(),
            "sbt": decoded.header.get("sbt") == "id",
        }
        wrong = [name for name, right in expected.items() if not right]
        if wrong:
            raise SignInProblem(BAD_ANSWER, f"the ID token has a wrong {', '.join(wrong)}")
        return claims

    async def _get(self, path: str, token: str) -> Mapping[str, Any]:
        request = self._http.build_request("GET", self._system.url + path, headers={"Authorization": f"Bearer {token}"})
        response = await self._send(request)
        if response.status_code == httpx.codes.FORBIDDEN:
            return {}  # the scope was not granted: the rest of the profile is still good
        if response.is_error:
            raise SignInProblem(BAD_ANSWER, f"{path.partition('?')[0]} answered {response.status_code}")
        return _json(response)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._http.send(request)
        except httpx.HTTPError as error:
            raise SignInProblem(UNAVAILABLE, type(error).__name__) from error
        if response.is_server_error:
            raise SignInProblem(UNAVAILABLE, f"status {response.status_code}")
        return response


def esia_code(description: str) -> str:
    """`ESIA-007004` out of `ESIA-007004: words`; a general code when there is none."""
    code = description.partition(":")[0].strip()
    return code if code.startswith("ESIA-") and code[5:].isdecimal() else BAD_ANSWER


def _elements(collection: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [element for element in collection.get("elements", []) if isinstance(element, dict)]


def _json(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError as error:
        raise SignInProblem(BAD_ANSWER, "the answer is not JSON") from error
    return body if isinstance(body, dict) else {}
