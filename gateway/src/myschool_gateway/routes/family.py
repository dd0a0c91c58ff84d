"""What families ask of schools, and what schools answer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from google.protobuf.message import Message
from starlette.responses import Response

from myschool.roles.v1 import family_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Caller, Reader, Writer
from myschool_gateway.schemas import family
from myschool_gateway.schemas.common import PageToken, Text

reads = routing.reads("family")
writes = routing.writes("family")
routers = (reads, writes)


@reads.get("/family/start", response_model=family.FamilyStart)
async def get_family_start(caller: Reader) -> Response:
    """The caller's requests and children, what waits for a child's word, and schools that may have the caller in their lists."""
    return await caller.ready(caller.services.family.GetFamilyStart, family_pb2.GetFamilyStartRequest())


@reads.get("/family/schools", response_model=family.SchoolsFound)
async def find_schools(caller: Reader, q: Annotated[Text, Query(min_length=1, max_length=100)]) -> Response:
    """Schools by name or ОГРН, at most ten."""
    return await caller.ready(caller.services.family.SearchSchools, family_pb2.SearchSchoolsRequest(query=q))


@writes.post("/family/requests")
async def send_family_request(caller: Writer, body: family.SendFamilyRequest) -> family.FamilyRequestSaved:
    """Asks a school; the same open question is sent once, whatever its key."""
    if body.snils or body.certificate_series or body.certificate_number:
        # Of a request id the service keeps a hash of the message, out of which a СНИЛС could be tried. The service itself sends once.
        caller.request_id = ""
    request = family_pb2.SendFamilyRequestRequest(
        kind=family_pb2.FamilyRequestKind.Value(f"FAMILY_REQUEST_KIND_{body.kind}"),
        organisation_id=str(body.organisation_id),
        record_id=str(body.record_id or ""),
        child_name=body.child_name,
        child_birth_day=body.child_birth_day or "",
        group_name=body.group_name,
        snils=body.snils,
        certificate_series=body.certificate_series,
        certificate_number=body.certificate_number,
    )
    return await _saved(caller, caller.services.family.SendFamilyRequest, request)


@writes.post("/family/kids")
async def add_kid(caller: Writer, body: family.AddKid) -> family.KidAdded:
    """Connects the caller with a child whom Госуслуги named: under 14 at once, from 14 after the child's word."""
    reply = await caller.ask(caller.services.family.AddKid, family_pb2.AddKidRequest(key=body.key))
    return family.KidAdded(connected=reply.connected)


@writes.post("/family/requests/{family_request_id}/withdraw")
async def withdraw_family_request(caller: Writer, family_request_id: UUID, body: family.SeenFamilyRequest) -> family.FamilyRequestSaved:
    """Takes the caller's own open request back."""
    request = family_pb2.WithdrawFamilyRequestRequest(family_request_id=str(family_request_id), expected_version=body.expected_version)
    return await _saved(caller, caller.services.family.WithdrawFamilyRequest, request)


@reads.get("/family/inbox", response_model=family.SchoolFamilyRequests)
async def list_family_requests(
    caller: Reader,
    decided: Annotated[bool, Query()] = False,
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
    page_token: PageToken = "",
) -> Response:
    """Requests to the school of the caller's role: open ones, oldest first, or decided ones, newest first."""
    request = family_pb2.ListFamilyRequestsRequest(decided=decided, page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.family.ListFamilyRequests, request)


@writes.post("/family/requests/{family_request_id}/confirm")
async def confirm_family_request(caller: Writer, family_request_id: UUID, body: family.ConfirmFamilyRequest) -> family.FamilyRequestSaved:
    """The request means this person of the school."""
    request = family_pb2.DecideFamilyRequestRequest(
        family_request_id=str(family_request_id), expected_version=body.expected_version, confirmed=True, record_id=str(body.record_id)
    )
    return await _saved(caller, caller.services.family.DecideFamilyRequest, request)


@writes.post("/family/requests/{family_request_id}/refuse")
async def refuse_family_request(caller: Writer, family_request_id: UUID, body: family.RefuseFamilyRequest) -> family.FamilyRequestSaved:
    """Refuses with a reason that the family reads."""
    request = family_pb2.DecideFamilyRequestRequest(
        family_request_id=str(family_request_id), expected_version=body.expected_version, reason=body.reason
    )
    return await _saved(caller, caller.services.family.DecideFamilyRequest, request)


async def _saved(caller: Caller, method: object, request: Message) -> family.FamilyRequestSaved:
    reply = await caller.ask(method, request)
    status: Any = family_pb2.FamilyRequestStatus.Name(reply.status).removeprefix("FAMILY_REQUEST_STATUS_")
    return family.FamilyRequestSaved(family_request_id=reply.family_request_id, status=status, version=reply.version)
