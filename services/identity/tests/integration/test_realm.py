"""The reconciled realm in a real Keycloak: sign-in through bridge and simulator, logout, machine accounts."""

import base64
import contextlib
import hashlib
import json
import secrets
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from pydantic import SecretStr

from myschool_esia_simulator.app import create_app as create_simulator
from myschool_esia_simulator.settings import Settings as SimulatorSettings
from myschool_esia_simulator.testing import serve
from myschool_identity.app import SERVICE
from myschool_identity.bridge.app import create_app
from myschool_identity.realm.machines import BadDescription
from myschool_identity.realm.reconcile import connect, reconcile
from myschool_identity.settings import IdentitySettings
from myschool_testing import create_database, drop_database

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@dataclass
class Gateway:
    """What the gateway does, in few lines: code flow with PKCE, private_key_jwt, back-channel logout."""

    settings: IdentitySettings
    key: RSAKey
    logout_tokens: list[str]
    arrived: threading.Event

    @property
    def endpoint(self) -> str:
        return f"{self.settings.realm_url}/protocol/openid-connect"

    def assertion(self) -> str:
        now = int(time.time())
        claims = {"iss": "gateway", "sub": "gateway", "aud": self.settings.realm_url, "jti": str(uuid.uuid4()), "iat": now, "exp": now + 60}
        return jwt.encode({"alg": "RS256", "kid": self.key.thumbprint()}, claims, self.key)

    def token(self, **form: str) -> httpx.Response:
        return self.ask("token", **form)

    def ask(self, endpoint: str, **form: str) -> httpx.Response:
        proof = {"client_id": "gateway", "client_assertion_type": ASSERTION, "client_assertion": self.assertion()}
        return httpx.post(f"{self.endpoint}/{endpoint}", data=form | proof)

    def claims(self, token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(httpx.get(f"{self.endpoint}/certs").json())
        return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)

    def sign_in(self, browser: httpx.Client, login: str) -> tuple[dict[str, Any], list[str]]:
        """Token answer, and the addresses of all pages that a person had to look at."""
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        callback = f"{self.settings.gateway_url}/auth/callback"
        params = {
            "client_id": "gateway",
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": callback,
            "state": state,
            "nonce": "n",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "kc_idp_hint": "esia",
        }
        pages: list[str] = []
        response = browser.get(f"{self.endpoint}/auth?{urlencode(params)}")
        while True:
            while response.is_redirect:
                address = str(httpx.URL(response.url).join(response.headers["location"]))
                if address.startswith(self.settings.gateway_url):
                    assert query(address)["state"] == state, address
                    answer = self.token(
                        grant_type="authorization_code", code=query(address)["code"], redirect_uri=callback, code_verifier=verifier
                    )
                    assert answer.status_code == 200, answer.text
                    return answer.json(), pages
                response = browser.get(address)
            pages.append(str(response.url))
            assert str(response.url).startswith(self.settings.esia_url), response.text[:3000]
            step = urlsplit(str(response.url)).path.split("/")[1]
            form = {"login": {"login": login, "password": "demo"}, "consent": {"decision": "grant"}, "account": {}}[step]
            response = browser.post(response.url, data=form)


def listen() -> tuple[socket.socket, str]:
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"http://localhost:{listener.getsockname()[1]}"


@pytest.fixture(scope="module")
async def identity_database(postgres_url: str) -> AsyncIterator[str]:
    url = await create_database(postgres_url, SERVICE, IdentitySettings())
    yield url
    await drop_database(url)


@pytest.fixture(scope="module")
def gateway(keycloak_environment: Mapping[str, str], redis_url: str, keys_dir: Path, identity_database: str) -> Iterator[Gateway]:
    gateway_socket, gateway_url = listen()
    esia_socket, esia_url = listen()
    bridge_socket, bridge_url = listen()
    settings = IdentitySettings(
        keycloak_url=keycloak_environment["MYSCHOOL_KEYCLOAK_URL"],
        keycloak_admin=keycloak_environment["MYSCHOOL_KEYCLOAK_ADMIN"],
        keycloak_admin_password=SecretStr(keycloak_environment["MYSCHOOL_KEYCLOAK_ADMIN_PASSWORD"]),
        keycloak_realm=f"test-{uuid.uuid4().hex[:8]}",
        redis_url=SecretStr(redis_url),
        keys_dir=keys_dir,
        gateway_url=gateway_url,
        bridge_url=bridge_url,
        esia_url=esia_url,
    )
    stub = FastAPI()
    arrived, logout_tokens = threading.Event(), list[str]()

    @stub.post("/auth/backchannel-logout")
    async def backchannel_logout(request: Request) -> dict[str, str]:
        logout_tokens.append(str((await request.form())["logout_token"]))
        arrived.set()
        return {}

    simulator = create_simulator(
        SimulatorSettings(keys_dir=keys_dir, esia_url=esia_url, bridge_url=bridge_url, gateway_url=gateway_url, esia_people=None)
    )
    reconcile(settings)
    with contextlib.ExitStack() as running:
        running.callback(lambda: connect(settings).delete_realm(settings.keycloak_realm))
        running.enter_context(serve(stub, gateway_socket))
        running.enter_context(serve(simulator, esia_socket))
        running.enter_context(serve(create_app(settings, identity_database), bridge_socket))
        key = RSAKey.import_key((keys_dir / "gateway-client.key").read_bytes())
        yield Gateway(settings, key, logout_tokens, arrived)


@pytest.fixture
def visitor() -> Iterator[httpx.Client]:
    """A browser: like the real ones it sends Secure cookies to http://localhost too."""

    def trust_localhost(_response: httpx.Response) -> None:
        for cookie in client.cookies.jar:
            cookie.secure = False

    with httpx.Client(event_hooks={"response": [trust_localhost]}) as client:
        yield client


def test_second_run_changes_nothing(gateway: Gateway) -> None:
    assert reconcile(gateway.settings) == []


def test_drift_is_repaired(gateway: Gateway) -> None:
    admin = connect(gateway.settings)
    admin.change_current_realm(gateway.settings.keycloak_realm)
    present = admin.get_realm(gateway.settings.keycloak_realm)
    admin.update_realm(gateway.settings.keycloak_realm, present | {"registrationAllowed": True, "ssoSessionIdleTimeout": 60})
    provider = admin.get_idp("esia")
    admin.update_idp("esia", provider | {"config": provider["config"] | {"validateSignature": "false"}})
    admin.update_realm_users_profile({"attributes": admin.get_realm_users_profile()["attributes"][:2]})
    assert reconcile(gateway.settings) == ["updated realm", "updated user profile", "updated identity provider"]
    assert reconcile(gateway.settings) == []


@pytest.mark.parametrize(
    ("login", "oid"), [("sokolova@example.org", "1000000001"), ("+7(900)0000007", "1000000007"), ("volkov.roman@example.org", "1000000009")]
)
def test_first_sign_in_shows_no_page_of_keycloak(gateway: Gateway, visitor: httpx.Client, login: str, oid: str) -> None:
    """With and without an e-mail address; all pages a person sees belong to Госуслуги."""
    answer, pages = gateway.sign_in(visitor, login)
    claims = gateway.claims(answer["id_token"])
    assert (claims["esia_oid"], claims["aud"], claims["nonce"]) == (oid, "gateway", "n")
    assert not {"name", "email", "given_name", "preferred_username", "snils"} & claims.keys()
    assert [urlsplit(page).path.split("/")[1] for page in pages] == ["login", "consent"]


def test_second_sign_in_in_the_same_browser_shows_nothing(gateway: Gateway, visitor: httpx.Client) -> None:
    first, _ = gateway.sign_in(visitor, "morozova@example.org")
    again, pages = gateway.sign_in(visitor, "morozova@example.org")
    assert pages == []
    assert gateway.claims(first["id_token"])["sub"] == gateway.claims(again["id_token"])["sub"]


def test_logout_from_server_to_server_ends_the_session_and_tells_the_gateway(gateway: Gateway, visitor: httpx.Client) -> None:
    answer, _ = gateway.sign_in(visitor, "orlov@example.org")
    refreshed = gateway.token(grant_type="refresh_token", refresh_token=answer["refresh_token"])
    assert refreshed.status_code == 200
    gateway.arrived.clear()
    living = refreshed.json()["refresh_token"]
    assert gateway.ask("logout", refresh_token=living).status_code == 204
    assert gateway.arrived.wait(5)
    logout = gateway.claims(gateway.logout_tokens[-1])
    assert logout["sid"] == gateway.claims(answer["id_token"])["sid"]
    assert gateway.token(grant_type="refresh_token", refresh_token=living).json()["error"] == "invalid_grant"
    # The browser was never there, its cookies of Keycloak lead to nothing: who signs in next is asked at Госуслуги.
    _, pages = gateway.sign_in(visitor, "orlov@example.org")
    assert [urlsplit(page).path.split("/")[1] for page in pages] == ["account"]


def test_without_hint_there_is_no_password_form_either(gateway: Gateway, visitor: httpx.Client) -> None:
    params = {
        "client_id": "gateway",
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": f"{gateway.settings.gateway_url}/auth/callback",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    response = visitor.get(f"{gateway.endpoint}/auth", params=params)
    assert response.status_code == 303
    assert "/broker/esia/login" in response.headers["location"]


@pytest.mark.parametrize("name", ["prosveshchenie", "other"])
def test_provider_gets_token_for_the_library(gateway: Gateway, name: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": f"provider-{name}", "client_secret": f"secret-of-{name}"}
    claims = gateway.claims(httpx.post(f"{gateway.endpoint}/token", data=form).json()["access_token"])
    assert (claims["azp"], claims["aud"], claims["typ"]) == (f"provider-{name}", "library", "Bearer")
    assert "library.provide" in claims["scope"].split()
    assert claims["provider_name"]
    wrong = httpx.post(f"{gateway.endpoint}/token", data=form | {"client_secret": "wrong"})
    assert wrong.status_code == 401


def machine_token(gateway: Gateway, client: str, secret: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    return httpx.post(f"{gateway.endpoint}/token", data=form)


def test_system_of_the_region_gets_a_token_for_the_gateway_with_its_region_and_scopes(gateway: Gateway) -> None:
    claims = gateway.claims(machine_token(gateway, "system-region", "secret-of-region").json()["access_token"])
    assert (claims["azp"], claims["aud"], claims["typ"]) == ("system-region", "gateway", "Bearer")
    assert (claims["region_code"], claims["system_name"]) == ("99", "РИС")
    assert {"organisations.read", "roster.write"} <= set(claims["scope"].split())
    assert "library.provide" not in claims["scope"]
    # A publisher's token opens nothing at the gateway, and asking for a scope does not give it.
    form = {"grant_type": "client_credentials", "client_id": "provider-other", "client_secret": "secret-of-other", "scope": "roster.write"}
    asked = httpx.post(f"{gateway.endpoint}/token", data=form)
    assert asked.status_code == 400 or "roster.write" not in gateway.claims(asked.json()["access_token"])["scope"]


def test_system_when_its_files_change_then_scopes_follow_and_without_a_file_it_is_disabled(gateway: Gateway) -> None:
    folder = gateway.settings.keys_dir
    secret, described = folder / "system-trial.secret", folder / "system-trial.json"
    secret.write_text("of-trial")
    described.write_text(json.dumps({"name": "Проба", "region_code": "77", "scopes": ["organisations.read", "roster.write"]}))
    try:
        assert "created client system-trial" in reconcile(gateway.settings)
        described.write_text(json.dumps({"name": "Проба", "region_code": "77", "scopes": ["organisations.read"]}))
        assert reconcile(gateway.settings) == ["took scope roster.write from system-trial"]
        claims = gateway.claims(machine_token(gateway, "system-trial", "of-trial").json()["access_token"])
        assert "roster.write" not in claims["scope"].split()
        described.write_text("{}")
        with pytest.raises(BadDescription):
            reconcile(gateway.settings)
    finally:
        secret.unlink()
        described.unlink()
    assert reconcile(gateway.settings) == ["disabled client system-trial: its file is gone"]
    assert machine_token(gateway, "system-trial", "of-trial").status_code == 401
    assert reconcile(gateway.settings) == []
