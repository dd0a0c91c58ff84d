"""The federal administrator sees the regions side by side: real figures, told by the region's own export over Kafka."""

import asyncio
import re
import subprocess
import sys

import looks
import people
import pytest
import signing
from browser import Browsers, Window
from moments import eventually
from people import Visitor
from playwright.async_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
PATH = "/api/v1/federation"


@pytest.fixture
async def told(whole_stack, visitors: list[Visitor]) -> dict:
    """The demo region has told its weeks, and the federal side has them."""
    command = [sys.executable, "-m", "myschool_analytics", "export"]
    done = await asyncio.to_thread(subprocess.run, command, env={**whole_stack.environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    administrator = Visitor(whole_stack.gateway_url)
    visitors.append(administrator)
    await administrator.sign_in(people.FEDERAL)

    async def arrived() -> bool:
        return (await administrator.get(PATH)).json()["cells"][0]["state"] == "FRESH"

    await eventually(arrived, 30, "the region's week on the federal side")
    return (await administrator.get(PATH)).json()


async def opened(browsers: Browsers) -> Window:
    return await signing.sign_in(await browsers.open("federal"), people.FEDERAL)


async def test_federal_page_when_regions_have_told_then_figures_freshness_and_the_silent_one(browsers: Browsers, told: dict) -> None:
    page = (await opened(browsers)).page
    await expect(page.get_by_role("heading", name="Федеральная сводка")).to_be_visible()
    lessons = next(total["value"] for total in told["totals"] if total["measure"] == "lessons")
    assert lessons > 0
    card = page.get_by_role("button", name=re.compile("^[\\d\\s]+Уроки(?! с)"))
    await expect(card.locator("b")).to_have_text(re.compile("^" + r"\s?".join(str(lessons)) + "$"))
    region, silent = (page.get_by_role("row").filter(has_text=name) for name in ("Образцовая область", "Полуночный край"))
    await expect(region).to_contain_text("свежие")
    await expect(silent).to_contain_text("не поступали")
    await expect(page.get_by_role("status").filter(has_text="не прислал последнюю неделю: Полуночный край")).to_be_visible()
    await region.get_by_role("button").click()
    await expect(page.get_by_role("heading", name=re.compile("^Из чего складывается"))).to_be_visible()


async def test_federal_page_when_opened_on_desk_and_phone_then_fits_and_speaks_to_aids(browsers: Browsers, told: dict) -> None:
    window = await opened(browsers)
    found = await looks.faults_at(window, "/federation", [looks.DESK, looks.PHONE])
    await window.page.get_by_role("button", name="Образцовая область").click()
    await window.page.screenshot(path="test-results/federation-phone.png", full_page=True)
    assert found + await looks.faults(window.page) == []


async def test_federal_page_when_the_figures_cannot_be_had_then_says_so_and_tries_again(browsers: Browsers, told: dict) -> None:
    window = await opened(browsers)
    page = window.page
    window.expects(503)

    async def away(route) -> None:
        await route.fulfill(status=503, content_type="application/problem+json", body='{"status": 503, "code": "gateway.UNAVAILABLE"}')

    await page.route(f"**{PATH}*", away)
    await page.reload()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.unroute(f"**{PATH}*")
    await page.get_by_role("button", name="Повторить").click()
    await expect(page.get_by_role("row").filter(has_text="Образцовая область")).to_be_visible()


async def test_federal_page_when_no_region_is_registered_then_an_empty_state(browsers: Browsers, told: dict) -> None:
    page = (await opened(browsers)).page
    empty = {**told, "cells": [], "totals": [], "weeks": [], "first_day": None, "last_day": None}

    async def nothing(route) -> None:
        await route.fulfill(json=empty)

    await page.route(f"**{PATH}*", nothing)
    await page.reload()
    await expect(page.get_by_text("В реестре нет ни одного региона")).to_be_visible()


@pytest.mark.parametrize("login", [people.HEAD, people.COORDINATOR, people.GUARDIAN, people.STUDENT, people.EXPERT])
async def test_federation_when_asked_by_anybody_else_then_refused(whole_stack, visitors: list[Visitor], login: str) -> None:
    visitor = Visitor(whole_stack.gateway_url)
    visitors.append(visitor)
    await visitor.sign_in(login)
    assert (await visitor.get(PATH)).status_code == 403
