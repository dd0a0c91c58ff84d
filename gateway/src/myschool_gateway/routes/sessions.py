"""Where the person is signed in, every sign-in, and the end of one or all of them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from myschool.identity.v1 import identity_pb2, session_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.cookies import SESSION
from myschool_gateway.parts import parts_of
from myschool_gateway.schemas import people
from myschool_gateway.schemas.common import PageToken
from myschool_kit import clock

reads = routing.reads("people")
writes = routing.writes("people")
routers = (reads, writes)
_OPENING_MS = 60_000


@reads.get("/sessions")
async def list_sessions(caller: Reader) -> people.OpenSessions:
    """Where the person is signed in, newest first, at most 100; when a session was last used is known here alone."""
    parts = parts_of(caller)
    reply = await caller.ask(caller.services.identity.ListSessions, identity_pb2.ListSessionsRequest())
    listed = people.OpenSessions.model_validate_json(reply.body).sessions
    seen = await parts.sessions.seen([item.id for item in listed])
    # A session that is being opened at this moment is in identity's list already, and here a little later.
    settled = clock.epoch_ms(clock.now()) - _OPENING_MS
    parts.checks.forget([item.id for item in listed if item.id not in seen and item.opened_at_ms < settled])
    # Identity notes the opening a moment after this process did, so a session unused since would look seen before it was opened.
    there = [item.model_copy(update={"seen_at_ms": max(seen[item.id], item.opened_at_ms)}) for item in listed if item.id in seen]
    return people.OpenSessions(sessions=there)


@writes.delete("/sessions/{session_id}", status_code=204)
async def end_session(caller: Writer, request: Request, session_id: UUID) -> Response:
    """Ends one of the person's own sessions."""
    ending = identity_pb2.EndSessionRequest(session_id=str(session_id))
    await caller.ask(caller.services.identity.EndSession, ending)
    await parts_of(request).endings.end_session(str(session_id))
    return Response(status_code=204)


@writes.delete("/sessions", status_code=204)
async def end_all_sessions(caller: Writer) -> Response:
    """Ends every session of the person, this one too: here, in every open page and at Keycloak."""
    parts = parts_of(caller)
    await caller.ask(caller.services.session.EndAllSessions, session_pb2.EndAllSessionsRequest())
    for session_id in await parts.sessions.of_person(caller.session.person_id):
        await parts.endings.end_session(session_id)
    response = Response(status_code=204)
    SESSION.drop(response)
    return response


@reads.get("/sign-ins", response_model=people.SignIns)
async def list_sign_ins(
    caller: Reader, page_size: Annotated[int, Query(ge=1, le=100)] = 20, page_token: Annotated[PageToken, Query()] = ""
) -> Response:
    """Every sign-in of the last 90 days, ended ones too, newest first."""
    request = session_pb2.ListSignInsRequest(page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.session.ListSignIns, request)
