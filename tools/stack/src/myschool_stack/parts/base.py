"""What the supervisor knows of a part (a process that stays) and of a job (work done once on the way up)."""

import contextlib
import fcntl
import signal
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from myschool_stack import diagnosis, process
from myschool_stack.account import Account
from myschool_stack.download import MIRROR, Fetch
from myschool_stack.environment import of_process
from myschool_stack.errors import Cancelled, StackError
from myschool_stack.layout import Profile


@dataclass
class Work:
    """The hands of a node while it is being started: notes for the screen, programs to run, a way to be told to stop."""

    profile: Profile
    node: str
    note: Callable[[str], None]
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def log(self) -> Path:
        """The log file of the node."""
        return self.profile.logs / f"{self.node}.log"

    def run(
        self, commands: list[list[str]], extra: Mapping[str, str] | None = None, cwd: Path | None = None, account: Account | None = None
    ) -> None:
        """Runs programs side by side to their end; the first one that fails stops the start with its last log lines."""
        env = of_process(self.profile, extra)
        running = [process.spawn(command, env, self.log, cwd or self.profile.root, account) for command in commands]
        try:
            for command, child in zip(commands, running, strict=True):
                self._await(command, child)
        finally:
            for child in running:
                process.end(child, signal.SIGTERM, 5)

    def _await(self, command: list[str], child: "subprocess.Popen[bytes]") -> None:
        while child.poll() is None:
            if self.cancelled.wait(0.1):
                raise Cancelled
        if child.returncode:
            words = " ".join(Path(word).name if index == 0 else word for index, word in enumerate(command[:4]))
            lines = process.tail(self.log)
            cause = f"`{words}` failed (exit {child.returncode}); the end of {self.log}:\n{lines}\n\n{self.node} is not made."
            raise StackError(cause, diagnosis.cure(lines, "The lines above say why; mend that, then start again."))

    def check(self) -> None:
        """Stops long work of our own when it is not wanted any more."""
        if self.cancelled.is_set():
            raise Cancelled

    def download(self) -> Fetch:
        """A download that tells how far it is and can be stopped."""
        return Fetch(self.note, self.cancelled, self.profile.caller.get(MIRROR, ""))

    @contextlib.contextmanager
    def alone(self, path: Path) -> Iterator[None]:
        """Holds a file lock: another start that shares the folder waits here."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError as error:
                    self.note("waits for another start")
                    if self.cancelled.wait(0.3):
                        raise Cancelled from error
            yield


class Node(ABC):
    """Something the start consists of."""

    name: str
    needs: tuple[str, ...] = ()

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    @property
    def address(self) -> str:
        """Where the part is reached; empty for a job."""
        return ""

    @abstractmethod
    def prepare(self, work: Work) -> None:
        """For a job all of its work; for a part what must be there before its process starts."""


class Part(Node):
    """A process that stays."""

    stop_rank = 1  # parts of a lower rank are stopped earlier
    stop_signal = signal.SIGTERM
    grace = 15.0  # seconds to stop by itself before it is killed
    patience = 180.0  # seconds from start to ready, on a busy machine too
    ports: tuple[str, ...] = ()
    account: Account | None = None

    def prepare(self, work: Work) -> None:
        """Most parts need nothing before their process starts."""

    @abstractmethod
    def command(self) -> list[str]:
        """Program and arguments; called after prepare."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether the part answers as its users expect."""

    def extra(self) -> Mapping[str, str]:
        """Environment of this part alone."""
        return {}


def python(module: str, *arguments: str) -> list[str]:
    """Runs a module with the interpreter of the virtual environment."""
    return [sys.executable, "-m", module, *arguments]
