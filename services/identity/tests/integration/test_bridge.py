"""What the bridge promises Keycloak and a person, and what it refuses."""

import base64
import hashlib
import hmac
import json
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from joserfc.jws import JWSRegistry

sys.path.insert(0, str(Path(__file__).parent))
from bridge_stack import Stack, listen, query, running_stack

from myschool_esia_simulator.testing import serve
from myschool_identity.bridge.app import create_app


@pytest.fixture(scope="module")
def shared_stack(keys_dir: Path, database_url: str, redis_url: str) -> Iterator[Stack]:
    with running_stack(keys_dir, database_url, redis_url) as running:
        yield running


@pytest.fixture
def stack(shared_stack: Stack) -> Iterator[Stack]:
    """The shared processes with a browser of its own; consents given in earlier tests are remembered."""
    with httpx.Client() as browser:
        yield replace(shared_stack, browser=browser)


def id_claims(stack: Stack, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(httpx.get(f"{stack.bridge}/jwks").json())
    assert len(keys.keys) == 2
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


def test_sign_in_gives_keycloak_clean_claims_with_its_nonce(stack: Stack) -> None:
    back = stack.sign_in()
    assert (back["address"], back["state"]) == (stack.settings.broker_url, "keycloak.state." + "x" * 120)
    answer = stack.redeem(back["code"])
    body = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    claims = id_claims(stack, body["id_token"])
    assert (claims["sub"], claims["nonce"], claims["iss"], claims["aud"]) == ("1000000001", "nonce-1", stack.bridge, "keycloak")
    assert (claims["family_name"], claims["birthdate"], claims["esia_trusted"]) == ("Соколова", "1984-05-14", True)
    assert not {"snils", "phone", "phone_number", "email", "orgs", "kids"} & claims.keys()
    userinfo = httpx.get(f"{stack.bridge}/userinfo", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert userinfo.json()["sub"] == "1000000001"
    assert httpx.get(f"{stack.bridge}/userinfo", headers={"Authorization": "Bearer x"}).status_code == 401


async def test_profile_is_stored_without_readable_snils(stack: Stack) -> None:
    stack.sign_in()
    connection = await asyncpg.connect(stack.database_url)
    try:
        row = await connection.fetchrow("SELECT * FROM esia_profile WHERE esia_oid = '1000000001'")
    finally:
        await connection.close()
    assert row is not None
    assert (row["esia_oid"], row["family_name"], row["trusted"], row["has_email"]) == ("1000000001", "Соколова", True, True)
    assert len(row["snils_hash"]) == 32
    for plain in (b"000001001", b"000-001-001", b"+7(900)", "Егор".encode()):
        assert plain not in row["sealed"]


@pytest.mark.parametrize("login", ["+7(900)0000007", "volkov.roman@example.org", "zaitseva@example.org", "egorov@example.org"])
def test_every_persona_signs_in(stack: Stack, login: str) -> None:
    assert "id_token" in stack.redeem(stack.sign_in(login)["code"]).json()


def problem(back: dict[str, str], stack: Stack) -> str:
    assert back["address"] == f"{stack.settings.gateway_url}/signin/problem"
    assert len(back["ref"]) == 8
    return back["code"]


def test_refused_consent_ends_on_our_problem_page(stack: Stack) -> None:
    assert problem(stack.sign_in("gromova@example.org", decision="refuse"), stack) == "ESIA-007004"


def test_unconfirmed_account_ends_on_our_problem_page(keys_dir: Path, database_url: str, redis_url: str) -> None:
    for confirmed_only in (True, False):
        with running_stack(keys_dir, database_url, redis_url, esia_confirmed_only=confirmed_only) as stack:
            assert problem(stack.sign_in("novikov@example.org"), stack) == "ESIA-007055"


def test_callback_is_good_once(stack: Stack) -> None:
    to_bridge = stack.way_back()
    assert stack.browser.get(to_bridge).headers["location"].startswith(stack.settings.broker_url)
    # The second visit lets nobody in: Keycloak is told to begin anew, which leads where the person was going.
    again = query(stack.browser.get(to_bridge).headers["location"])
    assert (again.get("code"), again["error"], again["error_description"]) == (None, "temporarily_unavailable", "authentication_expired")
    assert again["state"] == "keycloak.state." + "x" * 120
    # The third is one too many: a loop ends on a page.
    third = stack.browser.get(to_bridge).headers["location"]
    assert (third.partition("?")[0], query(third)["code"]) == (f"{stack.settings.gateway_url}/signin/problem", "expired")


def test_transaction_that_ran_out_is_begun_again_and_not_shown_as_an_error(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myschool_identity.bridge.state.TRANSACTION_S", 1)
    to_bridge = stack.way_back()
    time.sleep(1.5)
    back = stack.browser.get(to_bridge).headers["location"]
    assert back.startswith(stack.settings.broker_url)
    assert query(back)["state"] == "keycloak.state." + "x" * 120
    assert "code" not in query(back)


def test_nonce_and_code_when_swapped_between_two_sign_ins_then_neither_passes_for_the_other(stack: Stack) -> None:
    other_verifier = "another verifier that is long enough for a challenge of its own"
    digest = hashlib.sha256(other_verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    changes = [{"nonce": "nonce-a", "state": "state-a"}, {"nonce": "nonce-b", "state": "state-b", "code_challenge": challenge}]
    codes = {}
    for change in changes:
        stack.browser.cookies.clear()
        back = query(stack.browser.get(stack.way_back(**change)).headers["location"])
        codes[back["state"]] = back["code"]
    # Whoever brings a code to a sign-in that did not begin it has the wrong verifier, and has spent the code.
    assert stack.redeem(codes["state-b"]).json()["error"] == "invalid_grant"
    assert stack.redeem(codes["state-b"], code_verifier=other_verifier).json()["error"] == "invalid_grant"
    token = stack.redeem(codes["state-a"]).json()["id_token"]
    assert id_claims(stack, token)["nonce"] == "nonce-a"


@pytest.mark.parametrize("swap", [{"state": "6d1f0c5e-8a53-4c1e-9b0e-2f7a4d5c3b21"}, {"state": ""}, {"code": "forged"}])
def test_tampered_callback_fails_closed(stack: Stack, swap: dict[str, str]) -> None:
    params = query(stack.way_back()) | swap
    back = stack.browser.get(f"{stack.bridge}/callback?{urlencode(params)}").headers["location"]
    assert query(back)["code"] == ("ESIA-007011" if "code" in swap else "expired")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"state": ""}, "invalid_request"),
    ],
)
def test_malformed_request_returns_to_keycloak(stack: Stack, changes: dict[str, str], error: str) -> None:
    back = stack.authorize(**changes).headers["location"]
    assert back.startswith(stack.settings.broker_url + "?")
    assert query(back)["error"] == error


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"redirect_uri": "https://evil.example/"}])
def test_foreign_client_or_address_never_gets_the_browser(stack: Stack, changes: dict[str, str]) -> None:
    assert stack.authorize(**changes).headers["location"].startswith(f"{stack.settings.gateway_url}/signin/problem")


def test_repeated_parameter_is_refused(stack: Stack) -> None:
    items = [*stack.request().items(), ("scope", "openid")]
    assert query(stack.browser.get(f"{stack.bridge}/authorize", params=items).headers["location"])["error"] == "invalid_request"


def test_code_is_good_once(stack: Stack) -> None:
    code = stack.sign_in()["code"]
    assert stack.redeem(code).status_code == 200
    assert stack.redeem(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": ""}, "invalid_client"),
        ({"client_assertion": "not.a.jwt"}, "invalid_client"),
    ],
)
def test_bad_token_request_is_refused(stack: Stack, changes: dict[str, str], error: str) -> None:
    assert stack.redeem(stack.sign_in()["code"], **changes).json()["error"] == error


def test_bad_client_assertions_are_refused(stack: Stack) -> None:
    code = stack.sign_in()["code"]
    stranger = RSAKey.generate_key(2048, {"use": "sig"})
    stranger.ensure_kid()
    impostor = RSAKey.import_key(stranger.as_pem(private=True), {"kid": stack.realm_key.kid})
    used = stack.assertion()
    assert stack.redeem("-", client_assertion=used).json()["error"] == "invalid_grant"
    bad = [
        used,
        stack.assertion(stranger),
        stack.assertion(impostor),
        stack.assertion(iss="other", sub="other"),
        stack.assertion(aud="https://evil.example/token"),
        stack.assertion(exp=int(time.time()) - 60),
        stack.assertion(exp=int(time.time()) + 86400),
        stack.assertion(jti=""),
        "eyJhbGciOiJub25lIn0." + used.split(".")[1] + ".",
    ]
    for assertion in bad:
        answer = stack.redeem(code, client_assertion=assertion)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert stack.redeem(code).status_code == 200


def by_hmac(claims: dict[str, Any], key: RSAKey) -> str:
    """Signed by hand: libraries refuse to take a public key for a secret."""

    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    head = {"alg": "HS256", "typ": "JWT", "kid": key.kid}
    signed = f"{part(json.dumps(head).encode())}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.new(key.as_pem(private=False), signed.encode(), hashlib.sha256).digest())}"


def test_attacks_by_the_header_of_a_token_are_refused_and_followed_nowhere(keys_dir: Path, database_url: str, redis_url: str) -> None:
    """HS256 on the public key, keys named by address or sent along, a key id for each attempt (platform test 4)."""
    with running_stack(keys_dir, database_url, redis_url) as stack:
        assert stack.redeem(stack.sign_in()["code"]).status_code == 200
        stranger = RSAKey.generate_key(2048, {"use": "sig"})
        stranger.ensure_kid()
        asked: list[str] = []
        trap = FastAPI()

        @trap.get("/{path:path}")
        async def keys(path: str) -> dict[str, Any]:
            asked.append(path)
            return dict(KeySet([stranger]).as_dict(private=False))

        trap_socket, trap_url = listen()
        now = int(time.time())
        claims = {"iss": "keycloak", "sub": "keycloak", "aud": f"{stack.bridge}/token", "exp": now + 60, "iat": now}
        lenient = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
        attempts = [
            ({"alg": "RS256", "kid": stranger.kid, "jku": f"{trap_url}/jku"}, stranger),
            ({"alg": "RS256", "kid": stack.realm_key.kid, "x5u": f"{trap_url}/x5u"}, stranger),
            ({"alg": "RS256", "kid": stack.realm_key.kid, "jwk": stranger.as_dict(private=False)}, stranger),
            *(({"alg": "RS256", "kid": f"flood-{number}"}, stranger) for number in range(20)),
        ]
        with serve(trap, trap_socket):
            for header, key in attempts:
                assertion = jwt.encode(header, claims | {"jti": str(uuid.uuid4())}, key, registry=lenient)
                answer = stack.redeem("-", client_assertion=assertion)
                assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), header
            confused = by_hmac(claims | {"jti": str(uuid.uuid4())}, stack.realm_key)
            assert stack.redeem("-", client_assertion=confused).status_code == 401
        assert asked == []
        assert len(stack.fetches) == 1


@pytest.mark.parametrize(
    "changes",
    [{"exp": "soon"}, {"exp": None}, {"nbf": [1]}, {"aud": 5}, {"aud": [{}]}, {"nbf": 4102444800}, {"jti": None}],
    ids=["exp-text", "exp-null", "nbf-list", "aud-number", "aud-object", "nbf-future", "jti-null"],
)
def test_claims_of_a_wrong_type_are_refused_and_not_a_failure(stack: Stack, changes: dict[str, Any]) -> None:
    answer = stack.redeem("-", client_assertion=stack.assertion(**changes))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_token_not_signed_by_esia_is_refused(stack: Stack, tmp_path: Path, database_url: str, redis_url: str) -> None:
    """Another server in place of Госуслуги: right shapes, wrong key."""
    wrong_keys = tmp_path
    for file in stack.settings.keys_dir.iterdir():
        (wrong_keys / file.name).write_bytes(file.read_bytes())
    (wrong_keys / "esia.key").write_bytes((wrong_keys / "bridge.key").read_bytes())
    with running_stack(wrong_keys, database_url, redis_url) as forged:
        assert problem(forged.sign_in(), forged) == "ESIA-answer"


@pytest.mark.parametrize(
    "changes", [{"aud": "OTHER"}, {"iss": "https://evil.example/"}, {"exp": 1}, {"nbf": 4102444800}, {"state": "other"}]
)
def test_tampered_answer_of_esia_fails_closed(keys_dir: Path, database_url: str, redis_url: str, changes: dict[str, Any]) -> None:
    """A server with the right key that answers with a wrong claim or another request's state."""
    with running_stack(keys_dir, database_url, redis_url) as stack:
        forger = RSAKey.import_key((keys_dir / "esia.key").read_bytes())
        registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
        liar = FastAPI()

        @liar.middleware("http")
        async def lie(request: Any, _call_next: Any) -> Any:
            from fastapi.responses import JSONResponse

            form = await request.form()
            now = int(time.time())
            claims = {"aud": "MYSCHOOL", "iss": stack.settings.esia_issuer, "sub": 1000000001, "nbf": now, "exp": now + 60} | {
                name: value for name, value in changes.items() if name != "state"
            }
            token = jwt.encode({"alg": "RS256", "sbt": "id", "ver": 0, "typ": "JWT"}, claims, forger, registry=registry)
            state = changes.get("state", form.get("state"))
            return JSONResponse({"id_token": token, "access_token": "x", "state": state, "token_type": "Bearer"})

        liar_socket, liar_url = listen()
        bridge_socket, bridge_url = listen()
        settings = stack.settings.model_copy(update={"esia_url": liar_url, "bridge_url": bridge_url})
        with serve(liar, liar_socket), serve(create_app(settings, database_url), bridge_socket):
            to_esia = httpx.get(f"{bridge_url}/authorize", params=stack.request()).headers["location"]
            state = query(to_esia)["state"]
            back = httpx.get(f"{bridge_url}/callback", params={"code": "x", "state": state}).headers["location"]
            assert query(back)["code"] == "ESIA-answer"


def test_esia_away_ends_on_our_problem_page(stack: Stack, database_url: str) -> None:
    bridge_socket, bridge_url = listen()
    settings = stack.settings.model_copy(update={"esia_url": "http://localhost:9", "bridge_url": bridge_url})
    with serve(create_app(settings, database_url), bridge_socket):
        to_esia = httpx.get(f"{bridge_url}/authorize", params=stack.request()).headers["location"]
        back = httpx.get(f"{bridge_url}/callback", params={"code": "x", "state": query(to_esia)["state"]})
        assert query(back.headers["location"])["code"] == "ESIA-unavailable"


def test_skewed_clock_of_the_bridge_is_explained(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime, timedelta

    monkeypatch.setattr("myschool_kit.clock.now", lambda: datetime.now(UTC) - timedelta(minutes=7))
    back = stack.at_login().headers["location"]
    assert query(back)["code"] == "ESIA-007015"


def test_discovery_names_what_is_served(stack: Stack) -> None:
    metadata = httpx.get(f"{stack.bridge}/.well-known/openid-configuration").json()
    assert metadata["issuer"] == stack.bridge
    assert metadata["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert httpx.get(f"{stack.bridge}/health/ready").status_code == 200


def test_logout_returns_only_to_keycloak_or_our_page(stack: Stack) -> None:
    address = f"{stack.settings.broker_url}/logout_response"
    back = httpx.get(f"{stack.bridge}/logout", params={"post_logout_redirect_uri": address, "state": "s"})
    assert back.headers["location"] == f"{address}?state=s"
    away = httpx.get(f"{stack.bridge}/logout", params={"post_logout_redirect_uri": "https://evil.example/"})
    assert away.headers["location"] == f"{stack.settings.gateway_url}/signin"
    esia = httpx.get(f"{stack.bridge}/logout/esia").headers["location"]
    assert httpx.get(esia).headers["location"] == f"{stack.settings.gateway_url}/signin"
