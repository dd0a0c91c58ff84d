"""§2.8 Signing out ends the session at the gateway, at Keycloak and in every other tab within five seconds."""

import asyncio
import time

import httpx
import people
import pytest
import signing
from browser import Browsers, Window
from moments import eventually, within
from playwright.async_api import Page, expect
from realm import Realm
from websockets.asyncio.client import connect

pytestmark = pytest.mark.e2e
_SIGNED_OUT = 4401


async def left(page: Page, seconds: float) -> None:
    """The page stands before the door and says so."""
    await expect(page.get_by_role("link", name="Войти через Госуслуги")).to_be_visible(timeout=within(seconds))


async def signed_out(window: Window) -> bool:
    return not (await window.read("/api/v1/session"))["authenticated"]


async def test_sign_out_in_one_tab_when_pressed_then_every_tab_and_keycloak_are_out(browsers: Browsers, realm: Realm) -> None:
    window, (living,) = await fresh(browsers, realm)
    window.expects(401, "/api/v1/")
    first, second = window.page, await window.tab()
    await second.goto(window.address("/messages"))
    await expect(signing.inside(second)).to_be_visible()
    secret = next(one["value"] for one in await window.context.cookies() if one["name"] == "__Host-myschool")
    # A live connection that no page of ours watches over: the server itself must end it.
    stream, cookie = window.address("/api/v1/stream").replace("http", "ws", 1), f"__Host-myschool={secret}"
    async with connect(stream, origin=window.gateway, additional_headers={"Cookie": cookie}) as socket:
        assert "hello" in str(await socket.recv())
        began = time.monotonic()
        await signing.sign_out(first)
        await asyncio.wait_for(socket.wait_closed(), within(5) / 1000)
        assert socket.close_code == _SIGNED_OUT
    await left(first, 5)
    await expect(first.get_by_text("Вы вышли.")).to_be_visible()
    await left(second, 5)
    seconds = time.monotonic() - began
    assert await signed_out(window)
    async with httpx.AsyncClient() as thief:
        kept = {"Cookie": cookie, "X-MySchool-CSRF": "1"}
        assert (await thief.get(window.address("/api/v1/profile"), headers=kept)).status_code == 401

    async def gone() -> bool:
        return living not in await realm.sessions(people.GUARDIAN_OID)

    await eventually(gone, 5, "the end of Keycloak's session")
    print(f"both tabs were out after {seconds:.2f} s")
    # Signing in again asks at Госуслуги again who it is.
    await first.get_by_role("link", name="Войти через Госуслуги").click()
    ask = first.get_by_label("Пароль").or_(first.get_by_role("button", name="Продолжить как"))
    await expect(ask.first).to_be_visible()


async def fresh(browsers: Browsers, realm: Realm) -> tuple[Window, list[str]]:
    """The guardian in a browser, and the Keycloak session that it opened."""
    before = set(await realm.sessions(people.GUARDIAN_OID))
    window = await signing.sign_in(await browsers.open("guardian"), people.GUARDIAN)
    return window, [one for one in await realm.sessions(people.GUARDIAN_OID) if one not in before]


async def test_session_at_keycloak_when_ended_by_the_administrator_then_ours_ends_too(browsers: Browsers, realm: Realm) -> None:
    window, (living,) = await fresh(browsers, realm)
    window.expects(401, "/api/v1/")
    second = await window.tab()
    await second.goto(window.address("/messages"))
    await expect(signing.inside(second)).to_be_visible()
    began = time.monotonic()
    await realm.end(living)
    await asyncio.gather(left(window.page, 5), left(second, 5))
    print(f"both tabs were out after {time.monotonic() - began:.2f} s")
    assert await signed_out(window)


async def test_other_device_when_ended_in_the_settings_then_it_is_out_and_this_one_stays(browsers: Browsers) -> None:
    here = await signing.sign_in(await browsers.open("here"), people.HEAD)
    there = await signing.sign_in(await browsers.open("there"), people.HEAD)
    there.expects(401, "/api/v1/")
    sessions = (await there.read("/api/v1/sessions"))["sessions"]
    assert [one["current"] for one in sessions].count(True) == 1
    await here.go("/settings")
    await expect(here.page.get_by_text("это устройство")).to_be_visible()
    # Newest first: the one opened last is the other device.
    await here.page.get_by_role("button", name="Завершить").first.click()
    await left(there.page, 5)
    assert await signed_out(there)
    assert not await signed_out(here)
