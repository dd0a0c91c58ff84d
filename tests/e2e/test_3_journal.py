"""§2.3 The class journal: marks by keyboard, topic and homework, two teachers on one cell, a network that goes away."""

import asyncio
import re
import time

import people
import pytest
import signing
from browser import Browsers, Window
from journal_page import ABSENT, Facts, JournalPage, Place
from moments import eventually, within
from playwright.async_api import Route, expect

pytestmark = pytest.mark.e2e


async def teacher_at_journal(browsers: Browsers, who: str = "sokolova") -> JournalPage:
    """Соколова (who must pick a role) or Морозова (who has only one) in «7А, алгебра»."""
    login, role = {"sokolova": (people.TEACHER, "TEACHER"), "morozova": (people.SECOND_TEACHER, "")}[who]
    return await JournalPage.open(await signing.sign_in(await browsers.open(who), login, role))


async def history(window: Window, facts: Facts, place: Place) -> list[dict]:
    path = f"/api/v1/lessons/{facts.lesson(place)['id']}/marks/{facts.student(place)['id']}/history"
    return (await window.read(path))["changes"]


async def test_journal_when_opened_then_it_holds_the_class_and_the_lessons_of_the_term(browsers: Browsers) -> None:
    journal = await teacher_at_journal(browsers)
    await expect(journal.page.get_by_role("heading", name="7А · Алгебра")).to_be_visible()
    await expect(journal.grid.get_by_role("rowheader")).to_have_count(30)
    facts = await journal.facts()
    assert len(facts.page["students"]) == 30
    assert len(facts.page["lessons"]) > 30
    assert await journal.grid.get_attribute("aria-colcount") == str(len(facts.page["lessons"]) + 2)
    await expect(journal.grid.get_by_role("rowheader", name="Белов Тимур")).to_be_visible()


async def test_mark_and_absence_when_typed_then_they_are_saved_and_the_page_says_so(browsers: Browsers) -> None:
    journal = await teacher_at_journal(browsers)
    first, second = (await journal.facts()).free(2)

    async def slowly(route: Route) -> None:
        await asyncio.sleep(0.5)
        await route.continue_()

    await journal.page.route("**/api/v1/lessons/**", slowly)
    await journal.type(first, "5")
    await expect(journal.foot).to_have_text("Сохраняется")
    await expect(journal.cell(first)).to_have_accessible_name(re.compile("отметка 5, сохраняется"))
    await journal.saved()
    await journal.type(second, ABSENT)
    await journal.shows(second, "н")
    await expect(journal.foot).to_have_text("Сохраняется")
    await journal.saved()
    await expect(journal.cell(second)).to_have_accessible_name(re.compile("не был$"))
    # A mark beside an absence, corrected, taken back: the last of it is what stays.
    await journal.type(first, "4")
    await journal.saved()
    await journal.page.unroute("**/api/v1/lessons/**")
    await journal.page.reload()
    await journal.shows(first, "4")
    await journal.shows(second, "н")
    after = await journal.facts()
    assert after.mark_at(first) == "4"
    changes = await history(journal.window, after, first)
    assert [(change["old_value"], change["new_value"]) for change in changes] == [("", "5"), ("5", "4")]


async def test_lesson_when_described_then_topic_homework_and_item_are_kept(browsers: Browsers) -> None:
    journal = await teacher_at_journal(browsers)
    facts = await journal.facts()
    column = facts.past()[-2]
    await journal.choose_lesson(column)
    moment = int(time.time())
    topic, task = f"Сложение дробей: закрепление {moment}", f"§ 12, № {moment}"
    await journal.detach_all()
    await journal.panel.get_by_label("Тема урока").fill(topic)
    await journal.panel.get_by_label(re.compile("^Домашнее задание на ")).fill(task)
    await expect(journal.panel.get_by_role("status")).to_have_text("Черновик на этом устройстве")
    found = await journal.attach("дробями", "Дроби: тренажёр")
    assert any("Дроби" in title for title in found)
    assert any("Дробь" in title for title in found)
    # What is being written survives a reload before it is saved.
    await journal.page.reload()
    await journal.choose_lesson(column)
    await expect(journal.panel.get_by_label("Тема урока")).to_have_value(topic)
    await journal.save_lesson()
    await journal.page.reload()
    await journal.choose_lesson(column)
    await expect(journal.panel.get_by_role("heading", name=topic)).to_be_visible()
    await expect(journal.panel.get_by_label(re.compile("^Домашнее задание на "))).to_have_value(task)
    await expect(journal.panel.get_by_role("button", name="Убрать «Дроби: тренажёр»")).to_be_visible()
    lesson = await journal.window.read(f"/api/v1/lessons/{facts.page['lessons'][column]['id']}")
    assert lesson["topic"] == topic
    assert [item["title"] for item in lesson["homework"]["items"]] == ["Дроби: тренажёр"]


@pytest.mark.parametrize("choice", ["keep", "mine"])
async def test_two_teachers_when_they_write_one_cell_then_the_second_chooses(browsers: Browsers, choice: str) -> None:
    first, second = await asyncio.gather(teacher_at_journal(browsers), teacher_at_journal(browsers, "morozova"))
    second.window.expects(409, "/marks/")
    facts = await first.facts()
    (place,) = facts.free(1)
    released = asyncio.Event()

    async def held(route: Route) -> None:
        await released.wait()
        await route.continue_()

    # Both press at the same moment; the second one's call is a little longer on the way.
    await second.page.route("**/marks/**", held)
    await second.type(place, "3")
    await expect(second.foot).to_have_text("Сохраняется")
    await first.type(place, "5")
    await first.saved()
    released.set()
    await expect(second.card).to_be_visible()
    text = (await second.card.inner_text()).replace("\u00a0", " ")
    assert facts.student(place)["name"] in text
    assert re.search(r"Соколова А\. В\.: 5 в \d\d:\d\d", text), text
    assert re.search(r"Вы ставите: 3 в \d\d:\d\d", text), text
    await expect(second.box.get_by_role("button", name="1 изменена другим")).to_be_visible()
    # Nothing was overwritten while the choice is open.
    await first.shows(place, "5")
    assert (await first.facts()).mark_at(place) == "5"
    button, value = {"keep": ("Оставить 5", "5"), "mine": ("Моя 3", "3")}[choice]
    await second.card.get_by_role("button", name=button).click()
    await expect(second.card).to_have_count(0)
    await second.shows(place, value)
    await first.shows(place, value)
    changes = await history(first.window, facts, place)
    wanted = [("", "5", "Соколова")] + ([("5", "3", "Морозова")] if choice == "mine" else [])
    assert [(c["old_value"], c["new_value"], c["author_name"].split()[0]) for c in changes] == wanted
    await second.page.reload()
    await second.shows(place, value)
    await expect(second.card).to_have_count(0)


async def test_network_when_cut_then_marks_wait_and_are_saved_after_it(browsers: Browsers) -> None:
    journal = await teacher_at_journal(browsers)
    journal.window.may_lose_network()
    places = (await journal.facts()).free(3)
    await journal.window.context.set_offline(offline=True)
    for place, value in zip(places, "543", strict=True):
        await journal.type(place, value)
    await expect(journal.box).to_contain_text("3 ждут сети")
    for place, value in zip(places, "543", strict=True):
        await expect(journal.cell(place)).to_have_accessible_name(re.compile(f"отметка {value}, ждёт сети"))
    await journal.window.context.set_offline(offline=False)
    await journal.saved(seconds=15)
    await expect(journal.box).not_to_contain_text("ждут сети")
    after = await journal.facts()
    assert [after.mark_at(place) for place in places] == ["5", "4", "3"]
    assert [after.version_at(place) for place in places] == [1, 1, 1]


async def test_page_when_reloaded_while_marks_wait_then_none_is_lost(browsers: Browsers) -> None:
    journal = await teacher_at_journal(browsers)
    journal.window.may_lose_network()
    places = (await journal.facts()).free(2)
    page = journal.page

    async def cut(route: Route) -> None:
        if route.request.method == "PUT":
            await route.abort("internetdisconnected")
        else:
            await route.continue_()

    await page.route("**/api/v1/lessons/**", cut)
    for place, value in zip(places, "52", strict=True):
        await journal.type(place, value)
    await expect(journal.box).to_contain_text("2 ждут сети")
    await page.reload()
    for place, value in zip(places, "52", strict=True):
        await journal.shows(place, value)
    await expect(journal.box).to_contain_text("2 ждут сети", timeout=within(5))
    assert [(await journal.facts()).mark_at(place) for place in places] == ["", ""]
    await page.unroute("**/api/v1/lessons/**")
    await journal.saved(seconds=15)

    async def stored() -> bool:
        facts = await journal.facts()
        return [facts.mark_at(place) for place in places] == ["5", "2"]

    await eventually(stored, 5, "both marks")
