"""§5.1 A child under 14 without Госуслуги: a parent's code, the device that knows the child from then on, and the parent who ends it."""

import os
import re
from pathlib import Path

import looks
import people
import pytest
import signing
import traces
from browser import Browsers, Window
from moments import eventually, within
from people import Visitor
from playwright.async_api import Locator, Page, expect
from redis.asyncio import Redis
from store import database

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

CHILD, SAME_SHAPE = "Белова Ева Андреевна", str.maketrans("ABEKMHPCTYX3", "АВЕКМНРСТУХЗ")
DEVICE = "__Host-myschool-device"


async def shown(window: Window, name: str) -> None:
    """Whole at a desk and in a hand, in both themes; pictures are kept where they are asked for."""
    found = []
    for size, where in ((looks.PHONE, "phone"), (looks.DESK, "desk")):
        await window.page.set_viewport_size(size)
        await window.page.wait_for_timeout(200)
        found += [f"{name} {where}: {fault}" for fault in await looks.faults(window.page)]
        if folder := os.environ.get("MYSCHOOL_PICTURES"):
            await window.page.emulate_media(color_scheme="light")
            await window.page.screenshot(path=Path(folder) / f"{name}-{where}.png", full_page=True)
    assert found == []


def card_of(page: Page) -> Locator:
    """Ева's card on the family page."""
    return page.locator("section", has=page.get_by_text(CHILD, exact=True))


async def code_for(mother: Window, device: str) -> str:
    """A code as the mother reads it from her page, which stays open."""
    await mother.go("/family")
    card = card_of(mother.page)
    await card.get_by_role("button", name="Подключить устройство").click()
    await card.get_by_label("Какое устройство").fill(device)
    await card.get_by_role("button", name="Создать код").click()
    code = await card.locator("output").inner_text()
    assert re.fullmatch(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", code)
    return code


def enter_as(window: Window) -> Locator:
    """The button of a device that knows its child."""
    return window.page.get_by_role("button", name="Войти как Ева")


async def in_diary(window: Window) -> None:
    await expect(signing.inside(window.page)).to_be_visible()
    await expect(window.page).to_have_url(window.address("/diary"))


async def test_child_when_given_a_code_then_signs_in_again_without_it_until_the_parent_ends_it(browsers: Browsers, whole_stack) -> None:
    mother = await signing.sign_in(await browsers.open("mother"), people.GUARDIAN)
    code = await code_for(mother, "Планшет Евы")
    card = card_of(mother.page)
    await expect(card.get_by_role("img", name="QR-код с адресом для входа")).to_be_visible()
    await expect(card.get_by_text("Осталось 14:")).to_be_visible()
    await expect(card.get_by_text("«Планшет Евы»: код ещё не ввели")).to_be_visible()
    await shown(mother, "child-code")

    child = await browsers.open("child")
    page = child.page
    await child.go("/signin")
    await shown(child, "child-link")
    await page.get_by_role("link", name="Вход для ученика по коду").click()
    await expect(page.get_by_role("heading", name="Вход для ученика")).to_be_visible()
    await shown(child, "child-page")
    child.expects(404, "/auth/child")
    await page.get_by_label("Код", exact=True).fill("2222-2222")
    await page.get_by_role("button", name="Войти", exact=True).click()
    await expect(page.get_by_text("Этот код не подходит")).to_be_visible()
    await shown(child, "child-wrong")
    await page.get_by_label("Код", exact=True).fill(code.replace("-", " ").translate(SAME_SHAPE).lower())
    await page.keyboard.press("Enter")
    await in_diary(child)
    assert [one["value"] for one in await child.context.cookies() if one["name"] == DEVICE]
    # The mother's page hears of it by itself.
    await expect(card.get_by_text("Готово: устройство «Планшет Евы» подключено.")).to_be_visible(timeout=within(10))
    await card.get_by_role("button", name="Закрыть", exact=True).click()
    await expect(card.get_by_text("Сейчас в системе")).to_be_visible()

    await signing.sign_out(page)
    await expect(page.get_by_text("Вы вышли.")).to_be_visible()
    await shown(child, "child-known")
    await enter_as(child).click()
    await in_diary(child)
    session_id = await newest_session(whole_stack.environment)
    # As if the half hour were over: the page asks once more, in place, and goes on.
    child.expects(401, "/api/v1/")
    await forget_session(whole_stack.environment, session_id)
    await page.get_by_role("navigation", name="Разделы").get_by_role("link", name="Задания").first.click()
    await expect(page.get_by_role("heading", name="Сеанс закончился")).to_be_visible()
    await enter_as(child).click()
    await expect(page.get_by_role("heading", name="Сеанс закончился")).to_have_count(0)
    await expect(page).to_have_url(re.compile("/homework"))

    await card.get_by_role("button", name="Закрыть вход: Планшет Евы").click()
    await expect(card.get_by_text("Ребёнок сразу выйдет на этом устройстве.")).to_be_visible()
    await shown(mother, "child-devices")
    await card.get_by_role("button", name="Закрыть вход: Планшет Евы").click()
    await expect(page.get_by_role("link", name="Войти через Госуслуги")).to_be_visible(timeout=within(5))
    await expect(enter_as(child)).to_have_count(0)
    await expect(card.get_by_text("Планшет Евы")).to_have_count(0)
    assert not (await child.read("/api/v1/session"))["authenticated"]
    assert not [one for one in await child.context.cookies() if one["name"] == DEVICE]


async def newest_session(environment) -> str:
    async with database(environment, "identity") as connection:
        return str(await connection.fetchval("SELECT session_id FROM pairing_session ORDER BY opened_at DESC LIMIT 1"))


async def forget_session(environment, session_id: str) -> None:
    async with Redis.from_url(environment["MYSCHOOL_REDIS_URL"]) as redis:
        await redis.delete(await redis.get(f"session-id:{session_id}"))


async def test_link_of_the_picture_when_opened_then_the_code_is_filled_in_and_in_nothing_that_is_kept(
    browsers: Browsers, whole_stack
) -> None:
    mother = await signing.sign_in(await browsers.open("mother"), people.GUARDIAN)
    code = await code_for(mother, "Телефон")
    child = await browsers.open("child")
    page = child.page
    # A parent was signed in on this computer before.
    parent = await signing.sign_in(child, people.GUARDIAN, path="/family")
    await parent.go("/help")
    await child.go(f"/signin/child#{code}")
    await expect(page.get_by_label("Код", exact=True)).to_have_value(code)
    assert code not in page.url
    await expect(page.get_by_text("Здесь уже вошли: Белова Ольга Сергеевна.")).to_be_visible()
    await page.get_by_role("button", name="Войти", exact=True).click()
    await in_diary(child)
    [secret] = [one["value"] for one in await child.context.cookies() if one["name"] == DEVICE]
    # Neither the parent's page nor their Госуслуги are a click away.
    await signing.sign_out(page)
    await page.get_by_role("link", name="Войти через Госуслуги").click()
    await expect(page.get_by_label("Пароль").or_(page.get_by_role("button", name="Продолжить как")).first).to_be_visible()

    kept = [code.encode(), code.replace("-", "").encode(), secret.encode()]
    found = [place for place, data in traces.log_lines(whole_stack.profile.logs) if any(one in data for one in kept)]
    async for place, data in traces.rows(whole_stack.environment):
        found += [place for one in kept if one in data]
    async for place, data in traces.records(whole_stack.environment["MYSCHOOL_KAFKA"]):
        found += [place for one in kept if one in data]
    async for place, data in traces.valkey(whole_stack.environment["MYSCHOOL_REDIS_URL"]):
        found += [place for one in kept if one in data]
    assert found == []
    assert not [
        line for line in [*mother.lines, *child.lines] if any(one.decode() in line for one in kept) and not line.startswith("page ")
    ]

    await child.go("/signin/child")
    await shown(child, "child-device")
    await page.get_by_role("button", name="Забыть это устройство").click()
    await expect(enter_as(child)).to_have_count(0)

    async def gone() -> bool:
        await mother.page.reload()
        await expect(card_of(mother.page).get_by_role("heading", name="Вход ребёнка")).to_be_visible()
        return await card_of(mother.page).get_by_text("Телефон", exact=True).count() == 0

    await eventually(gone, 10, "the device off the mother's list")


async def test_child_s_session_when_open_then_it_reads_the_diary_and_nothing_of_guardians(gateway_url: str) -> None:
    mother, child, stranger = Visitor(gateway_url), Visitor(gateway_url), Visitor(gateway_url)
    state = await mother.sign_in(people.GUARDIAN)
    await stranger.sign_in(people.FOREIGN_GUARDIAN)
    eva = next(one["id"] for role in state["roles"] for one in role["children"] if "Ева" in one["full_name"])
    path = f"/api/v1/children/{eva}/pairings"
    made = await mother.post(path, {"device_name": "Ноутбук"})
    assert made.status_code == 201, made.text
    assert (await child.post("/auth/child", {"code": made.json()["code"]})).status_code == 204
    session = (await child.get("/api/v1/session")).json()
    assert (session["person"]["display_name"], session["role"]["type"]) == (CHILD, "STUDENT")
    assert (await child.get(f"/api/v1/students/{eva}/diary")).status_code == 200
    assert (await child.get(path)).status_code == 403
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.post(path, {"device_name": "x"})).status_code == 404
    assert (await child.post("/auth/child", {"code": made.json()["code"]})).status_code == 404
    for _ in range(2):
        answer = await mother.send("DELETE", f"{path}/{made.json()['id']}", None)
        assert answer.status_code == 204, answer.text
    assert (await child.get(f"/api/v1/students/{eva}/diary")).status_code == 401
    for visitor in (mother, child, stranger):
        await visitor.close()


async def test_child_without_a_parents_word_when_signed_in_then_asked_kindly_to_fetch_a_parent(browsers: Browsers) -> None:
    mother = await signing.sign_in(await browsers.open("mother"), people.GUARDIAN)
    code = await code_for(mother, "Компьютер")
    child = await browsers.open("child")
    page = child.page
    await child.go(f"/signin/child#{code}")
    await page.get_by_role("button", name="Войти", exact=True).click()
    await in_diary(child)
    child.expects(403, "/api/v1/")
    book = await mother.read("/api/v1/consents/book")
    [eva] = [one for one in book["people"] if one["subject_name"] == CHILD]
    [personal] = [one for one in eva["purposes"] if one["purpose"] == "personal_data"]
    word = {"subject_id": eva["subject_id"], "purpose": "personal_data"}
    status, _body = await mother.api("/api/v1/consents/withdrawals", "POST", word)
    assert status == 200
    await page.reload()
    await expect(page.get_by_text("Попроси родителей войти в «Мою школу»")).to_be_visible()
    await expect(page.get_by_role("checkbox")).to_have_count(0)
    await shown(child, "child-waiting")
    given = {"consents": [{**word, "version": personal["present_version"]}]}
    status, _body = await mother.api("/api/v1/consents", "POST", given)
    assert status == 200
    # The mother's word opens the page by itself, or the child looks again.
    await page.get_by_role("button", name="Проверить снова").or_(signing.inside(page)).first.click()
    await in_diary(child)
