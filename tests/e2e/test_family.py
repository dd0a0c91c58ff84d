"""§5 A person in no school's list: the diary that is not found is a state with next steps, and the school answers in its cabinet."""

import looks
import moments
import people
import pytest
import signing
from browser import Browsers, Window
from people import Visitor
from playwright.async_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

UNLISTED = "+7(900)0000011"
GRANNY = "+7(900)0000012"
# A list of pupils is all that a csv can be; how old somebody may be in it is not asked.
SHEET = "ФИО;Дата рождения;СНИЛС;Класс\nТихонов Виктор Андреевич;28.01.1965;;4А\n"


async def ask_about(window: Window, child: str, born: str, group: str) -> None:
    page = window.page
    await page.get_by_label("Фамилия, имя и отчество ребёнка").fill(child)
    await page.get_by_label("Дата рождения").fill(born)
    await page.get_by_label("Класс, если знаете").fill(group)
    await page.get_by_label("Школа", exact=True).fill("№ 12")
    await page.get_by_role("radio", name="Школа № 12").check()
    await page.get_by_role("button", name="Отправить запрос").click()
    await expect(page.get_by_text("Ваш запрос у школы с")).to_be_visible()


async def test_parent_in_no_list_when_asking_the_school_then_its_word_opens_the_diary(browsers: Browsers) -> None:
    parent = await signing.sign_in(await browsers.open("parent"), UNLISTED)
    page = parent.page
    await expect(page.get_by_role("heading", name="Осталось найти вас в школе")).to_be_visible()
    await ask_about(parent, "Белова Ева Андреевна", "2016-07-11", "4А")
    await looks.shown(parent, "start-waiting")

    head = await signing.sign_in(await browsers.open("head"), people.HEAD)
    await head.page.get_by_role("navigation").get_by_role("link", name="Запросы").first.click()
    card = head.page.locator("section", has=head.page.get_by_role("heading", name="Тихонов Виктор Андреевич — родитель?"))
    await expect(card.get_by_role("radio", name="Белова Ева Андреевна")).to_be_checked()
    await looks.shown(head, "inbox")
    await card.get_by_role("button", name="Отказать").click()
    await card.get_by_label("Почему и что делать семье").fill("Принесите документ об опеке в канцелярию.")
    await card.get_by_role("button", name="Отправить отказ").click()
    await expect(card).to_have_count(0)
    # The parent's open page hears of it by itself.
    await expect(page.get_by_text("Ответ школы: Принесите документ об опеке в канцелярию.")).to_be_visible()
    await looks.shown(parent, "start-refused")

    await ask_about(parent, "Белова Ева Андреевна", "2016-07-11", "4А")
    await head.page.reload()
    await card.get_by_role("button", name="Открыть дневник родителю").click()
    await expect(card).to_have_count(0)
    await signing.choose_role(page, "GUARDIAN")
    # Whether the other parent has consented for the child already depends on what ran before.
    await expect(signing.consent_page(page).or_(page.get_by_text("Ева · 4А")).first).to_be_visible()
    if await signing.consent_page(page).count():
        await signing.give_consents(page)
    await expect(page).to_have_url(parent.address("/diary"))
    await expect(page.get_by_text("Ева · 4А")).to_be_visible()
    await parent.go("/family")
    await expect(page.get_by_text("Белова Ева Андреевна", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Добавить ребёнка").click()
    await looks.shown(parent, "family")


async def test_record_of_the_same_name_when_the_school_confirms_then_the_account_is_that_person(gateway_url: str) -> None:
    head = Visitor(gateway_url)
    state = await head.sign_in(people.HEAD)
    school = state["role"]["organisation_id"]
    files = {"file": ("ученики.csv", SHEET.encode(), "text/csv")}
    headers = {**people.CSRF, "Origin": gateway_url}
    answer = await head.http.post("/api/v1/imports", data={"organisation_id": school, "format": "SHEET"}, files=files, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"]["invalid"] == 0, answer.json()["rows"]
    (await head.post(f"/api/v1/imports/{answer.json()['id']}/confirm", {})).raise_for_status()

    newcomer = Visitor(gateway_url)
    # Whichever test came first: who is a parent already may be in the list under another record too.
    before = await newcomer.sign_in(UNLISTED)
    start = (await newcomer.get("/api/v1/family/start")).json()
    assert [(one["kind"], one["organisation_name"]) for one in start["found"]] == [("STUDENT", "Школа № 12")]
    record = start["found"][0]
    assert before["person"]["id"] != record["record_id"]
    sent = {"kind": "SELF", "organisation_id": record["organisation_id"], "record_id": record["record_id"]}
    request = (await newcomer.post("/api/v1/family/requests", sent)).json()
    assert request["status"] == "PENDING"
    inbox = (await head.get("/api/v1/family/inbox")).json()
    [one] = [one for one in inbox["requests"] if one["id"] == request["family_request_id"]]
    word = {"expected_version": one["version"], "record_id": one["candidates"][0]["id"]}
    decided = await head.post(f"/api/v1/family/requests/{one['id']}/confirm", word)
    assert decided.status_code == 200, decided.text

    # The same Госуслуги account, and from now on the person of the school's list.
    again = await newcomer.sign_in(UNLISTED, "STUDENT")
    assert again["person"]["id"] == record["record_id"]
    assert (await newcomer.get(f"/api/v1/students/{record['record_id']}/diary")).status_code == 200
    for visitor in (head, newcomer):
        await visitor.close()


async def test_granny_until_friday_when_invited_then_sees_the_diary_until_it_is_closed(browsers: Browsers) -> None:
    mother = await signing.sign_in(await browsers.open("mother"), people.GUARDIAN)
    await mother.go("/family")
    timur = mother.page.locator("section", has=mother.page.get_by_text("Белов Тимур Андреевич", exact=True))
    await timur.get_by_role("button", name="Пригласить близкого на время").click()
    await timur.get_by_label("писать в чате родителей").check()
    await timur.get_by_role("button", name="Создать ссылку").click()
    link = await timur.get_by_label("Ссылка для близкого").input_value()
    await looks.shown(mother, "family-invited")

    granny = await browsers.open("granny")
    # The journal hears of it a moment after the roles, of its beginning and of its end.
    granny.expects(404, "/api/v1/students/")
    await granny.go(link.removeprefix(granny.gateway))
    page = granny.page
    await expect(page.get_by_role("link", name="Войти через Госуслуги")).to_be_visible()
    code = link.partition("#")[2]
    # The code waits on the device: no address that a server sees has it.
    assert code not in page.url
    await signing.sign_in(granny, GRANNY, path="/join")
    await expect(page.get_by_label("Код или ссылка из приглашения")).to_have_value(code)
    await looks.shown(granny, "join")
    await page.get_by_role("button", name="Принять").click()
    await expect(page.get_by_text("Готово: Белов Тимур Андреевич")).to_be_visible()
    await page.get_by_role("link", name="Выбрать роль").click()
    await signing.choose_role(page, "GUARDIAN")
    await expect(page.get_by_text("Тимур · 7А")).to_be_visible()
    session = await granny.read("/api/v1/session")
    student = next(child["id"] for role in session["roles"] for child in role["children"])
    await moments.eventually(lambda: reads_diary(granny, student), 30, "the diary open to the one who stands in")
    # What the window itself opened is no server's business; every answer came from an address without the code.
    assert not [line for line in granny.lines if code in line and not line.startswith("page ")]

    await mother.page.reload()
    await timur.get_by_role("button", name="Закрыть доступ").click()
    await expect(timur.get_by_role("button", name="Закрыть доступ")).to_have_count(0)

    async def closed() -> bool:
        return not await reads_diary(granny, student)

    await moments.eventually(closed, 30, "the diary closed again")


async def reads_diary(window: Window, student: str) -> bool:
    status, _body = await window.api(f"/api/v1/students/{student}/diary")
    return status == 200


async def test_court_limit_when_recorded_by_the_school_then_the_parent_is_told_and_sees_nothing(browsers: Browsers) -> None:
    mother = await signing.sign_in(await browsers.open("mother"), people.GUARDIAN)
    session = await mother.read("/api/v1/session")
    student = next(child["id"] for role in session["roles"] for child in role["children"] if "Ева" in child["full_name"])
    head = await signing.sign_in(await browsers.open("head"), people.HEAD)
    await head.go(f"/school/guardians/{student}")
    line = head.page.get_by_role("listitem").filter(has_text="Белова Ольга Сергеевна").first
    await line.get_by_role("button", name="Записать решение суда").click()
    await line.get_by_label("Решение: суд и номер").fill("Решение Тверского районного суда № 2-1234/2026")
    await line.get_by_label("Последний день ограничения").fill("2999-06-01")
    await looks.shown(head, "court")
    # Past the longest childhood: refused, and nothing typed is lost.
    head.expects(422, "/api/v1/guardianships/")
    await line.get_by_role("button", name="Ограничить").click()
    await expect(line.get_by_text("Проверьте решение и даты")).to_be_visible()
    await line.get_by_label("Последний день ограничения").fill("2027-06-01")
    await line.get_by_role("button", name="Ограничить").click()
    await expect(head.page.get_by_text("Ограничен судом").first).to_be_visible()
    mother.expects(404, "/api/v1/students/")

    async def closed() -> bool:
        return not await reads_diary(mother, student)

    await moments.eventually(closed, 30, "the diary closed to the limited parent")
    await mother.go("/family")
    await expect(mother.page.get_by_text("Суд ограничил ваш доступ до 1 июня 2027 г.")).to_be_visible()
    kid = mother.page.get_by_role("listitem").filter(has_text="дата рождения").filter(has_text="Белова Ева")
    await expect(kid.get_by_text("Ограничен судом", exact=True)).to_be_visible()
    await looks.shown(mother, "family-limited")

    await line.get_by_role("button", name="Изменить ограничение").click()
    for right in ("видеть дневник", "отмечать «ознакомлен»", "писать в чате родителей", "давать согласия"):
        await line.get_by_label(right).uncheck()
    await line.get_by_label("Почему снимаете ограничение").fill("Решение отменено апелляцией")
    await line.get_by_role("button", name="Снять ограничение").click()
    await expect(head.page.get_by_text("Ограничение снято")).to_be_visible()
    await moments.eventually(lambda: reads_diary(mother, student), 30, "the diary open again")
