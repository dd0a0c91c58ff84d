"""§2.1 Signing in through Госуслуги: three logins, wrong data, refusals, our own consent, the way back."""

import re
from datetime import UTC, datetime, timedelta

import people
import pytest
import signing
from browser import Browsers
from playwright.async_api import expect
from store import database

pytestmark = pytest.mark.e2e

# What the person answered for themselves; for children in their care they answer on the same page.
_GIVEN = """
SELECT f.purpose, f.version, f.at, octet_length(f.text_hash) AS hash_size
FROM consent_fact f JOIN account a ON a.person_id = f.actor_id AND f.subject_id = a.person_id
WHERE a.esia_oid = $1 AND f.act = 'GIVEN' ORDER BY f.id
"""
_FOR_CHILDREN = """
SELECT f.purpose, f.act FROM consent_fact f JOIN account a ON a.person_id = f.actor_id AND f.subject_id <> a.person_id WHERE a.esia_oid = $1
"""
_FORGET = "DELETE FROM consent_fact f USING account a WHERE f.actor_id = a.person_id AND a.esia_oid = $1"


async def forget_consents(stack, oid: str) -> None:
    """As if the person had never been here: past the trigger that lets no statement of ours remove a fact."""
    async with database(stack.environment, "identity") as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(_FORGET, oid)


async def consents_of(stack, oid: str) -> list:
    async with database(stack.environment, "identity") as connection:
        return await connection.fetch(_GIVEN, oid)


@pytest.mark.parametrize(
    "login",
    [pytest.param(people.HEAD, id="phone"), pytest.param(people.HEAD_EMAIL, id="email"), pytest.param(people.HEAD_SNILS, id="snils")],
)
async def test_sign_in_when_any_of_the_three_logins_is_given_then_it_is_the_same_person(browsers: Browsers, login: str) -> None:
    head = await signing.sign_in(await browsers.open("head"), login)
    session = await head.read("/api/v1/session")
    assert session["person"]["display_name"].startswith("Орлов")
    await expect(head.page).to_have_url(head.address("/statistics"))
    # Neither address bar nor calls carry who signed in.
    shown = "\n".join(head.lines)
    assert people.HEAD_EMAIL not in shown
    assert not re.search(r"0000005|001.005", shown)


async def test_wrong_password_when_sent_then_a_message_comes_and_the_login_stays(browsers: Browsers) -> None:
    window = await browsers.open("head")
    window.expects(401, "/login/")
    page = window.page
    await signing.to_gosuslugi(window)
    await signing.give_login(page, people.HEAD_EMAIL, "wrong")
    await expect(page.get_by_role("alert")).to_contain_text("Логин или пароль не подходят")
    await expect(page.get_by_label("Телефон / Email / СНИЛС")).to_have_value(people.HEAD_EMAIL)
    await expect(page.get_by_label("Пароль")).to_have_value("")
    await page.get_by_label("Пароль").fill(people.PASSWORD)
    await page.get_by_role("button", name="Войти", exact=True).click()
    await signing.grant_scopes(page)
    await expect(signing.inside(page).or_(signing.consent_page(page)).first).to_be_visible()


async def test_refusal_at_gosuslugi_when_pressed_then_a_page_explains_and_leads_on(browsers: Browsers, whole_stack) -> None:
    # The simulator remembers grants until it is started anew.
    whole_stack.kill("esia")
    window = await browsers.open("guardian")
    page = window.page
    await signing.to_gosuslugi(window)
    await signing.give_login(page, people.FOREIGN_GUARDIAN)
    await expect(page.get_by_role("listitem").first).to_be_visible()
    await page.locator(signing.REFUSE).click()
    await expect(page.get_by_role("heading", name="Вы не разрешили доступ")).to_be_visible()
    await expect(page.get_by_text("нажмите «Предоставить»")).to_be_visible()
    assert (await window.read("/api/v1/session"))["authenticated"] is False
    # The way on: the same person, still known at Госуслуги, grants this time.
    await page.get_by_role("link", name="Войти ещё раз").click()
    await page.get_by_role("button", name=re.compile("Продолжить как")).click()
    await page.locator(signing.GRANT).click()
    await expect(signing.consent_page(page).or_(signing.inside(page)).first).to_be_visible()


async def test_first_sign_in_when_consent_is_given_then_it_is_kept_with_version_and_time(browsers: Browsers, whole_stack) -> None:
    await signing.sign_in(await browsers.open("before"), people.FOREIGN_GUARDIAN)
    await forget_consents(whole_stack, people.FOREIGN_GUARDIAN_OID)
    window = await browsers.open("guardian")
    page = window.page
    began = datetime.now(UTC) - timedelta(seconds=1)
    await signing.to_gosuslugi(window, "/homework")
    await signing.give_login(page, people.FOREIGN_GUARDIAN)
    await signing.grant_scopes(page)
    await expect(signing.consent_page(page)).to_be_visible()
    await expect(page.get_by_role("region", name="Доступ к персональным данным").first).to_contain_text("отозвать согласие")
    go_on = page.get_by_role("button", name="Продолжить")
    await expect(go_on).to_be_disabled()
    # Until the consent is given no other page opens, and no data comes.
    window.expects(403, "/api/v1/")
    assert (await window.api("/api/v1/periods"))[0] == 403
    await window.go("/diary")
    await expect(signing.consent_page(page)).to_be_visible()
    await window.go("/homework")
    await expect(signing.consent_page(page)).to_be_visible()
    assert await consents_of(whole_stack, people.FOREIGN_GUARDIAN_OID) == []
    version = (await page.get_by_text(re.compile(r"^Редакция ")).first.inner_text()).removeprefix("Редакция ")
    await signing.give_consents(page)
    await expect(page).to_have_url(window.address("/homework"))
    (row,) = await consents_of(whole_stack, people.FOREIGN_GUARDIAN_OID)
    assert (row["purpose"], row["version"], row["hash_size"]) == ("personal_data", version, 32)
    assert began <= row["at"] <= datetime.now(UTC)
    async with database(whole_stack.environment, "identity") as connection:
        for_child = await connection.fetch(_FOR_CHILDREN, people.FOREIGN_GUARDIAN_OID)
    assert sorted((one["purpose"], one["act"]) for one in for_child) == [
        (purpose, "GIVEN") for purpose in ("content_access", "media", "personal_data", "progress", "third_party")
    ]
    await window.go("/settings#consents")
    await expect(page.get_by_text(f"редакция {version}, согласие дано").first).to_be_visible()


async def test_consent_when_refused_then_the_person_is_out_and_nothing_is_kept(browsers: Browsers, whole_stack) -> None:
    await signing.sign_in(await browsers.open("before"), people.FOREIGN_TEACHER)
    await forget_consents(whole_stack, people.FOREIGN_TEACHER_OID)
    window = await browsers.open("teacher")
    page = window.page
    await signing.to_gosuslugi(window)
    await signing.give_login(page, people.FOREIGN_TEACHER)
    await expect(signing.consent_page(page)).to_be_visible()
    await page.get_by_role("button", name="Не соглашаться и выйти").click()
    await expect(page.get_by_text("Вы вышли.")).to_be_visible()
    assert (await window.read("/api/v1/session"))["authenticated"] is False
    assert await consents_of(whole_stack, people.FOREIGN_TEACHER_OID) == []
    # It is asked again, and can be given any day.
    await signing.sign_in(await browsers.open("after"), people.FOREIGN_TEACHER)
    assert len(await consents_of(whole_stack, people.FOREIGN_TEACHER_OID)) == 1


async def test_back_button_when_pressed_at_gosuslugi_then_signing_in_can_begin_again(browsers: Browsers) -> None:
    window = await browsers.open("head")
    page = window.page
    await signing.to_gosuslugi(window, "/library")
    await page.go_back()
    begin = page.get_by_role("link", name="Войти через Госуслуги")
    await expect(begin).to_be_enabled()
    await expect(begin).not_to_have_attribute("data-loading", "true")
    await begin.click()
    await signing.give_login(page, people.HEAD)
    await signing.grant_scopes(page)
    await expect(page).to_have_url(window.address("/library"))
    # The sign-in page is of no use to who is in: its address leads on.
    await window.go("/signin")
    await expect(page).to_have_url(window.address("/statistics"))


async def test_address_of_a_page_when_opened_signed_out_then_sign_in_leads_back_to_it(browsers: Browsers) -> None:
    window = await browsers.open("head")
    await signing.sign_in(window, people.HEAD, path="/library?q=дробями&grade=5")
    await expect(window.page.get_by_role("searchbox", name="Что найти в библиотеке")).to_have_value("дробями")
    await expect(window.page.get_by_label("Класс", exact=True)).to_have_value("5")
