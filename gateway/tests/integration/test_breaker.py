"""A service that takes calls and says nothing: a few wait, the rest are told at once, and one finds out that it is back."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from myschool.library.v1 import library_pb2
from myschool_gateway import breaker as breakers
from myschool_gateway.breaker import Breaker
from myschool_gateway.clients import Services, open_services
from myschool_kit.client import call
from myschool_kit.errors import NotFound, RemoteError
from myschool_kit.principal import PrincipalSigner
from myschool_kit.settings import Settings
from myschool_testing import a_principal

from .conftest import Gateway, free_port

SEARCH = "/api/v1/library/items?q=дроби"
# Longer than what counts as waiting, shorter than a test can bear.
SHORT_S = 2.2


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def refuses(breaker: Breaker) -> bool:
    try:
        breaker.gave_up(probe=breaker.admit())
    except grpc.aio.AioRpcError as error:
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        return True
    return False


def test_breaker_when_calls_wait_in_vain_then_it_opens_at_the_fifth_in_a_row_alone() -> None:
    clock = Clock()
    breaker = Breaker("library", clock)
    for _ in range(3):
        for _ in range(breakers.CALLS - 1):
            breaker.waited(probe=False)
        assert not refuses(breaker)
        breaker.answered(probe=False)
    for _ in range(breakers.CALLS):
        clock.seconds += breakers.WINDOW_S / 2
        breaker.waited(probe=False)
    assert not refuses(breaker), "five in half a minute are no silence"
    for _ in range(breakers.CALLS):
        breaker.waited(probe=False)
    assert refuses(breaker) and breaker.is_open


def an_open_one(clock: Clock) -> Breaker:
    breaker = Breaker("library", clock)
    for _ in range(breakers.CALLS):
        breaker.waited(probe=False)
    return breaker


def test_breaker_when_it_rested_then_one_call_finds_out() -> None:
    clock = Clock()
    breaker = an_open_one(clock)
    clock.seconds += breakers.REST_S
    assert breaker.admit(), "this one asks"
    assert refuses(breaker), "nobody else meanwhile"
    breaker.waited(probe=True)
    assert refuses(breaker), "it is silent still"
    clock.seconds += breakers.REST_S
    breaker.gave_up(probe=breaker.admit())
    assert breaker.admit(), "who asked went away: the next one asks"
    breaker.answered(probe=True)
    assert not breaker.is_open and not breaker.admit()


def test_breaker_when_an_older_call_is_answered_after_all_then_it_closes_and_a_late_one_in_vain_is_no_probe() -> None:
    clock = Clock()
    breaker = an_open_one(clock)
    clock.seconds += breakers.REST_S
    assert breaker.admit()
    breaker.waited(probe=False)
    assert refuses(breaker), "the probe is still out"
    breaker.answered(probe=False)
    assert not breaker.is_open


@asynccontextmanager
async def silent(port: int) -> AsyncIterator[list[asyncio.StreamWriter]]:
    """A server that takes connections and never says a word."""
    taken: list[asyncio.StreamWriter] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)
        while await reader.read(1 << 16):
            pass

    server = await asyncio.start_server(keep, "127.0.0.1", port)
    try:
        yield taken
    finally:
        server.close()
        for writer in taken:
            writer.transport.abort()
        await server.wait_closed()


@asynccontextmanager
async def library_at(port: int) -> AsyncIterator[Services]:
    async with AsyncExitStack() as stack:
        yield await open_services(Settings(library_address=f"127.0.0.1:{port}"), stack)


@pytest.fixture
def token(keys_dir: Path) -> str:
    return PrincipalSigner((keys_dir / "principal.key").read_bytes()).sign(a_principal("TEACHER"))


async def asked(services: Services, token: str) -> tuple[str, float]:
    """Reason of the refusal, or nothing, and the seconds it took."""
    began = time.monotonic()
    reason = ""
    try:
        await call(services.library.SearchItems, library_pb2.SearchItemsRequest(query="дроби"), token=token, timeout=SHORT_S)
    except RemoteError as error:
        reason = str(error.reason)
    return reason, time.monotonic() - began


async def test_service_when_silent_then_only_the_first_calls_wait_and_it_is_used_again_soon_after_it_speaks(
    stand_in: tuple[Any, str], token: str
) -> None:
    port = free_port()
    async with library_at(port) as services:
        async with silent(port) as taken:
            first = await asyncio.gather(*(asked(services, token) for _ in range(breakers.CALLS)))
            assert {reason for reason, _seconds in first} == {"DEADLINE"}
            assert taken, "the silent server was dialled"
            began = time.monotonic()
            rest = await asyncio.gather(*(asked(services, token) for _ in range(200)))
            assert {reason for reason, _seconds in rest} == {"UNAVAILABLE"}
            assert time.monotonic() - began < 1, "nobody waits"
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((stand_in[0],))
        server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        try:
            async with asyncio.timeout(breakers.REST_S + 10):
                while (await asked(services, token))[0]:
                    await asyncio.sleep(0.1)
            assert {reason for reason, _seconds in await asyncio.gather(*(asked(services, token) for _ in range(50)))} == {""}
        finally:
            await server.stop(None)


async def test_service_when_gone_then_calls_are_refused_quickly_anyway_and_none_is_held_back_once_it_is_there(
    stand_in: tuple[Any, str], token: str
) -> None:
    port = free_port()
    async with library_at(port) as services:
        gone = await asyncio.gather(*(asked(services, token) for _ in range(breakers.CALLS * 2)))
        assert {reason for reason, _seconds in gone} == {"UNAVAILABLE"}
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((stand_in[0],))
        server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        try:
            began = time.monotonic()
            while (await asked(services, token))[0]:
                assert time.monotonic() - began < breakers.REST_S, "the channel dials anew within its own pause"
                await asyncio.sleep(0.05)
        finally:
            await server.stop(None)


async def test_page_when_a_service_is_silent_then_it_is_told_at_once_and_other_services_go_on(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()

    async def hang(_request: Any) -> bytes:
        await asyncio.sleep(60)
        return b"{}"

    gateway.services.answers["SearchItems"] = hang
    waited = await asyncio.gather(*(gateway.call("GET", SEARCH, secret) for _ in range(breakers.CALLS)))
    assert [answer.status_code for answer in waited] == [504] * breakers.CALLS
    began = time.monotonic()
    refused = await gateway.call("GET", SEARCH, secret)
    assert (refused.status_code, refused.json()["code"]) == (503, "gateway.UNAVAILABLE")
    assert time.monotonic() - began < 1 and int(refused.headers["retry-after"]) > 0
    assert (await gateway.call("GET", "/api/v1/chats", secret)).status_code == 200
    gateway.services.answers["SearchItems"] = NotFound("nothing")
    async with asyncio.timeout(breakers.REST_S + 5):
        while (await gateway.call("GET", SEARCH, secret)).status_code == 503:
            await asyncio.sleep(0.2)
    gateway.services.answers.clear()
    assert (await gateway.call("GET", SEARCH, secret)).status_code == 200
