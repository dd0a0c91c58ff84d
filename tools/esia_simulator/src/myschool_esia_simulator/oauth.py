"""The endpoints that a system talks to: authorization, token, logout."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from myschool_esia_simulator.client import Client
from myschool_esia_simulator.errors import Code, EsiaError
from myschool_esia_simulator.faults import Faults
from myschool_esia_simulator.keyring import KeyRing
from myschool_esia_simulator.pages import SESSION_COOKIE, Pages, refusal_address
from myschool_esia_simulator.people import People
from myschool_esia_simulator.protocol import Protocol
from myschool_esia_simulator.store import Grant, Store
from myschool_esia_simulator.tokens import ACCESS_SECONDS, Tokens

_STATUSES = {Code.UNEXPECTED: 500, Code.OVERLOADED: 503}


@dataclass(frozen=True)
class OauthRoutes:
    """Routes of both versions, and the common ones: logout and the published keys."""

    v1: Protocol
    v2: Protocol
    store: Store
    tokens: Tokens
    people: People
    clients: Mapping[str, Client]
    pages: Pages
    faults: Faults
    keys: KeyRing

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        routes = APIRouter()
        for path, protocol in (("/aas/oauth2/ac", self.v1), ("/aas/oauth2/v2/ac", self.v2)):
            routes.add_api_route(path, partial(self.authorize, protocol), methods=["GET"], response_model=None)
        for path, protocol in (("/aas/oauth2/te", self.v1), ("/aas/oauth2/v3/te", self.v2)):
            routes.add_api_route(path, partial(self.token, protocol), methods=["POST"], response_model=None)
        routes.add_api_route("/public/esia.zip", self.published_keys, methods=["GET"], response_model=None)
        routes.add_api_route("/idp/ext/Logout", self.logout, methods=["GET"], response_model=None)
        return routes

    async def authorize(self, protocol: Protocol, request: Request) -> Response:
        """Verifies the signed request and leads the person to sign in."""
        items = request.query_params.multi_items()
        try:
            redirect_uri = protocol.return_address(items)
        except EsiaError as error:
            # Nothing proves that the address belongs to the system: the person stays here.
            return self.pages.problem(request, error.description)
        try:
            self.faults.check("authorization")
            asked = protocol.authorization(items)
        except EsiaError as error:
            back = refusal_address(redirect_uri, request.query_params.get("state", ""), error)
            return RedirectResponse(back, status_code=303)
        transaction = self.store.transactions.put(asked)
        known = self.store.sessions.get(request.cookies.get(SESSION_COOKIE, ""))
        return RedirectResponse(f"/{'account' if known else 'login'}/{transaction}", status_code=303)

    async def token(self, protocol: Protocol, request: Request) -> Response:
        """Exchanges a code or refresh token; refusals are 400 with the published code."""
        form = await request.form()
        items = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        try:
            self.faults.check("token")
            grant = protocol.grant(items)
            body = self._token_body(grant, dict(items)["state"])
        except EsiaError as error:
            status = _STATUSES.get(error.code, 400)
            return JSONResponse({"error": error.code.error, "error_description": error.description}, status_code=status)
        return JSONResponse(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    async def logout(self, request: Request, client_id: str = "", redirect_url: str = "") -> Response:
        """Ends the session here; returns only to addresses registered by the system."""
        client = self.clients.get(client_id)
        self.store.sessions.take(request.cookies.get(SESSION_COOKIE, ""))
        if client is not None and redirect_url.startswith(client.logout_prefixes):
            response: Response = RedirectResponse(redirect_url, status_code=303)
        else:
            response = self.pages.signed_out(request)
        response.delete_cookie(SESSION_COOKIE)
        return response

    async def published_keys(self) -> Response:
        """The archive that clients fetch by hand, or when no key fits a token any more."""
        return Response(self.keys.archive(), media_type="application/zip", headers={"Cache-Control": "no-store"})

    def _token_body(self, grant: Grant, state: str) -> dict[str, str | int]:
        person = self.people.get(grant.oid)
        if person is None:
            raise EsiaError(Code.GRANT_INVALID)
        body: dict[str, str | int] = {
            "access_token": self.tokens.access_token(grant),
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
            "state": str(uuid.uuid4()) if self.faults.switches.tampering == "state" else state,
        }
        if "openid" in grant.scopes and self.faults.switches.tampering != "no_id_token":
            body["id_token"] = self.tokens.id_token(grant, person)
        if grant.offline:
            body["refresh_token"] = self.store.refresh_tokens.put(grant)
        return body
