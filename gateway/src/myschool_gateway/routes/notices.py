"""Addresses for letters about one's account."""

from uuid import UUID

from starlette.responses import Response

from myschool.identity.v1 import notice_pb2 as pb
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.schemas import notices

reads = routing.reads("people")
writes = routing.writes("people")
routers = (reads, writes)


@reads.get("/notices", response_model=notices.Notices)
async def get_notices(caller: Reader) -> Response:
    """The person's addresses, and whether this region sends letters."""
    return await caller.ready(caller.services.notice.GetNotices, pb.GetNoticesRequest())


@writes.post("/notices", status_code=201)
async def add_address(caller: Writer, body: notices.AddAddress) -> notices.AddedAddress:
    """A new address; a code is sent to it."""
    reply = await caller.ask(caller.services.notice.AddAddress, pb.AddAddressRequest(address=body.address))
    return notices.AddedAddress(id=reply.id)


@writes.post("/notices/{address_id}/code", status_code=204)
async def send_code(caller: Writer, address_id: UUID) -> Response:
    """Another code; the former one is good for nothing."""
    await caller.ask(caller.services.notice.SendCode, pb.SendCodeRequest(id=str(address_id)))
    return Response(status_code=204)


@writes.post("/notices/{address_id}/confirm")
async def confirm_address(caller: Writer, address_id: UUID, body: notices.ConfirmAddress) -> notices.ConfirmedAddress:
    """Confirms the address by its code."""
    request = pb.ConfirmAddressRequest(id=str(address_id), code=body.code)
    reply = await caller.ask(caller.services.notice.ConfirmAddress, request)
    return notices.ConfirmedAddress(confirmed=reply.confirmed, tries_left=reply.tries_left)


@writes.put("/notices/{address_id}")
async def change_kinds(caller: Writer, address_id: UUID, body: notices.ChangeKinds) -> notices.ChangedKinds:
    """What is told to the address."""
    request = pb.ChangeKindsRequest(id=str(address_id), kinds=body.kinds, expected_version=body.expected_version)
    return notices.ChangedKinds(version=(await caller.ask(caller.services.notice.ChangeKinds, request)).version)


@writes.delete("/notices/{address_id}", status_code=204)
async def remove_address(caller: Writer, address_id: UUID) -> Response:
    """Nothing is sent there any more."""
    await caller.ask(caller.services.notice.RemoveAddress, pb.RemoveAddressRequest(id=str(address_id)))
    return Response(status_code=204)
