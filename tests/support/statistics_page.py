"""The page of figures: totals, the chart by weeks and the lessons behind a number."""

import re

from browser import Window
from moments import within
from playwright.async_api import Locator, expect


class StatisticsPage:
    """Figures of a teacher or of a school."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.page = window.page

    @classmethod
    async def open(cls, window: Window) -> "StatisticsPage":
        """From the menu."""
        await signed_menu(window).get_by_role("link", name="Показатели").click()
        found = cls(window)
        await expect(found.total("отметок")).to_be_visible()
        return found

    def total(self, words: str) -> Locator:
        """The card with this figure: «отметок», «заданий», «сообщений»."""
        return self.page.locator("#main").locator("button, div").filter(has=self.page.get_by_text(words, exact=True)).last

    async def figure(self, words: str) -> int:
        """The number on a card."""
        return int(re.sub(r"\D", "", await self.total(words).locator("b").inner_text()))

    async def becomes(self, words: str, value: int, seconds: float) -> None:
        """The number changes to this without reload."""
        digits = re.compile("^" + r"\s?".join(str(value)) + "$")
        await expect(self.total(words).locator("b")).to_have_text(digits, timeout=within(seconds))

    def chart(self) -> Locator:
        """The columns by weeks."""
        return self.page.get_by_role("group", name=re.compile("по неделям"))


def signed_menu(window: Window) -> Locator:
    return window.page.get_by_role("navigation", name="Разделы")
