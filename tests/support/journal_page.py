"""The class journal on the screen: its cells, the foot that says what is saved, the lesson beside it, the conflict card."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from browser import Window
from moments import within
from playwright.async_api import Locator, Page, expect

SAVED = re.compile(r"Сохранено \d\d:\d\d")
_KEYS = {"down": "ArrowDown", "up": "ArrowUp", "right": "ArrowRight", "left": "ArrowLeft"}
# «н» of a Russian keyboard, and the key it sits on.
ABSENT = "н"
_PHYSICAL = {ABSENT: "KeyY"}


@dataclass(frozen=True)
class Place:
    """A cell: row of the pupil, column of the lesson."""

    row: int
    column: int

    @property
    def mark(self) -> str:
        return f"{self.row}:{self.column}"


def week_of(day: str) -> tuple[int, int]:
    """Year and number of the week of a school day."""
    return date.fromisoformat(day).isocalendar()[:2]


@dataclass
class Facts:
    """The class page as the gateway gives it."""

    page: dict[str, Any]
    taken: set[str] = field(default_factory=set)

    def past(self) -> list[int]:
        """Columns of lessons that have been given, the newest last."""
        return [number for number, lesson in enumerate(self.page["lessons"]) if lesson["day"] <= self.page["today"]]

    def lesson(self, place: Place) -> dict[str, Any]:
        return self.page["lessons"][place.column]

    def student(self, place: Place) -> dict[str, Any]:
        return self.page["students"][place.row]

    def row_of(self, name: str) -> int:
        """Row of the pupil whose name begins so."""
        return next(row for row, one in enumerate(self.page["students"]) if one["full_name"].startswith(name))

    def mark_at(self, place: Place) -> str:
        return next((cell[2] for cell in self.page["marks"] if (cell[0], cell[1]) == (place.row, place.column)), "")

    def version_at(self, place: Place) -> int:
        return next((cell[3] for cell in self.page["marks"] if (cell[0], cell[1]) == (place.row, place.column)), 0)

    def is_free(self, place: Place) -> bool:
        """Neither mark nor absence."""
        touched = {(cell[0], cell[1]) for cell in [*self.page["marks"], *self.page["attendance"]]}
        return (place.row, place.column) not in touched

    def free(self, count: int, *, column: int | None = None, not_row: int = -1) -> list[Place]:
        """Empty cells of one lesson that has been given, in different rows."""
        for chosen in [column] if column is not None else reversed(self.past()):
            places = [Place(row, chosen) for row in range(len(self.page["students"])) if row != not_row]
            found = [place for place in places if self.is_free(place)]
            if len(found) >= count:
                return found[:count]
        raise AssertionError(f"the journal has no lesson with {count} empty cells")

    def pair(self) -> int:
        """The newest given lesson whose homework is due in its own week, so that one diary page shows both."""
        lessons = self.page["lessons"]
        fitting = [c for c in self.past() if c + 1 < len(lessons) and week_of(lessons[c]["day"]) == week_of(lessons[c + 1]["day"])]
        return fitting[-1]


class JournalPage:
    """One open class journal."""

    def __init__(self, window: Window, page: Page, gradebook_id: str) -> None:
        self.window = window
        self.page = page
        self.id = gradebook_id
        self.grid = page.get_by_role("grid")
        self.foot = self.grid.locator("xpath=../..").get_by_role("status")
        self.box = self.grid.locator("xpath=../..")
        self.panel = page.get_by_role("complementary", name="Урок")
        self.card = page.get_by_role("dialog", name="Отметка уже изменилась")

    @classmethod
    async def open(cls, window: Window, group: str = "7А", subject: str = "Алгебра") -> "JournalPage":
        """From the menu to the journal of a class."""
        page = window.page
        await page.get_by_role("navigation", name="Разделы").get_by_role("link", name="Журнал").click()
        await page.get_by_role("link", name=re.compile(f"^{group} · {subject}")).first.click()
        journal = cls(window, page, "")
        await expect(journal.grid).to_be_visible()
        journal.id = page.url.partition("/journal/")[2].partition("?")[0]
        return journal

    async def facts(self) -> Facts:
        """What the server has now."""
        return Facts(await self.window.read(f"/api/v1/gradebooks/{self.id}"))

    def cell(self, place: Place) -> Locator:
        return self.grid.locator(f"[data-cell='{place.mark}']")

    async def reach(self, place: Place) -> None:
        """Walks to a cell by arrow keys alone, from wherever the selection is."""
        start = self.grid.locator("[data-cell][tabindex='0']")
        row, column = map(int, (await start.get_attribute("data-cell") or "0:0").split(":"))
        await start.focus()
        down, right = place.row - row, place.column - column
        for key in ["down" if down > 0 else "up"] * abs(down) + ["right" if right > 0 else "left"] * abs(right):
            await self.page.keyboard.press(_KEYS[key])
        await expect(self.cell(place)).to_be_focused()

    async def type(self, place: Place, keys: str) -> None:
        """Walks to the cell and presses the keys."""
        await self.reach(place)
        for key in keys:
            if key in _PHYSICAL:
                await self._press_russian(key)
            else:
                await self.page.keyboard.press(key)

    async def _press_russian(self, letter: str) -> None:
        """Playwright knows Latin keyboards only: the browser itself is told of the key."""
        session = await self.page.context.new_cdp_session(self.page)
        key = {"key": letter, "code": _PHYSICAL[letter], "text": letter}
        await session.send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
        await session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
        await session.detach()

    async def shows(self, place: Place, text: str, seconds: float = 5) -> None:
        """The cell shows this and nothing else."""
        await expect(self.cell(place)).to_have_text(text, timeout=within(seconds))

    async def saved(self, seconds: float = 5) -> None:
        """Everything is saved, and the foot says when."""
        await expect(self.foot).to_have_text(SAVED, timeout=within(seconds))

    async def choose_lesson(self, column: int) -> None:
        """Selects a lesson by its head, and waits until the panel beside shows that lesson and no other."""
        head = self.grid.get_by_role("columnheader").and_(self.page.locator(f"[aria-colindex='{column + 2}']")).get_by_role("button")
        await head.click()
        await expect(head).to_have_attribute("aria-pressed", "true")
        await expect(self.panel.get_by_label("Тема урока")).to_be_visible()

    async def attach(self, words: str, title: str) -> list[str]:
        """Finds a library item from within the lesson and attaches it; answers the titles that were found."""
        await self.panel.get_by_label("Прикрепить материал").fill(words)
        found = self.panel.get_by_role("list", name="Найденные материалы").get_by_role("button")
        there = self.panel.get_by_role("button", name=f"Убрать «{title}»")
        await expect(found.filter(has_text=title).or_(there).first).to_be_visible()
        if await there.count():
            await there.click()  # the lesson came with it, a moment after the panel
        await expect(found.filter(has_text=title).first).to_be_visible()
        titles = [text.partition("\n")[0] for text in await found.all_inner_texts()]
        await found.filter(has_text=title).first.click()
        return titles

    async def detach_all(self) -> None:
        """Takes off what is attached already."""
        attached = self.panel.get_by_role("button", name=re.compile("^Убрать «"))
        while await attached.count():
            await attached.first.click()

    async def save_lesson(self) -> None:
        """«Сохранить» of the lesson panel, until it is saved."""
        await self.panel.get_by_role("button", name="Сохранить").click()
        await expect(self.panel.get_by_role("status")).to_have_text(SAVED)
