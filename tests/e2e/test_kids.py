"""§5 How a guardian gets a child connected: by Госуслуги, by the child's own word from 14, by a slip of the school, by numbers that fit."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import looks
import moments
import people
import pytest
import signing
from browser import Browsers, Window
from people import Visitor
from playwright.async_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

# The father's third child is in no list.
SHEET = (
    "ФИО;Дата рождения;СНИЛС;Класс\n"
    "Журавлёв Степан Андреевич;06.06.2016;000-001-117 16;4А\n"
    "Журавлёва Полина Андреевна;02.03.2011;000-001-018 14;7Б\n"
)


@pytest.fixture
async def head(gateway_url: str) -> AsyncIterator[Visitor]:
    """The head, whose list has two of the father's children."""
    visitor = Visitor(gateway_url)
    state = await visitor.sign_in(people.HEAD)
    files = {"file": ("ученики.csv", SHEET.encode(), "text/csv")}
    headers = {**people.CSRF, "Origin": gateway_url}
    wanted = {"organisation_id": state["role"]["organisation_id"], "format": "SHEET"}
    answer = await visitor.http.post("/api/v1/imports", data=wanted, files=files, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"]["invalid"] == 0, answer.json()["rows"]
    (await visitor.post(f"/api/v1/imports/{answer.json()['id']}/confirm", {})).raise_for_status()
    yield visitor
    await visitor.close()


async def reads_diary(window: Window, student: str) -> bool:
    status, _body = await window.api(f"/api/v1/students/{student}/diary")
    return status == 200


async def is_asked(window: Window) -> bool:
    return bool((await window.read("/api/v1/consents"))["consents"])


async def test_children_of_gosuslugi_when_connected_then_the_young_at_once_and_the_grown_by_her_word(
    browsers: Browsers, head: Visitor
) -> None:
    father = await signing.sign_in(await browsers.open("father"), people.FATHER)
    page = father.page
    # The journal hears of every connection a moment after the roles.
    father.expects(404, "/api/v1/students/")
    card = page.locator("section", has=page.get_by_role("heading", name="Ваши дети на Госуслугах"))
    line = {name: card.get_by_role("listitem").filter(has_text=name) for name in ("Степан", "Полина", "Варвара")}
    await expect(line["Степан"].get_by_text("4А · Школа № 12")).to_be_visible()
    await expect(line["Полина"].get_by_text("Школа № 12")).to_have_count(0)
    await expect(line["Варвара"].get_by_text("Пока не найден")).to_be_visible()
    await looks.shown(father, "kids-start")
    await line["Варвара"].get_by_role("button", name="Спросить школу").click()
    await expect(line["Варвара"].get_by_label("Фамилия, имя и отчество ребёнка")).to_have_value("Журавлёва Варвара Андреевна")
    await line["Полина"].get_by_role("button", name="Попросить ребёнка").click()
    await expect(page.get_by_text("Журавлёва Полина Андреевна: ждёт подтверждения ребёнка")).to_be_visible()
    await line["Степан"].get_by_role("button", name="Подключить").click()
    await expect(page.get_by_role("heading", name="Выберите роль")).to_be_visible()
    # Identity hears of it a moment later, and asks for what a parent of a child under 14 decides.
    await moments.eventually(lambda: is_asked(father), 30, "identity asking the father for his child")
    await signing.choose_role(page, "GUARDIAN")
    await expect(signing.consent_page(page)).to_be_visible()
    await signing.give_consents(page)
    await expect(page.get_by_text("Степан · 4А")).to_be_visible()
    await father.go("/family")
    await expect(line["Степан"].get_by_text("Подключён", exact=True)).to_be_visible()
    await looks.shown(father, "kids-family")

    daughter = await signing.sign_in(await browsers.open("daughter"), people.DAUGHTER)
    # Wherever she is, the menu says that somebody waits, on the phone too; it comes with the session.
    waiting = daughter.page.get_by_role("link", name="ждёт 1")
    await daughter.page.set_viewport_size(looks.PHONE)
    await expect(waiting).to_have_text("Семья1ждёт 1")
    await looks.shown(daughter, "kids-claim-menu")
    await waiting.click()
    asks = daughter.page.locator("section", has=daughter.page.get_by_role("heading", name="Вас просят о доступе"))
    await expect(asks.get_by_text("Журавлёв Андрей Петрович просит доступ к вашему дневнику")).to_be_visible()
    student = (await daughter.read("/api/v1/session"))["person"]["id"]
    assert not await reads_diary(father, student)
    await looks.shown(daughter, "kids-claim")
    await asks.get_by_role("button", name="Разрешить").click()
    parents = daughter.page.get_by_role("listitem").filter(has_text="Журавлёв Андрей Петрович")
    await expect(parents.get_by_text("Родитель", exact=True)).to_be_visible()
    await expect(waiting).to_have_count(0)
    await moments.eventually(lambda: reads_diary(father, student), 30, "the diary open by the daughter's word")

    # The other way round: her own link for a parent, good once and revocable.
    await daughter.page.get_by_role("button", name="Пригласить родителя").click()
    await expect(daughter.page.get_by_label("Ссылка для родителя", exact=True)).to_be_visible()
    await expect(daughter.page.get_by_text("Ссылка для родителя ещё не принята")).to_be_visible()
    await looks.shown(daughter, "kids-invite-parent")
    await daughter.page.get_by_role("button", name="Отозвать").click()
    await expect(daughter.page.get_by_text("Ссылка для родителя ещё не принята")).to_have_count(0)


async def test_slip_of_the_school_when_its_code_is_typed_then_the_diary_is_open(browsers: Browsers) -> None:
    head = await signing.sign_in(await browsers.open("head"), people.HEAD)
    page = head.page
    await head.go("/school")
    await page.get_by_role("button", name="7А").click()
    await page.get_by_role("link", name="Приглашения для родителей").click()
    await page.get_by_label("Лебедева Ксения").check()
    await page.get_by_label("Белов Тимур").check()
    await looks.shown(head, "invitations")
    await page.get_by_role("button", name="Сделать 2 приглашения").click()
    slip = page.get_by_role("article").filter(has_text="Белов Тимур")
    await expect(slip.get_by_role("img", name="QR-код приглашения")).to_be_visible()
    await looks.shown(head, "slips")
    # On paper there is nothing but slips.
    await page.emulate_media(media="print")
    await expect(page.get_by_role("heading", name="Кого пригласить")).to_be_hidden()
    await expect(page.get_by_role("navigation", name="Разделы")).to_be_hidden()
    await expect(slip).to_be_visible()
    if folder := os.environ.get("MYSCHOOL_PICTURES"):
        await page.pdf(path=Path(folder) / "slips.pdf")
        await page.screenshot(path=Path(folder) / "slips-print.png", full_page=True)
    await page.emulate_media(media="screen")
    code = (await slip.get_by_text("-").last.inner_text()).strip()
    assert len(code) == 53
    assert not [line for line in head.lines if code in line]

    father = await signing.sign_in(await browsers.open("father"), people.FATHER)
    father.expects(404, "/api/v1/students/")
    await father.go("/join")
    await father.page.get_by_label("Код или ссылка из приглашения").fill(code.lower())
    await father.page.get_by_role("button", name="Принять").click()
    await expect(father.page.get_by_text("Вы подключены как родитель")).to_be_visible()
    session = await father.read("/api/v1/session")
    [student] = [child["id"] for role in session["roles"] for child in role["children"] if "Тимур" in child["full_name"]]
    # Whichever test came first: who is a parent already acts as one.
    if not session["role"]:
        await father.page.get_by_role("link", name="Выбрать роль").click()
        await signing.choose_role(father.page, "GUARDIAN")
    await moments.eventually(lambda: reads_diary(father, student), 30, "the diary open by the school's slip")

    await page.reload()
    used = page.get_by_role("listitem").filter(has_text="Белов Тимур").first
    await expect(used.get_by_text("принято: Журавлёв Андрей Петрович")).to_be_visible()
    await page.get_by_role("button", name="Отозвать приглашение: Лебедева Ксения").first.click()
    await expect(page.get_by_role("listitem").filter(has_text="Лебедева Ксения").get_by_text("Отозвано").first).to_be_visible()


async def test_numbers_of_a_child_when_they_fit_then_the_school_sees_it_and_only_it(browsers: Browsers, head: Visitor) -> None:
    father = await signing.sign_in(await browsers.open("father"), people.FATHER)
    page = father.page
    # In the role of a parent or without any: both pages have the form.
    await father.go("/family" if (await father.read("/api/v1/session"))["role"] else "/settings")
    varvara = page.get_by_role("listitem").filter(has_text="Журавлёва Варвара")
    await varvara.get_by_role("button", name="Спросить школу").click()
    await varvara.get_by_role("button", name="Указать СНИЛС или свидетельство").click()
    await varvara.get_by_label("СНИЛС ребёнка").fill("112-233-445 96")
    await varvara.get_by_label("Серия свидетельства").fill("ii мю")
    await varvara.get_by_label("Номер свидетельства").fill("000118")
    await varvara.get_by_label("Школа", exact=True).fill("№ 12")
    await varvara.get_by_role("radio", name="Школа № 12").check()
    father.expects(422, "/api/v1/family/requests")
    await varvara.get_by_role("button", name="Отправить запрос").click()
    await expect(varvara.get_by_text("Это не СНИЛС")).to_be_visible()
    await looks.shown(father, "kids-numbers")
    # The sister is in the list, and the number is hers.
    await varvara.get_by_label("Фамилия, имя и отчество ребёнка").fill("Журавлёва Полина Андреевна")
    await varvara.get_by_label("Дата рождения").fill("2011-03-02")
    await varvara.get_by_label("СНИЛС ребёнка").fill("000-001-018 14")
    await varvara.get_by_role("button", name="Отправить запрос").click()
    await expect(page.get_by_text("Ваш запрос у школы с").first).to_be_visible()

    window = await signing.sign_in(await browsers.open("head"), people.HEAD)
    await window.go("/school/requests")
    card = window.page.locator("section", has=window.page.get_by_role("heading", name="Ребёнок: Журавлёва Полина"))
    await expect(card.get_by_text("СНИЛС совпал")).to_be_visible()
    await expect(card.get_by_role("radio", name="Журавлёва Полина Андреевна")).to_be_checked()
    # This house does not ask Госуслуги for certificates.
    await expect(card.get_by_text("Свидетельство совпало с Госуслугами")).to_have_count(0)
    await looks.shown(window, "inbox-evidence")
    assert not [line for one in (father, window) for line in one.lines if "000118" in line or "018 14" in line]
