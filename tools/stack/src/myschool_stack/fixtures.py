"""pytest plugin: real parts for tests. A part that runs already is named by its MYSCHOOL_* variable; else one is started and shared."""

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
import pytest

from myschool_stack import collector, commands, jobs, process, state
from myschool_stack.layout import METRICS, Profile, checkout, profile

_INFRASTRUCTURE = "postgres,valkey,kafka"
_READY_SECONDS = 180.0


@dataclass(frozen=True)
class Stack:
    """A running instance: its environment, and the hands to break parts of it."""

    profile: Profile

    @property
    def spans(self) -> Path:
        """Where the collector of the tests keeps the spans of the whole stack."""
        return self.profile.home.with_name(f"{self.profile.home.name}.spans")

    def figures(self, part: str) -> str:
        """What a service or the gateway shows at /metrics now."""
        address = self.environment[f"MYSCHOOL_{part.upper()}_METRICS"]
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    @property
    def environment(self) -> Mapping[str, str]:
        """All MYSCHOOL_* variables of the instance."""
        return state.read(self.profile).environment

    @property
    def gateway_url(self) -> str:
        """Public address of the page."""
        return self.environment["MYSCHOOL_GATEWAY_URL"]

    def pid(self, part: str) -> int:
        """Process of a part; 0 when it is down."""
        return state.read(self.profile).part(part).pid

    def kill(self, part: str) -> None:
        """SIGKILLs a part's whole group and waits until the supervisor has brought it back."""
        before = self.pid(part)
        os.killpg(before, signal.SIGKILL)
        self._await(part, other_than=before)

    @contextlib.contextmanager
    def without(self, part: str) -> Iterator[None]:
        """The part is stopped inside the block and ready again after it."""
        hold = self.profile.holds / part
        hold.parent.mkdir(exist_ok=True)
        hold.touch()
        before = self.pid(part)
        process.end_all([psutil.Process(before)])
        try:
            yield
        finally:
            hold.unlink()
            self._await(part, other_than=before)

    @contextlib.asynccontextmanager
    async def away(self, part: str) -> AsyncIterator[None]:
        """`without` for tests whose event loop goes on meanwhile."""
        held = self.without(part)
        await asyncio.to_thread(held.__enter__)
        try:
            yield
        finally:
            await asyncio.to_thread(held.__exit__, None, None, None)

    def _await(self, part: str, other_than: int) -> None:
        rounds = int(_READY_SECONDS / 0.1)
        for _ in range(rounds):
            line = state.read(self.profile).part(part)
            if line.pid not in {0, other_than} and line.state == "ready":
                return
            process.pause(0.1)
        pytest.fail(f"{part} did not come back; the end of its log:\n{process.tail(self.profile.logs / f'{part}.log')}")


class _Shared:
    """One instance for all test processes of this checkout: the first starts it, the last stops it."""

    def __init__(self, level: str, parts: str, given: Mapping[str, str]) -> None:
        self.home = checkout() / ".local" / "test" / level
        self._parts = parts
        caller = {name: value for name, value in os.environ.items() if not name.startswith("MYSCHOOL_")}
        self._caller = caller | dict(given)
        self._users: IO[str] | None = None
        self._collector: collector.Collector | None = None

    def acquire(self) -> Stack:
        """The running instance, started anew unless another test process uses it now."""
        with self._turn():
            self._users = self._lock_file("users").open("w")
            found = profile("test", self.home, self._caller)
            if self._sole_user():
                commands.down(found, _silent)
                jobs.forget(self.home)
                jobs.forget(found.unprivileged_place())
                if METRICS in self._caller:
                    self._collector = collector.Collector(Stack(found).spans).start()
                    self._caller["OTEL_EXPORTER_OTLP_ENDPOINT"] = self._collector.endpoint
                self._start()
            fcntl.flock(self._users, fcntl.LOCK_SH)
        return Stack(found)

    def release(self) -> None:
        """Stops the instance when nobody else uses it."""
        if self._users is None:
            return
        with self._turn():
            fcntl.flock(self._users, fcntl.LOCK_UN)
            if self._sole_user():
                commands.down(profile("test", self.home, self._caller), _silent)
            self._users.close()
        if self._collector is not None:
            self._collector.stop()

    def _start(self) -> None:
        command = [sys.executable, "-m", "myschool_stack", "up", "--detach", "--profile", "test", "--home", str(self.home)]
        command += ["--parts", self._parts] if self._parts else []
        done = subprocess.run(command, env=self._caller, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.exit(f"The parts for the tests do not start:\n{done.stdout}{done.stderr}", returncode=1)

    def _sole_user(self) -> bool:
        if self._users is None:
            return False
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _lock_file(self, name: str) -> Path:
        path = self.home.with_name(f"{self.home.name}.{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock_file("turn").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _silent(_: str) -> None:
    """Tests say nothing about stopping."""


@contextlib.contextmanager
def _running(level: str, parts: str, given: Mapping[str, str]) -> Iterator[Stack]:
    shared = _Shared(level, parts, given)
    try:
        yield shared.acquire()
    finally:
        shared.release()


@pytest.fixture(scope="session")
def _infrastructure() -> Iterator[Stack]:
    with _running("parts", _INFRASTRUCTURE, {}) as stack:
        yield stack


def _address(request: pytest.FixtureRequest, name: str) -> str:
    if given := os.environ.get(name):
        return given
    stack: Stack = request.getfixturevalue("_infrastructure")
    return stack.environment[name]


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """URL of a PostgreSQL server, without database."""
    return _address(request, "MYSCHOOL_POSTGRES_URL")


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    """URL of a Valkey database of this test process."""
    server, _, database = _address(request, "MYSCHOOL_REDIS_URL").rpartition("/")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    return f"{server}/{worker or database}"


@pytest.fixture(scope="session")
def kafka_bootstrap(request: pytest.FixtureRequest) -> str:
    """host:port of a Kafka broker."""
    return _address(request, "MYSCHOOL_KAFKA")


@pytest.fixture(scope="session")
def keycloak_environment() -> Iterator[Mapping[str, str]]:
    """MYSCHOOL_KEYCLOAK_* and the keys of a Keycloak with our realm, on a PostgreSQL of its own: no earlier administrator is left there."""
    if "MYSCHOOL_KEYCLOAK_URL" in os.environ:
        yield _about_keycloak(os.environ)
        return
    with _running("keycloak", "postgres,keycloak,realm", {}) as stack:
        yield _about_keycloak(stack.environment)


def _about_keycloak(environment: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(("MYSCHOOL_KEYCLOAK_", "MYSCHOOL_KEYS_DIR"))}


@pytest.fixture(scope="session")
def whole_stack() -> Iterator[Stack]:
    """Every part of the product with the small demo region, on ports of its own, with figures and spans."""
    with _running("whole", "", {METRICS: "1"}) as stack:
        yield stack


@pytest.fixture(scope="session")
def bench_stack() -> Iterator[Stack]:
    """The whole stack once more, for the benchmarks alone: no limit slows a load of few people down."""
    limits = (
        "MYSCHOOL_RATE_PER_SECOND",
        "MYSCHOOL_RATE_BURST",
        "MYSCHOOL_MESSAGE_LIMIT",
        "MYSCHOOL_SESSION_CHECK_SECONDS",
        "MYSCHOOL_AUTH_PER_SECOND",
        "MYSCHOOL_AUTH_BURST",
    )
    with _running("bench", "", dict.fromkeys(limits, "100000")) as stack:
        yield stack


@pytest.fixture(scope="session")
def drill_stack() -> Iterator[Stack]:
    """The whole stack for what destroys it; sessions live on without Keycloak, and PostgreSQL keeps what it has acknowledged."""
    given = dict.fromkeys(("MYSCHOOL_RATE_PER_SECOND", "MYSCHOOL_RATE_BURST", "MYSCHOOL_SESSION_CHECK_SECONDS"), "100000")
    with _running("drill", "", {**given, "MYSCHOOL_POSTGRES_CAREFUL": "1"}) as stack:
        yield stack


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """In CI a skipped test is a failed run: nothing may hide behind a missing tool."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and os.environ.get("CI"):
        terminalreporter.write_line(f"{len(skipped)} tests were skipped, which CI does not allow.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """See pytest_terminal_summary."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and os.environ.get("CI") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
