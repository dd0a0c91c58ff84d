"""Starting, dying, being killed and stopping: nothing is left behind, and the cause is told."""

import errno
import os
import pty
import signal
import time
from pathlib import Path

import psutil
import pytest
from stack_instance import Instance, clean_environment

from myschool_stack import process, state
from myschool_stack.layout import profile
from myschool_stack.parts.valkey import Valkey
from myschool_stack.supervisor import Supervisor


def test_up_ctrl_c_stops_in_order_and_leaves_no_process(instance: Instance) -> None:
    started = instance.up("valkey,postgres")
    assert instance.run("status").returncode == 0
    before = [psutil.Process(part.pid) for part in instance.state.parts]
    started.interrupt()
    started.interrupt()  # impatience changes nothing
    assert started.ends() == 0
    assert started.text.splitlines()[-1] == "Everything is stopped."
    assert "killed" not in started.text
    assert started.text.index("valkey          stopped") < started.text.index("postgres        stopped")
    assert not any(one.is_running() for one in before)
    assert instance.processes() == []


def test_ctrl_c_during_a_start_stops_at_once(instance: Instance, tmp_path: Path) -> None:
    """Kafka's jars come from a repository that is silent after it was greeted, so the start is long."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        mirror = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = instance.start("valkey,kafka", XDG_CACHE_HOME=str(tmp_path / "cache"), MYSCHOOL_MAVEN_URL=mirror)
        started.says("valkey          ready")
        assert instance.run("status").returncode == 3
        pid = instance.state.part("valkey").pid
        began = time.monotonic()
        started.interrupt()
        assert started.ends() == 0
        assert time.monotonic() - began < 15
    assert "Stopped before everything was up." in started.text
    assert not psutil.pid_exists(pid)
    assert instance.processes() == []
    assert "Traceback" not in started.text


def test_sigterm_means_the_same_as_ctrl_c(instance: Instance) -> None:
    started = instance.up("valkey")
    started.popen.send_signal(signal.SIGTERM)
    assert started.ends() == 0
    assert instance.processes() == []


def test_closed_terminal_stops_everything(instance: Instance) -> None:
    """The window is closed: SIGHUP comes, and nothing can be written any more."""
    pid, terminal = pty.fork()
    if pid == 0:
        words = instance.command("up", "--parts", "valkey")
        os.execve(words[0], words, instance.caller | {"TERM": "xterm"})
    seen = b""
    while b"Everything is up" not in seen:
        seen += os.read(terminal, 65536)
    assert len(instance.processes()) == 2
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert instance.processes() == []
    assert instance.state.phase == state.DOWN


def test_part_that_dies_during_start_is_named_with_its_last_words(instance: Instance) -> None:
    folder = instance.home / "valkey" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("this is no manifest\n")
    done = instance.run("up", "--parts", "valkey,postgres")
    assert done.returncode == 1
    assert "valkey ended with exit code 1; the end of" in done.stdout
    assert "Invalid AOF manifest" in done.stdout
    assert "valkey ended with exit code 1. See `make logs PART=valkey`; mend what it says, then start again." in done.stdout
    assert done.stdout.splitlines()[-1] == "Everything is stopped." or "Stopping, in order" in done.stdout
    assert instance.processes() == []
    assert instance.run("status").returncode == 3


def test_detached_start_that_fails_tells_the_same(instance: Instance) -> None:
    folder = instance.home / "valkey" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("this is no manifest\n")
    done = instance.run("up", "--detach", "--parts", "valkey")
    assert done.returncode == 1
    assert "Invalid AOF manifest" in done.stdout
    assert "mend what it says" in done.stdout
    assert instance.processes() == []


def test_part_that_dies_later_is_restarted_three_times_then_named(instance: Instance) -> None:
    started = instance.up("valkey")
    for turn in (1, 2, 3):
        before = instance.state.part("valkey").pid
        os.killpg(before, signal.SIGKILL)
        line = instance.until("valkey", "ready", other_than=before)
        assert line.restarts == turn
        started.says(f"({turn} of 3)")
    assert "valkey was ended by signal 9 (perhaps memory ran out); the end of" in started.text
    assert instance.run("status").returncode == 0
    os.killpg(instance.state.part("valkey").pid, signal.SIGKILL)
    started.says("valkey was restarted 3 times already: it stays down. See `make logs PART=valkey`.")
    status = instance.run("status")
    assert status.returncode == 3
    assert "valkey: not working, see `make logs PART=valkey`." in status.stdout
    assert started.popen.poll() is None
    started.interrupt()
    assert started.ends() == 0


@pytest.mark.parametrize("by", ["up", "down"])
def test_killed_supervisor_leaves_orphans_which_the_next_command_ends(instance: Instance, by: str) -> None:
    started = instance.up("valkey,postgres")
    orphans = [psutil.Process(part.pid) for part in instance.state.parts]
    started.popen.kill()
    started.ends()
    assert all(one.is_running() for one in orphans)
    status = instance.run("status")
    assert status.returncode == 3
    assert "It does not run. 2 processes are left: `make down` ends them." in status.stdout
    if by == "down":
        done = instance.run("down")
        assert done.returncode == 0
        assert "An earlier start was killed and left" in done.stdout
        assert instance.run("down").stdout.strip() == "Nothing runs."
        assert instance.processes() == []
    else:
        again = instance.up("valkey")
        assert "An earlier start was killed and left" in again.text
        assert len(instance.processes()) == 2
    assert not any(one.is_running() for one in orphans)


def test_up_twice_is_harmless(instance: Instance) -> None:
    started = instance.up("valkey")
    pid = instance.state.part("valkey").pid
    for words in (("up", "--parts", "valkey"), ("up", "--detach", "--parts", "valkey")):
        second = instance.run(*words)
        assert second.returncode == 0
        assert "It runs already (up, process" in second.stdout
    assert instance.state.part("valkey").pid == pid
    assert started.popen.poll() is None


def test_detached_up_beside_a_start_waits_until_it_is_ready(instance: Instance) -> None:
    started = instance.start("valkey,postgres")
    started.says("starting")
    second = instance.run("up", "--detach", "--parts", "valkey,postgres")
    assert second.returncode == 0
    assert instance.state.phase == state.UP


def test_interrupted_detached_start_leaves_nothing(instance: Instance, tmp_path: Path) -> None:
    import socket
    import subprocess

    with socket.create_server(("127.0.0.1", 0)) as silent:
        mirror = f"http://127.0.0.1:{silent.getsockname()[1]}"
        environment = instance.caller | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "MYSCHOOL_MAVEN_URL": mirror}
        words = instance.command("up", "--detach", "--parts", "valkey,kafka")
        asked = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        while not instance.state.parts or instance.state.part("valkey").state != "ready":
            time.sleep(0.1)
        asked.send_signal(signal.SIGINT)
        output, _ = asked.communicate(timeout=90)
    assert asked.returncode == 130
    assert "Stopped before everything was up." in output
    assert "Traceback" not in output
    assert instance.processes() == []


def test_down_when_nothing_runs_says_so(instance: Instance) -> None:
    done = instance.run("down")
    assert (done.returncode, done.stdout.strip()) == (0, "Nothing runs.")


def test_down_from_another_terminal_stops_everything(instance: Instance) -> None:
    started = instance.up("valkey")
    done = instance.run("down")
    assert (done.returncode, done.stdout.split("\n")[:2]) == (0, ["Stopping, in order …", "Everything is stopped."])
    assert started.ends() == 0
    assert instance.processes() == []


def test_full_disk_while_running_does_not_keep_it_from_stopping(tmp_path: Path, made_keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table can no longer be written down; the parts are stopped all the same."""
    home = Instance(tmp_path / "home", made_keys).home
    mine = profile("test", home, clean_environment())
    supervisor = Supervisor(mine, [Valkey(mine)], lambda _: None, lambda _: None)
    supervisor.start()
    pid = supervisor.state.part("valkey").pid

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(state, "write", full)
    supervisor.stop()
    assert process.same(pid, process.born(pid)) is None
