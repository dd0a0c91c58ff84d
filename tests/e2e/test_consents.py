"""Consents of a family: one page at the first sign-in, and what a withdrawal stops in every service until it is given again."""

import looks
import people
import pytest
import signing
from browser import Browsers, Window
from moments import eventually, within
from people import Visitor
from playwright.async_api import Locator, expect
from store import database

from myschool_stack.browser import folder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

_FORGET = "DELETE FROM consent_fact f USING account a WHERE f.actor_id = a.person_id AND a.esia_oid = $1"


async def forget(stack, oid: str) -> None:
    async with database(stack.environment, "identity") as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(_FORGET, oid)


async def looked_at(window: Window, name: str) -> list[str]:
    """Faults of the present page on a desk and on a phone, with a picture of each for who looks at them."""
    found = []
    pictures = folder() / "looks"
    pictures.mkdir(parents=True, exist_ok=True)
    for label, size in (("desk", looks.DESK), ("phone", looks.PHONE)):
        await window.page.set_viewport_size(size)
        await looks.settled(window.page)
        found += [f"{name} {label}: {fault}" for fault in await looks.faults(window.page)]
        await window.page.emulate_media(color_scheme="light")
        await window.page.screenshot(path=pictures / f"{name}-{label}.png", full_page=True)
    await window.page.set_viewport_size(looks.DESK)
    return found


def of_person(window: Window, name: str) -> Locator:
    return window.page.locator("#consents").get_by_role("region", name=name)


async def test_first_sign_in_of_a_guardian_when_answered_then_each_word_counts_by_itself(browsers: Browsers, whole_stack) -> None:
    await signing.sign_in(await browsers.open("before"), people.FOREIGN_GUARDIAN)
    await forget(whole_stack, people.FOREIGN_GUARDIAN_OID)
    window = await browsers.open("guardian")
    page = window.page
    await signing.to_gosuslugi(window, "/diary")
    await signing.give_login(page, people.FOREIGN_GUARDIAN)
    await signing.grant_scopes(page)
    await expect(signing.consent_page(page)).to_be_visible()
    assert await looked_at(window, "consent") == []
    child = page.get_by_role("region", name="Фёдорова Алиса").first
    go_on = page.get_by_role("button", name="Продолжить")
    await page.get_by_role("checkbox", name="Прочитано, согласие даю").check()
    yes, no = child.get_by_role("button", name="Согласие даю", exact=True), child.get_by_role("button", name="Не даю", exact=True)
    assert await yes.count() == 5
    for place in (0, 2):
        await yes.nth(place).click()
    for place in (1, 3):
        await no.nth(place).click()
    await expect(go_on).to_be_disabled()  # one is not answered
    await no.nth(4).click()
    window.expects(403, "/diary")
    await go_on.click()
    # The child's progress was declined: the diary says so and who can change it.
    await expect(page.get_by_text("Дневник закрыт: согласие на данные об успеваемости")).to_be_visible(timeout=within(15))
    await window.go("/settings#consents")
    row = of_person(window, "Фёдорова Алиса").get_by_role("listitem").filter(has_text="Данные об успеваемости")
    await expect(row.get_by_text("не дано", exact=True)).to_be_visible()
    await row.get_by_role("button", name="Дать").click()
    await row.get_by_role("button", name="Прочитано, согласие даю").click()
    await expect(row.get_by_text("дано", exact=True)).to_be_visible()

    async def opened() -> bool:
        status, _body = await window.api(f"/api/v1/students/{await child_id(window)}/diary")
        return status == 200

    await eventually(opened, 10, "the diary")
    assert await looked_at(window, "settings") == []


async def child_id(window: Window) -> str:
    session = await window.read("/api/v1/session")
    return next(child["id"] for role in session["roles"] for child in role["children"])


async def test_withdrawal_for_a_child_when_made_then_the_childs_diary_closes_and_opens_again(
    browsers: Browsers, visitors: list[Visitor]
) -> None:
    mother = await signing.sign_in(await browsers.open("mother"), people.GUARDIAN, path="/settings")
    pupil = visitors[0]
    state = await pupil.sign_in(people.STUDENT)
    diary = f"/api/v1/students/{state['person']['id']}/diary"
    assert (await pupil.get(diary)).status_code == 200
    await mother.go("/settings#consents")
    row = of_person(mother, "Белов Тимур").get_by_role("listitem").filter(has_text="Данные об успеваемости")
    await row.get_by_role("button", name="Отозвать").click()
    await expect(row.get_by_text("Дневник перестанет открываться")).to_be_visible()
    await row.get_by_role("button", name="Отозвать согласие").click()
    await expect(row.get_by_text("отозвано", exact=True)).to_be_visible()

    async def closed() -> bool:
        answer = await pupil.get(diary)
        return answer.status_code == 403 and answer.json()["code"] == "journal.PROGRESS_CONSENT_MISSING"

    async def opened() -> bool:
        return (await pupil.get(diary)).status_code == 200

    try:
        await eventually(closed, 10, "the refusal of the diary")
    finally:
        await row.get_by_role("button", name="Дать").click()
        await row.get_by_role("button", name="Прочитано, согласие даю").click()
        await expect(row.get_by_text("дано", exact=True)).to_be_visible()
    await eventually(opened, 10, "the diary again")


async def test_own_data_when_withdrawn_then_every_tab_asks_again_and_nothing_else_opens(browsers: Browsers) -> None:
    window = await signing.sign_in(await browsers.open("teacher"), people.FOREIGN_TEACHER, path="/settings")
    second = await window.tab()
    await second.goto(window.address("/library"))
    await expect(signing.inside(second)).to_be_visible()
    window.expects(403, "/api/v1/")
    await window.go("/settings#consents")
    row = window.page.locator("#consents").get_by_role("listitem").filter(has_text="Доступ к персональным данным")
    await row.get_by_role("button", name="Отозвать").click()
    await expect(row.get_by_text("Кабинет сразу закроется")).to_be_visible()
    await row.get_by_role("button", name="Отозвать согласие").click()
    for page in (window.page, second):
        await expect(signing.consent_page(page)).to_be_visible(timeout=within(5))
    assert (await window.api("/api/v1/periods"))[0] == 403
    await signing.give_consents(window.page)
    await expect(signing.inside(window.page)).to_be_visible()
