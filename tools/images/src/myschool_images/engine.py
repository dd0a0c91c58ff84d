"""The container engine: one that runs is taken; else, as root on Debian, its package is installed and it is started."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from myschool_stack.diagnosis import cure
from myschool_stack.errors import StackError
from myschool_stack.layout import cache
from myschool_stack.process import pause

Note = Callable[[str], None]
_START_ROUNDS, _ROUND_SECONDS = 150, 0.2
_BUILDKIT_BY_ITSELF = 23  # clients before it build with BuildKit alone, later ones need the package docker-buildx
_PACKAGES = ("docker.io", "docker-cli", "docker-buildx", "debootstrap")


@dataclass(frozen=True)
class Engine:
    """A running engine, by the client that can build with it."""

    client: str

    def run(self, *words: str, stdin: int | None = subprocess.DEVNULL) -> str:
        """What a command prints. Raises StackError with the end of what it said."""
        return finished([self.client, *words], f"`docker {words[0]}`", stdin=stdin)

    def has(self, image: str) -> bool:
        """Whether the image is here."""
        return _quietly([self.client, "image", "inspect", image])


def finished(command: list[str], what: str, stdin: int | None = subprocess.DEVNULL) -> str:
    """Runs to the end and answers the output. Raises StackError with its last lines and the cure, where one is known."""
    environment = {**os.environ, "DOCKER_BUILDKIT": "1", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, stdin=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise StackError(f"{lines}\n\n{what} failed.", cure(lines, "The lines above say why; mend that, then start again."))
    return done.stdout


def obstacle() -> str:
    """Why this machine can have no engine; empty when one runs or can be started."""
    if _running_client():
        return ""
    if os.environ.get("DOCKER_HOST"):
        return "the engine at DOCKER_HOST does not answer"
    if os.geteuid() != 0:
        return "no container engine runs, and only root can install and start one"
    if not shutil.which("apt-get"):
        return "no container engine runs, and there is no apt-get to install one with"
    return ""


def start(note: Note) -> tuple[Engine, int]:
    """The engine, and the process id of one that this call has started (0: it ran before)."""
    if client := _running_client():
        return Engine(client), 0
    if why := obstacle():
        raise StackError(f"There are no containers here: {why}.", "Start Docker, or name a running one by DOCKER_HOST, then start again.")
    if not shutil.which("dockerd") or not _able_client():
        install(note)
    note("starts dockerd")
    pid = _dockerd()
    client = _running_client()
    if not client:
        raise StackError("The Docker client cannot build images.", "Install the package docker-buildx, then start again.")
    return Engine(client), pid


@contextlib.contextmanager
def running(note: Note) -> Iterator[Engine]:
    """An engine for a while; one that had to be started is stopped at the end."""
    engine, pid = start(note)
    try:
        yield engine
    finally:
        if pid:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def install(note: Note) -> None:
    """Debian's engine, its builder (a package of its own in newer Debians) and debootstrap."""
    note("installs Debian's docker.io and debootstrap")
    finished(["apt-get", "update", "-q"], "`apt-get update`")
    known = [name for name in _PACKAGES if "Candidate: (none)" not in _policy(name)]
    finished(["apt-get", "install", "-y", "-q", "--no-install-recommends", *known], "Installing docker.io")


def _policy(package: str) -> str:
    return finished(["apt-cache", "policy", package], "`apt-cache policy`") or "Candidate: (none)"


def _dockerd() -> int:
    log = cache() / "images" / "dockerd.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    for _ in range(_START_ROUNDS):
        if process.poll() is not None:
            break
        if _quietly(["docker", "info"]):
            return process.pid
        pause(_ROUND_SECONDS)
    process.kill()
    process.wait()
    lines = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
    raise StackError(f"{lines}\n\ndockerd does not start; its log is {log}.", cure(lines, "This machine may not allow containers."))


def _running_client() -> str:
    client = _able_client()
    return client if client and _quietly([client, "info"]) else ""


def _able_client() -> str:
    """The first client that builds with BuildKit; beside an incomplete one of the machine Debian's may lie."""
    found = [path for path in (shutil.which("docker"), "/usr/bin/docker") if path and Path(path).exists()]
    return next((path for path in found if _builds(path)), "")


def _builds(client: str) -> bool:
    version = subprocess.run([client, "--version"], capture_output=True, text=True, check=False).stdout
    major = re.search(r"version (\d+)\.", version)
    if major and int(major[1]) < _BUILDKIT_BY_ITSELF:
        return True
    return _quietly([client, "buildx", "version"])


def _quietly(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
