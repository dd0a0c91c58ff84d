"""Calls with a personal token: what it opens, what it does not, how often, and how soon it ends."""

from typing import Any
from uuid import uuid4

import pytest

from myschool.common.v1 import options_pb2
from myschool.identity.v1 import token_pb2
from myschool.roles.v1 import roles_pb2
from myschool_gateway.session.bearers import hash_of
from myschool_kit.errors import NotFound

from .conftest import Gateway
from .test_matrix import ROUTES, filled, problem

STUDENT = str(uuid4())
DIARY = f"/api/v1/students/{STUDENT}/diary"


async def make(gateway: Gateway, key: str = "") -> tuple[str, str, Any]:
    """A cookie's secret, a token's secret, and the answer that told it."""
    _session, cookie = await gateway.sign_in(role_type="GUARDIAN")
    gateway.services.answers["CreateToken"] = lambda _request: token_pb2.CreateTokenResponse(id=str(uuid4()), expires_at_ms=1)
    gateway.services.answers["ResolveToken"] = lambda _request: token_pb2.ResolveTokenResponse(
        person_id=str(uuid4()), display_name="Белова", role_id=str(uuid4())
    )
    gateway.services.answers["EnterRole"] = lambda request: roles_pb2.EnterRoleResponse(
        role_id=request.role_id, role_type=options_pb2.ROLE_TYPE_GUARDIAN, student_ids=[STUDENT]
    )
    headers = {"Idempotency-Key": key or str(uuid4())}
    answer = await gateway.call("POST", "/api/v1/tokens", cookie, json={"name": "Календарь", "days": 30}, headers=headers)
    assert answer.status_code == 201
    return cookie, answer.json()["secret"], answer


async def with_token(gateway: Gateway, secret: str, method: str = "GET", path: str = DIARY, **options: Any) -> Any:
    return await gateway.call(method, path, headers={"Authorization": f"Bearer {secret}"}, **options)


async def test_secret_when_made_then_shown_once_and_only_its_hash_goes_on(gateway: Gateway) -> None:
    cookie, secret, answer = await make(gateway)
    assert answer.headers["cache-control"] == "no-store"
    assert (len(secret), secret[:4]) == (47, "msf_")
    (request,) = gateway.services.named("CreateToken")
    assert request.token_hash == hash_of(secret)
    assert secret not in str(gateway.services.seen)
    assert secret.encode() not in b"".join([await gateway.parts.redis.dump(key) for key in await gateway.parts.redis.keys("*")])
    # The page repeats a request whose answer was lost: the same secret; another request: another one.
    key = str(uuid4())
    body = {"name": "Календарь", "days": 30}
    told = [
        await gateway.call("POST", "/api/v1/tokens", cookie, json=body, headers={"Idempotency-Key": one})
        for one in (key, key, str(uuid4()))
    ]
    assert told[0].json()["secret"] == told[1].json()["secret"] != told[2].json()["secret"]


async def test_token_when_used_then_it_reads_the_diary_as_its_holder_and_nothing_else(gateway: Gateway) -> None:
    _cookie, secret, _answer = await make(gateway)
    for path in (DIARY, f"/api/v1/students/{STUDENT}/marks", "/api/v1/periods"):
        assert (await with_token(gateway, secret, path=path)).status_code == 200
    asked = [principal for method, _request, principal, _metadata in gateway.services.seen if method == "GetDiaryWeek"]
    assert [(one.role_type, one.display_name) for one in asked] == [("GUARDIAN", "Белова")]
    assert len(gateway.services.named("ResolveToken")) == 1  # asked once a minute
    gateway.parts.bearers._rate._burst_ms *= 100
    readable = {("GET", "/api/v1/periods"), ("GET", "/api/v1/students/{student_id}/diary"), ("GET", "/api/v1/students/{student_id}/marks")}
    try:
        for method, path in ROUTES:
            if (method, path) not in readable:
                refused = problem(await with_token(gateway, secret, method, filled(path)), 403)
                assert refused["code"] == "gateway.TOKEN_NOT_ALLOWED"
    finally:
        gateway.parts.bearers._rate._burst_ms /= 100


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer x", "Basic bXNmOm1zZg==", "Bearer msf_short", "Bearer msf_" + "я" * 43, "Bearer " + "a" * 47]
)
async def test_header_when_it_is_no_token_of_ours_then_401_even_beside_a_good_cookie(gateway: Gateway, header: str) -> None:
    _session, cookie = await gateway.sign_in()
    answer = await gateway.call("GET", DIARY, cookie, headers={"Authorization": header.encode()})
    problem(answer, 401)
    assert gateway.services.seen == []


async def test_token_when_revoked_then_refused_at_once_and_unknown_ones_count_against_the_address(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie, secret, _answer = await make(gateway)
    assert (await with_token(gateway, secret)).status_code == 200
    gateway.services.answers["RevokeToken"] = lambda _request: token_pb2.RevokeTokenResponse(token_hash=hash_of(secret))
    gateway.services.answers["ResolveToken"] = NotFound("no such token", reason="TOKEN_UNKNOWN")
    assert (await gateway.call("DELETE", f"/api/v1/tokens/{uuid4()}", cookie)).status_code == 204
    problem(await with_token(gateway, secret), 401)
    monkeypatch.setattr(gateway.parts.gate, "_cost_ms", 3_600_000.0)
    monkeypatch.setattr(gateway.parts.gate, "_burst_ms", 60 * 3_600_000.0)
    address = {"X-Forwarded-For": f"192.0.2.{uuid4().int % 250}"}
    guesses = []
    for _ in range(5):
        headers = {"Authorization": f"Bearer msf_{uuid4().hex}{uuid4().hex[:11]}", **address}
        guesses.append((await gateway.call("GET", DIARY, headers=headers)).status_code)
    assert guesses == [401, 401, 401, 429, 429]


async def test_token_when_used_too_often_then_429_and_other_tokens_go_on(gateway: Gateway) -> None:
    _cookie, secret, _answer = await make(gateway)
    answers = [(await with_token(gateway, secret)).status_code for _ in range(40)]
    assert answers[:30] == [200] * 30
    assert 429 in answers[30:]
    _cookie, other, _answer = await make(gateway)
    assert (await with_token(gateway, other)).status_code == 200


async def test_token_when_a_consent_is_missing_or_the_role_is_gone_then_refused(gateway: Gateway) -> None:
    _cookie, secret, _answer = await make(gateway)
    gateway.services.answers["ResolveToken"] = lambda _request: token_pb2.ResolveTokenResponse(
        person_id=str(uuid4()), role_id=str(uuid4()), missing_consents=["personal_data"]
    )
    assert problem(await with_token(gateway, secret), 403)["code"] == "gateway.CONSENT_REQUIRED"
    _cookie, secret, _answer = await make(gateway)
    gateway.services.answers["EnterRole"] = NotFound("no such role", reason="ROLE_NOT_FOUND")
    problem(await with_token(gateway, secret), 401)
