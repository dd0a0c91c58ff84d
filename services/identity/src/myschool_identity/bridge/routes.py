"""HTTP of the bridge: an OpenID provider to Keycloak, a system to Госуслуги, never a dead end to a person."""

import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from myschool_identity.bridge.assertion import ClientAuthenticator
from myschool_identity.bridge.errors import EXPIRED, UNCONFIRMED, OidcError, SignInProblem
from myschool_identity.bridge.esia import EsiaClient, esia_code
from myschool_identity.bridge.provider import Issuer, check_grant_type, check_redemption, claims_of, read_authorization
from myschool_identity.bridge.state import BridgeState, Identity, Transaction
from myschool_identity.profile.model import EsiaProfile
from myschool_kit import clock
from myschool_kit.telemetry import logger

_log = logger(__name__)
# The words by which Keycloak knows that a provider's login has timed out, and starts it again instead of showing an error.
_EXPIRED = {"error": "temporarily_unavailable", "error_description": "authentication_expired"}
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True)
class Addresses:
    """Where the bridge may send a browser."""

    client_id: str
    broker_url: str
    gateway_url: str


@dataclass(frozen=True)
class BridgeRoutes:
    """All routes; problems of a person end on the gateway's problem page with a code to quote."""

    addresses: Addresses
    esia: EsiaClient
    state: BridgeState
    issuer: Issuer
    clients: ClientAuthenticator
    save: Callable[[EsiaProfile], Awaitable[None]]

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        routes = APIRouter()
        for path, endpoint, methods in (
            ("/.well-known/openid-configuration", self.discovery, ["GET"]),
            ("/jwks", self.jwks, ["GET"]),
            ("/authorize", self.authorize, ["GET"]),
            ("/callback", self.callback, ["GET"]),
            ("/token", self.token, ["POST"]),
            ("/userinfo", self.userinfo, ["GET", "POST"]),
            ("/logout", self.logout, ["GET"]),
            ("/logout/esia", self.logout_esia, ["GET"]),
        ):
            routes.add_api_route(path, endpoint, methods=methods, response_model=None)
        return routes

    async def discovery(self) -> Response:
        """OpenID Connect Discovery."""
        return JSONResponse(self.issuer.metadata())

    async def jwks(self) -> Response:
        """Public keys."""
        return JSONResponse(self.issuer.jwks)

    async def authorize(self, request: Request) -> Response:
        """Keeps Keycloak's long state here and sends the person on with a UUID, the only state Госуслуги take."""
        items = request.query_params.multi_items()
        try:
            transaction = read_authorization(items, self.addresses.client_id, self.addresses.broker_url)
        except SignInProblem as problem:
            return self._problem(problem)
        except OidcError as error:
            query = {"error": error.error, "error_description": error.description, "state": dict(items).get("state", "")}
            return _see(f"{self.addresses.broker_url}?{urlencode(query)}")
        esia_state = str(uuid.uuid4())
        try:
            address = await self.esia.authorization_url(esia_state)
        except SignInProblem as problem:
            return self._problem(problem)
        await self.state.open_transaction(esia_state, transaction)
        return _see(address)

    async def callback(self, request: Request) -> Response:
        """The person is back from Госуслуги, with a code or with a refusal."""
        params = request.query_params
        transaction = await self.state.take_transaction(params.get("state", ""))
        if transaction is None:
            return await self._again(params.get("state", ""))
        if "error" in params:
            description = params.get("error_description", "")
            return self._problem(SignInProblem(esia_code(description), description))
        try:
            return await self._back_to_keycloak(transaction, params.get("code", ""))
        except SignInProblem as problem:
            return self._problem(problem)

    async def _again(self, esia_state: str) -> Response:
        """A sign-in that took too long, or a page visited again: Keycloak, and behind it the gateway, begin anew by themselves, once."""
        keycloak_state = await self.state.take_trail(esia_state)
        if keycloak_state is None:
            return self._problem(SignInProblem(EXPIRED, "unknown or used state"))
        _log.info("sign-in begins again", reason="the transaction is over")
        return _see(f"{self.addresses.broker_url}?{urlencode(_EXPIRED | {'state': keycloak_state})}")

    async def _back_to_keycloak(self, transaction: Transaction, esia_code_: str) -> Response:
        profile = await self.esia.profile(esia_code_)
        if not profile.trusted:
            raise SignInProblem(UNCONFIRMED, "is_tru is absent")
        await self.save(profile)
        code = await self.state.issue_code(
            Identity(
                redirect_uri=transaction.redirect_uri,
                code_challenge=transaction.code_challenge,
                nonce=transaction.nonce,
                auth_time=int(clock.now().timestamp()),
                claims=claims_of(profile),
            )
        )
        query = urlencode({"code": code, "state": transaction.state, "iss": self.issuer.url})
        return _see(f"{transaction.redirect_uri}?{query}")

    async def token(self, request: Request) -> Response:
        """Exchanges a code once; the caller must be Keycloak."""
        fields = (await request.form()).multi_items()
        form = {name: value for name, value in fields if isinstance(value, str)}
        try:
            await self.clients.authenticate(form.get("client_assertion_type", ""), form.get("client_assertion", ""))
            check_grant_type(form)
            identity = check_redemption(form, await self.state.take_code(form.get("code", "")))
        except OidcError as error:
            _log.warning("token refused", error=str(error))
            body = {"error": error.error, "error_description": error.description}
            return JSONResponse(body, status_code=error.status, headers=_NO_STORE)
        access_token = await self.state.issue_access(identity.claims)
        return JSONResponse(self.issuer.token_answer(identity, access_token), headers=_NO_STORE)

    async def userinfo(self, request: Request) -> Response:
        """The claims of the ID token again."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        claims = await self.state.claims_of(token) if scheme.lower() == "bearer" else None
        if claims is None:
            return JSONResponse({"error": "invalid_token"}, status_code=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return JSONResponse(claims, headers=_NO_STORE)

    async def logout(self, post_logout_redirect_uri: str = "", state: str = "") -> Response:
        """The bridge keeps no session of its own: the browser goes straight back, only to Keycloak or to our page."""
        if post_logout_redirect_uri != f"{self.addresses.broker_url}/logout_response":
            return _see(f"{self.addresses.gateway_url}/signin")
        return _see(f"{post_logout_redirect_uri}?{urlencode({'state': state})}")

    async def logout_esia(self) -> Response:
        """Ends the session at Госуслуги too, when the person chose so, and returns to our sign-in page."""
        return _see(self.esia.logout_url(f"{self.addresses.gateway_url}/signin"))

    def _problem(self, problem: SignInProblem) -> Response:
        reference = secrets.token_hex(4)
        _log.warning("sign-in ended", code=problem.code, ref=reference, detail=str(problem))
        return _see(f"{self.addresses.gateway_url}/signin/problem?{urlencode({'code': problem.code, 'ref': reference})}")


def _see(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
