"""§2.2 The role after signing in: several, one, none; no e-mail; an unconfirmed account; a login page left for long."""

import asyncio

import people
import pytest
import signing
from browser import Browsers, Window
from playwright.async_api import expect
from redis.asyncio import Redis

pytestmark = pytest.mark.e2e


def menu(window: Window):
    return signing.inside(window.page)


async def test_teacher_and_parent_when_signing_in_then_a_role_is_picked_and_can_be_changed(browsers: Browsers) -> None:
    window = await signing.sign_in(await browsers.open("sokolova"), people.TEACHER)
    page = window.page
    await expect(page).to_have_url(window.address("/settings"))
    await expect(page.get_by_role("heading", name="Настройки аккаунта")).to_be_visible()
    await expect(page.get_by_role("heading", name="Выберите роль")).to_be_visible()
    # Without a role no cabinet opens.
    await window.go("/journal")
    await expect(page).to_have_url(window.address("/settings"))
    await signing.choose_role(page, "TEACHER")
    await expect(page).to_have_url(window.address("/day"))
    await expect(menu(window).get_by_role("link", name="Журнал")).to_be_visible()
    await expect(menu(window).get_by_role("link", name="Дневник")).to_have_count(0)
    await signing.switch_role(page, "GUARDIAN")
    await expect(page).to_have_url(window.address("/diary"))
    await expect(menu(window).get_by_role("link", name="Журнал")).to_have_count(0)
    await expect(page.get_by_text("Егор · 7Б")).to_be_visible()
    # As a parent she may not read her own class's journals, and is told what to do.
    window.expects(403, "/api/v1/gradebooks")
    assert (await window.api("/api/v1/gradebooks"))[0] == 403
    await page.reload()
    await expect(page).to_have_url(window.address("/diary"))
    await window.go("/settings")
    await signing.choose_role(page, "TEACHER")
    await expect(page).to_have_url(window.address("/day"))


@pytest.mark.parametrize(
    ("login", "path", "name"),
    [
        pytest.param(people.HEAD, "/statistics", "Директор", id="head"),
        pytest.param(people.STUDENT, "/diary", "Ученик", id="student"),
        pytest.param(people.WITHOUT_EMAIL, "/diary", "Родитель", id="guardian-without-email"),
        pytest.param(people.EXPERT, "/reviews", "Эксперт", id="expert"),
        pytest.param(people.COORDINATOR, "/organisations", "Региональный координатор", id="coordinator"),
    ],
)
async def test_person_with_one_role_when_signing_in_then_the_cabinet_opens_at_once(
    browsers: Browsers, login: str, path: str, name: str
) -> None:
    window = await signing.sign_in(await browsers.open("person"), login)
    await expect(window.page).to_have_url(window.address(path))
    await expect(window.page.get_by_role("banner")).to_contain_text(name)


async def test_unconfirmed_account_when_signing_in_then_it_is_told_what_to_do(browsers: Browsers) -> None:
    window = await browsers.open("novikov")
    page = window.page
    await signing.to_gosuslugi(window)
    await signing.give_login(page, people.UNCONFIRMED)
    await signing.grant_scopes(page)
    await expect(page.get_by_role("heading", name="Учётная запись не подтверждена")).to_be_visible()
    await expect(page.get_by_text("Подтвердите её в приложении своего банка, в МФЦ или на Госуслугах")).to_be_visible()
    await expect(page.get_by_text("Код для поддержки: ESIA-007055")).to_be_visible()
    assert (await window.read("/api/v1/session"))["authenticated"] is False
    await page.get_by_role("link", name="На страницу входа").click()
    await expect(page.get_by_role("link", name="Войти через Госуслуги")).to_be_visible()


async def forget_in_valkey(stack, pattern: str) -> int:
    """What the time limit of the gateway does after a quarter of an hour."""
    redis = Redis.from_url(stack.environment["MYSCHOOL_REDIS_URL"])
    names = [name async for name in redis.scan_iter(pattern)]
    count = await redis.delete(*names) if names else 0
    await redis.aclose()
    return count


@pytest.mark.parametrize("lost", ["cookie", "transaction", "both"])
async def test_login_page_left_for_long_when_used_then_the_person_gets_where_they_were_going(
    browsers: Browsers, whole_stack, lost: str
) -> None:
    window = await browsers.open("head")
    page = window.page
    await signing.to_gosuslugi(window, "/library?q=дробями")
    if lost != "transaction":
        await window.context.clear_cookies(name="__Host-myschool-login")
    if lost != "cookie":
        assert await forget_in_valkey(whole_stack, "login:*")
    await signing.give_login(page, people.HEAD)
    await signing.grant_scopes(page)
    await expect(page.get_by_role("searchbox", name="Что найти в библиотеке")).to_have_value("дробями")
    assert (await window.read("/api/v1/session"))["authenticated"] is True


async def test_everything_about_a_sign_in_when_lost_then_a_page_explains_and_leads_on(browsers: Browsers, whole_stack) -> None:
    window = await browsers.open("head")
    page = window.page
    await signing.to_gosuslugi(window)
    for pattern in ("login*", "*transaction:*", "*trail:*"):
        await forget_in_valkey(whole_stack, pattern)
    await signing.give_login(page, people.HEAD)
    await signing.grant_scopes(page)
    await expect(page.get_by_role("heading", name="Вход занял слишком много времени")).to_be_visible()
    await page.get_by_role("link", name="Войти ещё раз").click()
    await page.get_by_role("button", name="Продолжить как").click()
    await expect(page).to_have_url(window.address("/statistics"))


async def test_two_tabs_when_they_sign_in_at_once_then_each_gets_to_its_own_page(browsers: Browsers) -> None:
    window = await browsers.open("head")
    first = window.page
    await signing.to_gosuslugi(window, "/library")
    second = await window.tab()
    await second.goto(window.address("/school"))
    await second.get_by_role("link", name="Войти через Госуслуги").click()
    await expect(second.get_by_label("Пароль")).to_be_visible()
    await signing.give_login(first, people.HEAD)
    await signing.grant_scopes(first)
    await expect(first).to_have_url(window.address("/library"))
    await signing.give_login(second, people.HEAD)
    await expect(second).to_have_url(window.address("/school"))
    # The first tab shows the new session of itself; asked for anew, it is still its own page.
    await expect(signing.inside(first)).to_be_visible()
    await first.goto(window.address("/library"))
    await expect(signing.inside(first)).to_be_visible()
    await expect(first).to_have_url(window.address("/library"))


async def test_one_person_when_signing_in_on_three_devices_at_once_then_each_gets_in(browsers: Browsers) -> None:
    windows = [await browsers.open(f"device-{number}") for number in range(3)]
    await asyncio.gather(*(signing.sign_in(window, people.HEAD) for window in windows))
    sessions = (await windows[0].read("/api/v1/sessions"))["sessions"]
    assert len(sessions) >= 3


@pytest.mark.parametrize("moment", ["before the login", "before the answer"])
async def test_cookies_of_the_sign_in_server_when_lost_on_the_way_then_no_page_of_its_own_is_seen(browsers: Browsers, moment: str) -> None:
    window = await browsers.open("head")
    page = window.page
    # A hop without a word on it, like our own after the sign-in; it begins again from there.
    window.passes_keycloak()
    await signing.to_gosuslugi(window, "/library")
    names = ("AUTH_SESSION_ID", "KC_AUTH_SESSION_HASH", "KC_RESTART", "KEYCLOAK_IDENTITY", "KEYCLOAK_SESSION")
    for name in names if moment == "before the login" else names[:2]:
        await window.context.clear_cookies(name=name)
    await signing.give_login(page, people.HEAD)
    again = page.get_by_role("button", name="Продолжить как")
    await expect(page.locator(signing.GRANT).or_(again).first).to_be_visible()
    if await page.locator(signing.GRANT).count():
        await page.locator(signing.GRANT).click()
    await again.click()
    await expect(page).to_have_url(window.address("/library"))
    assert any("error=login_required" in line for line in window.lines)
