"""Who stands for which student: the family's page, invitations, court limits, the adult student's word."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from starlette.responses import Response

from myschool.roles.v1 import guardian_pb2, invitation_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Caller, Reader, Writer
from myschool_gateway.schemas import family

reads = routing.reads("family")
writes = routing.writes("family")
routers = (reads, writes)


@reads.get("/family", response_model=family.Family)
async def get_family(caller: Reader) -> Response:
    """The caller's children with their guardians, or the caller's own guardians where the caller is a student."""
    return await caller.ready(caller.services.guardian.GetFamily, guardian_pb2.GetFamilyRequest())


@reads.get("/students/{student_id}/guardians", response_model=family.StudentGuardians)
async def get_student_guardians(caller: Reader, student_id: UUID) -> Response:
    """A student's guardians with rights and limits, for the student's school."""
    request = guardian_pb2.GetStudentGuardiansRequest(student_id=str(student_id))
    return await caller.ready(caller.services.guardian.GetStudentGuardians, request)


@writes.post("/family/invitations")
async def invite_guardian(caller: Writer, body: family.InviteGuardian) -> family.Invited:
    """Lets somebody stand in until a day; the code is good for three days and once. It is asked for by itself: replies are kept."""
    request = guardian_pb2.InviteGuardianRequest(student_id=str(body.student_id), rights=_rights(body.rights), last_day=body.last_day)
    reply = await caller.ask(caller.services.guardian.InviteGuardian, request)
    return await _told(caller, reply.invitation_id)


@writes.post("/family/parent-invitations")
async def invite_parent(caller: Writer) -> family.Invited:
    """A student from 14 on invites a parent; the code is good for three days and once."""
    reply = await caller.ask(caller.services.invitation.InviteParent, invitation_pb2.InviteParentRequest())
    return await _told(caller, reply.invitations[0].invitation_id)


@writes.post("/family/invitations/accept")
async def accept_invitation(caller: Writer, body: family.AcceptInvitation) -> family.InvitationAccepted:
    """Takes an invitation up. The code travels in the body: addresses are written into logs."""
    reply = await caller.ask(caller.services.guardian.AcceptInvitation, guardian_pb2.AcceptInvitationRequest(code=body.code))
    return family.InvitationAccepted(student_name=reply.student_name, last_day=reply.last_day)


@writes.post("/family/invitations/{invitation_id}/revoke", status_code=204)
async def revoke_invitation(caller: Writer, invitation_id: UUID) -> Response:
    """Makes an unused code worthless."""
    request = guardian_pb2.RevokeInvitationRequest(invitation_id=str(invitation_id))
    await caller.ask(caller.services.guardian.RevokeInvitation, request)
    return Response(status_code=204)


@writes.post("/family/claims/{claim_id}/confirm")
async def confirm_claim(caller: Writer, claim_id: UUID, body: family.SeenClaim) -> family.ClaimSaved:
    """The student lets somebody stand for them."""
    return await _decided(caller, claim_id, body, confirmed=True)


@writes.post("/family/claims/{claim_id}/decline")
async def decline_claim(caller: Writer, claim_id: UUID, body: family.SeenClaim) -> family.ClaimSaved:
    """The student says no."""
    return await _decided(caller, claim_id, body, confirmed=False)


@writes.post("/family/claims/{claim_id}/withdraw")
async def withdraw_claim(caller: Writer, claim_id: UUID, body: family.SeenClaim) -> family.ClaimSaved:
    """Takes the caller's own open claim back."""
    request = guardian_pb2.WithdrawGuardianClaimRequest(claim_id=str(claim_id), expected_version=body.expected_version)
    return _claim(await caller.ask(caller.services.guardian.WithdrawGuardianClaim, request))


@writes.post("/guardianships/{guardianship_id}/end", status_code=204)
async def end_guardianship(caller: Writer, guardianship_id: UUID, body: family.SeenGuardianship) -> Response:
    """Ends a guardianship now."""
    request = guardian_pb2.EndGuardianshipRequest(guardianship_id=str(guardianship_id), expected_version=body.expected_version)
    await caller.ask(caller.services.guardian.EndGuardianship, request)
    return Response(status_code=204)


@writes.post("/guardianships/{guardianship_id}/extend")
async def extend_guardianship(caller: Writer, guardianship_id: UUID, body: family.ExtendGuardianship) -> family.GuardianshipSaved:
    """The adult student lets a guardian go on until a day."""
    request = guardian_pb2.ExtendGuardianshipRequest(
        guardianship_id=str(guardianship_id), expected_version=body.expected_version, last_day=body.last_day
    )
    reply = await caller.ask(caller.services.guardian.ExtendGuardianship, request)
    return family.GuardianshipSaved(guardianship_id=reply.guardianship_id, version=reply.version)


@writes.post("/guardianships/{guardianship_id}/limit")
async def limit_guardianship(caller: Writer, guardianship_id: UUID, body: family.LimitGuardianship) -> family.GuardianshipSaved:
    """The school records what a court has limited, or lifts it."""
    request = guardian_pb2.LimitGuardianshipRequest(
        guardianship_id=str(guardianship_id),
        expected_version=body.expected_version,
        rights=_rights(body.rights),
        basis=body.basis,
        document_day=body.document_day,
        last_day=body.last_day or "",
    )
    reply = await caller.ask(caller.services.guardian.LimitGuardianship, request)
    return family.GuardianshipSaved(guardianship_id=reply.guardianship_id, version=reply.version)


def _rights(names: Iterable[str]) -> "list[guardian_pb2.GuardianRight.ValueType]":
    return [guardian_pb2.GuardianRight.Value(f"GUARDIAN_RIGHT_{name}") for name in names]


async def _told(caller: Caller, invitation_id: str) -> family.Invited:
    request = invitation_pb2.GetInvitationCodesRequest(invitation_ids=[invitation_id])
    [code] = (await caller.ask(caller.services.invitation.GetInvitationCodes, request)).codes
    return family.Invited(invitation_id=code.invitation_id, code=code.code, expires_at_ms=code.expires_at_ms)


async def _decided(caller: Caller, claim_id: UUID, body: family.SeenClaim, *, confirmed: bool) -> family.ClaimSaved:
    request = guardian_pb2.DecideGuardianClaimRequest(claim_id=str(claim_id), expected_version=body.expected_version, confirmed=confirmed)
    return _claim(await caller.ask(caller.services.guardian.DecideGuardianClaim, request))


def _claim(reply: guardian_pb2.GuardianClaimReply) -> family.ClaimSaved:
    status: Any = guardian_pb2.GuardianClaimStatus.Name(reply.status).removeprefix("GUARDIAN_CLAIM_STATUS_")
    return family.ClaimSaved(claim_id=reply.claim_id, status=status, version=reply.version)
