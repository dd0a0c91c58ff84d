import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import browser as chromium_of
from browser import Browsers
from people import Visitor
from playwright.async_api import Browser, async_playwright
from realm import Realm

from myschool_stack.browser import folder

_ERROR = re.compile(r'\bERROR \[|"level":"(?:ERROR|CRITICAL)"')
_FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What was left behind is looked through when everything else is done."""
    items.sort(key=lambda item: item.path.name == "test_privacy.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Remembers a failure for the fixtures below, and names the folder where its screenshots are."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
        if "browsers" in getattr(item, "fixturenames", ()):
            report.sections.append(("browser", f"screenshots, console and trace: {_folder_of(item)}"))
        if stack := getattr(item, "funcargs", {}).get("whole_stack"):
            report.sections.append(("errors in the logs of the parts", _errors(stack.profile.home / "logs")))
    return report


def _folder_of(item: pytest.Item) -> Path:
    return folder() / item.name.partition("[")[0].removeprefix("test_")[:100]


def _errors(logs: Path) -> str:
    """The last lines that tell an error, of each part: a run on another machine leaves nothing else to look at."""
    found = []
    for log in sorted(logs.glob("*.log")):
        lines = [line for line in log.read_text(errors="replace").splitlines() if _ERROR.search(line)]
        found += [f"{log.stem}: {line[:400]}" for line in list(dict.fromkeys(lines))[-5:]]
    return "\n".join(found) or "none"


@pytest.fixture(scope="session")
def gateway_url(whole_stack) -> str:
    return whole_stack.gateway_url


@pytest.fixture(scope="session")
def realm(whole_stack) -> Realm:
    return Realm(whole_stack.environment)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One Chromium for all journeys."""
    async with async_playwright() as playwright:
        launched = await chromium_of.launch(playwright)
        yield launched
        await launched.close()


@pytest.fixture
async def browsers(request: pytest.FixtureRequest, chromium: Browser, whole_stack) -> AsyncIterator[Browsers]:
    """Windows of several people; none may have seen an error, a failed call or a page of Keycloak."""
    kept = _folder_of(request.node)
    shutil.rmtree(kept, ignore_errors=True)
    found = Browsers(chromium, whole_stack.gateway_url, whole_stack.environment["MYSCHOOL_KEYCLOAK_URL"], kept)
    yield found
    complaints = await found.close(failed=request.node.stash.get(_FAILED, False))
    if complaints:
        pytest.fail("\n".join(["A window saw what it must not see:", *complaints]))


@pytest.fixture
async def visitors(gateway_url: str) -> AsyncIterator[list[Visitor]]:
    """Five browsers' worth of cookies, closed at the end."""
    opened = [Visitor(gateway_url) for _ in range(5)]
    yield opened
    for visitor in opened:
        await visitor.close()
