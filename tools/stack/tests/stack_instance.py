"""An instance of the stack as a person runs it: commands in processes of their own, on a data folder of the test."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from myschool_stack import process, state
from myschool_stack.layout import profile
from myschool_stack.state import PartState

PATIENCE = 90.0  # two suites and a neighbour may share two cores


def clean_environment(**values: str) -> dict[str, str]:
    """The caller's environment without a neighbour's addresses."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MYSCHOOL_")} | values


def as_nobody() -> list[str]:
    """Words that run a command as an unprivileged user; by a capability it reads the checkout even in a closed folder, where that is allowed."""
    plain = ["setpriv", "--reuid=nobody", f"--regid={pwd.getpwnam('nobody').pw_gid}", "--clear-groups"]
    reading = [*plain, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return reading if subprocess.run([*reading, "true"], check=False, capture_output=True).returncode == 0 else plain


class Started:
    """A foreground `up`; what it prints lies in a file, as its pipe would fill."""

    def __init__(self, popen: "subprocess.Popen[bytes]", output: Path) -> None:
        self.popen = popen
        self.output = output

    @property
    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def says(self, words: str, seconds: float = PATIENCE) -> str:
        """All it printed, once that holds the words."""
        deadline = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < deadline, f"«{words}» was not said:\n{self.text}"
            assert self.popen.poll() is None or words in self.text, f"ended ({self.popen.returncode}) without «{words}»:\n{self.text}"
            time.sleep(0.05)
        return self.text

    def interrupt(self) -> None:
        """Ctrl-C: a terminal sends it to the whole group."""
        os.killpg(self.popen.pid, signal.SIGINT)

    def ends(self, seconds: float = PATIENCE) -> int:
        """Its exit code."""
        return self.popen.wait(seconds)


class Instance:
    """Commands on one data folder."""

    def __init__(self, home: Path, keys: Path | None = None, caller: Mapping[str, str] | None = None) -> None:
        self.home = home.resolve()
        self.caller = dict(caller or clean_environment())
        self.profile = "test"
        self.prefix: list[str] = []
        self._started: list[Started] = []
        self.home.mkdir(parents=True, exist_ok=True)
        if keys is not None and not (self.home / "keys").exists():
            shutil.copytree(keys, self.home / "keys")

    def command(self, *words: str) -> list[str]:
        return [*self.prefix, sys.executable, "-m", "myschool_stack", *words, "--profile", self.profile, "--home", str(self.home)]

    def run(self, *words: str, seconds: float = PATIENCE, stdin: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        """One command to its end; stdout and stderr together in stdout."""
        return subprocess.run(
            self.command(*words),
            env=self.caller | environment,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
            cwd="/",
        )

    def start(self, parts: str, **environment: str) -> Started:
        """`up` in the foreground, with a process group of its own as a terminal gives."""
        output = self.home.with_name(f"{self.home.name}-{len(self._started)}.out")
        with output.open("wb") as file:
            popen = subprocess.Popen(
                self.command("up", "--parts", parts),
                env=self.caller | environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd="/",
            )
        self._started.append(Started(popen, output))
        return self._started[-1]

    def up(self, parts: str, **environment: str) -> Started:
        """`up` in the foreground, ready."""
        started = self.start(parts, **environment)
        started.says("Everything is up")
        return started

    @property
    def state(self) -> state.State:
        return state.read(profile("test", self.home, {}))

    def processes(self) -> list[psutil.Process]:
        """All living processes of this data folder, the supervisor included."""
        supervisor = process.same(self.state.supervisor, self.state.born) if self.state.supervisor else None
        found = {one.pid: one for one in [*process.marked(self.home), *([supervisor] if supervisor else [])]}
        return [one for one in found.values() if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]

    def until(self, part: str, wanted: str, other_than: int = 0) -> PartState:
        """The part's line once it is in the wanted state, with another process than before."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            line = self.state.part(part)
            if line.state == wanted and (not other_than or line.pid != other_than):
                return line
            time.sleep(0.05)
        raise AssertionError(f"{part} is not {wanted} but {line}")

    def close(self) -> None:
        """Whatever the test left."""
        for started in self._started:
            if started.popen.poll() is None:
                started.popen.send_signal(signal.SIGTERM)
        self.run("down", seconds=150)
        for started in self._started:
            started.popen.wait(30)
        process.end_all(process.marked(self.home), grace=5)
        shutil.rmtree(profile("test", self.home, {}).unprivileged_place(), ignore_errors=True)
