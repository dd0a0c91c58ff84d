"""Routes by which a guardian gets a child connected: what reaches the service is what was sent, and numbers and codes stay where they belong."""

from typing import Any
from uuid import uuid4

from myschool.roles.v1 import family_pb2, guardian_pb2, invitation_pb2

from .conftest import Gateway

CARD = {"snils": "000-001-103 10", "certificate_series": "II-МЮ", "certificate_number": "000103"}


def told(request: Any) -> invitation_pb2.GetInvitationCodesResponse:
    return invitation_pb2.GetInvitationCodesResponse(
        codes=[
            invitation_pb2.InvitationCode(invitation_id=one, student_id=one, code="c" * 38, spelled="ABCDE-FGHIJ", expires_at_ms=7)
            for one in request.invitation_ids
        ]
    )


def metadata_of(gateway: Gateway, name: str) -> list[dict[str, str]]:
    return [dict(metadata) for called, _request, _principal, metadata in gateway.services.seen if called == name]


async def test_card_when_sent_then_travels_whole_and_under_no_request_id(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in(role_type="PERSON", role_id="", organisation_id="")
    gateway.services.answers["SendFamilyRequest"] = lambda request: family_pb2.FamilyRequestReply(
        family_request_id=str(uuid4()), status=family_pb2.FAMILY_REQUEST_STATUS_PENDING, version=1
    )
    child = {"kind": "CHILD", "organisation_id": str(uuid4()), "child_name": "Белова Ева", "child_birth_day": "2016-07-11"}
    for body in (child | CARD, child):
        answer = await gateway.call("POST", "/api/v1/family/requests", secret, json=body)
        assert answer.status_code == 200
        assert not any(value in answer.text for value in CARD.values())
    first, second = gateway.services.named("SendFamilyRequest")
    assert {name: getattr(first, name) for name in CARD} == CARD
    assert (second.snils, second.certificate_number) == ("", "")
    # The service keeps a hash of whatever comes under a request id.
    assert ["x-request-id" in one for one in metadata_of(gateway, "SendFamilyRequest")] == [False, True]
    long = await gateway.call("POST", "/api/v1/family/requests", secret, json=child | {"snils": "1" * 21})
    assert long.status_code == 422
    assert "1" * 21 not in long.text


async def test_kid_and_claims_when_acted_upon_then_travel_as_they_were_given(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in(role_type="STUDENT")
    gateway.services.answers["AddKid"] = lambda request: family_pb2.AddKidResponse(connected=request.key == "a" * 32)
    answers = [await gateway.call("POST", "/api/v1/family/kids", secret, json={"key": key}) for key in ("a" * 32, "b" * 32)]
    assert [answer.json() for answer in answers] == [{"connected": True}, {"connected": False}]
    claim = str(uuid4())
    statuses = {True: guardian_pb2.GUARDIAN_CLAIM_STATUS_CONFIRMED, False: guardian_pb2.GUARDIAN_CLAIM_STATUS_DECLINED}
    gateway.services.answers["DecideGuardianClaim"] = lambda request: guardian_pb2.GuardianClaimReply(
        claim_id=request.claim_id, status=statuses[request.confirmed], version=request.expected_version + 1
    )
    gateway.services.answers["WithdrawGuardianClaim"] = lambda request: guardian_pb2.GuardianClaimReply(
        claim_id=request.claim_id, status=guardian_pb2.GUARDIAN_CLAIM_STATUS_WITHDRAWN, version=2
    )
    for act, status in (("confirm", "CONFIRMED"), ("decline", "DECLINED"), ("withdraw", "WITHDRAWN")):
        answer = await gateway.call("POST", f"/api/v1/family/claims/{claim}/{act}", secret, json={"expected_version": 1})
        assert answer.json() == {"claim_id": claim, "status": status, "version": 2}


async def test_codes_when_invitations_are_made_then_come_by_a_read_of_their_own(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in(role_type="DEPUTY_HEAD")
    students = [str(uuid4()) for _ in range(2)]
    made = [invitation_pb2.MadeInvitation(invitation_id=str(uuid4()), student_id=one, expires_at_ms=7) for one in students]
    gateway.services.answers["InviteFamily"] = lambda request: invitation_pb2.InvitationsReply(invitations=made)
    gateway.services.answers["InviteParent"] = lambda request: invitation_pb2.InvitationsReply(invitations=made[:1])
    gateway.services.answers["GetInvitationCodes"] = told
    answer = await gateway.call("POST", "/api/v1/school/family-invitations", secret, json={"student_ids": students})
    assert [one["invitation_id"] for one in answer.json()["slips"]] == [one.invitation_id for one in made]
    assert {one["spelled"] for one in answer.json()["slips"]} == {"ABCDE-FGHIJ"}
    [request] = gateway.services.named("InviteFamily")
    assert list(request.student_ids) == students
    again = await gateway.call("POST", "/api/v1/school/family-invitations/slips", secret, json={"invitation_ids": students[:1]})
    assert len(again.json()["slips"]) == 1
    own = await gateway.call("POST", "/api/v1/family/parent-invitations", secret, json={})
    assert own.json() == {"invitation_id": made[0].invitation_id, "code": "c" * 38, "expires_at_ms": 7}
    for ids in ([], [str(uuid4()) for _ in range(41)], ["x"]):
        refused = await gateway.call("POST", "/api/v1/school/family-invitations", secret, json={"student_ids": ids})
        assert refused.status_code == 422
