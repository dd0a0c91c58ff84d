"""How a session ends: here, in every open page, in identity's list, and at Keycloak where one stands behind it."""

from starlette.requests import Request

from myschool_gateway.context import Visit, any_visit
from myschool_gateway.cookies import SESSION
from myschool_gateway.parts import Parts, parts_of
from myschool_kit.errors import DomainError
from myschool_kit.telemetry import logger

_log = logger(__name__)


async def end(parts: Parts, session_id: str, reason: str, traceparent: str) -> None:
    """Ends a session here and tells identity; Keycloak's goes on."""
    await parts.sessions.end(session_id)
    try:
        await parts.cabinet.sign_out(session_id, reason, traceparent)
    except DomainError as error:
        # The session is over in any case; identity's list shows it a little longer.
        _log.warning("sign_out_not_told", session_id=session_id, reason=error.reason)


async def sign_out(parts: Parts, session_id: str, traceparent: str) -> None:
    """Ends a session and Keycloak's behind it, so that the next person at this computer is not signed in as the one who left."""
    tokens = await parts.sessions.tokens(session_id)
    await end(parts, session_id, "person", traceparent)
    if tokens is not None:
        await parts.endings.end(tokens.refresh_token)


async def end_present(request: Request, *, with_keycloak: bool) -> None:
    """Signing in again ends what this browser had before, whoever it was."""
    parts = parts_of(request)
    found = await parts.sessions.look(SESSION.read(request))
    if found is None:
        return
    before, _token = parts.principals.of(found.stored)
    if with_keycloak:
        await sign_out(parts, before.session_id, visit_of(request).traceparent)
    else:
        await end(parts, before.session_id, "person", visit_of(request).traceparent)


def address_of(request: Request) -> str:
    """Where the call comes from, for limits by address."""
    return request.client.host if request.client is not None else ""


def visit_of(request: Request) -> Visit:
    """What the edge found out; something harmless where it did not run."""
    visit = any_visit(request.scope)
    return visit if visit is not None else Visit("00-" + "0" * 32 + "-" + "0" * 16 + "-01")
