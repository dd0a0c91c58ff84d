"""Restarts as a Deployment with maxSurge does them: the new process is ready before the old one is told to stop."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import psutil
from proxy import Proxy

from myschool_stack import probes, process
from myschool_stack.fixtures import Stack

_READY_S = 120
_GRACE_S = 20
# A cluster takes a pod out of the endpoints when it begins to stop it; preStop gives that time to arrive everywhere.
_OUT_OF_ROTATION_S = 1.0


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Rollout:
    """Restarts parts of a running stack one after the other. `seconds` says how long each old process took to stop."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._own = {name: value for name, value in os.environ.items() if not name.startswith("MYSCHOOL_")}
        self.seconds: dict[str, float] = {}
        self.killed: list[str] = []

    async def service(self, name: str) -> None:
        """A second process takes over from the stack's own, and hands back to a fresh one of the stack: two restarts."""
        hold = self._stack.profile.holds / name
        hold.parent.mkdir(exist_ok=True)
        hold.touch()  # the supervisor leaves the old one dead
        health = f"127.0.0.1:{free_port()}"
        extra = {
            "MYSCHOOL_HEALTH_ADDRESS": health,
            "MYSCHOOL_INSTANCE": "1",  # its consumer is another member of the group while both run
            "MYSCHOOL_LIBRARY_HTTP_URL": f"http://localhost:{free_port()}",
        }
        before = self._stack.pid(name)
        surge = self._spawn(name, [f"myschool_{name}", "serve", "--with", "relay,consume"], extra)
        try:
            await _ready(lambda: probes.grpc_serving(health))
            await self._stop(name, psutil.Process(before))
            hold.unlink()
            await _ready(lambda: self._is_back(name, before))
        except BaseException:
            hold.unlink(missing_ok=True)
            process.end(surge, signal.SIGTERM, _GRACE_S)
            raise
        await self._stop(f"{name} (surge)", psutil.Process(surge.pid))
        await asyncio.to_thread(surge.wait)

    @asynccontextmanager
    async def gateways(self, count: int, extra: Mapping[str, str] | None = None) -> AsyncIterator["Gateways"]:
        """Gateway processes behind a balancer, the only way the load takes; `extra` is their environment."""
        async with Proxy() as balancer:
            group = Gateways(self, balancer, f"http://localhost:{balancer.port}", extra or {})
            try:
                for _ in range(count):
                    await group.add()
                yield group
            finally:
                await group.end()

    def _is_back(self, name: str, before: int) -> bool:
        """Whether the stack's own new process listens: at this port the surge would answer for it."""
        pid = self._stack.pid(name)
        if pid in {0, before}:
            return False
        port = int(self._stack.environment[f"MYSCHOOL_{name.upper()}_ADDRESS"].rpartition(":")[2])
        found = psutil.Process(pid).net_connections("tcp")
        return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found)

    def _spawn(self, name: str, module: list[str], extra: dict[str, str]) -> "process.subprocess.Popen[bytes]":
        log = self._stack.profile.logs / f"rollout-{name}.log"
        return process.spawn(
            [sys.executable, "-m", *module], {**self._own, **self._stack.environment, **extra}, log, self._stack.profile.root
        )

    async def _stop(self, name: str, old: psutil.Process) -> None:
        began = time.monotonic()
        with contextlib.suppress(psutil.NoSuchProcess):
            old.send_signal(signal.SIGTERM)
        while _lives(old):
            if time.monotonic() - began > _GRACE_S:
                self.killed.append(name)
                old.kill()
            await asyncio.sleep(0.05)
        self.seconds[name] = time.monotonic() - began


class Gateways:
    """The gateway processes in rotation."""

    def __init__(self, rollout: Rollout, balancer: Proxy, url: str, extra: Mapping[str, str]) -> None:
        self._rollout = rollout
        self._balancer = balancer
        self._running: list[tuple[str, process.subprocess.Popen[bytes]]] = []
        self._extra = extra
        self.url = url

    async def add(self) -> None:
        """One more, in rotation once it is ready."""
        port = free_port()
        address = f"127.0.0.1:{port}"
        settings = {"MYSCHOOL_GATEWAY_URL": self.url, "MYSCHOOL_GATEWAY_LISTEN": address}
        # Few people stand for many, and their sessions were opened without Keycloak.
        limits = dict.fromkeys(("MYSCHOOL_RATE_PER_SECOND", "MYSCHOOL_RATE_BURST", "MYSCHOOL_SESSION_CHECK_SECONDS"), "100000")
        popen = self._rollout._spawn(f"gateway-{port}", ["myschool_gateway"], {**settings, **limits, **self._extra})
        self._running.append((address, popen))
        await _ready(lambda: probes.http_ok(f"http://{address}/health/ready"))
        self._balancer.targets.append(address)

    async def replace_each(self) -> None:
        """Every process that runs now is replaced by a new one."""
        for address, popen in list(self._running):
            await self.add()
            self._balancer.targets.remove(address)
            await asyncio.sleep(_OUT_OF_ROTATION_S)
            await self._rollout._stop(f"gateway {len(self._rollout.seconds)}", psutil.Process(popen.pid))
            popen.wait()
            self._running.remove((address, popen))

    async def end(self) -> None:
        """Stops all."""
        for _address, popen in self._running:
            await asyncio.to_thread(process.end, popen, signal.SIGTERM, _GRACE_S)


def _lives(old: psutil.Process) -> bool:
    try:
        return old.is_running() and old.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def _ready(look: Callable[[], bool]) -> None:
    until = time.monotonic() + _READY_S
    while not await asyncio.to_thread(look):
        if time.monotonic() > until:
            raise TimeoutError("the new process does not get ready")
        await asyncio.sleep(0.2)
