"""How long a session lives and for whom, staying, leaving everywhere, Keycloak away, and knocking too often."""

import asyncio
import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import orjson
import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from myschool.common.v1 import options_pb2
from myschool.identity.v1 import identity_pb2, session_pb2
from myschool.roles.v1 import roles_pb2
from myschool_gateway.auth.gate import Gate
from myschool_gateway.session.model import ADMINISTRATORS, Session, Tokens
from myschool_gateway.session.store import Limits, SessionStore
from myschool_kit import clock
from myschool_kit.crypto import FieldCipher

from .conftest import Gateway, ready
from .keycloak_stand_in import Realm
from .test_matrix import problem

HOUR_MS = 3_600_000


def enters(gateway: Gateway, role_type: str) -> None:
    """From now on every role entered is of this type."""
    wanted = options_pb2.RoleType.Value(f"ROLE_TYPE_{role_type}")
    gateway.services.answers["WhoAmI"] = ready({"roles": []})
    gateway.services.answers["EnterRole"] = lambda request: roles_pb2.EnterRoleResponse(role_id=request.role_id, role_type=wanted)


async def enter(gateway: Gateway, secret: str) -> Any:
    return await gateway.call("POST", "/api/v1/session/role", secret, json={"role_id": str(uuid4())})


def new_secret(response: Any) -> str:
    return response.headers["set-cookie"].partition("=")[2].partition(";")[0]


@pytest.mark.parametrize("role_type", sorted(ADMINISTRATORS))
async def test_administrator_when_entered_then_the_session_is_shorter_and_stays_so(gateway: Gateway, role_type: str) -> None:
    session, secret = await gateway.sign_in()
    enters(gateway, role_type)
    entered = new_secret(await enter(gateway, secret))
    state = (await gateway.call("GET", "/api/v1/session", entered)).json()
    assert state["ends_at"] == session.opened_at_ms + 4 * HOUR_MS
    assert state["expires_at"] <= state["server_time"] + HOUR_MS / 4
    # A call moves the end by the administrator's quarter of an hour, not by everybody's half.
    await gateway.call("POST", "/api/v1/session/stay", entered)
    moved = (await gateway.call("GET", "/api/v1/session", entered)).json()
    assert moved["expires_at"] <= moved["server_time"] + HOUR_MS / 4
    enters(gateway, "TEACHER")
    teacher = new_secret(await enter(gateway, entered))
    await gateway.call("POST", "/api/v1/session/stay", teacher)
    state = (await gateway.call("GET", "/api/v1/session", teacher)).json()
    assert state["ends_at"] == session.opened_at_ms + 4 * HOUR_MS
    assert state["expires_at"] > state["server_time"] + HOUR_MS / 4


async def test_administrator_when_the_account_is_not_confirmed_then_refused_and_nothing_changes(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in(trusted=False)
    enters(gateway, "HEAD")
    assert problem(await enter(gateway, secret), 403)["code"] == "gateway.ACCOUNT_UNCONFIRMED"
    assert (await gateway.call("GET", "/api/v1/session", secret)).json()["role"]["type"] == "TEACHER"
    enters(gateway, "GUARDIAN")
    assert (await enter(gateway, secret)).status_code == 200


async def test_sign_in_of_an_unconfirmed_head_when_it_is_the_only_role_then_into_no_role(gateway: Gateway) -> None:
    enters(gateway, "HEAD")
    role = {"id": str(uuid4()), "type": "HEAD", "status": "ACTIVE", "organisation_id": "", "organisation_name": "", "region_code": ""}
    gateway.services.answers["WhoAmI"] = ready({"roles": [{**role, "version": 1, "groups": [], "children": [], "student": None}]})
    blank = Session(str(uuid4()), str(uuid4()), "", "kc", clock.epoch_ms(clock.now()))
    for trusted, role_type in ((False, "PERSON"), (True, "HEAD")):
        gateway.services.answers["SignIn"] = lambda _request, told=trusted: identity_pb2.SignInResponse(
            person_id=blank.person_id, trusted=told
        )
        session = await gateway.parts.cabinet.sign_in("1", blank, "", "00-" + "1" * 32 + "-" + "1" * 16 + "-01")
        assert (session.role_type, session.trusted) == (role_type, trusted)


async def test_stay_when_asked_then_the_end_moves_and_a_look_does_not_move_it(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    gateway.services.answers["WhoAmI"] = ready({"roles": []})
    first = (await gateway.call("GET", "/api/v1/session", secret)).json()["expires_at"]
    await asyncio.sleep(0.05)
    assert (await gateway.call("GET", "/api/v1/session", secret)).json()["expires_at"] <= first + 10
    assert (await gateway.call("POST", "/api/v1/session/stay", secret)).json()["expires_at"] >= first + 40
    problem(await gateway.call("POST", "/api/v1/session/stay"), 401)


async def test_leaving_everywhere_when_asked_then_each_device_page_and_keycloak_is_out_within_seconds(
    gateway: Gateway, realm: Realm
) -> None:
    mine, secret = await gateway.sign_in()
    others = [await gateway.sign_in(person_id=mine.person_id) for _ in range(3)]
    _stranger, untouched = await gateway.sign_in()
    gateway.services.answers["EndAllSessions"] = lambda _request: session_pb2.EndAllSessionsResponse(ended=4)
    gateway.services.answers["ListMemberships"] = ready({"chats": {}})
    origin = gateway.parts.settings.origin
    headers = {"Cookie": f"__Host-myschool={others[0][1]}", "Origin": origin}
    async with connect(gateway.stream_url(), additional_headers=headers) as page:
        await page.recv()
        answer = await gateway.call("DELETE", "/api/v1/sessions", secret)
        assert answer.status_code == 204
        assert 'myschool=""' in answer.headers["set-cookie"]
        async with asyncio.timeout(5):
            with pytest.raises(ConnectionClosed):
                while True:
                    await page.recv()
        assert page.close_code == 4401
    for gone in (secret, *(other for _session, other in others)):
        problem(await gateway.call("GET", "/api/v1/profile", gone), 401)
    assert (await gateway.call("GET", "/api/v1/profile", untouched)).status_code == 200
    assert sum("refresh_token" in form for form in realm.forms) == 4
    assert len(gateway.services.named("EndAllSessions")) == 1


async def test_people_who_are_signed_in_when_keycloak_is_away_then_go_on_working(gateway: Gateway, realm: Realm) -> None:
    session, secret = await gateway.sign_in()
    # Due long ago, so that the check wants fresh tokens from a Keycloak that does not answer.
    await gateway.parts.sessions.keep_tokens(session.session_id, Tokens("old", 0))
    realm.is_away = True
    for _ in range(3):
        await gateway.parts.checks._guarded(session)
        assert (await gateway.call("GET", "/api/v1/profile", secret)).status_code == 200
    realm.is_away = False
    await gateway.parts.checks._guarded(session)
    kept = await gateway.parts.sessions.tokens(session.session_id)
    assert kept is not None and kept.refresh_token == "fresh"
    assert (await gateway.call("GET", "/api/v1/profile", secret)).status_code == 200


async def test_fresh_sign_in_when_asked_then_past_keycloaks_own_session_with_the_way_back(gateway: Gateway) -> None:
    for query, prompt in (("&fresh=true", ["login"]), ("", None)):
        answer = await gateway.call("GET", f"/auth/login?return_to=/settings%23profile{query}")
        asked = parse_qs(urlsplit(answer.headers["location"]).query)
        assert asked.get("prompt") == prompt
        encoded = asked["state"][0].split(".")[2]
        assert base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)) == b"/settings#profile"


async def test_door_when_one_address_knocks_too_often_then_429_and_others_come_in(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.parts.gate, "_cost_ms", 3_600_000.0)
    monkeypatch.setattr(gateway.parts.gate, "_burst_ms", 40 * 3_600_000.0)
    guesser, school = f"203.0.113.{uuid4().int % 250}", f"2001:db8:{uuid4().hex[:4]}::1"

    async def knock(address: str, path: str = "/auth/login") -> int:
        return (await gateway.call("GET", path, headers={"X-Forwarded-For": address})).status_code

    # A state that nobody knows costs as much as twenty sign-ins: two guesses, and the address waits.
    guesses = [await knock(guesser, f"/auth/callback?state={uuid4()}&code=1") for _ in range(4)]
    assert guesses == [303, 303, 429, 429]
    assert await knock(guesser) == 429
    assert [await knock(school) for _ in range(41)] == [303] * 40 + [429]
    assert await knock(school.removesuffix("1") + "ffff") == 429  # the same house
    assert await knock("198.51.100.1") == 303
    refused = await gateway.call("GET", "/auth/login", headers={"X-Forwarded-For": guesser})
    assert int(refused.headers["retry-after"]) > 0
    assert problem(refused, 429)["code"] == "gateway.RATE_LIMITED"


async def test_door_when_valkey_is_away_then_it_does_not_add_a_fault_of_its_own() -> None:
    nowhere = Redis(host="127.0.0.1", port=9, socket_connect_timeout=0.2)
    await Gate(nowhere, 1, 1).pass_("192.0.2.1")
    await nowhere.aclose()


async def test_sign_ins_when_listed_then_passed_through_with_their_page(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    gateway.services.answers["ListSignIns"] = lambda _request: orjson.dumps({"sign_ins": [], "next_page_token": ""})
    assert (await gateway.call("GET", "/api/v1/sign-ins?page_size=5", secret)).json() == {"sign_ins": [], "next_page_token": ""}
    assert gateway.services.named("ListSignIns")[-1].page_size == 5
    problem(await gateway.call("GET", "/api/v1/sign-ins?page_size=1000", secret), 422)


async def test_shorter_limits_when_configured_longer_than_everybodys_then_never_longer(gateway: Gateway) -> None:
    limits = Limits(1000, 2000, 1, 1, 1, administrator_idle_ms=9_000, administrator_absolute_ms=9_000)
    store = SessionStore(gateway.parts.redis, FieldCipher(base64.b64encode(b"k" * 32)), limits)
    now = clock.epoch_ms(clock.now())
    found = await store.look(await store.open(Session(str(uuid4()), str(uuid4()), "", "", now, role_type="HEAD"), Tokens("", now)))
    assert found is not None
    assert (found.until_ms, found.ends_at_ms <= now + 1_200) == (now + 2000, True)
