"""The built page as a browser gets it: what may be kept, what is asked for again, and what the page may do."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from myschool_gateway.static import Page

ORIGIN = "https://school.test"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><script src='/assets/page-1a2b.js'></script>" + " " * 2_000)
    (tmp_path / "sw.js").write_text("self.addEventListener('fetch', () => {})")
    (tmp_path / "assets" / "page-1a2b.js").write_text("export const page = 1")
    transport = httpx.ASGITransport(Page(tmp_path, ORIGIN))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


async def test_worker_when_asked_then_always_fresh_and_allowed_to_ask_only_here(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/sw.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith(("text/javascript", "application/javascript"))
    assert answer.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"


async def test_hashed_file_when_asked_then_kept_for_ever(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/page-1a2b.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "content-security-policy" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/diary", "/journal/7?lesson=1"])
async def test_any_page_when_opened_then_the_one_document_with_its_policy(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["worker-src"] == "'self'"
    assert policy["connect-src"] == "'self' wss://school.test"
    assert policy["script-src"] == "'self'"
    again = await browser.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
