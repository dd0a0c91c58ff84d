"""The life of an account: a coordinator closes and opens a sign-in, a head joins a duplicate and parts it again."""

import re
import time

import looks
import people
import pytest
import signing
from browser import Browsers
from people import Visitor
from playwright.async_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

OLGA = "Белова Ольга Сергеевна"
TWIN = "Двойников Пётр Ильич"
WITHIN_S = 5
# The same pupil twice: once with a number, once as a secretary typed him without one.
SHEETS = (
    f"ФИО;Дата рождения;СНИЛС;Класс\n{TWIN};03.04.2015;000-002-024 32;4А\n",
    f"ФИО;Дата рождения;СНИЛС;Класс\n{TWIN};03.04.2015;;7А\n",
)


async def test_person_when_blocked_then_out_within_seconds_and_told_why_until_unblocked(browsers: Browsers) -> None:
    mother = await signing.sign_in(await browsers.open("mother"), people.GUARDIAN, path="/diary")
    mother.expects(401)
    coordinator = await signing.sign_in(await browsers.open("coordinator"), people.COORDINATOR)
    page = coordinator.page
    await page.get_by_role("navigation").get_by_role("link", name="Учётные записи").first.click()
    await looks.shown(coordinator, "accounts")
    # Whom to remind: she has signed in, her daughter of ten has not.
    await page.get_by_role("button", name="Ещё не входили", exact=True).click()
    await page.get_by_label("Найти по фамилии или имени").fill("Белова")
    await expect(page.get_by_role("listitem").filter(has_text="Белова Ева")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text=OLGA)).to_have_count(0)
    await looks.shown(coordinator, "accounts-never")
    await page.get_by_role("button", name="Все", exact=True).click()
    await page.get_by_label("Найти по фамилии или имени").fill("Белова Ольга")
    await page.get_by_role("button", name=f"Закрыть вход: {OLGA}").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="Закрыть вход")).to_be_disabled()
    await dialog.get_by_role("radio", name="Мог войти чужой").check()
    await dialog.get_by_label("Что случилось").fill("Звонила сама: пароль знают посторонние.")
    await looks.shown(coordinator, "accounts-block")
    began = time.monotonic()
    await dialog.get_by_role("button", name="Закрыть вход").click()
    await expect(mother.page.get_by_text("Вход с вашей учётной записью сейчас закрыт.")).to_be_visible(timeout=WITHIN_S * 1000)
    assert time.monotonic() - began < WITHIN_S + 1
    await looks.shown(mother, "blocked-out")
    await page.get_by_role("button", name="Вход закрыт", exact=True).click()
    await expect(page.get_by_text("Мог войти чужой")).to_be_visible()

    await mother.page.get_by_role("link", name="Войти через Госуслуги").click()
    # Keycloak remembers nobody any more; Госуслуги do.
    await mother.page.get_by_role("button", name="Продолжить как Ольга Белова").click()
    await expect(mother.page.get_by_role("heading", name="Вход с этой учётной записью закрыт")).to_be_visible()
    await expect(mother.page.get_by_text("возможно, вошёл кто-то другой")).to_be_visible()
    await expect(mother.page.get_by_text(re.compile("Номер обращения: [0-9a-f]{8}"))).to_be_visible()
    assert "посторонние" not in await mother.page.locator("body").inner_text()
    await looks.shown(mother, "blocked-problem")

    await page.get_by_role("button", name=f"Открыть вход: {OLGA}").click()
    await dialog.get_by_label("Что случилось").fill("Пароль сменён.")
    await dialog.get_by_role("button", name="Открыть вход").click()
    await expect(page.get_by_text("Закрытых входов нет.").or_(page.get_by_text("Никого не нашлось"))).to_be_visible()
    await page.get_by_role("button", name="Все", exact=True).click()
    await page.get_by_role("button", name=f"История: {OLGA}").click()
    await expect(dialog.get_by_text("Вход закрыт: Мог войти чужой").first).to_be_visible()
    await expect(dialog.get_by_text("Пароль сменён.").first).to_be_visible()
    await looks.shown(coordinator, "accounts-history")
    again = await signing.sign_in(await browsers.open("mother again"), people.GUARDIAN, path="/diary")
    await expect(signing.inside(again.page)).to_be_visible()


async def upload(head: Visitor, school: str, sheet: str) -> None:
    files = {"file": ("ученики.csv", sheet.encode(), "text/csv")}
    headers = {**people.CSRF, "Origin": head.gateway}
    answer = await head.http.post("/api/v1/imports", data={"organisation_id": school, "format": "SHEET"}, files=files, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"]["invalid"] == 0, answer.json()["rows"]
    (await head.post(f"/api/v1/imports/{answer.json()['id']}/confirm", {})).raise_for_status()


async def test_duplicate_when_joined_by_mistake_then_separated_again(browsers: Browsers, gateway_url: str) -> None:
    visitor = Visitor(gateway_url)
    school = (await visitor.sign_in(people.HEAD))["role"]["organisation_id"]
    for sheet in SHEETS:
        await upload(visitor, school, sheet)
    await visitor.close()

    head = await signing.sign_in(await browsers.open("head"), people.HEAD)
    page = head.page
    await page.get_by_role("navigation").get_by_role("link", name="Двойники").first.click()
    card = page.locator("section", has=page.get_by_role("heading", name=TWIN))
    await expect(card.get_by_text("4А, Школа № 12")).to_be_visible()
    await expect(card.get_by_text("7А, Школа № 12")).to_be_visible()
    await looks.shown(head, "duplicates")
    await card.get_by_role("button", name="Это разные люди").click()
    await expect(card).to_have_count(0)
    await page.get_by_role("button", name="Разные люди", exact=True).click()
    await card.get_by_role("button", name="Проверить ещё раз").click()
    await expect(card).to_have_count(0)
    await page.get_by_role("button", name="На проверке", exact=True).click()

    await card.get_by_role("button", name="Это один человек").click()
    await expect(card).to_have_count(0)
    await page.get_by_role("button", name="Соединённые", exact=True).click()
    await expect(page.get_by_text("Перенесен").first).to_be_visible()
    await page.get_by_role("button", name=f"Разделить обратно: {TWIN}").click()
    await looks.shown(head, "duplicates-separate")
    await page.get_by_role("dialog").get_by_role("button", name="Разделить обратно").click()
    await expect(page.get_by_text("Записи разделены, всё вернулось на место.")).to_be_visible()
    await looks.shown(head, "duplicates-merged")
    await page.get_by_role("button", name="На проверке", exact=True).click()
    await expect(card.get_by_text("4А, Школа № 12")).to_be_visible()
    await expect(card.get_by_text("7А, Школа № 12")).to_be_visible()
