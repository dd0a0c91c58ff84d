"""Folders, ports and the chosen profile; the only place that reads the caller's environment."""

import hashlib
import os
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path

from myschool_stack.errors import StackError

SERVICES = ("identity", "roles", "journal", "library", "messaging", "analytics")
PORTS: Mapping[str, int] = {
    "gateway": 8000,
    "esia": 8010,
    "bridge": 8020,
    "mail": 8025,
    "library_http": 8030,
    "keycloak": 8080,
    "keycloak_management": 8090,
    "postgres": 5433,
    "valkey": 6380,
    "kafka": 9092,
    "kafka_controller": 9093,
    **{service: 9101 + index for index, service in enumerate(SERVICES)},
    **{f"{part}_metrics": 9201 + index for index, part in enumerate((*SERVICES, "gateway"))},
}
# Each of these, when a person sets it, names a part that already runs and is therefore not started here.
GIVEN = {
    "postgres": "MYSCHOOL_POSTGRES_URL",
    "valkey": "MYSCHOOL_REDIS_URL",
    "kafka": "MYSCHOOL_KAFKA",
    "keycloak": "MYSCHOOL_KEYCLOAK_URL",
    "esia": "MYSCHOOL_ESIA_URL",
    "mail": "MYSCHOOL_SMTP_URL",
}
HOME_MARK = "MYSCHOOL_STACK_HOME"
METRICS = "MYSCHOOL_METRICS"
PORT_SHIFT = "MYSCHOOL_PORT_SHIFT"
# Below the ports that the system gives to outgoing connections: one of those could take a port between our look and the part's start.
_FREE_PORTS = range(15_000, 32_000)


def checkout() -> Path:
    """The folder that holds Makefile, services/ and web/."""
    return Path(__file__).resolve().parents[4]


def cache() -> Path:
    """Downloads and the built Keycloak: outside the checkout, shared by all checkouts of this person."""
    return user_cache_path("myschool")


def caller_environment() -> dict[str, str]:
    """A copy of the environment this command was called with."""
    return dict(os.environ)


@dataclass(frozen=True)
class Profile:
    """One instance of the stack: where its data lies, on which ports it listens, how carefully it writes."""

    name: str
    home: Path
    ports: Mapping[str, int]
    durable: bool
    root: Path = field(default_factory=checkout)
    cache: Path = field(default_factory=cache)
    caller: Mapping[str, str] = field(default_factory=caller_environment)

    @property
    def keys(self) -> Path:
        """Folder of key files, readable by their owner alone."""
        return self.home / "keys"

    @property
    def logs(self) -> Path:
        """Folder with one log file a part."""
        return self.home / "logs"

    @property
    def holds(self) -> Path:
        """A file here named as a part keeps the supervisor from starting that part again."""
        return self.home / "holds"

    @property
    def given(self) -> dict[str, str]:
        """Parts that run already, by the address a person gave."""
        return {part: self.caller[name] for part, name in GIVEN.items() if self.caller.get(name)}

    @property
    def shows_metrics(self) -> bool:
        """Whether services and gateway show their figures, each at a port of its own."""
        return bool(self.caller.get(METRICS))

    def port(self, name: str) -> int:
        """The port a part listens on."""
        return self.ports[name]

    def unprivileged_place(self) -> Path:
        """A folder another user can reach even when the checkout lies in a closed home folder."""
        mark = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        return Path("/var/tmp") / f"myschool-{mark}"  # noqa: S108 - created for its owner only, see account.reachable


def _fixed_ports(caller: Mapping[str, str]) -> dict[str, int]:
    ports = {}
    shift = caller.get(PORT_SHIFT) or "0"
    if not shift.isdecimal() or int(shift) > 50_000:
        raise StackError(f"{PORT_SHIFT}={shift} does not move ports.", "Give a number from 0 to 50000; it is added to every port.")
    for name, default in PORTS.items():
        variable = f"MYSCHOOL_PORT_{name.upper()}"
        text = caller.get(variable) or str(default + int(shift))
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise StackError(f"{variable}={text} is not a port.", "Give a number from 1 to 65535.")
        ports[name] = int(text)
    return ports


def _free_ports() -> dict[str, int]:
    candidates = iter(random.sample(_FREE_PORTS, len(_FREE_PORTS)))
    return {name: next(number for number in candidates if _free(number)) for name in PORTS}


def _free(number: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True


def profile(name: str = "up", home: Path | None = None, caller: Mapping[str, str] | None = None) -> Profile:
    """Profile `up` (fixed ports, durable) or `test` (free ports, a throw-away data folder that does not fsync)."""
    environment = caller_environment() if caller is None else dict(caller)
    default = checkout() / ".local" / ("test" if name == "test" else "up")
    chosen = home or Path(environment.get("MYSCHOOL_HOME") or default)
    free = name == "test" and not any(key.startswith("MYSCHOOL_PORT_") for key in environment)
    ports = _free_ports() if free else _fixed_ports(environment)
    return Profile(name, chosen.resolve(), ports, durable=name != "test", caller=environment)
