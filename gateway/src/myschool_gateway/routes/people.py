"""Session, role and profile."""

from fastapi import Request
from starlette.responses import Response

from myschool.identity.v1 import identity_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.context import any_visit
from myschool_gateway.cookies import SESSION
from myschool_gateway.errors import SessionMoved
from myschool_gateway.parts import parts_of
from myschool_gateway.schemas import people
from myschool_kit import clock

reads = routing.reads("people")
writes = routing.writes("people")
routers = (reads, writes)


@reads.get("/session")
async def get_session(request: Request) -> people.SessionState:
    """Who is signed in and in which role; answered without a session too. Does not move the session's idle end."""
    visit = any_visit(request.scope)
    if visit is None or visit.session is None:
        why = await parts_of(request).sessions.why_ended(SESSION.read(request))
        return _nobody(people.EndedByOthers.get(why, ""))
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


@writes.post("/session/stay")
async def stay(caller: Writer) -> people.SessionState:
    """The person is still here: the session's idle end moves, as with any other call."""
    return await parts_of(caller).cabinet.state(caller.session, caller.visit)


@reads.get("/profile", response_model=people.Profile)
async def get_profile(caller: Reader) -> Response:
    """The person as Госуслуги described them."""
    return await caller.ready(caller.services.identity.GetProfile, identity_pb2.GetProfileRequest())


def _nobody(notice: people.Notice) -> people.SessionState:
    return people.SessionState(
        authenticated=False,
        person=None,
        role=None,
        roles=[],
        missing_consents=[],
        notice=notice,
        expires_at=0,
        ends_at=0,
        server_time=clock.epoch_ms(clock.now()),
    )
