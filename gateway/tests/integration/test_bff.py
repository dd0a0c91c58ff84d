"""Platform test 5: no token in any byte a browser sees, exact cookies, nothing without our own page's word, a new id at each sign-in."""

import re
from typing import Any

import httpx
import pytest

from myschool_gateway.cookies import BROWSER_S

from .conftest import Gateway
from .keycloak_stand_in import Realm
from .test_matrix import ROUTES, filled, problem
from .test_sign_in import begin, come_back

# A JWT, or one of the values that the stand-in for Keycloak hands out.
_TOKEN = re.compile(rb"eyJ[\w-]{10,}\.|refresh-token|\bfresh\b|access_token|id_token")
UNSAFE = [(method, path) for method, path in ROUTES if method != "GET"]


def seen_by_browser(answer: httpx.Response) -> bytes:
    """Everything of an answer: status line, headers, body."""
    return b"\n".join([*(name + b": " + value for name, value in answer.headers.raw), answer.content])


def attributes(cookie: str) -> set[str]:
    """What stands behind a cookie's value."""
    return {part.strip().lower() for part in cookie.split(";")[1:]}


async def test_sign_in_when_walked_then_no_token_in_any_byte_and_cookies_exact(gateway: Gateway, realm: Realm) -> None:
    started = await gateway.call("GET", "/auth/login", params={"return_to": "/journal"})
    login = started.headers["set-cookie"]
    assert login.startswith("__Host-myschool-login=")
    assert attributes(login) == {"httponly", "secure", "samesite=lax", "path=/", f"max-age={BROWSER_S}"}
    state, cookie = await begin(gateway, realm)
    back = await come_back(gateway, cookie, state=state, code="good")
    session, dropped = back.headers.get_list("set-cookie")
    assert session.startswith("__Host-myschool=")
    assert attributes(session) == {"httponly", "secure", "samesite=strict", "path=/"}
    assert "domain" not in session.lower() + login.lower()
    assert dropped.startswith('__Host-myschool-login=""')
    secret = session.partition("=")[2].partition(";")[0]
    seen = [started, back]
    for method, path in ROUTES:
        # Ends the session itself; asked last, below.
        if (method, path) != ("DELETE", "/api/v1/sessions"):
            seen.append(await gateway.call(method, filled(path), secret))
    seen.append(await gateway.call("POST", "/auth/logout", secret))
    assert len(seen) > 40
    for answer in seen:
        assert not _TOKEN.search(seen_by_browser(answer)), answer.request.url


async def test_sign_in_when_there_was_a_session_then_a_new_id_and_the_old_one_is_dead(gateway: Gateway, realm: Realm) -> None:
    _before, old = await gateway.sign_in()
    state, cookie = await begin(gateway, realm)
    headers = {"Cookie": f"{cookie}; __Host-myschool={old}"}
    back = await gateway.call("GET", "/auth/callback", params={"state": state, "code": "good"}, headers=headers)
    fresh = back.headers.get_list("set-cookie")[0].partition("=")[2].partition(";")[0]
    assert len(fresh) == 43
    assert fresh != old
    assert (await gateway.call("GET", "/api/v1/profile", fresh)).status_code == 200
    problem(await gateway.call("GET", "/api/v1/profile", old), 401)


_FORMS: list[Any] = [
    pytest.param({"X-MySchool-CSRF": ""}, id="without-the-header"),
    pytest.param({"Origin": "https://evil.example"}, id="cross-site-origin"),
    pytest.param({"Origin": "null"}, id="opaque-origin"),
    pytest.param({"Sec-Fetch-Site": "cross-site"}, id="cross-site-fetch"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, id="sibling-site"),
    pytest.param({"X-MySchool-CSRF": "", "Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site"}, id="text-plain-form"),
]


@pytest.mark.parametrize("headers", _FORMS)
async def test_write_when_not_from_our_own_page_then_403_on_every_route_and_nothing_is_asked(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    _session, secret = await gateway.sign_in()
    assert len(UNSAFE) > 12
    for method, path in [*UNSAFE, ("POST", "/auth/logout")]:
        answer = await gateway.call(method, filled(path), secret, content=b'{"a": 1}', headers=headers)
        assert problem(answer, 403)["code"] == "gateway.CSRF_REFUSED", (method, path)
    assert gateway.services.seen == []
    assert (await gateway.call("GET", "/api/v1/profile", secret)).status_code == 200
