"""Sign-in, its return, sign-out, and Keycloak's own word that a session is over."""

import secrets
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from myschool_gateway import routing
from myschool_gateway.auth.device import device_of
from myschool_gateway.auth.gate import GUESS
from myschool_gateway.auth.leaving import address_of, end, end_present, sign_out, visit_of
from myschool_gateway.auth.pages import onward
from myschool_gateway.auth.transaction import MOST_ATTEMPTS, State, local_path, read_state
from myschool_gateway.cookies import LOGIN, SESSION
from myschool_gateway.errors import TooManyCalls
from myschool_gateway.parts import Parts, parts_of
from myschool_gateway.problems import WRITE_PROBLEMS, code_of
from myschool_gateway.session.model import Session, Tokens
from myschool_kit import clock
from myschool_kit.errors import DomainError, Invalid
from myschool_kit.telemetry import logger

_log = logger(__name__)
router = APIRouter(prefix="/auth", tags=["auth"], generate_unique_id_function=routing.named)
_NO_STORE = {"Cache-Control": "no-store"}
_REPLAY_MS = 10 * 60 * 1000
# Keycloak's answers that a new try cures: its own login page timed out, or another tab finished first.
_CURABLE = frozenset({"temporarily_unavailable", "login_required", "interaction_required"})


@router.get("/login", status_code=303, response_class=RedirectResponse)
async def login(request: Request, return_to: str = "", *, fresh: bool = False) -> Response:
    """Begins a sign-in and leads to Госуслуги; afterwards the person is back at `return_to`, or where the last try was going.

    `fresh` asks Госуслуги anew.
    """
    await parts_of(request).gate.pass_(address_of(request))
    wanted = return_to or await parts_of(request).transactions.destination(LOGIN.read(request))
    return await _begin(request, local_path(wanted), attempt=0, fresh=fresh)


@router.get("/callback", include_in_schema=False)
async def callback(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """The person is back from Keycloak."""
    parts = parts_of(request)
    known = read_state(state)
    try:
        transaction = await parts.transactions.take(known.key, LOGIN.read(request))
        if transaction is None:
            await parts.gate.pass_(address_of(request), GUESS)
        if transaction is None or error in _CURABLE:
            return await _again(request, known)
        if error or not code:
            return _problem(request, error or "no_code")
        grant = await parts.keycloak.redeem(
            code=code, redirect_uri=_callback_of(parts), verifier=transaction.verifier, nonce=transaction.nonce
        )
        response = onward(known.return_to)
        visit = visit_of(request)
        blank = Session(
            session_id=str(uuid4()),
            person_id="",
            display_name="",
            keycloak_sid=str(grant.claims.get("sid", "")),
            opened_at_ms=clock.epoch_ms(clock.now()),
        )
        esia_oid = str(grant.claims.get("esia_oid", ""))
        session = await _signed_in(
            parts, esia_oid, blank, device_of(request.headers.get("user-agent", "")), visit.traceparent, grant.tokens
        )
        await end_present(request, with_keycloak=False)
        SESSION.put(response, await parts.sessions.open(session, grant.tokens))
        LOGIN.drop(response)
    except DomainError as failure:
        _log.warning("sign_in_failed", code=code_of(failure), trace=visit_of(request).instance)
        if isinstance(failure, TooManyCalls):
            raise
        if failure.reason == "CODE_REFUSED":
            return await _again(request, known)
        return _problem(request, code_of(failure), failure.params.get("reason_code", ""))
    return response


@router.post("/logout", status_code=204, responses=WRITE_PROBLEMS)
async def logout(request: Request) -> Response:
    """Ends the session here, in every open page and at Keycloak. Done twice it is done once."""
    parts, visit = parts_of(request), visit_of(request)
    response = Response(status_code=204, headers=_NO_STORE)
    SESSION.drop(response)
    if visit.session is not None:
        await sign_out(parts, visit.session.session_id, visit.traceparent)
    return response


@router.post("/backchannel-logout", include_in_schema=False)
async def backchannel_logout(request: Request) -> Response:
    """Keycloak says that one of its sessions is over (OpenID Connect Back-Channel Logout 1.0)."""
    parts = parts_of(request)
    try:
        sid, token_id = await parts.keycloak.logged_out(str((await request.form()).get("logout_token", "")))
    except Invalid:
        # Good ones are not counted: the end of the school day signs a thousand people out from one address.
        await parts.gate.pass_(address_of(request), GUESS)
        raise
    if await parts.sessions.claim(f"logout:{token_id}", _REPLAY_MS):
        for session_id in await parts.sessions.of_keycloak(sid):
            await end(parts, session_id, "keycloak", visit_of(request).traceparent)
    return Response(status_code=200, headers=_NO_STORE)


async def _signed_in(parts: Parts, esia_oid: str, blank: Session, device: str, traceparent: str, tokens: Tokens) -> Session:
    """The session of the account. Who may not sign in leaves no Keycloak session behind either: the next person here signs in afresh."""
    try:
        return await parts.cabinet.sign_in(esia_oid, blank, device, traceparent)
    except DomainError as error:
        if error.reason == "ACCOUNT_BLOCKED":
            await parts.endings.end(tokens.refresh_token)
        raise


async def _begin(request: Request, return_to: str, attempt: int, *, fresh: bool = False) -> Response:
    parts = parts_of(request)
    browser = LOGIN.read(request) or secrets.token_urlsafe(32)
    started = await parts.transactions.start(browser, return_to, attempt)
    address = parts.keycloak.authorization_url(
        redirect_uri=_callback_of(parts), state=started.state, nonce=started.nonce, challenge=started.challenge, fresh=fresh
    )
    response = RedirectResponse(address, 303, _NO_STORE)
    LOGIN.put(response, browser)
    return response


async def _again(request: Request, known: State) -> Response:
    """A lost sign-in starts over by itself, once: people leave the page open for an hour and must not see an error for it."""
    if known.attempt + 1 < MOST_ATTEMPTS:
        return await _begin(request, known.return_to, known.attempt + 1)
    return _problem(request, "expired")


def _problem(request: Request, code: str, why: str = "") -> Response:
    query = urlencode({"code": code[:60], "ref": visit_of(request).instance[:8], **({"why": why[:40]} if why else {})})
    return RedirectResponse(f"/signin/problem?{query}", 303, _NO_STORE)


def _callback_of(parts: Parts) -> str:
    return f"{parts.settings.origin}/auth/callback"
