"""The way to Keycloak and back, with a stand-in realm; the real one is walked by tests/e2e."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from myschool.identity.v1 import identity_pb2
from myschool_gateway.auth.transaction import local_path, read_state
from myschool_gateway.parts import Parts

from .conftest import Gateway, ready
from .test_matrix import problem

LOGOUT = {"http://schemas.openid.net/event/backchannel-logout": {}}


class Realm:
    """Answers like Keycloak's token and key endpoints."""

    def __init__(self, parts: Parts) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
        self.keycloak = parts.keycloak
        self.claims: dict[str, Any] = {}
        self.refusal = ""
        self.forms: list[dict[str, list[str]]] = []

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key or self.key)

    def id_token(self, **changes: Any) -> dict[str, Any]:
        moment = int(time.time())
        claims = {"iss": self.keycloak.issuer, "aud": "gateway", "azp": "gateway", "iat": moment, "exp": moment + 300}
        return claims | {"sid": "kc-1", "esia_oid": "1000000001"} | self.claims | changes

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/certs"):
            return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})
        self.forms.append(parse_qs(request.content.decode()))
        if self.refusal:
            return httpx.Response(400, json={"error": self.refusal})
        tokens = {"id_token": self.sign(self.id_token()), "refresh_token": "fresh", "expires_in": 300}
        return httpx.Response(200, json=tokens)


@pytest.fixture
def realm(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Realm:
    made = Realm(gateway.parts)
    monkeypatch.setattr(gateway.parts.keycloak, "_http", httpx.AsyncClient(transport=httpx.MockTransport(made.answer)))
    monkeypatch.setattr(gateway.parts.keycloak, "_keys", None)
    gateway.services.answers["SignIn"] = lambda request: identity_pb2.SignInResponse(
        person_id=str(uuid4()), display_name="Соколова Анна Викторовна"
    )
    gateway.services.answers["WhoAmI"] = ready({"roles": []})
    return made


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


async def test_check_keeps_or_ends_the_session_as_keycloak_says(gateway: Gateway, realm: Realm) -> None:
    session, secret = await gateway.sign_in(role_id="", role_type="PERSON")
    tokens = await gateway.parts.sessions.tokens(session.session_id)
    assert tokens is not None
    stale = type(tokens)(tokens.id_token, tokens.refresh_token, 0)
    await gateway.parts.sessions.keep_tokens(session.session_id, stale)
    await gateway.parts.checks.check(session)
    kept = await gateway.parts.sessions.tokens(session.session_id)
    assert kept is not None
    assert kept.refresh_token == "fresh"
    await gateway.parts.sessions.keep_tokens(session.session_id, stale)
    realm.refusal = "invalid_grant"
    await gateway.parts.checks.check(session)
    problem(await gateway.call("GET", "/api/v1/day", secret), 401)


async def test_page_is_served_with_safe_headers(gateway: Gateway) -> None:
    document = await gateway.call("GET", "/journal/some", headers={"Accept-Encoding": "br"})
    assert document.headers["content-type"].startswith("text/html")
    assert document.headers["cache-control"] == "no-cache"
    assert "'sha256-" in document.headers["content-security-policy"]
    script = await gateway.call("GET", "/assets/main-abc123.js", headers={"Accept-Encoding": "gzip"})
    assert script.headers["content-encoding"] == "gzip"
    assert "immutable" in script.headers["cache-control"]
    again = await gateway.call("GET", "/assets/main-abc123.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304
