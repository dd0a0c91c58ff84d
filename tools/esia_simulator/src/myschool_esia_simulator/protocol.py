"""Strict reading of the two signed requests: authorization and token."""

import base64
import hashlib
import hmac
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from myschool_esia_simulator.client import Client
from myschool_esia_simulator.dialect import Dialect, base64url
from myschool_esia_simulator.errors import Code, EsiaError
from myschool_esia_simulator.scopes import ORGANISATION_SCOPES
from myschool_esia_simulator.store import Authorization, Clock, Grant, Store
from myschool_esia_simulator.verifiers import SignatureError

_SIGNED = ("client_id", "client_secret", "scope", "state", "timestamp")
_TIMESTAMP = "%Y.%m.%d %H:%M:%S %z"


@dataclass(frozen=True)
class Strictness:
    """What is not published and therefore adjustable: the window of the timestamp, and whether a state must be a UUID."""

    skew_seconds: int = 300
    uuid_state: bool = True


class Protocol:
    """One family of endpoints: turns raw parameters into an Authorization or a Grant, or raises EsiaError with the published code."""

    def __init__(self, clients: Mapping[str, Client], dialect: Dialect, store: Store, clock: Clock, strict: "Strictness") -> None:
        self._clients = clients
        self._dialect = dialect
        self._store = store
        self._clock = clock
        self._strict = strict

    def return_address(self, items: Sequence[tuple[str, str]]) -> str:
        """The redirect_uri, once it is proven to belong to the system: only there may an error be sent."""
        params = dict(items)
        client = self._client(params)
        redirect_uri = params.get("redirect_uri", "")
        if not redirect_uri:
            raise EsiaError(Code.PARAMETER_MISSING, "redirect_uri")
        if redirect_uri not in client.redirect_uris:
            raise EsiaError(Code.REDIRECT_FORBIDDEN)
        return redirect_uri

    def authorization(self, items: Sequence[tuple[str, str]]) -> Authorization:
        """Reads the authorization request."""
        params = _single(items, (*_SIGNED, *self._dialect.extra, "redirect_uri", "response_type", "access_type"))
        if params["response_type"] != "code":
            raise EsiaError(Code.RESPONSE_UNSUPPORTED)
        if params["access_type"] not in {"online", "offline"}:
            raise EsiaError(Code.BAD_PARAMETER, "access_type")
        client = self._signed(params)
        if client.pkce_required and not params.get("code_challenge"):
            raise EsiaError(Code.CHALLENGE_MISSING)
        return Authorization(
            client_id=client.mnemonic,
            redirect_uri=params["redirect_uri"],
            scopes=_scopes(params["scope"], client),
            state=params["state"],
            offline=params["access_type"] == "offline",
            **_options(params),
        )

    def grant(self, items: Sequence[tuple[str, str]]) -> Grant:
        """Reads the token request; a code is spent by the first well-signed attempt."""
        sent = dict(items)
        # One known client sends neither address nor hash when it refreshes in the second dialect, and no document says who is right.
        bare_refresh = sent.get("grant_type") == "refresh_token" and "redirect_uri" not in sent
        params = _single(items, (*_SIGNED, *(() if bare_refresh else self._dialect.extra), "grant_type"))
        client = self._signed(params)
        if params["grant_type"] == "authorization_code":
            return self._by_code(params, client)
        if params["grant_type"] == "refresh_token":
            return self._by_refresh_token(params, client)
        raise EsiaError(Code.METHOD_UNSUPPORTED, "grant_type")

    def _by_code(self, params: Mapping[str, str], client: Client) -> Grant:
        _require(params, ("code", "redirect_uri", "token_type"))
        grant = self._store.codes.take(params["code"])
        if grant is None or grant.client_id != client.mnemonic or grant.redirect_uri != params["redirect_uri"]:
            raise EsiaError(Code.GRANT_INVALID)
        if _scopes(params["scope"], client) != grant.scopes:
            raise EsiaError(Code.BAD_SCOPE)
        if grant.code_challenge and not _proven(params.get("code_verifier", ""), grant.code_challenge):
            raise EsiaError(Code.CHALLENGE_MISMATCH)
        return grant

    def _by_refresh_token(self, params: Mapping[str, str], client: Client) -> Grant:
        _require(params, ("refresh_token",))
        grant = self._store.refresh_tokens.take(params["refresh_token"])
        if grant is None or grant.client_id != client.mnemonic:
            raise EsiaError(Code.GRANT_INVALID)
        return grant

    def _client(self, params: Mapping[str, str]) -> Client:
        client = self._clients.get(params.get("client_id", ""))
        if client is None:
            raise EsiaError(Code.CLIENT_UNKNOWN)
        return client

    def _signed(self, params: Mapping[str, str]) -> Client:
        client = self._client(params)
        if self._strict.uuid_state:
            _check_state(params["state"])
        self._check_time(params["timestamp"])
        self._dialect.verify(client, params)
        return client

    def _check_time(self, text: str) -> None:
        try:
            sent = datetime.strptime(text, _TIMESTAMP)  # noqa: DTZ007  (%z is in the format)
        except ValueError as error:
            raise EsiaError(Code.WRONG_TIME, "yyyy.MM.dd HH:mm:ss ±ZZZZ is expected") from error
        now = datetime.fromtimestamp(self._clock(), UTC)
        if abs((now - sent).total_seconds()) > self._strict.skew_seconds:
            raise EsiaError(Code.WRONG_TIME)


def _options(params: Mapping[str, str]) -> dict[str, Any]:
    """The optional parts of version 2. Raises EsiaError."""
    if "roles" in params:
        raise EsiaError(Code.BAD_ROLES)
    if "obj_type" in params:
        raise EsiaError(Code.BAD_OBJECT_TYPE)
    organisation = tuple(params.get("scope_org", "").split())
    for scope in organisation:
        if scope not in ORGANISATION_SCOPES:
            raise EsiaError(Code.BAD_SCOPE, scope)
    if "permissions" in params:
        _decoded(params["permissions"])
    chosen = _decoded(params["person_filter"]) if "person_filter" in params else b""
    if chosen not in {b"", b"conf_acc"}:
        raise EsiaError(Code.BAD_PARAMETER, "person_filter")
    return {"scope_org": organisation, "confirmed_only": bool(chosen), "code_challenge": params.get("code_challenge", "")}


def _decoded(text: str) -> bytes:
    try:
        return base64url(text.replace("+", "-").replace("/", "_").rstrip("="))
    except SignatureError as error:
        raise EsiaError(Code.UNREADABLE) from error


def _proven(verifier: str, challenge: str) -> bool:
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(digest, challenge.encode())


def _single(items: Sequence[tuple[str, str]], required: Sequence[str]) -> dict[str, str]:
    repeated = [name for name, count in Counter(name for name, _ in items).items() if count > 1]
    if repeated:
        raise EsiaError(Code.BAD_PARAMETER, f"{repeated[0]} is repeated")
    params = dict(items)
    _require(params, required)
    return params


def _require(params: Mapping[str, str], names: Sequence[str]) -> None:
    for name in names:
        if not params.get(name):
            raise EsiaError(Code.SCOPE_MISSING if name == "scope" else Code.PARAMETER_MISSING, name)


def _check_state(state: str) -> None:
    try:
        canonical = str(uuid.UUID(state))
    except ValueError as error:
        raise EsiaError(Code.BAD_PARAMETER, "state is not a UUID") from error
    if canonical != state.lower():
        raise EsiaError(Code.BAD_PARAMETER, "state is not a UUID")


def _scopes(text: str, client: Client) -> tuple[str, ...]:
    scopes = tuple(dict.fromkeys(text.split()))
    if not scopes:
        raise EsiaError(Code.SCOPE_MISSING)
    for scope in scopes:
        if scope not in client.scopes:
            raise EsiaError(Code.BAD_SCOPE, scope)
    return scopes
