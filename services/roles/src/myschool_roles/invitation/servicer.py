"""InvitationService: proto to use case and back. What each method promises is said in the proto file."""

# ruff: noqa: D102

from datetime import datetime
from uuid import UUID

import grpc

from myschool.common.v1 import json_pb2
from myschool.roles.v1 import invitation_pb2 as pb
from myschool.roles.v1 import invitation_pb2_grpc
from myschool_kit.clock import epoch_ms
from myschool_kit.context import principal, unit_of_work
from myschool_roles.invitation.service import FullInvitations

Context = grpc.aio.ServicerContext


class InvitationServicer(invitation_pb2_grpc.InvitationServiceServicer):
    """Thin: every decision is made in the service."""

    def __init__(self, invitations: FullInvitations) -> None:
        self._invitations = invitations

    async def InviteFamily(
        self, request: pb.InviteFamilyRequest, context: "Context[pb.InviteFamilyRequest, pb.InvitationsReply]"
    ) -> pb.InvitationsReply:
        made = await self._invitations.invite_family(unit_of_work(), principal(), list(dict.fromkeys(map(UUID, request.student_ids))))
        return _reply(*made)

    async def InviteParent(
        self, request: pb.InviteParentRequest, context: "Context[pb.InviteParentRequest, pb.InvitationsReply]"
    ) -> pb.InvitationsReply:
        return _reply(await self._invitations.invite_parent(unit_of_work(), principal()))

    async def GetInvitationCodes(
        self, request: pb.GetInvitationCodesRequest, context: "Context[pb.GetInvitationCodesRequest, pb.GetInvitationCodesResponse]"
    ) -> pb.GetInvitationCodesResponse:
        found = await self._invitations.codes(principal(), list(dict.fromkeys(map(UUID, request.invitation_ids))))
        return pb.GetInvitationCodesResponse(
            codes=[
                pb.InvitationCode(
                    invitation_id=str(row["id"]),
                    student_id=str(row["student_id"]),
                    code=code,
                    spelled=spelled,
                    expires_at_ms=epoch_ms(row["expires_at"]),
                )
                for row, code, spelled in found
            ]
        )

    async def ListFamilyInvitations(
        self, request: pb.ListFamilyInvitationsRequest, context: "Context[pb.ListFamilyInvitationsRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        body = await self._invitations.list_page(principal(), UUID(request.group_id), request.page_size, request.page_token)
        return json_pb2.JsonReply(body=body)


def _reply(*made: tuple[UUID, UUID, datetime]) -> pb.InvitationsReply:
    return pb.InvitationsReply(
        invitations=[
            pb.MadeInvitation(invitation_id=str(invitation_id), student_id=str(student_id), expires_at_ms=epoch_ms(expires_at))
            for invitation_id, student_id, expires_at in made
        ]
    )
