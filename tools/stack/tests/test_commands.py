"""What a person asks of an instance: status, logs, env, reset; and that data survives a restart."""

import asyncio
import os
import pty
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from redis import Redis
from stack_instance import Instance, as_nobody, clean_environment

from myschool_stack.layout import checkout, profile

USERS = ["self", "nobody"] if os.geteuid() == 0 else ["self"]


def answer(instance: Instance, words: list[str], reply: bytes) -> tuple[int, str]:
    """A command at a terminal, one question answered; exit code and all that was shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(words[0], words, instance.caller | {"TERM": "dumb"})
    seen = b""
    while b"Type yes" not in seen:
        seen += os.read(terminal, 65536)
    os.write(terminal, reply)
    while True:
        try:
            got = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            got = b""
        if not got:
            break
        seen += got
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), seen.decode()


@pytest.mark.parametrize("user", USERS)
def test_data_survives_a_restart(instance: Instance, tmp_path: Path, user: str) -> None:
    """As root PostgreSQL runs under another user; an ordinary user needs no such way round."""
    if user == "nobody":
        instance.prefix = as_nobody()
        instance.caller |= {"HOME": str(tmp_path / "person"), "XDG_CACHE_HOME": str(tmp_path / "person" / "cache")}
        (tmp_path / "person").mkdir()
        for path in [tmp_path / "person", instance.home, *instance.home.rglob("*")]:
            os.chown(path, 65534, -1)
    parts = "valkey,postgres"
    assert instance.run("up", "--detach", "--parts", parts).returncode == 0
    values = instance.state.environment

    async def sql(statement: str) -> object:
        connection = await asyncpg.connect(f"{instance.state.environment['MYSCHOOL_POSTGRES_URL']}/postgres")
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    asyncio.run(sql("CREATE TABLE kept AS SELECT 'a mark' AS what"))
    with Redis.from_url(values["MYSCHOOL_REDIS_URL"]) as redis:
        redis.set("kept", "a session")
    assert instance.run("down").returncode == 0
    assert instance.processes() == []
    assert instance.run("up", "--detach", "--parts", parts).returncode == 0
    assert asyncio.run(sql("SELECT what FROM kept")) == "a mark"
    with Redis.from_url(instance.state.environment["MYSCHOOL_REDIS_URL"]) as redis:
        assert redis.get("kept") == b"a session"
    owner = {part.name: (instance.processes(), part.pid)[1] for part in instance.state.parts}
    assert Path(f"/proc/{owner['postgres']}").stat().st_uid != 0


def test_status_env_and_logs(instance: Instance) -> None:
    silent = instance.run("status")
    assert (silent.returncode, silent.stdout.strip()) == (3, "It does not run.")
    refused = instance.run("env")
    assert (refused.returncode, refused.stdout.strip()) == (1, "The stack does not run. Start it by `make up`.")
    assert instance.run("logs").returncode == 0
    instance.up("valkey")
    status = instance.run("status")
    assert status.returncode == 0
    assert status.stdout.splitlines()[0].split() == ["part", "address", "state", "seconds"]
    assert "supervised by process" in status.stdout
    logs = instance.run("logs", "valkey")
    assert logs.returncode == 0
    assert "Ready to accept connections" in logs.stdout
    assert "Ready to accept connections" in instance.run("logs").stdout
    unknown = instance.run("logs", "gateway")
    assert unknown.returncode == 1
    assert unknown.stdout.strip() == "There is no log of gateway. There are: valkey."


def test_env_can_be_evaluated_by_a_shell(instance: Instance) -> None:
    instance.up("valkey", MYSCHOOL_TRIAL="it's $HOME and `date`")
    lines = instance.run("env").stdout
    shell = subprocess.run(["sh", "-c", f'{lines}\nprintf %s "$MYSCHOOL_TRIAL"'], env={}, capture_output=True, text=True, check=True)
    assert shell.stdout == "it's $HOME and `date`"


def test_secrets_are_for_their_owner_alone(instance: Instance) -> None:
    instance.up("valkey")
    assert (instance.home / "state.json").stat().st_mode & 0o077 == 0
    password = (instance.home / "keys" / "postgres.password").read_text()
    assert password not in instance.run("status").stdout + instance.run("logs").stdout


def test_reset_refuses_without_a_terminal(instance: Instance) -> None:
    done = instance.run("reset")
    assert done.returncode == 1
    assert done.stdout.strip() == f"This removes all data in {instance.home}. Say `make reset YES=1` if you mean it."
    assert (instance.home / "keys").exists()


@pytest.mark.parametrize("reply", [b"no\n", b"\n", b"\x04"], ids=["no", "enter", "ctrl-d"])
def test_reset_asks_and_keeps_everything_unless_told_yes(instance: Instance, reply: bytes) -> None:
    code, seen = answer(instance, instance.command("reset"), reply)
    assert code == 1
    assert "Nothing was removed." in seen
    assert (instance.home / "keys").exists()


def test_reset_told_yes_stops_and_removes_all(instance: Instance) -> None:
    started = instance.up("postgres")
    code, seen = answer(instance, instance.command("reset"), b"yes\n")
    assert code == 0
    assert "All data is removed; `make up` makes it anew." in seen
    assert started.ends() == 0
    assert not instance.home.exists()
    assert not profile("test", instance.home, {}).unprivileged_place().exists()


def test_reset_by_make_with_yes_does_not_ask(instance: Instance) -> None:
    words = ["make", "-s", "-C", str(checkout()), f"PYTHON={sys.executable}", "reset", "YES=1"]
    environment = clean_environment(MYSCHOOL_HOME=str(instance.home))
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "All data is removed" in done.stdout
    assert not instance.home.exists()


def test_two_checkouts_do_not_disturb_each_other(instances) -> None:
    one, two = instances("one"), instances("two")
    one.up("valkey")
    started = two.up("valkey")
    assert two.run("down").returncode == 0
    assert started.ends() == 0
    assert one.run("status").returncode == 0
    assert len(one.processes()) == 2
    assert two.processes() == []


def test_demo_needs_a_running_stack(instance: Instance) -> None:
    done = instance.run("demo")
    assert done.returncode == 1
    assert "The stack does not run. Start it by `make up`" in done.stdout


def test_help_lists_every_target() -> None:
    done = subprocess.run(["make", "-s", "-C", str(checkout())], capture_output=True, text=True, check=True)
    listed = {line.split()[1] for line in done.stdout.splitlines()}
    text = (checkout() / "Makefile").read_text()
    assert listed == set(text.split(".PHONY:")[1].split("\n")[0].split())
    assert all(len(line.split()) > 3 for line in done.stdout.splitlines())
