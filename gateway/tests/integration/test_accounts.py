"""A blocked person is out at once; their browser and the problem page are told why."""

import asyncio
from typing import Any
from uuid import uuid4

import orjson
import pytest

from myschool.identity.v1 import session_pb2
from myschool.roles.v1 import accounts_pb2, duplicates_pb2
from myschool_gateway.session.announced import CHANNEL
from myschool_kit.errors import NotFound, RuleBroken

from .conftest import Gateway, ready
from .test_stream import close_code, page, told

PERSON = "01930000-0000-7000-8000-000000000001"
WISH = {"reason": "ABUSE", "words": "жалоба", "expected_version": 0}


async def gone(gateway: Gateway, secret: str) -> dict[str, Any]:
    """The state of a session that ends within moments."""
    async with asyncio.timeout(5):
        while True:
            state = (await gateway.call("GET", "/api/v1/session", secret)).json()
            if not state["authenticated"]:
                return state
            await asyncio.sleep(0.02)


async def test_block_when_answered_then_every_session_of_the_person_is_over_and_says_why(gateway: Gateway) -> None:
    gateway.services.answers["BlockPerson"] = lambda _request: accounts_pb2.AccountReply(version=1)
    gateway.services.answers["WhoAmI"] = ready({"roles": []})
    person = str(uuid4())
    _one, first = await gateway.sign_in(person_id=person)
    _two, second = await gateway.sign_in(person_id=person)
    _coordinator, secret = await gateway.sign_in(role_type="REGIONAL_COORDINATOR", region_code="99")
    answer = await gateway.call("POST", f"/api/v1/accounts/{person}/block", secret, json=WISH)
    assert (answer.status_code, answer.json()) == (200, {"version": 1})
    [told] = gateway.services.named("BlockPerson")
    assert (told.person_id, told.reason, told.words, told.expected_version) == (person, 4, "жалоба", 0)
    for left in (first, second):
        assert (await gateway.call("GET", "/api/v1/profile", left)).status_code == 401
        state = (await gateway.call("GET", "/api/v1/session", left)).json()
        assert (state["authenticated"], state["notice"]) == (False, "blocked")
    assert (await gateway.call("GET", "/api/v1/session", secret)).json()["authenticated"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({**WISH, "reason": "MOOD"}, id="no-such-reason"),
        pytest.param({**WISH, "words": ""}, id="no-words"),
        pytest.param({**WISH, "words": "я" * 501}, id="huge-words"),
        pytest.param({**WISH, "expected_version": -1}, id="no-such-version"),
        pytest.param({**WISH, "who": "x"}, id="unknown-field"),
        pytest.param({}, id="empty"),
    ],
)
async def test_block_when_body_is_wrong_then_no_service_is_asked(gateway: Gateway, body: dict[str, Any]) -> None:
    _coordinator, secret = await gateway.sign_in(role_type="REGIONAL_COORDINATOR")
    answer = await gateway.call("POST", f"/api/v1/accounts/{PERSON}/block", secret, json=body)
    assert answer.status_code == 422
    assert gateway.services.named("BlockPerson") == []


async def test_block_when_refused_then_sessions_go_on(gateway: Gateway) -> None:
    person = str(uuid4())
    gateway.services.answers["WhoAmI"] = ready({"roles": []})
    _one, session = await gateway.sign_in(person_id=person)
    _coordinator, secret = await gateway.sign_in(role_type="REGIONAL_COORDINATOR")
    for error, status in ((NotFound("no such person", reason="PERSON_NOT_FOUND"), 404), (RuleBroken("own", reason="ACCOUNT_OWN"), 409)):
        gateway.services.answers["BlockPerson"] = error
        answer = await gateway.call("POST", f"/api/v1/accounts/{person}/block", secret, json=WISH)
        assert (answer.status_code, answer.json()["code"]) == (status, f"roles.{error.reason}")
    assert (await gateway.call("GET", "/api/v1/session", session)).json()["authenticated"]


async def test_list_history_and_unblock_pass_what_the_page_asked(gateway: Gateway) -> None:
    gateway.services.answers["ListAccounts"] = ready({"accounts": [], "next_page_token": ""})
    gateway.services.answers["GetAccountHistory"] = ready({"changes": []})
    gateway.services.answers["UnblockPerson"] = lambda _request: accounts_pb2.AccountReply(version=2)
    _coordinator, secret = await gateway.sign_in(role_type="REGIONAL_COORDINATOR")
    answer = await gateway.call("GET", "/api/v1/accounts?q=Белов&blocked=true&page_size=7", secret)
    assert answer.json() == {"accounts": [], "next_page_token": ""}
    [asked] = gateway.services.named("ListAccounts")
    assert (asked.query, asked.blocked, asked.never, asked.page_size) == ("Белов", True, False, 7)
    await gateway.call("GET", "/api/v1/accounts?never=true", secret)
    assert gateway.services.named("ListAccounts")[1].never
    assert (await gateway.call("GET", "/api/v1/accounts?never=perhaps", secret)).status_code == 422
    assert (await gateway.call("GET", f"/api/v1/accounts/{PERSON}/history", secret)).json() == {"changes": []}
    body = {"words": "разобрались", "expected_version": 1}
    assert (await gateway.call("POST", f"/api/v1/accounts/{PERSON}/unblock", secret, json=body)).json() == {"version": 2}
    assert (await gateway.call("GET", "/api/v1/accounts/12/history", secret)).status_code == 422


async def test_ending_when_identity_announces_it_then_open_page_is_out(gateway: Gateway) -> None:
    gateway.services.answers["ListMemberships"] = lambda _request: b'{"chats": {}}'
    session, secret = await gateway.sign_in()
    async with page(gateway, secret) as socket:
        assert (await told(socket))["t"] == "hello"
        hint = {"t": "session", "session_id": session.session_id, "reason": "linked"}
        await gateway.parts.redis.publish(CHANNEL, b"not json")
        await gateway.parts.redis.publish(CHANNEL, orjson.dumps(hint))
        assert await close_code(socket) == 4401
    assert (await gone(gateway, secret))["notice"] == "linked"


async def test_token_when_identity_announces_its_end_then_forgotten(gateway: Gateway) -> None:
    token_hash = "ab" * 32
    await gateway.parts.redis.set(f"bearer:{token_hash}", b"{}")
    await gateway.parts.redis.publish(CHANNEL, orjson.dumps({"t": "token", "token_hash": token_hash}))
    async with asyncio.timeout(5):
        while await gateway.parts.redis.exists(f"bearer:{token_hash}"):
            await asyncio.sleep(0.02)


async def test_check_when_the_announcement_was_lost_then_session_ends_with_its_reason(gateway: Gateway) -> None:
    gateway.services.answers["WhoAmI"] = ready({"roles": []})
    session, secret = await gateway.sign_in()
    gateway.services.answers["GetOwnSession"] = lambda _request: session_pb2.GetOwnSessionResponse(end_reason="separated")
    await gateway.parts.checks.check(session)
    assert (await gone(gateway, secret))["notice"] == "separated"
    other, secret = await gateway.sign_in()
    gateway.services.answers["GetOwnSession"] = lambda _request: session_pb2.GetOwnSessionResponse(end_reason="expired")
    await gateway.parts.checks.check(other)
    assert (await gateway.call("GET", "/api/v1/session", secret)).json()["authenticated"]


async def test_duplicates_merge_and_separation_pass_what_the_page_asked(gateway: Gateway) -> None:
    answers, other, merge = gateway.services.answers, str(uuid4()), str(uuid4())
    answers["ListDuplicates"] = ready({"pairs": [], "next_page_token": ""})
    answers["ListMerges"] = ready({"merges": [], "next_page_token": ""})
    answers["MergePeople"] = lambda _request: duplicates_pb2.MergePeopleResponse(merge_id=merge)
    answers["SeparatePeople"] = ready({"kept": [{"what": "HOMEROOM", "role_type": "", "name": "7А"}]})
    _head, secret = await gateway.sign_in(role_type="HEAD")
    assert (await gateway.call("GET", "/api/v1/duplicates?judged=true&page_size=7", secret)).json()["pairs"] == []
    [asked] = gateway.services.named("ListDuplicates")
    assert (asked.judged, asked.page_size) == (True, 7)
    assert (await gateway.call("GET", "/api/v1/merges", secret)).json()["merges"] == []
    verdict = {"first_id": PERSON, "second_id": other, "different": True}
    assert (await gateway.call("POST", "/api/v1/duplicates/verdict", secret, json=verdict)).status_code == 204
    answer = await gateway.call("POST", "/api/v1/merges", secret, json={"person_id": PERSON, "merged_id": other})
    assert answer.json() == {"merge_id": merge}
    [told] = gateway.services.named("MergePeople")
    assert (told.person_id, told.merged_id) == (PERSON, other)
    assert (await gateway.call("POST", f"/api/v1/merges/{merge}/separate", secret)).json()["kept"][0]["name"] == "7А"
    for path, body in (("merges", {"person_id": "12", "merged_id": other}), ("duplicates/verdict", {"first_id": PERSON})):
        assert (await gateway.call("POST", f"/api/v1/{path}", secret, json=body)).status_code == 422
