"""Sign-in of a child by code and by device: no Keycloak behind it, guessing is limited, a revoked device is out at once."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from myschool.common.v1 import options_pb2
from myschool.identity.v1 import pairing_pb2 as pb
from myschool.roles.v1 import roles_pb2
from myschool_gateway.auth.gate import GUESS, Gate
from myschool_gateway.cookies import DEVICE_S
from myschool_kit import clock, status
from myschool_kit.errors import DomainError, NotFound, RuleBroken

from .conftest import Gateway, ready
from .keycloak_stand_in import Realm
from .test_bff import attributes
from .test_matrix import problem

HOUR_MS = 3_600_000
DEVICE = "__Host-myschool-device"


class Child:
    """A child's browser, and identity as it answers for it."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.person_id, self.pairing_id = str(uuid4()), str(uuid4())
        self.cookies: dict[str, str] = {}
        answers = gateway.services.answers
        answers["RedeemPairing"] = answers["ResumePairing"] = lambda _request: pb.PairedSession(
            pairing_id=self.pairing_id, person_id=self.person_id, display_name="Белов Пётр"
        )
        answers["GetPairedDevice"] = lambda _request: pb.GetPairedDeviceResponse(given_name="Пётр")
        answers["CheckPairing"] = lambda _request: pb.CheckPairingResponse(live=True)
        role = {
            "id": str(uuid4()),
            "type": "STUDENT",
            "status": "ACTIVE",
            "organisation_id": "",
            "organisation_name": "",
            "region_code": "",
        }
        answers["WhoAmI"] = ready({"roles": [{**role, "version": 1, "groups": [], "children": [], "student": None}]})
        answers["EnterRole"] = lambda request: roles_pb2.EnterRoleResponse(role_id=request.role_id, role_type=options_pb2.ROLE_TYPE_STUDENT)

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookie, **options.pop("headers", {})}
        answer = await self.gateway.call(method, path, headers=headers, **options)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    async def code(self, code: str = "ABCD-EFGH") -> httpx.Response:
        return await self.call("POST", "/auth/child", json={"code": code})

    async def state(self) -> Any:
        return (await self.call("GET", "/api/v1/session")).json()


@pytest.fixture
def child(gateway: Gateway) -> Child:
    return Child(gateway)


def refuses(gateway: Gateway, method: str, error: DomainError) -> None:
    gateway.services.answers[method] = error


async def test_code_when_good_then_signed_in_as_a_pupil_with_exact_cookies_and_no_tokens(child: Child, gateway: Gateway) -> None:
    answer = await child.code()
    assert answer.status_code == 204
    lines = {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}
    assert attributes(lines[DEVICE]) == {"httponly", "secure", "samesite=strict", "path=/", f"max-age={DEVICE_S}"}
    assert DEVICE_S == 180 * 24 * 3600
    assert attributes(lines["__Host-myschool"]) == {"httponly", "secure", "samesite=strict", "path=/"}
    state = await child.state()
    assert (state["authenticated"], state["person"]["display_name"], state["role"]["type"]) == (True, "Белов Пётр", "STUDENT")
    [asked] = gateway.services.named("RedeemPairing")
    assert asked.code == "ABCD-EFGH"
    assert child.cookies[DEVICE] not in str(asked)
    assert await gateway.parts.sessions.tokens(asked.session_id) is None
    assert b"tokens" not in await gateway.parts.redis.hkeys(await gateway.parts.redis.get(f"session-id:{asked.session_id}"))
    [caller] = [principal for method, _request, principal, _metadata in gateway.services.seen if method == "RedeemPairing"]
    assert caller.role_type == "SYSTEM"


async def test_session_of_a_child_when_open_then_its_own_clock_and_a_fresh_id_each_time(child: Child, gateway: Gateway) -> None:
    await child.code()
    state, first = await child.state(), child.cookies["__Host-myschool"]
    now = clock.epoch_ms(clock.now())
    assert abs(state["ends_at"] - (now + 12 * HOUR_MS)) < 60_000
    assert abs(state["expires_at"] - (now + HOUR_MS / 2)) < 60_000
    assert (await child.call("POST", "/auth/device")).status_code == 204
    assert child.cookies["__Host-myschool"] != first
    assert (await gateway.call("GET", "/api/v1/profile", first)).status_code == 401
    assert len({one.session_id for one in gateway.services.named("RedeemPairing") + gateway.services.named("ResumePairing")}) == 2
    # Lists kept by person outlive every session of theirs.
    assert await gateway.parts.redis.pttl(f"session-person:{child.person_id}") > 11 * HOUR_MS


async def test_session_of_a_child_when_keycloak_is_down_then_checked_renewed_and_ended(
    child: Child, gateway: Gateway, realm: Realm
) -> None:
    realm.is_away = True
    Child.__init__(child, gateway)
    await child.code()
    session_id = gateway.services.named("RedeemPairing")[0].session_id
    await gateway.parts.checks.check(await kept(gateway, session_id))
    assert (await child.state())["authenticated"] is True
    assert (await child.call("POST", "/api/v1/session/role", json={"role_id": str(uuid4())})).status_code == 200
    assert (await child.call("POST", "/auth/logout")).status_code == 204
    assert (await child.state())["authenticated"] is False
    assert (await child.call("POST", "/auth/device")).status_code == 204
    assert (await child.state())["authenticated"] is True
    assert realm.forms == []


async def kept(gateway: Gateway, session_id: str) -> Any:
    found = await gateway.parts.sessions.look_by_id(session_id)
    assert found is not None
    return gateway.parts.principals.of(found.stored)[0]


async def test_session_of_a_child_when_the_device_is_good_no_more_then_the_next_check_ends_it(child: Child, gateway: Gateway) -> None:
    await child.code()
    session = await kept(gateway, gateway.services.named("RedeemPairing")[0].session_id)
    gateway.services.answers["CheckPairing"] = lambda _request: pb.CheckPairingResponse(live=False)
    await gateway.parts.checks.check(session)
    assert (await child.state())["authenticated"] is False
    assert [(one.session_id, one.reason) for one in gateway.services.named("SignOut")] == [(session.session_id, "revoked")]


async def test_session_through_gosuslugi_when_checked_then_no_device_is_asked_about(gateway: Gateway) -> None:
    session, _secret = await gateway.sign_in()
    await gateway.parts.checks.check(session)
    assert gateway.services.named("CheckPairing") == []


async def test_code_when_roles_do_not_answer_then_signed_in_all_the_same(child: Child, gateway: Gateway) -> None:
    refuses(gateway, "WhoAmI", status.Away("away"))
    assert (await child.code()).status_code == 204
    session = await kept(gateway, gateway.services.named("RedeemPairing")[0].session_id)
    assert (session.role_type, session.pairing_id, session.trusted) == ("PERSON", child.pairing_id, False)


async def test_code_when_a_parent_was_signed_in_here_then_out_at_keycloak_too(child: Child, gateway: Gateway, realm: Realm) -> None:
    Child.__init__(child, gateway)
    parent, secret = await gateway.sign_in(role_type="GUARDIAN")
    child.cookies["__Host-myschool"] = secret
    await child.code()
    assert await gateway.parts.sessions.look(secret) is None
    assert [form["refresh_token"] for form in realm.forms] == [["refresh-token"]]
    assert parent.session_id in [one.session_id for one in gateway.services.named("SignOut")]


async def test_code_when_wrong_then_404_without_cookies_and_a_guess_is_paid(child: Child, gateway: Gateway) -> None:
    refuses(gateway, "RedeemPairing", NotFound("no such code", reason="PAIRING_CODE_UNKNOWN"))
    gate, spent = gateway.parts.gate, await allowance(gateway)
    answer = await child.code("ZZZZ-ZZZZ")
    assert problem(answer, 404)["code"] == "identity.PAIRING_CODE_UNKNOWN"
    assert "ZZZZ" not in answer.text
    assert "set-cookie" not in answer.headers
    wrong = await allowance(gateway) - spent
    assert wrong > gate._cost_ms * (GUESS - 2)
    Child.__init__(child, gateway)
    spent = await allowance(gateway)
    await child.code()
    assert await allowance(gateway) - spent < gate._cost_ms * 2


async def allowance(gateway: Gateway) -> float:
    """What this machine has spent, in ms since the epoch."""
    return float(await gateway.parts.redis.get("gate:127.0.0.1") or clock.epoch_ms(clock.now()))


async def test_code_when_guessed_at_once_then_fifteen_and_no_more(child: Child, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    refuses(gateway, "RedeemPairing", NotFound("no such code", reason="PAIRING_CODE_UNKNOWN"))
    await gateway.parts.redis.delete("gate:127.0.0.1")
    gate = Gate(gateway.parts.redis, 10, 300)
    for name in ("_cost_ms", "_burst_ms"):
        monkeypatch.setattr(gateway.parts.gate, name, getattr(gate, name))
    try:
        answers = await asyncio.gather(*(child.code(f"AAAA-{place:04}") for place in range(60)))
        codes = [answer.status_code for answer in answers]
        assert set(codes) == {404, 429}
        # A moment's worth is earned while they run.
        assert 15 <= codes.count(404) <= 17 and len(gateway.services.named("RedeemPairing")) == codes.count(404)
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert problem(refused, 429)["code"] == "gateway.RATE_LIMITED" and int(refused.headers["retry-after"]) >= 1
    finally:
        await gateway.parts.redis.delete("gate:127.0.0.1")


@pytest.mark.parametrize("reason", ["CHILD_FOURTEEN", "GUARDIAN_GONE", "TOO_MANY_DEVICES"])
async def test_code_when_right_but_refused_then_told_why(child: Child, gateway: Gateway, reason: str) -> None:
    refuses(gateway, "RedeemPairing", RuleBroken("no", reason=reason))
    assert problem(await child.code(), 409)["code"] == f"identity.{reason}"
    assert child.cookies == {}


async def test_body_when_bad_then_422_and_nobody_is_asked(child: Child, gateway: Gateway) -> None:
    for body in ({}, {"code": ""}, {"code": "x" * 41}, {"code": 7}, {"code": "A", "more": 1}, [], None, {"code": "\x00"}):
        answer = await child.call("POST", "/auth/child", content=orjson.dumps(body), headers={"Content-Type": "application/json"})
        problem(answer, 422)
    problem(await child.call("POST", "/auth/child", content=b"{" + b" " * 2_000_000), 413)
    assert gateway.services.seen == []


@pytest.mark.parametrize(("method", "path"), [("POST", "/auth/child"), ("POST", "/auth/device"), ("DELETE", "/auth/device")])
async def test_call_from_elsewhere_when_made_then_403(child: Child, gateway: Gateway, method: str, path: str) -> None:
    child.cookies[DEVICE] = "x" * 43
    for headers in ({"X-MySchool-CSRF": ""}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert problem(await child.call(method, path, json={"code": "A"}, headers=headers), 403)["code"] == "gateway.CSRF_REFUSED"
    assert problem(await child.call("GET", "/auth/device", headers={"Sec-Fetch-Site": "cross-site"}), 403)
    assert gateway.services.seen == []


async def test_device_when_looked_at_then_a_first_name_by_the_cookie_only(child: Child, gateway: Gateway) -> None:
    assert (await child.call("GET", "/auth/device")).json() == {"name": ""}
    assert gateway.services.seen == []
    await child.code()
    answer = await child.call("GET", "/auth/device")
    assert (answer.json(), answer.headers["cache-control"]) == ({"name": "Пётр"}, "no-store")
    refuses(gateway, "GetPairedDevice", NotFound("unknown", reason="PAIRING_UNKNOWN"))
    assert (await child.call("GET", "/auth/device")).json() == {"name": ""}
    assert DEVICE not in child.cookies


async def test_device_when_revoked_or_none_then_404_and_the_cookie_goes(child: Child, gateway: Gateway) -> None:
    assert problem(await child.call("POST", "/auth/device"), 404)["code"] == "gateway.DEVICE_UNKNOWN"
    await child.code()
    await child.call("POST", "/auth/logout")
    refuses(gateway, "ResumePairing", RuleBroken("14", reason="CHILD_FOURTEEN"))
    assert problem(await child.call("POST", "/auth/device"), 409)["code"] == "identity.CHILD_FOURTEEN"
    assert DEVICE in child.cookies
    refuses(gateway, "ResumePairing", NotFound("unknown", reason="PAIRING_UNKNOWN"))
    assert problem(await child.call("POST", "/auth/device"), 404)["code"] == "identity.PAIRING_UNKNOWN"
    assert DEVICE not in child.cookies


async def test_device_when_forgotten_or_given_another_code_then_identity_ends_the_former(child: Child, gateway: Gateway) -> None:
    await child.code()
    first = gateway.services.named("RedeemPairing")[0]
    gateway.services.answers["ForgetPairing"] = lambda _request: pb.PairingEnded(session_ids=[first.session_id])
    await child.code()
    assert [one.device_secret_hash for one in gateway.services.named("ForgetPairing")] == [first.device_secret_hash]
    assert await gateway.parts.sessions.look_by_id(first.session_id) is None
    second = gateway.services.named("RedeemPairing")[1]
    gateway.services.answers["ForgetPairing"] = lambda _request: pb.PairingEnded(session_ids=[second.session_id])
    for _ in range(2):
        assert (await child.call("DELETE", "/auth/device")).status_code == 204
    assert DEVICE not in child.cookies
    assert (await child.state())["authenticated"] is False
    assert len(gateway.services.named("ForgetPairing")) == 2


async def test_guardian_when_revoking_then_the_child_s_open_page_is_out_at_once(child: Child, gateway: Gateway) -> None:
    await child.code()
    session_id = gateway.services.named("RedeemPairing")[0].session_id
    _guardian, secret = await gateway.sign_in(role_type="GUARDIAN")
    gateway.services.answers["RevokePairing"] = lambda _request: pb.PairingEnded(session_ids=[session_id])
    gateway.services.answers["ListMemberships"] = ready({"chats": {}})
    headers = {"Cookie": f"__Host-myschool={child.cookies['__Host-myschool']}", "Origin": gateway.parts.settings.origin}
    async with connect(gateway.stream_url(), additional_headers=headers) as page:
        await page.recv()
        path = f"/api/v1/children/{child.person_id}/pairings/{child.pairing_id}"
        for _ in range(2):
            assert (await gateway.call("DELETE", path, secret)).status_code == 204
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await asyncio.wait_for(page.recv(), 5)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
    assert (await child.state())["authenticated"] is False


async def test_guardian_when_listing_and_making_then_use_is_live_and_the_code_is_kept_by_nobody(child: Child, gateway: Gateway) -> None:
    await child.code()
    session_id = gateway.services.named("RedeemPairing")[0].session_id
    device = {"id": child.pairing_id, "device_name": "Планшет", "made_by": "", "browser": "Chrome", "paired_at_ms": 1, "used_at_ms": 2}
    body = {
        "may_create": True,
        "codes": [],
        "devices": [{**device, "session_ids": [session_id, str(uuid4())]}, {**device, "session_ids": []}],
    }
    gateway.services.answers["GetPairings"] = ready(body)
    _guardian, secret = await gateway.sign_in(role_type="GUARDIAN")
    listed = (await gateway.call("GET", f"/api/v1/children/{child.person_id}/pairings", secret)).json()
    assert [one["live"] for one in listed["devices"]] == [True, False]
    assert listed["devices"][0]["used_at_ms"] > 2 and listed["devices"][1]["used_at_ms"] == 2
    assert "session_ids" not in listed["devices"][0]

    gateway.services.answers["CreatePairing"] = lambda _request: pb.CreatePairingResponse(code="ABCD-EFGH", expires_at_ms=5)
    key = str(uuid4())
    made = await gateway.call(
        "POST", f"/api/v1/children/{child.person_id}/pairings", secret, json={"device_name": "Планшет"}, headers={"Idempotency-Key": key}
    )
    assert (made.status_code, made.json()) == (201, {"id": key, "code": "ABCD-EFGH", "expires_at_ms": 5})
    assert made.headers["cache-control"] == "no-store"
    [metadata] = [found for method, _request, _principal, found in gateway.services.seen if method == "CreatePairing"]
    assert metadata.get("x-request-id", "") == ""
