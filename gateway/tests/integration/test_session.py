"""Sessions: life, rate, role change, consents, what the page is told, sign-out."""

import asyncio
import base64
import gzip
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest
from redis.asyncio import Redis

from myschool.common.v1 import json_pb2, options_pb2
from myschool.identity.v1 import identity_pb2
from myschool.roles.v1 import roles_pb2
from myschool_gateway.session.model import Tokens
from myschool_gateway.session.store import Limits, SessionStore
from myschool_kit.crypto import FieldCipher
from myschool_kit.errors import Invalid, Kind, NotFound, RemoteError, Stale, Violation

from .conftest import Gateway, ready
from .test_matrix import problem


def a_role(role_id: str, status: str = "ACTIVE", kind: str = "TEACHER") -> dict[str, Any]:
    return {
        "id": role_id,
        "type": kind,
        "status": status,
        "organisation_id": str(uuid4()),
        "organisation_name": "Школа № 12",
        "region_code": "99",
        "version": 1,
        "groups": [{"id": str(uuid4()), "name": "7А", "homeroom": True, "subjects": ["Алгебра"]}],
        "children": [],
        "student": None,
    }


def test_store_of(gateway: Gateway, **limits: Any) -> SessionStore:
    given = {"idle_ms": 60_000, "absolute_ms": 60_000, "check_every_ms": 60_000, "per_second": 50, "burst": 100} | limits
    return SessionStore(gateway.parts.redis, FieldCipher(base64.b64encode(b"k" * 32)), Limits(**given))


test_store_of.__test__ = False  # type: ignore[attr-defined]


async def test_session_without_cookie_says_so(gateway: Gateway) -> None:
    body = (await gateway.call("GET", "/api/v1/session")).json()
    assert body["authenticated"] is False
    assert body["expires_at"] == 0


async def test_session_tells_person_role_and_roles(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    gateway.services.answers["WhoAmI"] = ready({"roles": [a_role(session.role_id)]})
    body = (await gateway.call("GET", "/api/v1/session", secret)).json()
    assert body["authenticated"] is True
    assert body["person"] == {"id": session.person_id, "display_name": session.display_name}
    assert body["role"]["id"] == session.role_id
    assert body["roles"][0]["groups"][0]["name"] == "7А"
    assert body["notice"] == ""
    assert 29 * 60_000 < body["expires_at"] - body["server_time"] <= 30 * 60_000
    _method, _request, principal, _metadata = gateway.services.seen[0]
    assert principal == session.principal


async def test_session_without_active_role_has_notice(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in(role_id="", role_type="PERSON")
    gateway.services.answers["WhoAmI"] = ready({"roles": [a_role(str(uuid4()), "SUSPENDED")]})
    body = (await gateway.call("GET", "/api/v1/session", secret)).json()
    assert body["role"] is None
    assert body["notice"] == "no_roles"


async def test_role_change_rotates_the_cookie_and_acts_in_the_new_role(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    guardian = str(uuid4())
    child = str(uuid4())
    gateway.services.answers["WhoAmI"] = ready({"roles": [a_role(session.role_id), a_role(guardian, kind="GUARDIAN")]})
    gateway.services.answers["EnterRole"] = lambda request: roles_pb2.EnterRoleResponse(
        role_id=request.role_id, role_type=options_pb2.ROLE_TYPE_GUARDIAN, student_ids=[child], region_code="99"
    )
    response = await gateway.call("POST", "/api/v1/session/role", secret, json={"role_id": guardian})
    assert response.json()["role"]["type"] == "GUARDIAN"
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie and "Secure" in cookie and "samesite=strict" in cookie.lower() and "Path=/" in cookie
    assert "domain" not in cookie.lower()
    fresh = cookie.partition("=")[2].partition(";")[0]
    assert fresh != secret
    # Calls under way with the old id act in the new role for some seconds, and cannot change it again.
    for used in (fresh, secret):
        await gateway.call("GET", "/api/v1/day", used)
        assert gateway.services.seen[-1][2].role_type == "GUARDIAN"
    again = await gateway.call("POST", "/api/v1/session/role", secret, json={"role_id": guardian})
    assert problem(again, 409)["code"] == "gateway.SESSION_MOVED"
    assert await gateway.parts.redis.pttl(next(iter([key async for key in gateway.parts.redis.scan_iter("session:*")]))) > 0


async def test_role_of_somebody_else_is_404_and_changes_nothing(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    gateway.services.answers["WhoAmI"] = ready({"roles": []})
    gateway.services.answers["EnterRole"] = NotFound("no such role", reason="ROLE_NOT_FOUND")
    response = await gateway.call("POST", "/api/v1/session/role", secret, json={"role_id": str(uuid4())})
    assert problem(response, 404)["code"] == "roles.ROLE_NOT_FOUND"
    found = await gateway.parts.sessions.look(secret)
    assert found is not None
    assert gateway.parts.principals.of(found.stored)[0] == session


async def test_rate_limit_answers_429_with_retry_after(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    # Five calls at once, then one in 20 minutes: no machine is so slow that the limit refills while the test runs.
    slow = test_store_of(gateway, per_second=1 / 1200, burst=5)
    monkeypatch.setattr(gateway.parts.sessions, "_visit_args", slow._visit_args)
    _session, secret = await gateway.sign_in()
    answers = [await gateway.call("GET", "/api/v1/periods", secret) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert problem(answers[-1], 429)["code"] == "gateway.RATE_LIMITED"
    assert int(answers[-1].headers["retry-after"]) >= 1
    _other, other_secret = await gateway.sign_in()
    assert (await gateway.call("GET", "/api/v1/periods", other_secret)).status_code == 200


async def test_session_ends_when_idle_and_absolutely(gateway: Gateway) -> None:
    session, _secret = await gateway.sign_in()
    idle = test_store_of(gateway, idle_ms=150)
    secret = await idle.open(session, Tokens("", 0))
    for _ in range(4):
        await asyncio.sleep(0.08)
        assert await idle.visit(secret) is not None
    await asyncio.sleep(0.2)
    assert await idle.visit(secret) is None
    absolute = test_store_of(gateway, absolute_ms=0)
    secret = await absolute.open(session, Tokens("", 0))
    assert await absolute.visit(secret) is None


async def test_look_does_not_move_the_end(gateway: Gateway) -> None:
    session, _secret = await gateway.sign_in()
    store = test_store_of(gateway, idle_ms=200)
    secret = await store.open(session, Tokens("", 0))
    for _ in range(4):
        await asyncio.sleep(0.07)
        found = await store.look(secret)
    assert found is None


async def test_check_is_due_once_per_interval(gateway: Gateway) -> None:
    session, _secret = await gateway.sign_in()
    store = test_store_of(gateway, check_every_ms=0)
    secret = await store.open(session, Tokens("", 0))
    store = test_store_of(gateway, check_every_ms=60_000)
    await asyncio.sleep(0.01)
    due = [found.check_due for found in await asyncio.gather(*(store.visit(secret) for _ in range(20))) if found]
    assert due.count(True) == 1


async def test_tokens_and_secret_are_not_readable_in_the_store(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    redis: Redis = gateway.parts.redis
    dump = b""
    async for key in redis.scan_iter("session*"):
        kind = await redis.type(key)
        dump += key + (b"".join(v for pair in (await redis.hgetall(key)).items() for v in pair) if kind == b"hash" else b"")
    assert secret.encode() not in dump
    assert b"refresh-token" not in dump
    tokens = await gateway.parts.sessions.tokens(session.session_id)
    assert tokens is not None
    assert tokens.refresh_token == "refresh-token"


async def test_sign_out_ends_the_session_and_shows_the_browser_no_token(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    response = await gateway.call("POST", "/auth/logout", secret)
    assert (response.status_code, response.content) == (204, b"")
    assert "__Host-myschool=" in response.headers["set-cookie"]
    problem(await gateway.call("GET", "/api/v1/day", secret), 401)
    assert gateway.services.named("SignOut")[0].session_id == session.session_id
    assert (await gateway.call("POST", "/auth/logout", secret)).status_code == 204
    assert len(gateway.services.named("SignOut")) == 1


async def test_sign_out_works_while_identity_is_away(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    gateway.services.answers["SignOut"] = RemoteError(Kind.UNAVAILABLE, "identity.myschool", "DATABASE_AWAY")
    assert (await gateway.call("POST", "/auth/logout", secret)).status_code == 204
    problem(await gateway.call("GET", "/api/v1/day", secret), 401)


async def test_ending_another_own_session_signs_it_out(gateway: Gateway) -> None:
    _mine, secret = await gateway.sign_in()
    other, other_secret = await gateway.sign_in()
    assert (await gateway.call("DELETE", f"/api/v1/sessions/{other.session_id}", secret)).status_code == 204
    problem(await gateway.call("GET", "/api/v1/day", other_secret), 401)
    third, third_secret = await gateway.sign_in()
    gateway.services.answers["EndSession"] = NotFound("no such session", reason="SESSION_NOT_FOUND")
    problem(await gateway.call("DELETE", f"/api/v1/sessions/{third.session_id}", secret), 404)
    assert (await gateway.call("GET", "/api/v1/day", third_secret)).status_code == 200


# The last one is what the event loop says of a connection that was reset while it was being opened.
@pytest.mark.parametrize(
    "lost", [ConnectionRefusedError, TimeoutError, RuntimeError("the handler is closed")], ids=["gone", "slow", "reset"]
)
async def test_sessions_away_is_503(gateway: Gateway, monkeypatch: pytest.MonkeyPatch, lost: Any) -> None:
    _session, secret = await gateway.sign_in()

    async def away(*_args: object, **_named: object) -> None:
        raise lost

    monkeypatch.setattr(gateway.parts.sessions, "_visit", away)
    response = await gateway.call("GET", "/api/v1/day", secret)
    assert problem(response, 503)["code"] == "gateway.SESSIONS_AWAY"
    assert response.headers["retry-after"]


async def test_lost_role_is_dropped_by_the_check(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    gateway.services.answers["EnterRole"] = NotFound("terminated", reason="ROLE_NOT_FOUND")
    await gateway.parts.checks.check(session)
    await gateway.call("GET", "/api/v1/day", secret)
    assert gateway.services.seen[-1][2].role_type == "PERSON"


async def test_session_when_the_profile_was_erased_after_it_was_opened_then_ended_by_the_check(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    for carried_out, lives in ((0, True), (session.opened_at_ms - 1, True), (session.opened_at_ms + 1, False)):
        request = {"id": str(uuid4()), "state": "CARRIED_OUT", "carried_out_at_ms": carried_out}
        gateway.services.answers["GetErasure"] = lambda _request, request=request: orjson.dumps({"request": request})
        await gateway.parts.checks.check(session)
        assert (await gateway.parts.sessions.look(secret) is not None) == lives


async def test_check_under_way_does_not_undo_the_role_entered_meanwhile(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    entered = asyncio.Event()

    async def refuse(_request: Any) -> Any:
        await entered.wait()
        return roles_pb2.EnterRoleResponse(role_id=session.role_id, role_type=options_pb2.ROLE_TYPE_HEAD)

    gateway.services.answers["EnterRole"] = refuse
    check = asyncio.create_task(gateway.parts.checks.check(session))
    await asyncio.sleep(0.05)
    other = replace(session, role_id=str(uuid4()), role_type="GUARDIAN")
    assert await gateway.parts.sessions.change(session.session_id, lambda _present: other)
    entered.set()
    await check
    await gateway.call("GET", "/api/v1/day", secret)
    assert gateway.services.seen[-1][2].role_type == "GUARDIAN"


async def test_list_of_sessions_shows_last_use_and_only_open_ones(gateway: Gateway) -> None:
    mine, secret = await gateway.sign_in()
    other, other_secret = await gateway.sign_in()
    lost, opening = str(uuid4()), str(uuid4())
    now = mine.opened_at_ms
    listed = [(mine.session_id, now), (other.session_id, now), (lost, now - 120_000), (opening, now)]
    gateway.services.answers["ListSessions"] = ready(
        {
            "sessions": [
                {"id": name, "device": "Chrome", "opened_at_ms": at, "seen_at_ms": at, "current": name == mine.session_id}
                for name, at in listed
            ]
        }
    )
    await asyncio.sleep(0.3)
    await gateway.call("GET", "/api/v1/day", other_secret)
    seen = {item["id"]: item["seen_at_ms"] for item in (await gateway.call("GET", "/api/v1/sessions", secret)).json()["sessions"]}
    assert seen.keys() == {mine.session_id, other.session_id}
    assert seen[other.session_id] - other.opened_at_ms >= 300
    assert seen[mine.session_id] >= seen[other.session_id]
    await gateway.parts.checks.finish()
    assert [(request.session_id, request.reason) for request in gateway.services.named("SignOut")] == [(lost, "expired")]


async def test_service_that_does_not_answer_is_504_and_its_work_is_cancelled(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    cancelled = asyncio.Event()

    async def hang(_request: Any) -> bytes:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return b"{}"

    gateway.services.answers["GetDay"] = hang
    started = asyncio.get_running_loop().time()
    told = problem(await gateway.call("GET", "/api/v1/day", secret), 504)
    assert told["code"] == "gateway.DEADLINE"
    assert asyncio.get_running_loop().time() - started < 8
    await asyncio.wait_for(cancelled.wait(), 2)


async def test_service_errors_become_problems_with_their_params(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    path = f"/api/v1/lessons/{uuid4()}/marks/{uuid4()}"
    body = {"value": "5", "expected_version": 1, "comment": ""}
    gateway.services.answers["SetMark"] = Stale("changed", reason="MARK_CHANGED", current_value="4", current_version="2")
    told = problem(await gateway.call("PUT", path, secret, json=body), 409)
    assert told["code"] == "journal.MARK_CHANGED"
    assert told["type"] == "/problems/journal/mark-changed"
    assert told["params"] == {"current_value": "4", "current_version": "2"}
    gateway.services.answers["SetMark"] = Invalid("bad", violations=[Violation("value", "must be 1 to 5")])
    assert problem(await gateway.call("PUT", path, secret, json=body), 422)["errors"] == [{"field": "value", "message": "must be 1 to 5"}]
    gateway.services.answers["SetMark"] = RemoteError(Kind.INTERNAL, "journal.myschool", "INTERNAL", "secret of the database")
    told = problem(await gateway.call("PUT", path, secret, json=body), 500)
    assert "secret" not in orjson.dumps(told).decode()


async def test_idempotency_key_travels_as_request_id(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    key = str(uuid4())
    body = {"client_message_id": str(uuid4()), "body": "Добрый день"}
    path = f"/api/v1/chats/{uuid4()}/messages"
    for _ in range(2):
        await gateway.call("POST", path, secret, json=body, headers={"Idempotency-Key": key})
    await gateway.call("POST", path, secret, json=body)
    seen = [metadata.get("x-request-id") for name, _request, _principal, metadata in gateway.services.seen if name == "PostMessage"]
    assert seen[:2] == [key, key]
    assert seen[2] not in {key, None, ""}
    problem(await gateway.call("POST", path, secret, json=body, headers={"Idempotency-Key": "not a uuid"}), 422)


async def test_ready_json_passes_with_entity_tag(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    path = f"/api/v1/students/{uuid4()}/diary"
    body = {"days": [{"day": "2026-11-24", "lessons": ["ё"] * 800}]}
    gateway.services.answers["GetDiaryWeek"] = ready(body, "v7")
    first = await gateway.call("GET", path, secret)
    assert first.json() == body
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["cache-control"] == "private, no-cache"
    same = await gateway.call("GET", path, secret, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    gateway.services.answers["GetDiaryWeek"] = ready(body, "v8")
    assert (await gateway.call("GET", path, secret, headers={"If-None-Match": first.headers["etag"]})).status_code == 200
    gateway.services.answers["GetDay"] = ready({})
    assert (await gateway.call("GET", "/api/v1/day", secret)).headers["cache-control"] == "private, no-store"


async def test_packed_json_passes_as_it_is_and_is_unpacked_for_who_asks_for_plain(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    path, body = f"/api/v1/students/{uuid4()}/diary", b'{"days":[]}'
    packed = gzip.compress(body)
    gateway.services.answers["GetDiaryWeek"] = lambda _request: json_pb2.JsonReply(body=packed, etag="v7", gzip=True)
    for asked, coding in (("gzip, br", "gzip"), ("identity", None), ("gzip;q=0", None)):
        answer = await gateway.call("GET", path, secret, headers={"Accept-Encoding": asked})
        assert (answer.content, answer.headers.get("content-encoding")) == (body, coding)
        assert answer.headers["vary"] == "Cookie, Accept-Encoding"
    same = await gateway.call("GET", path, secret, headers={"If-None-Match": 'W/"v7"'})
    assert (same.status_code, same.content) == (304, b"")


async def test_import_takes_a_file_and_refuses_a_large_one(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in(role_type="HEAD")
    form = {"organisation_id": str(uuid4()), "format": "SHEET"}
    files = {"file": ("../../школа.xlsx", b"x" * 2_000_000)}
    assert (await gateway.call("POST", "/api/v1/imports", secret, data=form, files=files)).status_code == 200
    request = gateway.services.named("PreviewImport")[0]
    assert (request.file_name, len(request.content)) == ("школа.xlsx", 2_000_000)
    large = {"file": ("a.xlsx", b"x" * (8 * 1024 * 1024 + 1))}
    problem(await gateway.call("POST", "/api/v1/imports", secret, data=form, files=large), 413)
    problem(await gateway.call("POST", "/api/v1/imports", secret, data=form, files={"file": ("a.xlsx", b"")}), 422)
    problem(await gateway.call("POST", "/api/v1/imports", secret, data={"format": "SHEET"}), 415)
    problem(await gateway.call("POST", "/api/v1/imports", secret, data={"format": "SHEET"}, files={"file": ("a.xlsx", b"x")}), 422)
    assert len(gateway.services.named("PreviewImport")) == 1


async def test_sign_in_of_a_person_with_one_role_enters_it(gateway: Gateway) -> None:
    role = str(uuid4())
    blank, _secret = await gateway.sign_in(role_id="", role_type="PERSON", organisation_id="", organisation_name="")
    gateway.services.answers["SignIn"] = lambda request: identity_pb2.SignInResponse(
        person_id=blank.person_id, display_name="Белова Ольга Сергеевна", missing_consents=["personal_data"]
    )
    gateway.services.answers["EnterRole"] = lambda request: roles_pb2.EnterRoleResponse(
        role_id=request.role_id, role_type=options_pb2.ROLE_TYPE_GUARDIAN, region_code="99"
    )
    gateway.services.answers["WhoAmI"] = ready({"roles": [a_role(role, kind="GUARDIAN"), a_role(str(uuid4()), "TERMINATED")]})
    session = await gateway.parts.cabinet.sign_in("1000000003", blank, "Chrome", "")
    assert (session.role_id, session.role_type, session.missing_consents) == (role, "GUARDIAN", ("personal_data",))
    assert gateway.services.seen[0][2].role_type == "SYSTEM"
    gateway.services.answers["WhoAmI"] = ready({"roles": [a_role(role), a_role(str(uuid4()))]})
    session = await gateway.parts.cabinet.sign_in("1000000001", blank, "Chrome", "")
    assert session.role_id == ""
