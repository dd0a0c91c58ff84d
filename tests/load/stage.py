"""The measured stack: its services split into the processes a cluster runs, and the CPU clocks of each."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
from meter import Groups, family, some
from redis.asyncio import Redis

from myschool_gateway.session.model import Session, Tokens
from myschool_gateway.session.store import Limits, SessionStore
from myschool_kit import clock
from myschool_kit.crypto import FieldCipher
from myschool_kit.ids import uuid7
from myschool_stack import probes, process
from myschool_stack.fixtures import Stack

# On one box a service relays and consumes in the process that serves; a cluster does not, and neither can a meter tell them apart.
_SPLIT = {"journal": ("serve", "relay"), "messaging": ("serve", "relay"), "analytics": ("consume",)}
_READY_S = 90
_NEVER_MS = 10**9
_EVENT_BACKENDS = """
SELECT pid FROM pg_stat_activity WHERE datname = 'myschool_analytics' AND application_name <> 'bench'
UNION SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
"""
_OWN_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'bench'"


class Stage:
    """A running stack with the means to measure it."""

    def __init__(self, stack: Stack, processes: dict[str, int]) -> None:
        self.stack = stack
        self.environment = stack.environment
        self.event_backends: list[int] = []
        self.own_backends: list[int] = []
        self._processes = processes

    def pid(self, part: str) -> int:
        """Process of a part, or of one of the split ones: "journal serve"."""
        return self._processes.get(part) or self.stack.pid(part)

    def database(self, service: str) -> str:
        """URL of a service's database."""
        return f"{self.environment['MYSCHOOL_POSTGRES_URL']}/myschool_{service}"

    async def look(self) -> None:
        """Finds the database processes that serve relays and the analytics consumer: theirs is the cost of events; and the bench's own."""
        connection = await asyncpg.connect(self.database("journal"))
        try:
            self.event_backends = [row["pid"] for row in await connection.fetch(_EVENT_BACKENDS)]
            self.own_backends = [row["pid"] for row in await connection.fetch(_OWN_BACKENDS)]
        finally:
            await connection.close()

    def request_groups(self, service: str) -> Groups:
        """Whose CPU a request costs; database processes that only move events or serve the bench itself are left out."""
        whole, others = family(self.stack.pid("postgres")), some(lambda: {*self.event_backends, *self.own_backends})
        return {
            "gateway": family(self.pid("gateway")),
            "service": family(self.pid(service)),
            "postgres": lambda: whole() - others(),
            "valkey": family(self.pid("valkey")),
        }

    def event_groups(self) -> Groups:
        """Whose CPU an event costs on its way from the outbox to the projection."""
        return {
            "relay": family(self.pid("journal relay")),
            "consumer": family(self.pid("analytics consume")),
            "postgres": some(lambda: self.event_backends),
            "kafka": family(self.pid("kafka")),
        }

    def sessions(self) -> SessionStore:
        """The gateway's own session store: a session opened here is like one at the end of a sign-in."""
        redis = Redis.from_url(self.environment["MYSCHOOL_REDIS_URL"])
        cipher = FieldCipher((Path(self.environment["MYSCHOOL_KEYS_DIR"]) / "cookie.key").read_bytes())
        return SessionStore(redis, cipher, Limits(_NEVER_MS, _NEVER_MS, _NEVER_MS, 1, 1))


async def signed_in(store: SessionStore, **values: str) -> dict[str, str]:
    """Headers of a browser with an open session: `person_id`, `display_name`, `role_type`, `organisation_id`."""
    moment = clock.epoch_ms(clock.now())
    session = Session(session_id=str(uuid7()), keycloak_sid="", opened_at_ms=moment, role_id=str(uuid7()), **values)
    secret = await store.open(session, Tokens("", moment + _NEVER_MS))
    return {"cookie": f"__Host-myschool={secret}", "accept-encoding": "gzip, deflate, br", "x-myschool-csrf": "1"}


@contextlib.contextmanager
def split(stack: Stack) -> Iterator[Stage]:
    """The stack with each measured service in a process per task; put together again at the end."""
    started: dict[str, process.subprocess.Popen[bytes]] = {}
    own = {name: value for name, value in os.environ.items() if not name.startswith("MYSCHOOL_")}
    with contextlib.ExitStack() as held:
        for service in _SPLIT:
            held.enter_context(stack.without(service))
        try:
            for service, tasks in _SPLIT.items():
                for task in tasks:
                    command = [sys.executable, "-m", f"myschool_{service}", task]
                    log = stack.profile.logs / f"bench-{service}-{task}.log"
                    started[f"{service} {task}"] = process.spawn(command, {**own, **stack.environment}, log, stack.profile.root)
            for service in ("journal", "messaging"):
                _await_serving(stack.environment[f"MYSCHOOL_{service.upper()}_ADDRESS"])
            yield Stage(stack, {name: popen.pid for name, popen in started.items()})
        finally:
            for popen in started.values():
                process.end(popen, signal.SIGTERM, 15)


def _await_serving(address: str) -> None:
    for _ in range(_READY_S * 5):
        if probes.grpc_serving(address):
            return
        process.pause(0.2)
    message = f"nothing serves at {address}"
    raise TimeoutError(message)
