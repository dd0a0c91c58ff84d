"""Routes of families: what reaches the service is what was sent, and nobody's acts are mixed."""

from uuid import uuid4

from myschool.roles.v1 import family_pb2, guardian_pb2, invitation_pb2

from .conftest import Gateway


async def test_request_of_a_family_travels_whole(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in(role_type="PERSON", role_id="", organisation_id="")
    school, record = str(uuid4()), str(uuid4())
    gateway.services.answers["SendFamilyRequest"] = lambda request: family_pb2.FamilyRequestReply(
        family_request_id=record, status=family_pb2.FAMILY_REQUEST_STATUS_PENDING, version=1
    )
    child = {"child_name": "Белов Тимур", "child_birth_day": "2013-04-03", "group_name": "7А"}
    answer = await gateway.call("POST", "/api/v1/family/requests", secret, json={"kind": "CHILD", "organisation_id": school, **child})
    assert answer.json() == {"family_request_id": record, "status": "PENDING", "version": 1}
    await gateway.call("POST", "/api/v1/family/requests", secret, json={"kind": "SELF", "organisation_id": school, "record_id": record})
    first, second = gateway.services.named("SendFamilyRequest")
    assert (first.kind, first.organisation_id, first.child_name, first.child_birth_day, first.group_name) == (
        family_pb2.FAMILY_REQUEST_KIND_CHILD,
        school,
        "Белов Тимур",
        "2013-04-03",
        "7А",
    )
    assert (second.kind, second.record_id, second.child_birth_day) == (family_pb2.FAMILY_REQUEST_KIND_SELF, record, "")
    principals = [principal for name, _request, principal, _metadata in gateway.services.seen if name == "SendFamilyRequest"]
    assert {(one.person_id, one.role_type) for one in principals} == {(session.person_id, "PERSON")}


async def test_word_of_the_school_travels_as_it_was_given(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in(role_type="HEAD")
    request_id, record = str(uuid4()), str(uuid4())
    gateway.services.answers["DecideFamilyRequest"] = lambda request: family_pb2.FamilyRequestReply(
        family_request_id=request.family_request_id,
        status=family_pb2.FAMILY_REQUEST_STATUS_CONFIRMED if request.confirmed else family_pb2.FAMILY_REQUEST_STATUS_REFUSED,
        version=request.expected_version + 1,
    )
    path = f"/api/v1/family/requests/{request_id}"
    confirmed = await gateway.call("POST", f"{path}/confirm", secret, json={"expected_version": 1, "record_id": record})
    refused = await gateway.call("POST", f"{path}/refuse", secret, json={"expected_version": 1, "reason": "Нет такого ученика"})
    assert [answer.json()["status"] for answer in (confirmed, refused)] == ["CONFIRMED", "REFUSED"]
    first, second = gateway.services.named("DecideFamilyRequest")
    assert (first.confirmed, first.record_id, first.reason) == (True, record, "")
    assert (second.confirmed, second.record_id, second.reason) == (False, "", "Нет такого ученика")
    silent = await gateway.call("POST", f"{path}/refuse", secret, json={"expected_version": 1, "reason": ""})
    assert silent.status_code == 422


async def test_acts_about_guardians_travel_whole_and_codes_in_no_address(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in(role_type="GUARDIAN")
    student, guardianship, code = str(uuid4()), str(uuid4()), "x" * 38
    gateway.services.answers["InviteGuardian"] = lambda request: guardian_pb2.InviteGuardianResponse(
        invitation_id=guardianship, expires_at_ms=5
    )
    gateway.services.answers["GetInvitationCodes"] = lambda request: invitation_pb2.GetInvitationCodesResponse(
        codes=[invitation_pb2.InvitationCode(invitation_id=request.invitation_ids[0], code=code, expires_at_ms=5)]
    )
    gateway.services.answers["AcceptInvitation"] = lambda request: guardian_pb2.AcceptInvitationResponse(
        student_name="Белов Тимур", last_day="2026-11-27"
    )
    invited = await gateway.call(
        "POST", "/api/v1/family/invitations", secret, json={"student_id": student, "rights": ["SEE", "CHAT"], "last_day": "2026-11-27"}
    )
    assert invited.json() == {"invitation_id": guardianship, "code": code, "expires_at_ms": 5}
    accepted = await gateway.call("POST", "/api/v1/family/invitations/accept", secret, json={"code": code})
    assert accepted.json() == {"student_name": "Белов Тимур", "last_day": "2026-11-27"}
    [invitation], [acceptance] = gateway.services.named("InviteGuardian"), gateway.services.named("AcceptInvitation")
    assert list(invitation.rights) == [guardian_pb2.GUARDIAN_RIGHT_SEE, guardian_pb2.GUARDIAN_RIGHT_CHAT]
    assert (invitation.student_id, invitation.last_day, acceptance.code) == (student, "2026-11-27", code)
    limit = {"expected_version": 3, "rights": ["SEE"], "basis": "Решение суда № 1", "document_day": "2026-11-20"}
    gateway.services.answers["LimitGuardianship"] = lambda request: guardian_pb2.GuardianshipReply(
        guardianship_id=request.guardianship_id, version=request.expected_version + 1
    )
    saved = await gateway.call("POST", f"/api/v1/guardianships/{guardianship}/limit", secret, json=limit)
    assert saved.json() == {"guardianship_id": guardianship, "version": 4}
    for last_day, status in (("2027-06-01", 200), (None, 200), ("1 июня", 422), ("", 422), (20270601, 422)):
        answer = await gateway.call("POST", f"/api/v1/guardianships/{guardianship}/limit", secret, json=limit | {"last_day": last_day})
        assert answer.status_code == status
    assert [one.last_day for one in gateway.services.named("LimitGuardianship")] == ["", "2027-06-01", ""]
    for path, body in (("end", {"expected_version": 4}), ("extend", {"expected_version": 4, "last_day": "2026-12-01"})):
        answer = await gateway.call("POST", f"/api/v1/guardianships/{guardianship}/{path}", secret, json=body)
        assert answer.status_code in {200, 204}
    consent = {"student_id": student, "rights": ["SEE", "CONSENT"], "last_day": "2026-11-27"}
    assert (await gateway.call("POST", "/api/v1/family/invitations", secret, json=consent)).status_code == 422
