"""Starts nodes as soon as what they need is ready, watches them, restarts what dies, stops all in order."""

import contextlib
import errno
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from myschool_stack import diagnosis, process, state
from myschool_stack.environment import of_process, product
from myschool_stack.errors import Cancelled, StackError
from myschool_stack.layout import Profile
from myschool_stack.parts.base import Node, Part, Work
from myschool_stack.state import PartState, State

_RESTARTS = 3
_HEALTHY_SECONDS = 60  # a part that lived this long gets its restarts back
_LOOK_SECONDS = 0.15


@dataclass
class _Life:
    """A running part."""

    part: Part
    popen: "subprocess.Popen[bytes]"
    since: float = field(default_factory=time.monotonic)


class Supervisor:
    """One start of one instance."""

    def __init__(self, profile: Profile, nodes: list[Node], show: Callable[[State], None], say: Callable[[str], None]) -> None:
        self._profile = profile
        self._nodes = nodes
        self._show = show
        self._say = say
        self._lives: dict[str, _Life] = {}
        self._ready = {node.name: threading.Event() for node in nodes}
        self._cancelled = threading.Event()
        self._failure: StackError | None = None
        self._guard = threading.RLock()
        self.stopping = threading.Event()
        self.state = State(environment=product(profile), parts=[PartState(node.name, node.address) for node in nodes])
        self.state.parts += [PartState(name, address, "given") for name, address in profile.given.items()]

    def start(self) -> None:
        """Brings everything up or raises what went wrong, in words."""
        began = time.monotonic()
        self._phase(state.STARTING)
        with ThreadPoolExecutor(max(1, len(self._nodes)), thread_name_prefix="start") as pool:
            futures = [pool.submit(self._start, node) for node in self._nodes]
            while not all(future.done() for future in futures):
                if self.stopping.is_set():
                    self._cancelled.set()
                self._publish()
                process.pause(_LOOK_SECONDS)
        self.state.seconds = time.monotonic() - began
        self._publish()
        if self._failure is not None:
            raise self._failure
        if self._cancelled.is_set():
            raise Cancelled
        self._phase(state.UP)

    def watch(self) -> None:
        """Returns when told to stop; a part that dies meanwhile is named and started again, three times at most."""
        while not self.stopping.wait(0.3):
            for name, life in list(self._lives.items()):
                if life.popen.poll() is not None and not (self._profile.holds / name).exists():
                    self._revive(life)

    def stop(self) -> None:
        """Ends the parts, those that depend on others first; never leaves a process."""
        self._cancelled.set()
        self._phase(state.STOPPING)
        ranks = sorted({life.part.stop_rank for life in self._lives.values()})
        for rank in ranks:
            group = [life for life in self._lives.values() if life.part.stop_rank == rank]
            with ThreadPoolExecutor(len(group)) as pool:
                list(pool.map(self._end, group))
        process.end_all(process.marked(self._profile.home), grace=5)
        self._phase(state.DOWN if self._failure is None else state.FAILED)

    def _start(self, node: Node) -> None:
        line = self.state.part(node.name)
        try:
            for need in node.needs:
                while not self._ready[need].wait(_LOOK_SECONDS):
                    self._check()
            self._check()
            began = time.monotonic()
            line.state = "starting"
            self._bring(node, line, began)
            line.state, line.note = ("ready" if isinstance(node, Part) else "done"), ""
            line.seconds = time.monotonic() - began
            self._ready[node.name].set()
        except Cancelled:
            line.state = "stopped"
        except Exception as error:
            line.state, line.note = "failed", ""
            self._fail(in_words(node.name, error, self._profile))

    def _bring(self, node: Node, line: PartState, began: float) -> None:
        def note(text: str) -> None:
            line.note, line.seconds = text, time.monotonic() - began

        node.prepare(Work(self._profile, node.name, note, self._cancelled))
        if isinstance(node, Part):
            note("")
            self._spawn(node, line)
            self._await_ready(node, line, began)

    def _spawn(self, part: Part, line: PartState) -> None:
        with self._guard:
            self._check()
            log = self._profile.logs / f"{part.name}.log"
            popen = process.spawn(part.command(), of_process(self._profile, part.extra()), log, self._cwd(part), part.account)
            self._lives[part.name] = _Life(part, popen)
            line.pid, line.born = popen.pid, process.born(popen.pid)
            self._write()

    def _cwd(self, part: Part) -> Path:
        return Path("/") if part.account else self._profile.root

    def _await_ready(self, part: Part, line: PartState, began: float) -> None:
        deadline = time.monotonic() + part.patience
        life = self._lives[part.name]
        while not part.ready():
            line.seconds = time.monotonic() - began
            self._check()
            if life.popen.poll() is not None:
                raise StackError(self._obituary(part.name, life.popen.returncode))
            if time.monotonic() > deadline:
                raise StackError(self._last_words(part.name, f"did not get ready within {part.patience:.0f} s"))
            process.pause(_LOOK_SECONDS)

    def _revive(self, life: _Life) -> None:
        name = life.part.name
        line = self.state.part(name)
        if line.state == "died":
            return
        if time.monotonic() - life.since > _HEALTHY_SECONDS:
            line.restarts = 0
        self._say(self._obituary(name, life.popen.returncode))
        if line.restarts >= _RESTARTS:
            line.state = "died"
            self._say(f"{name} was restarted {_RESTARTS} times already: it stays down. See `make logs PART={name}`.")
            self._publish()
            return
        pause = 2.0**line.restarts - 0.5
        line.restarts += 1
        line.state = "restarting"
        self._publish()
        self._say(f"{name} is restarted in {pause:.1f} s ({line.restarts} of {_RESTARTS}).")
        if self.stopping.wait(pause):
            return
        self._again(life.part, line)

    def _again(self, part: Part, line: PartState) -> None:
        began = time.monotonic()
        try:
            process.end(self._lives[part.name].popen, part.stop_signal, 0)
            self._spawn(part, line)
            self._await_ready(part, line, began)
        except Cancelled:
            return
        except Exception as error:
            # Not ready counts as dead: the next look finds it gone and tries again or gives up.
            line.note = str(in_words(part.name, error, self._profile)).splitlines()[-1]
            process.end(self._lives[part.name].popen, part.stop_signal, part.grace)
        else:
            line.state, line.note, line.seconds = "ready", "", time.monotonic() - began
            self._say(f"{part.name} is back.")
        self._publish()

    def _end(self, life: _Life) -> None:
        line = self.state.part(life.part.name)
        line.state = "stopping"
        gentle = process.end(life.popen, life.part.stop_signal, life.part.grace)
        line.state, line.pid = ("stopped" if gentle else "killed"), 0
        self._publish()

    def _obituary(self, name: str, code: int) -> str:
        killed = f"was ended by signal {-code}{' (perhaps memory ran out)' if code == -signal.SIGKILL else ''}"
        return self._last_words(name, killed if code < 0 else f"ended with exit code {code}")

    def _last_words(self, name: str, what: str) -> str:
        lines = process.tail(self._log(name))
        cure = diagnosis.cure(lines, f"See `make logs PART={name}`; mend what it says, then start again.")
        return f"{name} {what}; the end of {self._log(name)}:\n{lines}\n\n{name} {what}. {cure}"

    def _log(self, name: str) -> Path:
        return self._profile.logs / f"{name}.log"

    def _check(self) -> None:
        if self._cancelled.is_set() or self.stopping.is_set():
            raise Cancelled

    def _fail(self, error: StackError) -> None:
        with self._guard:
            self._failure = self._failure or error
            self.state.message = str(self._failure)
            self._cancelled.set()

    def _phase(self, phase: str) -> None:
        self.state.phase = phase
        self._publish()

    def _publish(self) -> None:
        self._write()
        self._show(self.state)

    def _write(self) -> None:
        # On a full disk the table is a little old; stopping in order matters more.
        with self._guard, contextlib.suppress(OSError):
            state.write(self._profile, self.state)


def in_words(name: str, error: Exception, profile: Profile) -> StackError:
    """Any fault of a start as one that tells what to do."""
    if isinstance(error, StackError):
        return error
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StackError(f"The disk is full ({profile.home} or {profile.cache}).", "Free some space, then start again.")
    if isinstance(error, FileNotFoundError):
        cure = f"Remove {profile.root / '.venv'}, then start again: it is made anew with everything in it."
        return StackError(f"{name} needs {error.filename}, which is missing.", cure)
    if isinstance(error, PermissionError):
        cure = "Give it back to yourself (was it made as root?), then start again."
        return StackError(f"{error.filename or profile.home} belongs to another user.", cure)
    return StackError(f"{name} could not be started: {type(error).__name__}: {error}.", f"Details may stand in {profile.logs / name}.log.")
