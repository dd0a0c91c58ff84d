"""Session, profile, consents and open sessions."""

from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from myschool.identity.v1 import identity_pb2
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.context import any_visit
from myschool_gateway.cookies import SESSION
from myschool_gateway.errors import SessionMoved
from myschool_gateway.parts import parts_of
from myschool_gateway.problems import READ_PROBLEMS, WRITE_PROBLEMS
from myschool_gateway.schemas import people
from myschool_kit import clock

reads = APIRouter(tags=["people"], responses=READ_PROBLEMS)
writes = APIRouter(tags=["people"], responses=WRITE_PROBLEMS)
routers = (reads, writes)


@reads.get("/session")
async def get_session(request: Request) -> people.SessionState:
    """Who is signed in and in which role; answered without a session too. Does not move the session's idle end."""
    visit = any_visit(request.scope)
    if visit is None or visit.session is None:
        return _nobody()
    return await parts_of(request).cabinet.state(visit.session, visit)


@writes.post("/session/role")
async def enter_role(caller: Writer, request: Request, response: Response, body: people.EnterRole) -> people.SessionState:
    """Acts in another of the person's roles from now on; the cookie's id changes."""
    parts = parts_of(request)
    session, state = await parts.cabinet.enter(caller.session, str(body.role_id), caller.visit)
    secret = await parts.sessions.rotate(SESSION.read(request), session)
    if secret is None:
        raise SessionMoved("the session ended or changed its role at the same moment")
    SESSION.put(response, secret)
    await parts.sessions.tell(session.session_id, "role")
    return state


@reads.get("/profile", response_model=people.Profile)
async def get_profile(caller: Reader) -> Response:
    """The person as Госуслуги described them."""
    return await caller.ready(caller.services.identity.GetProfile, identity_pb2.GetProfileRequest())


@reads.get("/consents", response_model=people.ConsentTexts)
async def get_missing_consents(caller: Reader) -> Response:
    """Consents that are still missing, with their texts."""
    return await caller.ready(caller.services.identity.GetMissingConsents, identity_pb2.GetMissingConsentsRequest())


@writes.post("/consents")
async def give_consents(caller: Writer, request: Request, body: people.GiveConsents) -> people.MissingConsents:
    """Gives consents by the version that was read."""
    given = [identity_pb2.ConsentGiven(purpose=item.purpose, version=item.version) for item in body.consents]
    reply = await caller.ask(caller.services.identity.GiveConsents, identity_pb2.GiveConsentsRequest(consents=given))
    missing = tuple(reply.missing_consents)
    if caller.session.missing_consents != missing:
        await parts_of(request).sessions.change(replace(caller.session, missing_consents=missing))
    return people.MissingConsents(missing_consents=list(missing))


@reads.get("/sessions", response_model=people.OpenSessions)
async def list_sessions(caller: Reader) -> Response:
    """Where the person is signed in, newest first."""
    return await caller.ready(caller.services.identity.ListSessions, identity_pb2.ListSessionsRequest())


@writes.delete("/sessions/{session_id}", status_code=204)
async def end_session(caller: Writer, request: Request, session_id: UUID) -> Response:
    """Ends one of the person's own sessions."""
    ending = identity_pb2.EndSessionRequest(session_id=str(session_id))
    await caller.ask(caller.services.identity.EndSession, ending)
    await parts_of(request).sessions.end(str(session_id))
    return Response(status_code=204)


def _nobody() -> people.SessionState:
    return people.SessionState(
        authenticated=False,
        person=None,
        role=None,
        roles=[],
        missing_consents=[],
        notice="",
        expires_at=0,
        server_time=clock.epoch_ms(clock.now()),
    )
