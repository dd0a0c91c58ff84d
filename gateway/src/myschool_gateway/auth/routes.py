"""Sign-in, its return, sign-out, and Keycloak's own word that a session is over."""

import secrets
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from myschool_gateway.auth.device import device_of
from myschool_gateway.auth.pages import onward
from myschool_gateway.auth.transaction import MOST_ATTEMPTS, State, local_path, read_state
from myschool_gateway.context import Visit, any_visit
from myschool_gateway.cookies import LOGIN, SESSION
from myschool_gateway.parts import Parts, parts_of
from myschool_gateway.problems import WRITE_PROBLEMS, code_of
from myschool_gateway.schemas.people import SignedOut
from myschool_gateway.session.model import Session
from myschool_kit import clock
from myschool_kit.errors import DomainError, Invalid
from myschool_kit.telemetry import logger

_log = logger(__name__)
router = APIRouter(prefix="/auth", tags=["auth"])
_NO_STORE = {"Cache-Control": "no-store"}
_REPLAY_MS = 10 * 60 * 1000
# Keycloak's answers that a new try cures: its own login page timed out, or another tab finished first.
_CURABLE = frozenset({"temporarily_unavailable", "login_required", "interaction_required"})


@router.get("/login", status_code=303, response_class=RedirectResponse)
async def login(request: Request, return_to: str = "/") -> Response:
    """Begins a sign-in and leads to Госуслуги; afterwards the person is back at `return_to`."""
    return await _begin(request, local_path(return_to), attempt=0)


@router.get("/callback", include_in_schema=False)
async def callback(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """The person is back from Keycloak."""
    parts = parts_of(request)
    known = read_state(state)
    try:
        transaction = await parts.transactions.take(known.key, LOGIN.read(request))
        if transaction is None or error in _CURABLE:
            return await _again(request, known)
        if error or not code:
            return _problem(request, error or "no_code")
        grant = await parts.keycloak.redeem(
            code=code, redirect_uri=_callback_of(parts), verifier=transaction.verifier, nonce=transaction.nonce
        )
        response = onward(known.return_to)
        visit = _visit(request)
        blank = Session(
            session_id=str(uuid4()),
            person_id="",
            display_name="",
            keycloak_sid=str(grant.claims.get("sid", "")),
            opened_at_ms=clock.epoch_ms(clock.now()),
        )
        esia_oid = str(grant.claims.get("esia_oid", ""))
        session = await parts.cabinet.sign_in(esia_oid, blank, device_of(request.headers.get("user-agent", "")), visit.traceparent)
        await _end_present(request)
        SESSION.put(response, await parts.sessions.open(session, grant.tokens))
        LOGIN.drop(response)
    except DomainError as failure:
        _log.warning("sign_in_failed", code=code_of(failure), trace=_visit(request).instance)
        if failure.reason == "CODE_REFUSED":
            return await _again(request, known)
        return _problem(request, code_of(failure))
    return response


@router.post("/logout", responses=WRITE_PROBLEMS)
async def logout(request: Request, response: Response) -> SignedOut:
    """Ends the session here and in every open page; the page then goes to `logout_url` to end it at Keycloak too."""
    parts = parts_of(request)
    session = _visit(request).session
    SESSION.drop(response)
    left = f"{parts.settings.origin}/signin?left=1"
    if session is None:
        return SignedOut(logout_url=left)
    tokens = await parts.sessions.tokens(session.session_id)
    await _end(parts, session.session_id, "person", _visit(request).traceparent)
    return SignedOut(logout_url=parts.keycloak.logout_url("" if tokens is None else tokens.id_token, left))


@router.post("/backchannel-logout", include_in_schema=False)
async def backchannel_logout(request: Request) -> Response:
    """Keycloak says that one of its sessions is over (OpenID Connect Back-Channel Logout 1.0)."""
    parts = parts_of(request)
    token = (await request.form()).get("logout_token")
    if not isinstance(token, str):
        raise Invalid("logout_token is missing", reason="LOGOUT_TOKEN_REFUSED")
    sid, token_id = await parts.keycloak.logged_out(token)
    if await parts.sessions.claim(f"logout:{token_id}", _REPLAY_MS):
        for session_id in await parts.sessions.of_keycloak(sid):
            await _end(parts, session_id, "keycloak", _visit(request).traceparent)
    return Response(status_code=200, headers=_NO_STORE)


async def _begin(request: Request, return_to: str, attempt: int) -> Response:
    parts = parts_of(request)
    browser = LOGIN.read(request) or secrets.token_urlsafe(32)
    started = await parts.transactions.start(browser, return_to, attempt)
    address = parts.keycloak.authorization_url(
        redirect_uri=_callback_of(parts), state=started.state, nonce=started.nonce, challenge=started.challenge
    )
    response = RedirectResponse(address, 303, _NO_STORE)
    LOGIN.put(response, browser)
    return response


async def _again(request: Request, known: State) -> Response:
    """A lost sign-in starts over by itself, once: people leave the page open for an hour and must not see an error for it."""
    if known.attempt + 1 < MOST_ATTEMPTS:
        return await _begin(request, known.return_to, known.attempt + 1)
    return _problem(request, "expired")


def _problem(request: Request, code: str) -> Response:
    query = urlencode({"code": code[:60], "ref": _visit(request).instance[:8]})
    return RedirectResponse(f"/signin/problem?{query}", 303, _NO_STORE)


async def _end_present(request: Request) -> None:
    """Signing in again ends what this browser had before, whoever it was."""
    parts = parts_of(request)
    found = await parts.sessions.look(SESSION.read(request))
    if found is not None:
        before, _token = parts.principals.of(found.stored)
        await _end(parts, before.session_id, "person", _visit(request).traceparent)


async def _end(parts: Parts, session_id: str, reason: str, traceparent: str) -> None:
    await parts.sessions.end(session_id)
    try:
        await parts.cabinet.sign_out(session_id, reason, traceparent)
    except DomainError as error:
        # The session is over in any case; identity's list shows it a little longer.
        _log.warning("sign_out_not_told", session_id=session_id, reason=error.reason)


def _callback_of(parts: Parts) -> str:
    return f"{parts.settings.origin}/auth/callback"


def _visit(request: Request) -> Visit:
    visit = any_visit(request.scope)
    return visit if visit is not None else Visit("00-" + "0" * 32 + "-" + "0" * 16 + "-01")
