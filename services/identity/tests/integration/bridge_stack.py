"""The bridge between a simulated Keycloak and the strict simulator of Госуслуги, all over real HTTP."""

import base64
import contextlib
import hashlib
import secrets
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from pydantic import SecretStr

from myschool_esia_simulator.app import create_app as create_simulator
from myschool_esia_simulator.settings import Settings as SimulatorSettings
from myschool_esia_simulator.testing import serve
from myschool_identity.bridge.app import create_app
from myschool_identity.settings import IdentitySettings

VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@dataclass
class Stack:
    bridge: str
    esia: str
    settings: IdentitySettings
    database_url: str
    realm_key: RSAKey
    browser: httpx.Client = field(default_factory=httpx.Client)
    simulator: FastAPI | None = None
    # One entry for each time the bridge asked for the realm's keys.
    fetches: list[float] = field(default_factory=list)

    def request(self, **changes: str) -> dict[str, str]:
        return {
            "client_id": "keycloak",
            "redirect_uri": self.settings.broker_url,
            "response_type": "code",
            "scope": "openid",
            "state": "keycloak.state." + "x" * 120,
            "nonce": "nonce-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes

    def authorize(self, **changes: str) -> httpx.Response:
        return self.browser.get(f"{self.bridge}/authorize", params=self.request(**changes))

    def follow(self, response: httpx.Response) -> httpx.Response:
        while response.is_redirect:
            address = str(httpx.URL(response.url).join(response.headers["location"]))
            if not address.startswith((self.bridge, self.esia)):
                break
            response = self.browser.get(address)
        return response

    def at_login(self, **changes: str) -> httpx.Response:
        return self.follow(self.authorize(**changes))

    def sign_in(self, login: str = "sokolova@example.org", decision: str = "grant") -> dict[str, str]:
        page = self.at_login()
        if not page.is_redirect:
            page = self.follow(self.browser.post(page.url, data={"login": login, "password": "demo"}))
        if not page.is_redirect:
            page = self.follow(self.browser.post(page.url, data={"decision": decision}))
        address = page.headers["location"]
        return query(address) | {"address": address.partition("?")[0]}

    def way_back(self, **changes: str) -> str:
        """Address at the bridge to which the simulator sends the browser, not yet visited."""
        form = {"login": "nikitina@example.org", "password": "demo"}
        response = self.browser.post(self.at_login(**changes).url, data=form)
        if "/consent/" in response.headers["location"]:
            page = self.browser.get(httpx.URL(response.url).join(response.headers["location"]))
            response = self.browser.post(page.url, data={"decision": "grant"})
        return str(response.headers["location"])

    def stand(self, method: str, path: str, **changes: Any) -> Any:
        """The simulator's own API."""
        answer = httpx.request(method, f"{self.esia}/stand/api/{path}", json=changes or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def outcome(self, login: str = "sokolova@example.org") -> str:
        """«in» when Keycloak got a code, else the code of the problem page."""
        self.browser.cookies.clear()
        back = self.sign_in(login)
        return "in" if back["address"] == self.settings.broker_url and back.get("code") else back["code"]

    def assertion(self, key: RSAKey | None = None, **changes: Any) -> str:
        claims = {
            "iss": "keycloak",
            "sub": "keycloak",
            "aud": f"{self.bridge}/token",
            "jti": str(uuid.uuid4()),
            "exp": int(time.time()) + 60,
            "iat": int(time.time()),
        } | changes
        key = key or self.realm_key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    def redeem(self, code: str, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.broker_url,
            "code_verifier": VERIFIER,
            "client_assertion_type": ASSERTION,
            "client_assertion": self.assertion(),
        } | changes
        return httpx.post(f"{self.bridge}/token", data=form)


def listen() -> tuple[socket.socket, str]:
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"http://localhost:{listener.getsockname()[1]}"


@contextlib.contextmanager
def running_stack(
    keys_dir: Path,
    database_url: str,
    redis_url: str,
    bridge_options: dict[str, Any] | None = None,
    *,
    keys_published: bool = False,
    **options: Any,
) -> Iterator[Stack]:
    """`bridge_options` go to the bridge, all others to the simulator; with `keys_published` the bridge knows where the simulator's keys are."""
    realm_key = RSAKey.generate_key(2048, {"use": "sig"})
    realm_key.ensure_kid()
    keycloak_socket, keycloak = listen()
    esia_socket, esia = listen()
    bridge_socket, bridge = listen()
    realm, fetches = FastAPI(), list[float]()

    @realm.get("/realms/myschool/protocol/openid-connect/certs")
    async def certs() -> dict[str, Any]:
        fetches.append(time.time())
        return dict(KeySet([realm_key]).as_dict(private=False))

    settings = IdentitySettings(redis_url=SecretStr(redis_url), keys_dir=keys_dir, keycloak_url=keycloak, bridge_url=bridge, esia_url=esia)
    published = {"esia_keys_url": f"{esia}/public/esia.zip"} if keys_published else {}
    settings = settings.model_copy(update={**(bridge_options or {}), **published})
    simulator = create_simulator(SimulatorSettings(keys_dir=keys_dir, esia_url=esia, bridge_url=bridge, esia_people=None, **options))
    with contextlib.ExitStack() as running:
        running.enter_context(serve(realm, keycloak_socket))
        running.enter_context(serve(simulator, esia_socket))
        running.enter_context(serve(create_app(settings, database_url), bridge_socket))
        browser = running.enter_context(httpx.Client(timeout=30))
        yield Stack(bridge, esia, settings, database_url, realm_key, browser, simulator, fetches)
