"""How a page must look whatever it shows: it fits the window, and no tool for the disabled stumbles over it."""

import os
from pathlib import Path
from typing import Literal

from axe_playwright_python.async_playwright import Axe
from browser import Window
from playwright.async_api import Page

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# Half the window's width in the page's own points is what a desk at 200 % zoom gives.
ZOOMED = {"width": 640, "height": 450}
_GRAVE = frozenset({"serious", "critical"})
_ALL = {"resultTypes": ["violations"]}
# The other theme changes colours and nothing else.
_OF_COLOURS = _ALL | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# The script that changes the theme hears of it a little later than the style sheet, and colours may move for a moment.
_DRESSED = """async (scheme) => {
  const root = document.documentElement
  const right = () => !('mantineColorScheme' in root.dataset) || root.dataset.mantineColorScheme === scheme
  for (let tries = 0; tries < 100 && !right(); tries += 1) await new Promise((done) => setTimeout(done, 20))
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  await Promise.allSettled(document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime)).map((one) => one.finished))
  return right()
}"""
_TOO_WIDE = """() => {
  const root = document.documentElement
  if (root.scrollWidth <= root.clientWidth + 1) return ''
  const wide = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1)
  return wide.slice(0, 3).map((one) => `${one.tagName}.${one.className}`).join(', ') || 'the document'
}"""


async def settled(page: Page) -> None:
    """Everything that was asked for has come, and what unfolds has unfolded."""
    await page.wait_for_load_state("networkidle")
    await page.wait_for_timeout(200)


async def faults(page: Page) -> list[str]:
    """What is wrong with what is on the screen now, in both themes."""
    found = []
    if wide := await page.evaluate(_TOO_WIDE):
        found.append(f"wider than the window: {wide}")
    for scheme in ("light", "dark"):
        await _wear(page, scheme)
        result = (await Axe().run(page, options=_ALL if scheme == "light" else _OF_COLOURS)).response
        found += [f"{scheme}: {rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in result["violations"] if rule["impact"] in _GRAVE]
    return found


async def _wear(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Changes the theme, and waits until the script has changed it and no colour is still on its way."""
    await page.emulate_media(color_scheme=scheme)
    assert await page.evaluate(_DRESSED, scheme), f"the page does not put on its {scheme} theme"


async def faults_at(window: Window, path: str, sizes: list[dict[str, int]]) -> list[str]:
    """Opens the page in windows of these sizes and tells what is wrong with it."""
    found = []
    for size in sizes:
        await window.page.set_viewport_size(size)
        await window.go(path)
        await settled(window.page)
        found += [f"{path} at {size['width']}: {fault}" for fault in await faults(window.page)]
    return found


async def shown(window: Window, name: str) -> None:
    """Whole at a desk and in a hand, in both themes; pictures are kept where they are asked for (MYSCHOOL_PICTURES)."""
    found = []
    for size, where in ((DESK, "desk"), (PHONE, "phone")):
        await window.page.set_viewport_size(size)
        await settled(window.page)
        found += [f"{name} {where}: {fault}" for fault in await faults(window.page)]
        if folder := os.environ.get("MYSCHOOL_PICTURES"):
            await window.page.emulate_media(color_scheme="light")
            await window.page.screenshot(path=Path(folder) / f"{name}-{where}.png", full_page=True)
    assert found == [], "\n".join(found)
    await window.page.set_viewport_size(DESK)
