"""Every page of every cabinet: opens without an error, fits, speaks to aids, works by keyboard, without a network and on paper."""

import re
from typing import Any

import looks
import people
import pytest
import signing
from browser import Browsers, Window
from journal_page import JournalPage
from playwright.async_api import Page, Route, expect
from redis.asyncio import Redis

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

CABINETS = {
    "teacher": (
        people.TEACHER,
        "TEACHER",
        "/day /journal {journal} {journal}?view=attendance {journal}?view=topics /messages {chat} /statistics",
    ),
    "guardian": (people.GUARDIAN, "", "/diary /homework /progress /messages {chat} /family"),
    "pupil": (people.STUDENT, "", "/diary /homework /progress /messages /family"),
    "head": (people.HEAD, "", "/statistics /journal {journal} /school /school/import /school/requests /duplicates"),
    "coordinator": (people.COORDINATOR, "", "/organisations {organisation} /accounts /duplicates"),
    "federal administrator": (people.FEDERAL, "", "/federation"),
    "expert": (people.EXPERT, "", "/reviews /help /help/sign-in"),
}
LOGIN = "Телефон / Email / СНИЛС"
OF_ALL = "/library {item} /settings /no-such-page"


async def _first(window: Window, path: str, name: str) -> str:
    return (await window.read(f"/api/v1/{path}"))[name][0]["id"]


async def _addresses(window: Window, wanted: str) -> list[str]:
    """The paths with ids of this cabinet's own in them."""
    asked = {"journal": "gradebooks", "chat": "chats", "organisation": "organisations", "item": "library/items"}
    pages = {"journal": "/journal/", "chat": "/messages/", "organisation": "/organisations/", "item": "/library/"}
    ids: dict[str, Any] = {}
    for name, path in asked.items():
        if f"{{{name}}}" in wanted:
            ids[name] = pages[name] + await _first(window, path, path.rpartition("/")[2])
    return wanted.format(**ids).split()


@pytest.mark.parametrize("who", CABINETS)
async def test_every_page_when_opened_then_without_errors_and_faults_at_all_sizes(browsers: Browsers, who: str) -> None:
    login, role, pages = CABINETS[who]
    window = await signing.sign_in(await browsers.open(who), login, role)
    found = []
    for path in await _addresses(window, f"{pages} {OF_ALL}"):
        found += await looks.faults_at(window, path, [looks.DESK, looks.PHONE])
    assert found == []


async def test_pages_when_zoomed_to_200_percent_then_nothing_is_lost(browsers: Browsers) -> None:
    window = await signing.sign_in(await browsers.open("teacher"), people.TEACHER, "TEACHER")
    found = []
    for path in await _addresses(window, "/day {journal} /library /messages /statistics"):
        found += await looks.faults_at(window, path, [looks.ZOOMED])
    assert found == []


async def test_windows_when_opened_by_keyboard_then_faultless_and_the_focus_comes_back(browsers: Browsers) -> None:
    window = await signing.sign_in(await browsers.open("teacher"), people.TEACHER, "TEACHER")
    page = window.page
    journal = await JournalPage.open(window)
    cell = journal.grid.locator("[data-cell][tabindex='0']")
    await cell.focus()
    place = await cell.get_attribute("data-cell")
    for keys, title in (("F2", None), ("Control+k", "Поиск")):
        await page.keyboard.press(keys)
        dialog = page.locator("dialog[open]")
        await expect(dialog).to_be_visible()
        if title:
            await expect(dialog).to_have_attribute("aria-label", title)
        assert await looks.faults(page) == []
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(page.locator(f"[data-cell='{place}']")).to_be_focused()


async def test_teacher_when_a_mark_is_wrong_then_it_is_taken_back_by_one_press(browsers: Browsers) -> None:
    window = await signing.sign_in(await browsers.open("teacher"), people.TEACHER, "TEACHER")
    journal = await JournalPage.open(window)
    place = (await journal.facts()).free(1)[0]
    await journal.type(place, "2")
    await journal.saved()
    await window.page.get_by_role("button", name="Отменить").click()
    await journal.shows(place, "")
    await journal.saved()
    assert (await journal.facts()).mark_at(place) == ""
    await expect(window.page.get_by_role("button", name="Отменить")).to_have_count(0)


async def _kept(page: Page) -> list[str]:
    return await page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('myschool.seen'))")


async def test_diary_when_reloaded_without_network_then_as_last_seen_until_signed_out(browsers: Browsers) -> None:
    window = await signing.sign_in(await browsers.open("guardian"), people.GUARDIAN, path="/diary")
    page = window.page
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    await page.wait_for_function("() => navigator.serviceWorker.controller && localStorage['myschool.seen.diary']")
    subjects = await page.locator("article h3").all_inner_texts()
    window.may_lose_network()
    await window.context.set_offline(True)
    await page.reload()
    await expect(page.get_by_text(re.compile(r"^Нет сети\. Показан дневник на \d\d:\d\d, новые отметки появятся позже\.$"))).to_be_visible()
    assert await page.locator("article h3").all_inner_texts() == subjects
    # What is written does not go to a store that pretends to be a server.
    sign = page.get_by_role("button", name="Ознакомлен")
    if await sign.count():
        await sign.click()
        await expect(page.get_by_role("alert").get_by_text("Нет сети")).to_be_visible()
    await window.context.set_offline(False)
    await expect(page.get_by_text("Нет сети. Показан дневник")).to_have_count(0)
    await signing.sign_out(page)
    await expect(page).to_have_url(re.compile("/signin"))
    assert await _kept(page) == []


async def test_page_when_a_part_of_it_is_gone_then_it_reloads_once_and_then_says_so(browsers: Browsers) -> None:
    window = await signing.sign_in(await browsers.open("guardian"), people.GUARDIAN, path="/diary")
    page = window.page
    window.may_lose_network()
    loads = []
    page.on("load", lambda _: loads.append(1))

    async def gone(route: Route) -> None:
        await route.abort()

    await page.evaluate("() => navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((one) => one.unregister())))")
    await page.evaluate("() => caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
    await page.context.route("**/assets/SettingsPage-*.js", gone)
    await page.reload()
    loads.clear()
    await (await signing.open_menu(page)).get_by_role("link", name="Настройки аккаунта").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert len(loads) == 1
    # The router writes down what it shows; that line is this test's own doing.
    window.complaints[:] = [one for one in window.complaints if "dynamically imported module" not in one]
    await page.context.unroute("**/assets/SettingsPage-*.js")
    await page.reload()
    await expect(page.get_by_role("heading", name="Настройки аккаунта")).to_be_visible()


async def _end_in_store(environment: Any, session_id: str) -> None:
    """The session is gone from the store, as after a long silence; nobody tells the page."""
    store = Redis.from_url(environment["MYSCHOOL_REDIS_URL"])
    async for key in store.scan_iter("session:*"):
        if session_id.encode() in (await store.hget(key, "data") or b""):
            await store.delete(key)
    await store.aclose()


async def test_session_when_it_ends_while_typing_then_nothing_typed_is_lost(browsers: Browsers, whole_stack) -> None:
    window = await signing.sign_in(await browsers.open("teacher"), people.TEACHER, "TEACHER")
    page = window.page
    journal = await JournalPage.open(window)
    place = (await journal.facts()).free(1)[0]
    await journal.reach(place)
    await journal.panel.get_by_label("Тема урока").fill("Дроби: черновик")
    await journal.reach(place)
    mine = next(one for one in (await window.read("/api/v1/sessions"))["sessions"] if one["current"])
    window.expects(401)
    await _end_in_store(whole_stack.environment, mine["id"])
    await page.keyboard.press("4")
    dialog = page.get_by_role("dialog", name="Сеанс закончился")
    await expect(dialog).to_be_visible()
    assert await looks.faults(page) == []
    assert await _kept(page) == []
    for _ in range(3):
        await page.keyboard.press("Escape")
    await expect(dialog).to_be_visible()
    async with window.context.expect_page() as opened:
        await dialog.get_by_role("link", name="Войти через Госуслуги").click()
    second = await opened.value
    # Госуслуги may still know the person; then the second window comes back by itself.
    form = second.get_by_label(LOGIN)
    if not second.is_closed() and "/login" in second.url and await form.count():
        await signing.give_login(second, people.TEACHER)
        await signing.grant_scopes(second)
    await expect(dialog).to_have_count(0)
    await journal.shows(place, "4")
    await journal.saved()
    assert (await journal.facts()).mark_at(place) == "4"
    await expect(journal.panel.get_by_label("Тема урока")).to_have_value("Дроби: черновик")
    await expect(page.get_by_role("banner")).to_contain_text("Учитель")


async def test_session_when_ended_from_another_browser_then_screen_cleared_and_drafts_wait(browsers: Browsers) -> None:
    window = await signing.sign_in(await browsers.open("teacher"), people.TEACHER, "TEACHER")
    page = window.page
    await page.get_by_role("navigation", name="Разделы").get_by_role("link", name="Сообщения").click()
    await page.get_by_role("link", name=re.compile("7А · родители")).click()
    await page.get_by_label("Написать сообщение").fill("Ещё не дописано")
    chat = page.url
    mine = next(one for one in (await window.read("/api/v1/sessions"))["sessions"] if one["current"])
    other = await signing.sign_in(await browsers.open("elsewhere"), people.TEACHER, "TEACHER")
    window.expects(401)
    assert (await other.api(f"/api/v1/sessions/{mine['id']}", "DELETE"))[0] in {200, 204}
    await expect(page.get_by_text("Сеанс закончился. Войдите ещё раз")).to_be_visible()
    assert await _kept(page) == []
    assert "Ещё не дописано" not in await page.locator("body").inner_text()
    await page.get_by_role("link", name="Войти через Госуслуги").click()
    # The end of a session reaches Keycloak too; Госуслуги still know the person and ask whether to go on.
    await page.get_by_role("button", name=re.compile("Продолжить как")).click()
    await signing.grant_scopes(page)
    await expect(signing.inside(page)).to_be_visible()
    await signing.choose_role(page, "TEACHER")
    await page.goto(chat)
    await expect(page.get_by_label("Написать сообщение")).to_have_value("Ещё не дописано")


async def test_diary_when_it_comes_up_then_hardly_anything_moves(browsers: Browsers) -> None:
    window = await signing.sign_in(await browsers.open("guardian"), people.GUARDIAN)
    page = window.page
    await page.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput)"
        " window.moved += one.value }).observe({ type: 'layout-shift', buffered: true })"
    )
    for size in (looks.DESK, looks.PHONE):
        await page.set_viewport_size(size)
        # Nothing kept, so that the whole way from empty to full is measured.
        await page.evaluate("() => localStorage.removeItem('myschool.seen.diary')")
        await window.go("/diary")
        await looks.settled(page)
        assert await page.evaluate("() => window.moved") < 0.05, size


async def test_journal_when_printed_then_every_sheet_has_the_names_and_no_menu(browsers: Browsers) -> None:
    window = await signing.sign_in(await browsers.open("teacher"), people.TEACHER, "TEACHER")
    page = window.page
    journal = await JournalPage.open(window)
    facts = await journal.facts()
    await page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    await page.emulate_media(media="print", color_scheme="dark")
    sheets = page.locator("table caption").locator("xpath=..")
    lessons = 0
    for sheet in await sheets.all():
        await expect(sheet.locator("tbody th")).to_have_count(len(facts.page["students"]))
        lessons += await sheet.locator("tbody tr").first.locator("td").count()
    assert lessons == len(facts.page["lessons"]) + 1
    await expect(page.get_by_role("navigation")).to_have_count(0)
    await expect(page.get_by_role("button").locator("visible=true")).to_have_count(0)
    colours = await sheets.first.evaluate("(sheet) => [getComputedStyle(sheet).color, getComputedStyle(document.body).backgroundColor]")
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
