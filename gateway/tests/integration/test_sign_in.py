"""The way to Keycloak and back, with a stand-in realm; the real one is walked by tests/e2e."""

import asyncio
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from joserfc.jwk import RSAKey

from myschool_gateway.auth.transaction import local_path, read_state
from myschool_gateway.session.endings import WAITING
from myschool_kit.errors import RuleBroken

from .conftest import Gateway
from .keycloak_stand_in import Realm
from .test_matrix import problem

LOGOUT = {"http://schemas.openid.net/event/backchannel-logout": {}}


async def begin(gateway: Gateway, realm: Realm, return_to: str = "/journal") -> tuple[str, str]:
    """Starts a sign-in; answers its state and the browser's cookie."""
    response = await gateway.call("GET", "/auth/login", params={"return_to": return_to})
    assert response.status_code == 303
    query = parse_qs(urlsplit(response.headers["location"]).query)
    assert (query["kc_idp_hint"], query["code_challenge_method"]) == (["esia"], ["S256"])
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=lax" in cookie.lower()
    realm.claims["nonce"] = query["nonce"][0]
    return query["state"][0], cookie.partition(";")[0]


async def come_back(gateway: Gateway, cookie: str, **query: str) -> httpx.Response:
    return await gateway.call("GET", "/auth/callback", params=query, headers={"Cookie": cookie})


async def test_sign_in_ends_in_a_page_of_our_own_with_the_session(gateway: Gateway, realm: Realm) -> None:
    state, cookie = await begin(gateway, realm)
    response = await come_back(gateway, cookie, state=state, code="c")
    assert response.status_code == 200
    assert 'content="0;url=/journal"' in response.text
    cookies = response.headers.get_list("set-cookie")
    secret = next(item for item in cookies if item.startswith("__Host-myschool=")).partition("=")[2].partition(";")[0]
    assert (await gateway.call("GET", "/api/v1/session", secret)).json()["authenticated"] is True
    form = realm.forms[0]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    assert form["code_verifier"][0]
    assert gateway.services.named("SignIn")[0].esia_oid == "1000000001"


async def test_used_state_restarts_once_then_explains(gateway: Gateway, realm: Realm) -> None:
    state, cookie = await begin(gateway, realm)
    await come_back(gateway, cookie, state=state, code="c")
    again = await come_back(gateway, cookie, state=state, code="c")
    fresh = parse_qs(urlsplit(again.headers["location"]).query)["state"][0]
    assert (read_state(fresh).return_to, read_state(fresh).attempt) == ("/journal", 1)
    explained = await come_back(gateway, "a=b", state=fresh, code="c")
    assert explained.headers["location"].startswith("/signin/problem?code=expired&ref=")


async def test_a_new_try_without_an_address_goes_where_the_last_was_going(gateway: Gateway, realm: Realm) -> None:
    _state, cookie = await begin(gateway, realm, "/journal/7a?week=12")

    async def destination(header: str) -> str:
        response = await gateway.call("GET", "/auth/login", headers={"Cookie": header} if header else {})
        return read_state(parse_qs(urlsplit(response.headers["location"]).query)["state"][0]).return_to

    assert await destination(cookie) == "/journal/7a?week=12"
    assert await destination("") == "/"
    assert await destination("__Host-myschool-login=stranger") == "/"
    response = await gateway.call("GET", "/auth/login", params={"return_to": "//evil.example"}, headers={"Cookie": cookie})
    assert read_state(parse_qs(urlsplit(response.headers["location"]).query)["state"][0]).return_to == "/"


async def test_state_of_another_browser_is_not_taken(gateway: Gateway, realm: Realm) -> None:
    state, _cookie = await begin(gateway, realm)
    _other_state, other_cookie = await begin(gateway, realm)
    response = await come_back(gateway, other_cookie, state=state, code="c")
    assert response.status_code == 303
    assert gateway.services.named("SignIn") == []


@pytest.mark.parametrize("claims", [{"nonce": "x"}, {"aud": "other"}, {"azp": "other"}, {"iss": "https://evil.example"}, {"exp": 1}])
async def test_id_token_for_something_else_is_refused(gateway: Gateway, realm: Realm, claims: dict[str, Any]) -> None:
    state, cookie = await begin(gateway, realm)
    realm.claims |= claims
    response = await come_back(gateway, cookie, state=state, code="c")
    assert response.headers["location"].startswith("/signin/problem?code=gateway.ID_TOKEN_REFUSED")
    assert gateway.services.named("SignIn") == []


async def test_blocked_person_when_signing_in_then_led_to_the_reason_and_left_signed_in_nowhere(gateway: Gateway, realm: Realm) -> None:
    gateway.services.answers["SignIn"] = RuleBroken("blocked", reason="ACCOUNT_BLOCKED", reason_code="COURT")
    state, cookie = await begin(gateway, realm)
    refused = await come_back(gateway, cookie, state=state, code="c")
    query = parse_qs(urlsplit(refused.headers["location"]).query)
    assert (refused.status_code, query["code"], query["why"]) == (303, ["identity.ACCOUNT_BLOCKED"], ["COURT"])
    assert len(query["ref"][0]) == 8
    assert not any(item.startswith("__Host-myschool=") for item in refused.headers.get_list("set-cookie"))
    # The Keycloak session behind it ends too, from server to server.
    assert "refresh_token" in realm.forms[-1]


async def test_refusals_and_absence_lead_to_the_problem_page(gateway: Gateway, realm: Realm) -> None:
    state, cookie = await begin(gateway, realm)
    refused = await come_back(gateway, cookie, state=state, error="access_denied")
    assert refused.headers["location"].startswith("/signin/problem?code=access_denied")
    state, cookie = await begin(gateway, realm)
    timed_out = await come_back(gateway, cookie, state=state, error="temporarily_unavailable")
    assert "/protocol/openid-connect/auth?" in timed_out.headers["location"]
    for bad in ("", "..", "x", "a.9.!!", "я" * 50, "." * 3000):
        assert (await come_back(gateway, cookie, state=bad, code="c")).status_code == 303
    realm.refusal = "unauthorized_client"
    state, cookie = await begin(gateway, realm)
    away = await come_back(gateway, cookie, state=state, code="c")
    assert away.headers["location"].startswith("/signin/problem?code=gateway.SIGN_IN_AWAY")


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\\b", "/a\nb", "", "/auth/login", "/" + "x" * 2000]
)
def test_return_path_never_leads_away(path: str) -> None:
    assert local_path(path) == "/"


async def test_back_channel_logout_ends_the_sessions_of_keycloaks_session(gateway: Gateway, realm: Realm) -> None:
    session, secret = await gateway.sign_in()
    claims = {"iss": realm.keycloak.issuer, "aud": "gateway", "iat": int(time.time()), "jti": str(uuid4())}
    good = claims | {"sid": session.keycloak_sid, "events": LOGOUT}
    foreign = RSAKey.generate_key(2048, {"kid": "one"})
    for token in (
        realm.sign(good, foreign),
        realm.sign(good | {"nonce": "x"}),
        realm.sign(good | {"events": {}}),
        realm.sign(good | {"iat": 1}),
        realm.sign(good | {"aud": "other"}),
        realm.sign({name: value for name, value in good.items() if name != "sid"}),
        "nonsense",
    ):
        problem(await gateway.call("POST", "/auth/backchannel-logout", data={"logout_token": token}), 422)
    problem(await gateway.call("POST", "/auth/backchannel-logout", data={}), 422)
    assert (await gateway.call("GET", "/api/v1/day", secret)).status_code == 200
    assert (await gateway.call("POST", "/auth/backchannel-logout", data={"logout_token": realm.sign(good)})).status_code == 200
    problem(await gateway.call("GET", "/api/v1/day", secret), 401)
    assert gateway.services.named("SignOut")[0].reason == "keycloak"


async def test_sign_out_while_keycloak_is_away_is_told_to_it_later_and_once(gateway: Gateway, realm: Realm) -> None:
    _session, secret = await gateway.sign_in()
    realm.is_away = True
    assert (await gateway.call("POST", "/auth/logout", secret)).status_code == 204
    assert realm.forms == []
    (kept,) = await gateway.parts.redis.lrange(WAITING, 0, -1)
    assert b"refresh-token" not in kept
    realm.is_away = False
    async with asyncio.timeout(20):
        while not realm.forms or await gateway.parts.redis.llen(WAITING):
            await asyncio.sleep(0.1)
    assert [form["refresh_token"] for form in realm.forms] == [["refresh-token"]]


async def test_check_keeps_or_ends_the_session_as_keycloak_says(gateway: Gateway, realm: Realm) -> None:
    session, secret = await gateway.sign_in(role_id="", role_type="PERSON")
    tokens = await gateway.parts.sessions.tokens(session.session_id)
    assert tokens is not None
    stale = type(tokens)(tokens.refresh_token, 0)
    await gateway.parts.sessions.keep_tokens(session.session_id, stale)
    await gateway.parts.checks.check(session)
    kept = await gateway.parts.sessions.tokens(session.session_id)
    assert kept is not None
    assert kept.refresh_token == "fresh"
    await gateway.parts.sessions.keep_tokens(session.session_id, stale)
    realm.refusal = "invalid_grant"
    await gateway.parts.checks.check(session)
    problem(await gateway.call("GET", "/api/v1/day", secret), 401)


async def test_twenty_checks_at_once_refresh_the_tokens_once(gateway: Gateway, realm: Realm) -> None:
    session, secret = await gateway.sign_in(role_id="", role_type="PERSON")
    tokens = await gateway.parts.sessions.tokens(session.session_id)
    assert tokens is not None
    await gateway.parts.sessions.keep_tokens(session.session_id, type(tokens)(tokens.refresh_token, 0))
    await asyncio.gather(*(gateway.parts.checks.check(session) for _ in range(20)))
    assert [form["refresh_token"] for form in realm.forms] == [["refresh-token"]]
    kept = await gateway.parts.sessions.tokens(session.session_id)
    assert kept is not None and kept.refresh_token == "fresh"
    assert (await gateway.call("GET", "/api/v1/day", secret)).status_code == 200


async def test_page_is_served_with_safe_headers(gateway: Gateway) -> None:
    document = await gateway.call("GET", "/journal/some", headers={"Accept-Encoding": "br"})
    assert document.headers["content-type"].startswith("text/html")
    assert document.headers["cache-control"] == "no-cache"
    policy = document.headers["content-security-policy"]
    assert "'sha256-" in policy
    for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert document.headers["x-content-type-options"] == "nosniff"
    assert document.headers["referrer-policy"] == "same-origin"
    assert document.headers["cross-origin-opener-policy"] == document.headers["cross-origin-resource-policy"] == "same-origin"
    assert document.headers["x-frame-options"] == "DENY"
    script = await gateway.call("GET", "/assets/main-abc123.js", headers={"Accept-Encoding": "gzip"})
    assert script.headers["content-encoding"] == "gzip"
    assert "immutable" in script.headers["cache-control"]
    again = await gateway.call("GET", "/assets/main-abc123.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304
