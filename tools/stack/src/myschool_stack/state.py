"""What an instance writes down for other commands: who supervises it, its parts, their addresses and processes."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from myschool_stack import process
from myschool_stack.layout import Profile

STARTING, UP, STOPPING, DOWN, FAILED = "starting", "up", "stopping", "down", "failed"


@dataclass
class PartState:
    """One line of the table."""

    name: str
    address: str
    state: str = "waiting"
    note: str = ""
    seconds: float = 0.0
    pid: int = 0
    born: float = 0.0
    restarts: int = 0


@dataclass
class State:
    """The instance as a whole; `environment` holds secrets, so the file is its owner's alone."""

    phase: str = DOWN
    message: str = ""
    supervisor: int = 0
    born: float = 0.0
    seconds: float = 0.0
    parts: list[PartState] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def alive(self) -> bool:
        """Whether the supervisor that wrote this still runs."""
        return self.supervisor > 0 and process.same(self.supervisor, self.born) is not None

    def part(self, name: str) -> PartState:
        """The line of a part."""
        return next(part for part in self.parts if part.name == name)

    def processes(self) -> list[psutil.Process]:
        """Living processes of the parts."""
        found = (process.same(part.pid, part.born) for part in self.parts if part.pid)
        return [one for one in found if one is not None]


def path(profile: Profile) -> Path:
    """Where an instance's state lies."""
    return profile.home / "state.json"


def read(profile: Profile) -> State:
    """The state as last written; an empty one when there is none or it is unreadable."""
    try:
        raw = json.loads(path(profile).read_text())
        return State(**{**raw, "parts": [PartState(**part) for part in raw["parts"]]})
    except (OSError, ValueError, KeyError, TypeError):
        return State()


def write(profile: Profile, state: State) -> None:
    """Replaces the file in one step, so that a reader never sees half of it."""
    draft = path(profile).with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(state), file, ensure_ascii=False)
    draft.replace(path(profile))


@contextlib.contextmanager
def ownership(profile: Profile) -> Iterator[bool]:
    """True for the one supervisor of a data folder; the lock goes with the process, however it ends."""
    profile.home.mkdir(parents=True, exist_ok=True)
    with (profile.home / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def await_phase(profile: Profile, wanted: set[str], seconds: float) -> State:
    """The state once its phase is one of the wanted ones, its supervisor is gone, or the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        state = read(profile)
        if state.phase in wanted or time.monotonic() > deadline:
            return state
        process.pause(0.2)
