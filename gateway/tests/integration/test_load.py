"""A gateway that falls behind: what can wait is refused in words, marks go on, and it ends when the load ends."""

import asyncio
import time

import httpx
import pytest

from myschool_gateway.load import allowance

from .conftest import Gateway

ID = "0192d3b2-8a64-7000-8000-00000000c4a7"
MARK = f"/api/v1/lessons/{ID}/marks/{ID}"
SEARCH, DIARY = "/api/v1/library/items?q=дроби", f"/api/v1/students/{ID}/diary"
BODY = {"value": "5", "expected_version": 0, "comment": ""}


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "gateway.OVERLOADED"
    assert int(answer.headers["retry-after"]) == 5


async def call(gateway: Gateway, method: str, path: str, secret: str, **options) -> httpx.Response:
    return await gateway.call(method, path, secret, headers={"Origin": gateway.url.replace("127.0.0.1", "localhost")}, **options)


async def until_calls(gateway: Gateway, count: int) -> None:
    async with asyncio.timeout(10):
        while gateway.parts.load.calls != count:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/session", 0),
        ("PUT", MARK, 0),
        ("POST", f"/api/v1/chats/{ID}/messages", 0),
        ("GET", "/journal", 0),
        ("GET", f"/api/v1/gradebooks/{ID}", 2),
        ("GET", DIARY, 2),
        ("GET", "/api/v1/chats", 2),
        ("GET", f"{MARK}/history", 1),
        ("GET", "/api/v1/statistics/school", 1),
        ("GET", "/api/v1/people", 1),
        ("POST", "/api/v1/imports", 1),
    ],
)
def test_call_then_it_is_let_in_up_to_so_many_times_the_limit(method: str, path: str, allowed: float) -> None:
    assert allowance(method, path) == allowed


async def test_calls_pile_up_then_reads_that_can_wait_are_refused_first_and_marks_never(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    _session, secret = await gateway.sign_in()
    monkeypatch.setattr(gateway.parts.load, "_most_calls", 5)
    go_on = asyncio.Event()

    async def slow(_request) -> bytes:
        await go_on.wait()
        return b"{}"

    gateway.services.answers.update(SearchItems=slow, GetDiaryWeek=slow)
    searches = [asyncio.create_task(call(gateway, "GET", SEARCH, secret)) for _ in range(5)]
    try:
        await until_calls(gateway, 5)
        assert_refused(await call(gateway, "GET", SEARCH, secret))
        assert_refused(await call(gateway, "GET", f"{MARK}/history", secret))
        # A diary still comes through, up to twice the limit.
        diaries = [asyncio.create_task(call(gateway, "GET", DIARY, secret)) for _ in range(5)]
        await until_calls(gateway, 10)
        assert_refused(await call(gateway, "GET", DIARY, secret))
        assert (await call(gateway, "PUT", MARK, secret, json=BODY)).status_code == 200
        assert (await call(gateway, "GET", "/health/ready", secret)).status_code == 200
    finally:
        go_on.set()
    assert {(await one).status_code for one in [*searches, *diaries]} == {200}
    assert gateway.parts.load.calls == 0
    assert (await call(gateway, "GET", SEARCH, secret)).status_code == 200


async def test_event_loop_is_late_then_reads_that_can_wait_are_refused_until_it_is_in_time_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    _session, secret = await gateway.sign_in()
    load = gateway.parts.load
    monkeypatch.setattr(load, "_most_lag_s", 0.15)

    async def hog() -> None:
        while True:
            time.sleep(0.4)  # noqa: ASYNC251 - that is what an overloaded loop is like
            await asyncio.sleep(0.001)

    hogging = asyncio.create_task(hog())
    try:
        async with asyncio.timeout(20):
            while load.lag_s < 0.2:
                await asyncio.sleep(0.05)
        assert_refused(await call(gateway, "GET", SEARCH, secret))
        assert (await call(gateway, "PUT", MARK, secret, json=BODY)).status_code == 200
    finally:
        hogging.cancel()
    async with asyncio.timeout(20):
        while (await call(gateway, "GET", SEARCH, secret)).status_code != 200:
            await asyncio.sleep(0.1)


async def test_event_loop_is_late_once_then_nothing_is_refused(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    time.sleep(3)  # noqa: ASYNC251 - a machine that was frozen
    answers = [(await call(gateway, "GET", SEARCH, secret)).status_code for _ in range(10)]
    assert set(answers) == {200}
