"""Processes: starting each in a group of its own, ending a group, finding what an earlier supervisor left behind."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

from myschool_stack.account import Account
from myschool_stack.layout import HOME_MARK

_MEGABYTE = 1_000_000
_LOG_LIMIT = 20 * _MEGABYTE


def spawn(command: list[str], env: Mapping[str, str], log: Path, cwd: Path, account: Account | None = None) -> "subprocess.Popen[bytes]":
    """Starts a process in its own session, so that Ctrl-C reaches the supervisor alone; output is appended to the log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def end(process: "subprocess.Popen[bytes]", signum: int, grace: float) -> bool:
    """Asks a process to stop, waits, then kills its whole group. False when it had to be killed."""
    gentle = True
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signum)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            gentle = False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return gentle


def same(pid: int, born: float) -> psutil.Process | None:
    """The living process with this id, unless the id was given to another one since."""
    try:
        process = psutil.Process(pid)
        alive = abs(process.create_time() - born) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return None
    return process if alive else None


def born(pid: int) -> float:
    """When the process started, in seconds since 1970; 0 when it is gone already."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def marked(home: Path) -> list[psutil.Process]:
    """Processes that carry the mark of this data folder in their environment, ourselves and our parents left out."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid not in own and process.environ().get(HOME_MARK) == str(home):
                found.append(process)
    return found


def end_all(processes: Iterable[psutil.Process], grace: float = 10) -> int:
    """Ends processes that are not our children: asks all, then kills what is left with its descendants. Answers how many there were."""
    tree: dict[int, psutil.Process] = {}
    for process in processes:
        with contextlib.suppress(psutil.Error):
            for member in [process, *process.children(recursive=True)]:
                tree[member.pid] = member
    for process in tree.values():
        with contextlib.suppress(psutil.Error):
            # SIGINT makes PostgreSQL stop fast; with SIGTERM it would wait for its clients.
            process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
    _, left = psutil.wait_procs(tree.values(), timeout=grace)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=5)
    return len(tree)


def listener(port: int) -> str:
    """«name (pid N)» of the process that listens on a port, or an empty string when that cannot be seen."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return ""


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def pause(seconds: float) -> None:
    """Waits between two looks at a part."""
    time.sleep(seconds)
