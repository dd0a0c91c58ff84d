"""§2.6 Figures of teacher and head: fresh within five seconds of the act, as a chart, as a table, with the lessons behind them."""

import asyncio
import re
import time
from uuid import uuid4

import people
import pytest
import signing
from browser import Browsers, Window
from journal_page import JournalPage
from moments import within
from people import Visitor
from playwright.async_api import expect
from statistics_page import StatisticsPage

pytestmark = pytest.mark.e2e


async def teacher_figures(browsers: Browsers) -> StatisticsPage:
    return await StatisticsPage.open(await signing.sign_in(await browsers.open("teacher"), people.TEACHER, "TEACHER"))


async def head_figures(browsers: Browsers) -> StatisticsPage:
    return await StatisticsPage.open(await signing.sign_in(await browsers.open("head"), people.HEAD))


async def at_journal(browsers: Browsers) -> JournalPage:
    """The same teacher at a second computer."""
    return await JournalPage.open(await signing.sign_in(await browsers.open("desk"), people.TEACHER, "TEACHER"))


async def test_acts_when_done_then_figures_of_teacher_and_head_follow_within_five_seconds(
    browsers: Browsers, visitors: list[Visitor]
) -> None:
    teacher, head, journal = await asyncio.gather(teacher_figures(browsers), head_figures(browsers), at_journal(browsers))
    before = {page: {words: await page.figure(words) for words in ("отметок", "сообщений")} for page in (teacher, head)}
    (place,) = (await journal.facts()).free(1)
    began = time.monotonic()
    await journal.type(place, "4")
    await asyncio.gather(*(page.becomes("отметок", before[page]["отметок"] + 1, 5) for page in (teacher, head)))
    print(f"the mark was counted after {time.monotonic() - began:.2f} s")
    # An act of another service, told by its own event: the same pages follow.
    await write_to_chat(journal.window)
    await asyncio.gather(*(page.becomes("сообщений", before[page]["сообщений"] + 1, 5) for page in (teacher, head)))
    await open_item(journal.window, teacher)


async def write_to_chat(window: Window) -> None:
    chats = (await window.read("/api/v1/chats"))["chats"]
    chat = next(one for one in chats if one["group_name"] == "7А" and one["kind"] == "GUARDIANS")
    body = {"client_message_id": str(uuid4()), "body": "Показатели считаются по событиям"}
    assert (await window.api(f"/api/v1/chats/{chat['id']}/messages", "POST", body))[0] == 200


async def open_item(window: Window, figures: StatisticsPage) -> None:
    """Opening a library item is counted too."""
    before = await figures.figure("открытий материалов")
    await window.page.get_by_role("navigation", name="Разделы").get_by_role("link", name="Библиотека").click()
    await window.page.get_by_role("searchbox").fill("дробями")
    await window.page.get_by_role("link", name=re.compile("Дроби: тренажёр")).first.click()
    opened = window.page.get_by_role("button", name="Открыть материал")
    if await opened.count():
        await opened.click()
    await figures.becomes("открытий материалов", before + 1, 5)


async def test_chart_when_a_column_is_pressed_then_the_lessons_behind_it_are_listed(browsers: Browsers) -> None:
    head = await head_figures(browsers)
    page = head.page
    chart = head.chart()
    await expect(chart).to_be_visible()
    columns = chart.get_by_role("button")
    assert await columns.count() >= 4
    texts = [text.split("\n") for text in await columns.all_inner_texts()]
    # The same numbers as a table, for who reads rather than looks.
    await page.get_by_role("button", name="Показать таблицей").first.click()
    table = page.get_by_role("table", name=re.compile("по неделям"))
    rows = await table.get_by_role("row").all_inner_texts()
    assert [row.split("\t") for row in rows] == [[label, value] for value, label in texts]
    await page.get_by_role("button", name="Показать графиком").first.click()
    await columns.last.click()
    behind = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="Заполнен"))
    await expect(behind.or_(page.get_by_text("Таких уроков нет.")).first).to_be_visible()


async def test_number_when_pressed_then_it_leads_to_the_lessons_and_on_to_the_journal(browsers: Browsers) -> None:
    head = await head_figures(browsers)
    page = head.page
    count = await head.figure("с темой")
    await head.total("с темой").click()
    await expect(page.get_by_role("heading", name="Уроки с темой")).to_be_visible()
    total = page.get_by_text(re.compile(r"^[\d\s]+ (урок|урока|уроков)$"))
    await expect(total).to_be_visible()
    assert int(re.sub(r"\D", "", await total.inner_text())) == count
    behind = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="Заполнен"))
    line = behind.get_by_role("link").first
    words = await line.inner_text()
    await line.click()
    await expect(page.get_by_role("grid")).to_be_visible(timeout=within(10))
    group = words.split(", ")[2]
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"{group} · ")


async def test_teacher_when_looking_at_figures_then_only_own_lessons_are_behind_them(browsers: Browsers) -> None:
    teacher = await teacher_figures(browsers)
    page = teacher.page
    await expect(page.get_by_role("heading", name="Показатели", exact=True)).to_be_visible()
    await expect(teacher.chart()).to_be_visible()
    await teacher.total("отметок").click()
    behind = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="Заполнен"))
    await expect(behind).to_be_visible()
    lessons = await teacher.window.read("/api/v1/statistics/lessons?indicator=marks&page_size=200")
    assert {one["teacher_name"].split()[0] for one in lessons["lessons"]} == {"Соколова"}
