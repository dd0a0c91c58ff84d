"""A person who stays at Госуслуги for minutes or hours, before a real Keycloak whose lives are shortened in proportion."""

import base64
import contextlib
import json
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

sys.path.insert(0, str(Path(__file__).parent))
from bridge_stack import CHALLENGE, listen, query

from myschool_esia_simulator.app import create_app as create_simulator
from myschool_esia_simulator.settings import Settings as SimulatorSettings
from myschool_esia_simulator.testing import serve
from myschool_gateway.cookies import BROWSER_S, LOGIN_S
from myschool_identity.bridge import state
from myschool_identity.bridge.app import create_app
from myschool_identity.realm import desired
from myschool_identity.realm.reconcile import connect, reconcile
from myschool_identity.settings import IdentitySettings

# One second here is two minutes of life.
SCALE = 120
CURABLE = {"temporarily_unavailable", "login_required"}
TWELVE_MINUTES_S = 12 * 60 / SCALE


@dataclass
class Way:
    settings: IdentitySettings
    browser: httpx.Client

    def begin(self, sent: str) -> httpx.Response:
        """Through Keycloak and bridge to the login page of Госуслуги."""
        params = {
            "client_id": "gateway",
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": f"{self.settings.gateway_url}/auth/callback",
            "state": sent,
            "nonce": "n",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "kc_idp_hint": "esia",
        }
        return self.follow(self.browser.get(f"{self.settings.realm_url}/protocol/openid-connect/auth?{urlencode(params)}"))

    def follow(self, response: httpx.Response) -> httpx.Response:
        """Up to a page, or to the redirect back to the gateway."""
        while response.is_redirect:
            address = str(httpx.URL(response.url).join(response.headers["location"]))
            if address.startswith(self.settings.gateway_url):
                break
            response = self.browser.get(address)
        return response

    def finish(self, page: httpx.Response) -> httpx.Response:
        """Password and consent."""
        assert str(page.url).startswith(self.settings.esia_url), page.text[:2000]
        page = self.follow(self.browser.post(page.url, data={"login": "sokolova@example.org", "password": "demo"}))
        return page if page.is_redirect else self.follow(self.browser.post(page.url, data={"decision": "grant"}))


def arrival(response: httpx.Response) -> dict[str, str]:
    """What the gateway is told: by a redirect, or by the script of the one page that the realm's theme shows instead of an error."""
    if response.is_redirect:
        return query(response.headers["location"])
    assert "'/auth/callback?error=login_required&state='" in response.text, response.text[:2000]
    sent = query(str(response.url))
    data = sent.get("client_data") or sent["state"].split(".")[3]
    return {"error": "login_required", "state": json.loads(base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)))["st"]}


@pytest.fixture
def way(
    keycloak_environment: Mapping[str, str], redis_url: str, keys_dir: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Way]:
    gateway_url = listen()[1]
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
    reconcile(settings)
    admin = connect(settings)
    admin.change_current_realm(settings.keycloak_realm)
    wanted = desired.realm(settings)
    lives = {name: max(1, int(wanted[name] / SCALE)) for name in ("accessCodeLifespanLogin", "accessCodeLifespanUserAction")}
    admin.update_realm(settings.keycloak_realm, admin.get_realm(settings.keycloak_realm) | lives)
    monkeypatch.setattr(state, "TRANSACTION_S", int(state.TRANSACTION_S / SCALE))
    simulator: FastAPI = create_simulator(
        SimulatorSettings(keys_dir=keys_dir, esia_url=esia_url, bridge_url=bridge_url, gateway_url=gateway_url, esia_people=None)
    )
    with contextlib.ExitStack() as running:
        running.callback(lambda: connect(settings).delete_realm(settings.keycloak_realm))
        running.enter_context(serve(simulator, esia_socket))
        running.enter_context(serve(create_app(settings, database_url), bridge_socket))

        def trust_localhost(_response: httpx.Response) -> None:
            for cookie in browser.cookies.jar:
                cookie.secure = False

        browser = running.enter_context(httpx.Client(event_hooks={"response": [trust_localhost]}))
        yield Way(settings, browser)


def test_lives_are_ordered_from_the_inside_out_and_leave_room_for_twelve_minutes() -> None:
    """Whoever stands further out remembers longer, so that a late return always meets somebody who knows the way."""
    realm: dict[str, Any] = desired.realm(IdentitySettings())
    assert 12 * 60 < state.TRANSACTION_S < realm["accessCodeLifespanLogin"] < LOGIN_S < BROWSER_S <= state.TRAIL_S


def test_twelve_minutes_at_gosuslugi_still_sign_in(way: Way) -> None:
    page = way.begin("where-i-was-going")
    time.sleep(TWELVE_MINUTES_S)
    back = arrival(way.finish(page))
    assert (back["state"], bool(back.get("code"))) == ("where-i-was-going", True)


def test_too_long_for_the_bridge_begins_again_by_itself_with_the_same_way_home(way: Way) -> None:
    """Keycloak still knows the person: Госуслуги are shown again, no page of an error."""
    page = way.begin("where-i-was-going")
    time.sleep(state.TRANSACTION_S + 1)
    again = way.finish(page)
    at_gosuslugi = str(again.url).startswith(way.settings.esia_url)
    back = arrival(way.finish(again) if at_gosuslugi else again)
    assert back["state"] == "where-i-was-going"
    assert back.get("code") or back["error"] in CURABLE


def test_too_long_for_keycloak_too_tells_the_gateway_to_begin_again(way: Way) -> None:
    page = way.begin("where-i-was-going")
    time.sleep(desired.realm(way.settings)["accessCodeLifespanLogin"] / SCALE + 2)
    back = arrival(way.finish(page))
    # The gateway begins anew for these words, and its own state holds the return address (gateway/tests, test_sign_in).
    assert back["state"] == "where-i-was-going"
    assert back["error"] in CURABLE


def test_back_button_after_signing_in_leads_home_again(way: Way) -> None:
    visited: list[str] = []
    way.browser.event_hooks["request"] = [lambda request: visited.append(str(request.url))]
    arrival(way.finish(way.begin("first")))
    callback = next(address for address in visited if address.startswith(f"{way.settings.bridge_url}/callback"))
    back = arrival(way.follow(way.browser.get(callback)))
    assert back["state"] == "first"
    assert back["error"] in CURABLE
