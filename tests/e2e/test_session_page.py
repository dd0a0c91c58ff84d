"""The session's end on the page: told two minutes ahead, put off by one press, and nothing typed is lost."""

import contextlib
import hashlib
import time

import looks
import people
import pytest
import signing
from browser import Browsers, Window
from moments import within
from playwright.async_api import Locator, expect
from redis.asyncio import Redis

from myschool_stack.browser import folder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
_LEFT_MS = 100_000


async def shorten(window: Window, environment: dict[str, str], *, final: bool) -> None:
    """The session of this window has a hundred seconds left: for want of a call, or because it is as old as it may get."""
    secret = next(one["value"] for one in await window.context.cookies() if one["name"] == "__Host-myschool")
    key = f"session:{hashlib.sha256(secret.encode()).hexdigest()}"
    redis = Redis.from_url(environment["MYSCHOOL_REDIS_URL"])
    if final:
        await redis.hset(key, "until", int(time.time() * 1000) + _LEFT_MS)
    await redis.pexpire(key, _LEFT_MS)
    await redis.aclose()


async def at_the_chat(browsers: Browsers) -> Window:
    """A guardian who has begun a message, with a clock that the test can move on."""
    window = await browsers.open("guardian")
    await window.page.clock.install()
    await signing.sign_in(window, people.GUARDIAN, path="/messages")
    page = window.page
    await page.get_by_role("link", name="родители").first.click()
    await page.get_by_label("Написать сообщение").fill("Ещё не дописано")
    return window


async def near_its_end(window: Window, environment: dict[str, str], *, final: bool) -> Locator:
    """The dialog that counts down. A call that was still on its way puts the end off: then the clock goes on once more."""
    dialog = window.page.get_by_role("dialog", name="Сеанс скоро закончится")
    for _attempt in range(3):
        await shorten(window, environment, final=final)
        await window.page.clock.fast_forward("29:00")
        with contextlib.suppress(AssertionError):
            await expect(dialog).to_be_visible(timeout=within(5))
            break
    return dialog


async def picture(window: Window, name: str) -> None:
    (folder() / "looks").mkdir(parents=True, exist_ok=True)
    for label, size in (("desk", looks.DESK), ("phone", looks.PHONE)):
        await window.page.set_viewport_size(size)
        await window.page.screenshot(path=folder() / "looks" / f"{name}-{label}.png")
    await window.page.set_viewport_size(looks.DESK)


async def test_end_when_near_for_want_of_a_call_then_staying_puts_it_off(browsers: Browsers, whole_stack) -> None:
    window = await at_the_chat(browsers)
    page = window.page
    dialog = await near_its_end(window, whole_stack.environment, final=False)
    await expect(dialog.get_by_text("Осталось 1:")).to_be_visible()
    assert await looks.faults(page) == []
    await picture(window, "countdown")
    await dialog.get_by_role("button", name="Остаться").click()
    await expect(dialog).to_have_count(0)
    session = await window.read("/api/v1/session")
    assert session["expires_at"] - session["server_time"] > 20 * 60_000
    await expect(page.get_by_label("Написать сообщение")).to_have_value("Ещё не дописано")


async def test_end_when_near_for_good_then_a_new_sign_in_beside_goes_on_with_everything_typed(browsers: Browsers, whole_stack) -> None:
    window = await at_the_chat(browsers)
    page = window.page
    dialog = await near_its_end(window, whole_stack.environment, final=True)
    await expect(dialog.get_by_text("так долго, как можно")).to_be_visible()
    async with window.context.expect_page() as opened:
        await dialog.get_by_role("link", name="Войти через Госуслуги").click()
    second = await opened.value
    form = second.get_by_label("Телефон / Email / СНИЛС")
    if not second.is_closed() and "/login" in second.url and await form.count():
        await signing.give_login(second, people.GUARDIAN)
        await signing.grant_scopes(second)
    await expect(dialog).to_have_count(0, timeout=within(20))
    session = await window.read("/api/v1/session")
    assert session["expires_at"] - session["server_time"] > 20 * 60_000
    await expect(page.get_by_label("Написать сообщение")).to_have_value("Ещё не дописано")


async def test_sign_in_elsewhere_when_made_then_the_next_page_tells_it_until_it_was_looked_at(browsers: Browsers) -> None:
    here = await signing.sign_in(await browsers.open("here"), people.HEAD)
    await expect(here.page.get_by_role("button", name="Уведомления").first).to_be_visible()
    await signing.sign_in(await browsers.open("there"), people.HEAD)
    await here.go("/library")
    bell = here.page.get_by_role("button", name="Уведомления").first
    await bell.click()
    notice = here.page.get_by_role("link", name="Новый вход")
    await expect(notice.first).to_be_visible()
    await notice.first.click()
    await expect(here.page).to_have_url(here.address("/settings#sessions"))
    await here.page.get_by_role("button", name="Все входы").click()
    await expect(here.page.get_by_text("это устройство").first).to_be_visible()
    await bell.click()
    await expect(here.page.get_by_role("link", name="Новый вход")).to_have_count(0)
