"""§2.4 Pupil and guardian see what the teacher does, each in an own browser, without reload within two seconds."""

import asyncio
import re
import time
from urllib.parse import urlsplit

import looks
import people
import pytest
import signing
from browser import Browsers, Window
from family_page import DiaryPage
from journal_page import ABSENT, Facts, JournalPage, Place
from moments import patience, within
from playwright.async_api import expect

pytestmark = pytest.mark.e2e
SUBJECT = "Алгебра"


async def at_journal(browsers: Browsers) -> JournalPage:
    return await JournalPage.open(await signing.sign_in(await browsers.open("teacher"), people.TEACHER, "TEACHER"))


async def at_home(browsers: Browsers, who: str, login: str, width: int) -> DiaryPage:
    return DiaryPage(await signing.sign_in(await browsers.open(who, width), login))


async def clear(window: Window, facts: Facts, place: Place) -> None:
    """Nothing in the cell and no homework, whatever an earlier test left."""
    lesson, student = facts.lesson(place)["id"], facts.student(place)["id"]
    attendance = next((cell for cell in facts.page["attendance"] if (cell[0], cell[1]) == (place.row, place.column)), None)
    if facts.mark_at(place):
        body = {"value": "", "expected_version": facts.version_at(place), "comment": ""}
        assert (await window.api(f"/api/v1/lessons/{lesson}/marks/{student}", "PUT", body))[0] == 200
    if attendance:
        body = {"status": "PRESENT", "minutes_late": 0, "expected_version": attendance[4]}
        assert (await window.api(f"/api/v1/lessons/{lesson}/attendance/{student}", "PUT", body))[0] == 200


async def test_mark_absence_and_homework_when_written_then_the_family_sees_them_at_once(browsers: Browsers) -> None:
    journal, pupil, guardian = await asyncio.gather(
        at_journal(browsers), at_home(browsers, "pupil", people.STUDENT, 390), at_home(browsers, "guardian", people.GUARDIAN, 1280)
    )
    facts = await journal.facts()
    place = Place(facts.row_of("Белов Тимур"), facts.pair())
    day, due = facts.lesson(place)["day"], facts.page["lessons"][place.column + 1]["day"]
    await clear(journal.window, facts, place)
    await journal.page.reload()
    await asyncio.gather(pupil.open(day), guardian.open(day))
    await guardian.choose("Тимур")
    # On a phone one day is open at a time.
    await pupil.page.get_by_role("group", name="Дни недели").get_by_role("button", name=re.compile(rf"\b{day[8:10]}$")).click()
    families = (pupil, guardian)
    for diary in families:
        await expect(diary.lesson(day, SUBJECT)).to_be_visible()
        await expect(diary.mark(day, SUBJECT).or_(diary.absence(day, SUBJECT))).to_have_count(0)
    opened = [diary.page.url for diary in families]
    began = time.monotonic()
    await journal.type(place, "5")
    await asyncio.gather(*(expect(diary.mark(day, SUBJECT)).to_contain_text("5", timeout=within(2)) for diary in families))
    seconds = [time.monotonic() - began]
    await journal.type(place, ABSENT)
    began = time.monotonic()
    await asyncio.gather(*(expect(diary.absence(day, SUBJECT)).to_be_visible(timeout=within(2)) for diary in families))
    seconds.append(time.monotonic() - began)
    task = f"Повторить правило, № {int(time.time()) % 100000}"
    await journal.choose_lesson(place.column)
    await journal.panel.get_by_label(re.compile("^Домашнее задание на ")).fill(task)
    await journal.panel.get_by_role("button", name="Сохранить").click()
    await asyncio.gather(*(expect(diary.page.get_by_text(task)).to_have_count(1, timeout=within(2)) for diary in families))
    await expect(guardian.lesson(due, SUBJECT)).to_contain_text(task)
    # It came by itself: nobody reloaded or left the page.
    assert [diary.page.url for diary in families] == opened
    print(f"mark and absence were seen after {seconds[0]:.2f} s and {seconds[1]:.2f} s, patience {patience():.1f}")


async def test_guardian_of_two_when_switching_then_each_child_has_an_own_diary(browsers: Browsers) -> None:
    guardian = await at_home(browsers, "guardian", people.GUARDIAN, 1280)
    page = guardian.page
    await guardian.choose("Ева")
    await expect(page.get_by_text("Ева · 4А")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("Ева · 4А")).to_be_visible()
    await guardian.choose("Тимур")
    await expect(page.get_by_text("Тимур · 7А")).to_be_visible()
    session = await guardian.window.read("/api/v1/session")
    names = [child["full_name"].split()[1] for role in session["roles"] for child in role["children"]]
    assert sorted(names) == ["Ева", "Тимур"]


async def test_guardian_when_pressing_acknowledged_then_it_stays_and_the_pupil_sees_it(browsers: Browsers) -> None:
    guardian, pupil = await asyncio.gather(
        at_home(browsers, "guardian", people.GUARDIAN, 1280), at_home(browsers, "pupil", people.STUDENT, 1280)
    )
    await guardian.choose("Тимур")
    page = guardian.page
    day = await unsigned_week(guardian)
    await guardian.open(day)
    await pupil.open(day)
    # Only a guardian signs.
    await expect(pupil.page.get_by_role("button", name="Ознакомлен")).to_have_count(0)
    await page.get_by_role("button", name="Ознакомлен").click()
    signed = page.get_by_role("status").filter(has_text=re.compile(r"Ознакомлен: Белова\sО\.\sС\."))
    await expect(signed).to_be_visible()
    await page.reload()
    await expect(signed).to_be_visible()
    await expect(page.get_by_role("button", name="Ознакомлен")).to_have_count(0)
    await pupil.page.reload()
    await expect(pupil.page.get_by_text(re.compile(r"Ознакомлен: Белова"))).to_be_visible()
    await teacher_sees(browsers, day)
    # The other child's week is not signed by it.
    await guardian.choose("Ева")
    await expect(page.get_by_role("button", name="Ознакомлен").or_(page.get_by_text("На этой неделе уроков нет.")).first).to_be_visible()


async def teacher_sees(browsers: Browsers, day: str) -> None:
    """The class teacher reads who has signed the week, finds who has not, and goes to another week and back."""
    window = await signing.sign_in(await browsers.open("teacher"), people.TEACHER, "TEACHER")
    page = window.page
    await window.go("/journal")
    await page.get_by_role("link", name="7А: кто ознакомлен").click()
    await expect(page.get_by_role("heading", name="Кто ознакомлен: 7А")).to_be_visible()
    await window.go(f"{urlsplit(page.url).path}?date={day}")
    timur = page.get_by_role("listitem").filter(has_text="Белов Тимур")
    await expect(timur.get_by_text(re.compile(r"Белова\sО\.\sС\."))).to_be_visible()
    await expect(timur.get_by_text("Ознакомлены", exact=True)).to_be_visible()
    await looks.shown(window, "acknowledgements")
    await page.get_by_role("button", name=re.compile("Ещё нет")).click()
    await expect(timur).to_have_count(0)
    await looks.shown(window, "acknowledgements-waiting")
    await page.get_by_role("button", name="Следующая неделя").click()
    await page.get_by_role("button", name="Предыдущая неделя").click()
    await page.get_by_role("button", name="Все", exact=True).click()
    await expect(timur.get_by_text("Ознакомлены", exact=True)).to_be_visible()


async def unsigned_week(guardian: DiaryPage) -> str:
    """A day of the newest week with lessons that nobody has signed yet, so that the test can be run again."""
    session = await guardian.window.read("/api/v1/session")
    child = next(c for role in session["roles"] for c in role["children"] if c["full_name"].startswith("Белов Тимур"))
    day = ""
    for _ in range(12):
        week = await guardian.window.read(f"/api/v1/students/{child['id']}/diary" + (f"?date={day}" if day else ""))
        if week["acknowledged"] is None and any(one["lessons"] for one in week["days"]):
            return str(week["week"]["monday"])
        day = week["week"]["previous"]
    raise AssertionError("every week of the term is signed")
