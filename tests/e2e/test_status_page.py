"""«Состояние системы»: for everybody, signed in or not, from where people are when something does not work."""

import re

import looks
import pytest
from browser import Browsers
from playwright.async_api import Route, expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
PARTS = 8


async def test_status_page_when_a_service_goes_and_comes_back_then_it_says_so_by_itself(browsers: Browsers, whole_stack) -> None:
    window = await browsers.open("anybody")
    page = window.page
    await window.go("/signin")
    await page.get_by_role("link", name="Состояние системы").click()
    await expect(page.get_by_role("heading", name="Состояние системы")).to_be_visible()
    lines = page.get_by_role("main").get_by_role("listitem")
    await expect(lines).to_have_count(PARTS)
    await expect(page.get_by_text("Всё работает.")).to_be_visible(timeout=40_000)
    library = lines.filter(has_text="Библиотека")
    async with whole_stack.away("library"):
        await expect(library).to_contain_text(re.compile(r"Не работает с \d\d:\d\d"), timeout=40_000)
        await expect(library).to_contain_text("Поиск и материалы библиотеки сейчас недоступны.")
        await expect(page.get_by_text("Работает не всё.")).to_be_visible()
        await expect(lines.filter(has_text=re.compile("Работает$"))).to_have_count(PARTS - 1)
        for size in (looks.DESK, looks.PHONE):
            await page.set_viewport_size(size)
            await page.screenshot(path=f"test-results/status-{size['width']}.png", full_page=True)
            assert await looks.faults(page) == []
    await expect(library).to_contain_text("Работает", timeout=60_000)


async def test_status_page_when_nothing_answers_then_it_says_so_and_tries_again(browsers: Browsers) -> None:
    window = await browsers.open("anybody")
    page = window.page
    window.expects(503, "/status.json")

    async def away(route: Route) -> None:
        await route.fulfill(status=503, content_type="application/problem+json", body='{"code": "gateway.UNAVAILABLE", "status": 503}')

    await page.route("**/status.json", away)
    await window.go("/status")
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("gateway.UNAVAILABLE", timeout=20_000)
    await page.unroute("**/status.json")
    await alert.get_by_role("button", name="Повторить").click()
    await expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(PARTS)


async def test_status_page_when_read_in_english_then_no_russian_word_is_left(browsers: Browsers) -> None:
    window = await browsers.open("anybody")
    await window.go("/signin")
    await window.page.evaluate("() => localStorage.setItem('myschool.language', 'en')")
    await window.go("/status")
    await expect(window.page.get_by_role("heading", name="System status")).to_be_visible()
    await expect(window.page.get_by_role("main").get_by_role("listitem")).to_have_count(PARTS)
    assert not re.search("[а-яё]", await window.page.get_by_role("main").inner_text(), re.IGNORECASE)


async def test_problem_page_of_the_sign_in_then_it_leads_to_the_status(browsers: Browsers) -> None:
    window = await browsers.open("anybody")
    found = await looks.faults_at(window, "/signin/problem?code=gateway.UNAVAILABLE&ref=1", [looks.DESK, looks.PHONE])
    found += await looks.faults_at(window, "/signin", [looks.DESK, looks.PHONE])
    assert found == []
    await window.go("/signin/problem?code=gateway.UNAVAILABLE&ref=1")
    await window.page.get_by_role("link", name="Состояние системы").click()
    await expect(window.page).to_have_url(re.compile("/status$"))
