"""Real Chromium for the journeys: one process, a window with cookies of its own for each person, and what must never be seen in any."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Frame, Page, Playwright, Request, Response

from myschool_stack import browser as found_browser

# The sandbox of Chromium refuses root. Nothing but this machine is ever asked for: a test that needs the internet is no test.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
# What the real system says to people whose account it cannot read (platform §2.5); here nobody may ever read it.
DEAD_END = "сессия истекла"
_NETWORK_ERRORS = re.compile(r"Failed to load resource|WebSocket connection to|net::ERR_")


async def launch(playwright: Playwright) -> Browser:
    """The machine's Chromium, else Playwright's own."""
    return await playwright.chromium.launch(executable_path=found_browser.system() or None, args=list(_ARGUMENTS))


@dataclass
class Window:
    """One person's browser. It notes what went wrong by itself; the test says beforehand what is meant to fail."""

    who: str
    context: BrowserContext
    page: Page
    gateway: str
    keycloak: str
    folder: Path
    complaints: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    allowed: list[tuple[int, str]] = field(default_factory=list)
    network_may_fail: bool = False
    keycloak_hop: bool = False

    def expects(self, status: int, path: str = "/") -> None:
        """An answer with this status is part of the test wherever the address holds `path`."""
        self.allowed.append((status, path))

    def may_lose_network(self) -> None:
        """From now on calls may fail on the way: the test cuts the network or kills the server."""
        self.network_may_fail = True

    def passes_keycloak(self) -> None:
        """The test takes away what Keycloak needs: it may answer with its blank page that leads back, never with words."""
        self.keycloak_hop = True
        self.expects(400, "/realms/")

    def address(self, path: str) -> str:
        """Full address of a page of ours."""
        return f"{self.gateway}{path}"

    async def go(self, path: str) -> None:
        """Opens a page of ours by its address."""
        await self.page.goto(self.address(path))

    async def tab(self) -> Page:
        """One more tab of the same browser, watched like the first."""
        page = await self.context.new_page()
        self.watch(page)
        return page

    async def api(self, path: str, method: str = "GET", body: object = None) -> Any:
        """What the page itself would get: asked from within it, with its cookie; (status, JSON)."""
        script = """async ([path, method, body]) => {
          const headers = {'X-MySchool-CSRF': '1', 'Content-Type': 'application/json'}
          const answer = await fetch(path, {method, headers, ...(body === null ? {} : {body: JSON.stringify(body)})})
          return [answer.status, await answer.json().catch(() => null)]
        }"""
        status, answer = await self.page.evaluate(script, [path, method, body])
        return status, answer

    async def read(self, path: str) -> Any:
        """The JSON of a good answer."""
        status, answer = await self.api(path)
        assert status == 200, f"{path}: {status} {answer}"
        return answer

    def watch(self, page: Page) -> None:
        """Listens to everything a person would not see, and to addresses they must not see."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._complain(f"script: {error}"))
        page.on("response", self._on_response)
        page.on("requestfailed", self._on_request_failed)
        page.on("framenavigated", self._on_navigated)

    async def keep(self) -> None:
        """Screenshots, log and trace of this window, for who reads the failure."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(self.context.pages):
            try:
                await page.screenshot(path=self.folder / f"{self.who}-{number}.png", timeout=5_000)
            except Error as error:
                self.lines.append(f"no screenshot: {error}")
        (self.folder / f"{self.who}.log").write_text("\n".join([*self.lines, "", *self.complaints]), encoding="utf-8")
        await self.context.tracing.stop(path=self.folder / f"{self.who}.zip")

    async def check(self) -> None:
        """Adds what is on the screen now to the complaints, if it must not be."""
        for page in self.context.pages:
            try:
                text = await page.locator("body").inner_text(timeout=2_000)
            except Error:
                continue
            if page.url.startswith(self.keycloak):
                self._complain(f"a page of Keycloak was left standing: {page.url}")
            if DEAD_END in text.lower():
                self._complain(f"«{DEAD_END}» stands on {page.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        self.lines.append(f"console {message.type}: {message.text} {where}")
        if message.type != "error":
            return
        # The answer or the failed call behind such a line is judged by itself.
        if not _NETWORK_ERRORS.search(message.text):
            self._complain(f"console: {message.text}")

    def _on_response(self, response: Response) -> None:
        self.lines.append(f"{response.status} {response.request.method} {response.url}")
        if response.status >= 400 and not self._is_allowed(response):
            self._complain(f"answer: {response.status} {response.request.method} {response.url}")

    def _is_allowed(self, response: Response) -> bool:
        return any(response.status == status and path in response.url for status, path in self.allowed)

    def _on_request_failed(self, request: Request) -> None:
        self.lines.append(f"failed {request.method} {request.url} {request.failure}")
        # A page that is left drops its calls; that is no fault.
        if not self.network_may_fail and "ERR_ABORTED" not in (request.failure or ""):
            self._complain(f"no answer: {request.method} {request.url} {request.failure}")

    def _on_navigated(self, frame: Frame) -> None:
        self.lines.append(f"page {frame.url}")
        if frame.url.startswith(self.keycloak) and not self.keycloak_hop:
            self._complain(f"a page of Keycloak was seen: {frame.url}")

    def _complain(self, text: str) -> None:
        self.complaints.append(text)


class Browsers:
    """Opens windows for one test, and judges all of them at its end."""

    def __init__(self, browser: Browser, gateway: str, keycloak: str, folder: Path) -> None:
        self._browser = browser
        self._gateway = gateway
        self._keycloak = keycloak
        self._folder = folder
        self.windows: list[Window] = []

    async def open(self, who: str, width: int = 1280, height: int = 900, user_agent: str | None = None) -> Window:
        """A new person at a new computer, which may call itself another browser."""
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            locale="ru-RU",
            timezone_id="Europe/Moscow",
            reduced_motion="reduce",
            user_agent=user_agent,
        )
        context.set_default_timeout(20_000)
        await context.tracing.start(snapshots=True, screenshots=False)
        window = Window(who, context, await context.new_page(), self._gateway, self._keycloak, self._folder)
        window.watch(window.page)
        self.windows.append(window)
        return window

    async def close(self, *, failed: bool) -> list[str]:
        """Closes all windows; keeps their traces when the test failed or a window complains, and answers the complaints."""
        for window in self.windows:
            await window.check()
        complaints = [f"{window.who}: {text}" for window in self.windows for text in window.complaints]
        for window in self.windows:
            if failed or complaints:
                await window.keep()
            await window.context.close()
        return complaints
