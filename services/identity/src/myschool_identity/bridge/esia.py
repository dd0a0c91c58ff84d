"""The client of Госуслуги: signed requests out, verified tokens in, and of the person only what was asked for."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import httpx

from myschool_identity.bridge.dialect import Dialect
from myschool_identity.bridge.errors import BAD_ANSWER, SIGNER, UNAVAILABLE, SignInProblem
from myschool_identity.bridge.esia_keys import EsiaKeys
from myschool_identity.bridge.profiles import Answers, profile_of
from myschool_identity.bridge.signing.port import Signer, SigningFailed
from myschool_identity.profile.model import EsiaProfile
from myschool_kit import clock

_MOSCOW = timezone(timedelta(hours=3))
_LEEWAY_S = 60
_MOST_ELEMENTS = 50


# Each address of a person is asked only when one of these scopes was: nothing is read that nobody needs.
_COLLECTIONS = {
    "ctts": frozenset({"email", "mobile", "contacts"}),
    "docs": frozenset({"id_doc", "birth_cert_doc", "foreign_passport_doc", "residence_doc", "temporary_residence_doc"}),
    "roles": frozenset({"usr_org"}),
    "kids": frozenset({"kid_fullname", "kid_birthdate", "kid_gender", "kid_snils", "kid_birth_cert_doc"}),
}


@dataclass(frozen=True)
class EsiaSystem:
    """How Госуслуги know this system, and how it knows them; scopes are words parted by blanks."""

    url: str
    issuer: str
    mnemonic: str
    scope: str
    redirect_uri: str
    scope_org: str = ""


class EsiaClient:
    """Leads a person to Госуслуги and turns the code they bring back into a profile."""

    def __init__(self, system: EsiaSystem, dialect: Dialect, signer: Signer, keys: EsiaKeys, http: httpx.AsyncClient) -> None:
        self._system = system
        self._dialect = dialect
        self._signer = signer
        self._keys = keys
        self._http = http

    async def authorization_url(self, state: str) -> str:
        """Where the browser goes; `state` must be a UUID. Raises SignInProblem when the request cannot be signed."""
        params = await self._signed(state, {"response_type": "code", "access_type": "online"})
        return f"{self._system.url}{self._dialect.authorization_path}?{urlencode(params)}"

    def logout_url(self, redirect_url: str) -> str:
        """Where the browser ends the session at Госуслуги and comes back from."""
        query = urlencode({"client_id": self._system.mnemonic, "redirect_url": redirect_url})
        return f"{self._system.url}/idp/ext/Logout?{query}"

    async def profile(self, code: str) -> EsiaProfile:
        """Exchanges the code and reads the person. Raises SignInProblem; the tokens are forgotten afterwards."""
        answer = await self._token(code)
        claims = await self._id_claims(str(answer.get("id_token", "")))
        token = str(answer.get("access_token", ""))
        base = f"/rs/prns/{claims['sub']}"
        scopes = frozenset(self._system.scope.split())
        asked = [name for name, opening in _COLLECTIONS.items() if scopes & opening]
        person, *collections = await asyncio.gather(self._get(base, token), *(self._elements(f"{base}/{name}", token) for name in asked))
        return profile_of(claims, Answers(person=person, **dict(zip(asked, collections, strict=True))), clock.now())

    async def _elements(self, path: str, token: str) -> list[Mapping[str, Any]]:
        """The elements of a collection; those that come as addresses in spite of `embed` are read one by one, at Госуслуги only."""
        listed = (await self._get(f"{path}?embed=(elements)", token)).get("elements")
        elements = listed[:_MOST_ELEMENTS] if isinstance(listed, list) else []
        own = f"{self._system.url}/rs/"
        addresses = [element.removeprefix(self._system.url) for element in elements if isinstance(element, str) and element.startswith(own)]
        read = await asyncio.gather(*(self._get(address, token) for address in addresses))
        return [element for element in (*elements, *read) if isinstance(element, dict)]

    async def _signed(self, state: str, more: Mapping[str, str]) -> dict[str, str]:
        system = self._system
        params = {
            "client_id": system.mnemonic,
            "scope": system.scope,
            "state": state,
            "timestamp": clock.now().astimezone(_MOSCOW).strftime("%Y.%m.%d %H:%M:%S %z"),
            "redirect_uri": system.redirect_uri,
        }
        organisations = {"scope_org": system.scope_org} if system.scope_org else {}
        try:
            return await self._dialect.signed(params | organisations | dict(more), self._signer)
        except SigningFailed as error:
            raise SignInProblem(SIGNER, str(error)) from error

    async def _token(self, code: str) -> Mapping[str, Any]:
        state = str(uuid.uuid4())
        form = await self._signed(state, {"grant_type": "authorization_code", "code": code, "token_type": "Bearer"})
        response = await self._send(self._http.build_request("POST", f"{self._system.url}{self._dialect.token_path}", data=form))
        body = _json(response)
        if response.is_error:
            raise SignInProblem(esia_code(str(body.get("error_description", ""))), str(body.get("error_description")))
        if body.get("state") != state:
            raise SignInProblem(BAD_ANSWER, "the token answer belongs to another request")
        return body

    async def _id_claims(self, token: str) -> Mapping[str, Any]:
        try:
            decoded = await self._keys.verified(token)
        except ValueError as error:
            raise SignInProblem(BAD_ANSWER, "the ID token is not signed by Госуслуги") from error
        claims = decoded.claims
        expected = {
            "iss": claims.get("iss") == self._system.issuer,
            "aud": claims.get("aud") == self._system.mnemonic,
            "exp or nbf": _is_now(claims.get("nbf", 0), claims.get("exp", 0)),
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
            raise SignInProblem(_named(response) or UNAVAILABLE, f"status {response.status_code}")
        return response


def _is_now(not_before: Any, expires: Any) -> bool:
    """Whether a token counts at present, give or take a minute; False for anything that is no time."""
    now = clock.now().timestamp()
    return isinstance(not_before, int | float) and isinstance(expires, int | float) and not_before - _LEEWAY_S < now < expires + _LEEWAY_S


def _named(response: httpx.Response) -> str:
    """The code that an answer of a server in trouble names; most name none and are not JSON."""
    try:
        code = esia_code(str(response.json().get("error_description", "")))
    except (ValueError, AttributeError):
        return ""
    return "" if code == BAD_ANSWER else code


def esia_code(description: str) -> str:
    """`ESIA-007004` out of `ESIA-007004: words`; a general code when there is none."""
    code = description.partition(":")[0].strip()
    return code if code.startswith("ESIA-") and code[5:].isdecimal() else BAD_ANSWER


def _json(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError as error:
        raise SignInProblem(BAD_ANSWER, "the answer is not JSON") from error
    return body if isinstance(body, dict) else {}
