"""GuardianService: proto to use case and back. What each method promises is said in the proto file."""

# ruff: noqa: D102

from collections.abc import Iterable
from uuid import UUID

import asyncpg
import grpc

from myschool.common.v1 import json_pb2
from myschool.roles.v1 import guardian_pb2 as pb
from myschool.roles.v1 import guardian_pb2_grpc
from myschool_kit.clock import epoch_ms
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import Invalid, Violation
from myschool_roles.claim.service import Claims
from myschool_roles.guardian.family import FamilyPage
from myschool_roles.guardian.invitations import Invitations
from myschool_roles.guardian.model import CourtLimit
from myschool_roles.guardian.service import Guardians

Context = grpc.aio.ServicerContext


class GuardianServicer(guardian_pb2_grpc.GuardianServiceServicer):
    """Thin: every decision is made in the services."""

    def __init__(self, page: FamilyPage, guardians: Guardians, invitations: Invitations, claims: Claims) -> None:
        self._claims = claims
        self._page = page
        self._guardians = guardians
        self._invitations = invitations

    async def GetFamily(
        self, request: pb.GetFamilyRequest, context: "Context[pb.GetFamilyRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._page.family(principal()))

    async def GetStudentGuardians(
        self, request: pb.GetStudentGuardiansRequest, context: "Context[pb.GetStudentGuardiansRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._page.of_student(principal(), UUID(request.student_id)))

    async def InviteGuardian(
        self, request: pb.InviteGuardianRequest, context: "Context[pb.InviteGuardianRequest, pb.InviteGuardianResponse]"
    ) -> pb.InviteGuardianResponse:
        invitation_id, expires_at = await self._invitations.invite(
            unit_of_work(), principal(), UUID(request.student_id), _rights(request.rights), request.last_day
        )
        return pb.InviteGuardianResponse(invitation_id=str(invitation_id), expires_at_ms=epoch_ms(expires_at))

    async def RevokeInvitation(
        self, request: pb.RevokeInvitationRequest, context: "Context[pb.RevokeInvitationRequest, pb.RevokeInvitationResponse]"
    ) -> pb.RevokeInvitationResponse:
        await self._invitations.revoke(unit_of_work(), principal(), UUID(request.invitation_id))
        return pb.RevokeInvitationResponse()

    async def AcceptInvitation(
        self, request: pb.AcceptInvitationRequest, context: "Context[pb.AcceptInvitationRequest, pb.AcceptInvitationResponse]"
    ) -> pb.AcceptInvitationResponse:
        name, last_day = await self._invitations.accept(unit_of_work(), principal(), request.code)
        return pb.AcceptInvitationResponse(student_name=name, last_day=last_day.isoformat() if last_day else "")

    async def DecideGuardianClaim(
        self, request: pb.DecideGuardianClaimRequest, context: "Context[pb.DecideGuardianClaimRequest, pb.GuardianClaimReply]"
    ) -> pb.GuardianClaimReply:
        act = (unit_of_work(), principal(), UUID(request.claim_id), request.expected_version)
        return _claim(await self._claims.decide(*act, confirmed=request.confirmed))

    async def WithdrawGuardianClaim(
        self, request: pb.WithdrawGuardianClaimRequest, context: "Context[pb.WithdrawGuardianClaimRequest, pb.GuardianClaimReply]"
    ) -> pb.GuardianClaimReply:
        return _claim(await self._claims.withdraw(unit_of_work(), principal(), UUID(request.claim_id), request.expected_version))

    async def EndGuardianship(
        self, request: pb.EndGuardianshipRequest, context: "Context[pb.EndGuardianshipRequest, pb.EndGuardianshipResponse]"
    ) -> pb.EndGuardianshipResponse:
        await self._guardians.end(unit_of_work(), principal(), UUID(request.guardianship_id), request.expected_version)
        return pb.EndGuardianshipResponse()

    async def ExtendGuardianship(
        self, request: pb.ExtendGuardianshipRequest, context: "Context[pb.ExtendGuardianshipRequest, pb.GuardianshipReply]"
    ) -> pb.GuardianshipReply:
        version = await self._guardians.extend(
            unit_of_work(), principal(), UUID(request.guardianship_id), request.expected_version, request.last_day
        )
        return pb.GuardianshipReply(guardianship_id=request.guardianship_id, version=version)

    async def LimitGuardianship(
        self, request: pb.LimitGuardianshipRequest, context: "Context[pb.LimitGuardianshipRequest, pb.GuardianshipReply]"
    ) -> pb.GuardianshipReply:
        wish = CourtLimit(_rights(request.rights), request.basis, request.document_day, request.last_day)
        version = await self._guardians.limit(unit_of_work(), principal(), UUID(request.guardianship_id), request.expected_version, wish)
        return pb.GuardianshipReply(guardianship_id=request.guardianship_id, version=version)


def _rights(given: "Iterable[pb.GuardianRight.ValueType]") -> frozenset[str]:
    if pb.GUARDIAN_RIGHT_UNSPECIFIED in given:
        raise Invalid("a right is not named", violations=[Violation("rights", "SEE, SIGN, CHAT or CONSENT")])
    return frozenset(pb.GuardianRight.Name(right).removeprefix("GUARDIAN_RIGHT_") for right in given)


def _claim(row: asyncpg.Record) -> pb.GuardianClaimReply:
    status = pb.GuardianClaimStatus.Value(f"GUARDIAN_CLAIM_STATUS_{row['status']}")
    return pb.GuardianClaimReply(claim_id=str(row["id"]), status=status, version=row["version"])
