"""The diary and the class chat on the screen."""

import re

from browser import Window
from moments import within
from playwright.async_api import Locator, Page, expect


class DiaryPage:
    """The diary of one child, week by week."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.page = window.page

    async def open(self, day: str) -> "DiaryPage":
        """The week of this day, without leaving the page if it is open."""
        await self.window.go(f"/diary?date={day}")
        await expect(self.page.get_by_role("heading", name="Дневник")).to_be_visible()
        return self

    def lesson(self, day: str, subject: str) -> Locator:
        """The line of one lesson; the first of that subject on that day."""
        sections = self.page.locator("section").filter(has=self.page.get_by_role("heading", level=2, name=_day(day)))
        line = self.page.get_by_role("article").filter(has=self.page.get_by_role("heading", level=3, name=subject))
        return sections.locator(line).first

    def mark(self, day: str, subject: str) -> Locator:
        """The mark of a lesson; none when there is no mark."""
        return self.lesson(day, subject).get_by_title(re.compile("^Поставлена: "))

    def absence(self, day: str, subject: str) -> Locator:
        """The word that says that the pupil was not there."""
        return self.lesson(day, subject).get_by_text("не был", exact=True)

    async def choose(self, given_name: str) -> None:
        """Another child of the family."""
        children = self.page.get_by_role("group", name="Чей дневник")
        await children.get_by_role("button", name=given_name).click()
        await expect(children.get_by_role("button", name=given_name)).to_have_attribute("aria-pressed", "true")


def _day(day: str) -> re.Pattern[str]:
    months = ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"]
    return re.compile(rf"\b{int(day[8:10])} {months[int(day[5:7]) - 1]}")


class ChatPage:
    """One open conversation."""

    def __init__(self, window: Window, page: Page) -> None:
        self.window = window
        self.page = page
        self.log = page.get_by_role("log", name="Сообщения чата")

    @classmethod
    async def open(cls, window: Window, title: str) -> "ChatPage":
        """From the menu to the chat whose title holds the words."""
        page = window.page
        await page.get_by_role("navigation", name="Разделы").get_by_role("link", name=re.compile("Сообщения|Чаты")).click()
        await page.get_by_role("navigation", name="Сообщения").get_by_role("link", name=title).first.click()
        chat = cls(window, page)
        await expect(chat.log).to_be_visible()
        return chat

    @property
    def id(self) -> str:
        return self.page.url.partition("/messages/")[2].partition("?")[0]

    async def write(self, body: str) -> None:
        """Types a message and sends it by Enter."""
        box = self.page.get_by_role("textbox", name="Написать сообщение")
        await box.fill(body)
        await box.press("Enter")

    async def shows(self, body: str, seconds: float) -> None:
        """The message stands in the log once."""
        await expect(self.log.get_by_text(body)).to_have_count(1, timeout=within(seconds))

    async def order_of(self, mark: str) -> list[str]:
        """Messages that begin with the mark, as they stand on the screen from top to bottom."""
        text = await self.log.inner_text()
        return [line for line in text.splitlines() if line.startswith(mark)]
