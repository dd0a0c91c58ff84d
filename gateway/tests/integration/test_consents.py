"""Consents: answers and withdrawals open and close every session of everybody concerned, at once."""

from uuid import uuid4

from myschool.common.v1 import options_pb2
from myschool.identity.v1 import consent_pb2
from myschool.roles.v1 import roles_pb2

from .conftest import Answer, Gateway, ready
from .test_matrix import problem


async def test_consents_open_the_cabinet(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in(missing_consents=("personal_data",))
    problem(await gateway.call("GET", "/api/v1/day", secret), 403)
    body = {"consents": [{"purpose": "personal_data", "version": "1"}]}
    gateway.services.answers["AnswerConsents"] = missing_now({session.person_id: []})
    assert (await gateway.call("POST", "/api/v1/consents", secret, json=body)).json() == {"missing_consents": []}
    assert (await gateway.call("GET", "/api/v1/day", secret)).status_code == 200


def missing_now(people: dict[str, list[str]]) -> Answer:
    """Identity's word on what is missing for whom."""
    told = [consent_pb2.PersonMissing(person_id=person, missing_consents=missing) for person, missing in people.items()]
    return lambda _request: consent_pb2.ConsentsChanged(people=told)


async def test_withdrawal_closes_every_session_of_everybody_concerned_and_an_answer_opens_them(gateway: Gateway) -> None:
    mother, secret = await gateway.sign_in(role_type="GUARDIAN")
    _same, elsewhere = await gateway.sign_in(person_id=mother.person_id)
    child, of_child = await gateway.sign_in(role_type="STUDENT")
    _other, stranger = await gateway.sign_in()
    closed = {mother.person_id: [], child.person_id: ["personal_data"]}
    gateway.services.answers["WithdrawConsent"] = missing_now(closed)
    body = {"purpose": "personal_data", "subject_id": child.person_id}
    assert (await gateway.call("POST", "/api/v1/consents/withdrawals", secret, json=body)).json() == {"missing_consents": []}
    assert problem(await gateway.call("GET", "/api/v1/day", of_child), 403)["code"] == "gateway.CONSENT_REQUIRED"
    for open_ in (secret, elsewhere, stranger):
        assert (await gateway.call("GET", "/api/v1/day", open_)).status_code == 200
    gateway.services.answers["WithdrawConsent"] = missing_now({mother.person_id: ["personal_data"]})
    assert (await gateway.call("POST", "/api/v1/consents/withdrawals", elsewhere, json={"purpose": "personal_data"})).json() == {
        "missing_consents": ["personal_data"]
    }
    for shut in (secret, elsewhere):
        problem(await gateway.call("GET", "/api/v1/day", shut), 403)
    gateway.services.answers["AnswerConsents"] = missing_now({mother.person_id: [], child.person_id: []})
    given = {"consents": [{"purpose": "personal_data", "version": "1", "subject_id": child.person_id}]}
    assert (await gateway.call("POST", "/api/v1/consents", secret, json=given)).status_code == 200
    for open_ in (secret, elsewhere, of_child):
        assert (await gateway.call("GET", "/api/v1/day", open_)).status_code == 200


async def test_consent_document_is_a_file_in_which_nothing_can_run(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    gateway.services.answers["ExportConsents"] = lambda _request: consent_pb2.ExportConsentsResponse(
        content=b"<p>1</p>", file_name="a.html"
    )
    answer = await gateway.call("GET", f"/api/v1/consents/document?subject_id={uuid4()}", secret)
    assert (answer.status_code, answer.content) == (200, b"<p>1</p>")
    assert answer.headers["content-disposition"] == 'attachment; filename="a.html"'
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    problem(await gateway.call("GET", "/api/v1/consents/document?subject_id=1", secret), 422)


async def test_entering_a_role_asks_anew_what_is_missing(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    gateway.services.answers["WhoAmI"] = ready({"roles": []})
    gateway.services.answers["EnterRole"] = lambda request: roles_pb2.EnterRoleResponse(
        role_id=request.role_id, role_type=options_pb2.ROLE_TYPE_TEACHER
    )
    gateway.services.answers["CheckConsents"] = lambda _request: consent_pb2.CheckConsentsResponse(missing_consents=["progress"])
    state = await gateway.call("POST", "/api/v1/session/role", secret, json={"role_id": str(uuid4())})
    assert state.json()["missing_consents"] == ["progress"]
