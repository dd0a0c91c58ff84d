"""Invitations of a school to the families of its pupils."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from myschool.roles.v1 import invitation_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Caller, Reader, Writer
from myschool_gateway.schemas import invitations
from myschool_gateway.schemas.common import PageToken

reads = routing.reads("family")
writes = routing.writes("family")
routers = (reads, writes)


@writes.post("/school/family-invitations")
async def invite_families(caller: Writer, body: invitations.InviteFamilies) -> invitations.InvitationSlips:
    """One-time invitations for parents of pupils; who takes one up stands for the pupil in full. With their codes, for the slips."""
    request = invitation_pb2.InviteFamilyRequest(student_ids=[str(one) for one in body.student_ids])
    reply = await caller.ask(caller.services.invitation.InviteFamily, request)
    return await _slips(caller, (one.invitation_id for one in reply.invitations))


@writes.post("/school/family-invitations/slips")
async def get_family_invitation_slips(caller: Writer, body: invitations.SlipsWanted) -> invitations.InvitationSlips:
    """Codes of open invitations, to be printed again."""
    return await _slips(caller, (str(one) for one in body.invitation_ids))


@reads.get("/groups/{group_id}/family-invitations", response_model=invitations.FamilyInvitations)
async def list_family_invitations(
    caller: Reader, group_id: UUID, page_size: Annotated[int, Query(ge=1, le=100)] = 50, page_token: PageToken = ""
) -> Response:
    """The pupils of a class and the school's invitations for them, newest first, without codes."""
    request = invitation_pb2.ListFamilyInvitationsRequest(group_id=str(group_id), page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.invitation.ListFamilyInvitations, request)


async def _slips(caller: Caller, ids: Iterable[str]) -> invitations.InvitationSlips:
    reply = await caller.ask(
        caller.services.invitation.GetInvitationCodes, invitation_pb2.GetInvitationCodesRequest(invitation_ids=list(ids))
    )
    return invitations.InvitationSlips(
        slips=[
            invitations.InvitationSlip(
                invitation_id=one.invitation_id,
                student_id=one.student_id,
                code=one.code,
                spelled=one.spelled,
                expires_at_ms=one.expires_at_ms,
            )
            for one in reply.codes
        ]
    )
