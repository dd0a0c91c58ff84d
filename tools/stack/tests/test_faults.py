"""Each fault of a start is told in one clear sentence with the way out."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from stack_instance import Instance, as_nobody, clean_environment

from myschool_stack import commands, diagnosis
from myschool_stack.account import unprivileged
from myschool_stack.errors import StackError
from myschool_stack.layout import PORTS, profile
from myschool_stack.parts.base import Work
from myschool_stack.parts.kafka import Kafka
from myschool_stack.parts.postgres import Postgres
from myschool_stack.parts.valkey import Valkey
from myschool_stack.plan import chosen
from myschool_stack.supervisor import in_words


def mounted(folder: Path) -> bool:
    """A disk of 24 MB, if this user may make one here."""
    words = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(words, check=False, capture_output=True).returncode == 0


@pytest.fixture
def small_disk() -> Iterator[Path | None]:
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))  # where another user may go too
    folder.chmod(0o755)
    there = mounted(folder)
    yield folder if there else None
    if there:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def test_small_disk_is_told_before_anything_starts(
    tmp_path: Path, small_disk: Path | None, made_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if small_disk is None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=24_000_000))
    home = small_disk or tmp_path / "home"
    with pytest.raises(StackError) as told:
        commands.check_room(profile("test", home, clean_environment()))
    assert str(told.value).startswith(f"The disk under {home.resolve()} has ")
    assert str(told.value).endswith("MB free, 2500 MB are needed. Free some space, then start again.")


def test_disk_that_fills_up_during_the_start(tmp_path: Path, small_disk: Path | None, made_keys: Path) -> None:
    """initdb needs more than the disk has; where no small disk can be made, its words are planted."""
    if small_disk is None:
        words = 'initdb: error: could not write to file "x": No space left on device'
        assert diagnosis.cure(words, "") == "The disk is full: free some space, then start again."
        return
    small = Instance(small_disk / "home", made_keys)
    mine = profile("test", small.home, small.caller)
    (small.home / "logs").mkdir()
    with pytest.raises(StackError) as told:
        Postgres(mine).prepare(Work(mine, "postgres", lambda _: None))
    assert "No space left on device" in str(told.value)
    assert str(told.value).endswith("postgres is not made. The disk is full: free some space, then start again.")


def test_taken_port_is_told_with_its_holder_and_another_port(instance: Instance) -> None:
    instance.profile = "up"
    waits = "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        port = holder.stdout.readline().strip()
        done = instance.run("up", "--parts", "valkey", MYSCHOOL_PORT_VALKEY=port)
        holder.communicate("")
    assert done.returncode == 1
    assert f"Port {port}, which valkey needs, is taken by python" in done.stdout
    assert f"(pid {holder.pid})." in done.stdout
    other = done.stdout.split("or choose another port: MYSCHOOL_PORT_VALKEY=")[1].split()[0]
    free = instance.run("up", "--detach", "--parts", "valkey", MYSCHOOL_PORT_VALKEY=other)
    assert free.returncode == 0, free.stdout


def test_ports_of_another_checkout_are_told_all_at_once_and_can_be_moved_together(tmp_path: Path) -> None:
    shift = next(n for n in range(11_000, 50_000, 37) if not any(commands._taken(n + PORTS[name]) for name in ("valkey", "postgres")))
    mine = profile("up", tmp_path, {"MYSCHOOL_PORT_SHIFT": str(shift)})
    assert {name: number - shift for name, number in mine.ports.items()} == dict(PORTS)
    with socket.create_server(("127.0.0.1", mine.port("valkey"))), socket.create_server(("127.0.0.1", mine.port("postgres"))):
        (tmp_path / "keys").mkdir()
        for name in ("postgres.password", "keycloak.password"):
            (tmp_path / "keys" / name).write_text("x")
        with pytest.raises(StackError) as told:
            commands.check_ports(mine, [Postgres(mine), Valkey(mine)])
    text = str(told.value)
    assert f"Port {mine.port('valkey')}, which valkey needs, is taken by" in text
    assert f"Port {mine.port('postgres')}, which postgres needs, is taken by" in text
    assert text.endswith("(another checkout: `make down` there), or move all ports: MYSCHOOL_PORT_SHIFT=10000 make up.")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("MYSCHOOL_PORT_KAFKA", "http", "is not a port. Give a number from 1 to 65535."),
        ("MYSCHOOL_PORT_SHIFT", "99999", "does not move ports."),
    ],
)
def test_wrong_port_is_told(instance: Instance, variable: str, value: str, words: str) -> None:
    done = instance.run("up", "--parts", "valkey", **{variable: value})
    assert done.returncode == 1
    assert f"{variable}={value} {words}" in done.stdout


def test_unknown_part_is_told_with_those_there_are(instance: Instance) -> None:
    done = instance.run("up", "--parts", "valkey,oracle")
    assert done.returncode == 1
    assert "There is no part oracle. Parts: analytics, bridge, demo," in done.stdout


def test_given_part_is_not_started(instance: Instance, redis_url: str) -> None:
    done = instance.run("up", "--detach", "--parts", "valkey,postgres", MYSCHOOL_REDIS_URL=redis_url)
    assert done.returncode == 0, done.stdout
    assert [(part.name, part.state) for part in instance.state.parts] == [("postgres", "ready"), ("valkey", "given")]
    assert f"export MYSCHOOL_REDIS_URL={redis_url}" in instance.run("env").stdout


def prepared(instance: Instance, part: type[Postgres] | type[Kafka]) -> str:
    """What a start says of this part's data."""
    mine = profile("test", instance.home, instance.caller)
    try:
        part(mine).prepare(Work(mine, part.name, lambda _: None))
    except StackError as error:
        return str(error)
    return ""


def test_interrupted_initialisation_of_postgres_is_done_anew(instance: Instance) -> None:
    draft = instance.home / "postgres" / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    if account := unprivileged():
        account.own(instance.home / "postgres")
        if not account.can_read(instance.home / "postgres"):
            draft = profile("test", instance.home, {}).unprivileged_place() / "postgres" / "data.new"
            draft.mkdir(parents=True)
            account.own(draft.parent)
    (draft.parent / "password.new").write_text("left over")
    started = instance.up("postgres")
    assert not draft.exists()
    assert not (draft.parent / "password.new").exists()
    started.interrupt()
    assert started.ends() == 0
    data = draft.parent / "data"
    (data / "PG_VERSION").write_text("17\n")
    told = prepared(instance, Postgres)
    assert told == f"{data} was made by PostgreSQL 17, this is 18. Move the data by pg_dump of the old version, or `make reset`."
    (data / "PG_VERSION").write_text("18\n")
    (data / "global" / "pg_control").rename(data / "global" / "away")
    assert prepared(instance, Postgres) == f"The PostgreSQL data folder {data} is not complete. `make reset`, then `make up` makes it anew."


def test_postgres_starts_though_its_old_number_belongs_to_another_program(instance: Instance) -> None:
    """After a power cut: the lock file names a process that runs, but is no PostgreSQL."""
    started = instance.up("postgres")
    started.interrupt()
    assert started.ends() == 0
    folders = (instance.home / "postgres", profile("test", instance.home, {}).unprivileged_place() / "postgres")
    data = next(folder / "data" for folder in folders if (folder / "data").exists())
    account = unprivileged()
    with subprocess.Popen(["sleep", "600"], user=account.uid if account else None) as other:
        lines = [str(other.pid), str(data), "1700000000", "5432", "", "127.0.0.1", "", "ready"]
        (data / "postmaster.pid").write_text("\n".join(lines) + "\n")
        if account:
            account.own(data / "postmaster.pid")
        instance.up("postgres")
        assert other.poll() is None
        other.kill()


def test_foreign_keys_are_told(instance: Instance) -> None:
    started = instance.up("postgres")
    started.interrupt()
    started.ends()
    (instance.home / "keys" / "postgres.password").write_text("another")
    done = instance.run("up", "--parts", "postgres")
    assert done.returncode == 1
    assert "keys and data folder do not belong together. Bring the right key files back, or `make reset`." in done.stdout
    assert instance.processes() == []


def test_interrupted_format_of_kafka_is_done_anew_and_a_half_folder_is_told(instance: Instance) -> None:
    draft = instance.home / "kafka" / "data.new"
    draft.mkdir(parents=True)
    (draft / "meta.properties").write_text("cluster.id=half\n")
    assert prepared(instance, Kafka) == ""
    assert not draft.exists()
    data = instance.home / "kafka" / "data"
    assert "half" not in (data / "meta.properties").read_text()
    (data / "meta.properties").unlink()
    assert prepared(instance, Kafka) == f"The Kafka data folder {data} is not complete. `make reset`, then `make up` makes it anew."


def test_missing_tool_is_named(tmp_path: Path) -> None:
    mine = profile("test", tmp_path, clean_environment())
    told = in_words("page", FileNotFoundError(2, "No such file or directory", "/somewhere/.venv/bin/npm"), mine)
    assert str(told).startswith("page needs /somewhere/.venv/bin/npm, which is missing. Remove ")
    work = Work(mine, "page", lambda _: None)
    (tmp_path / "keys").mkdir()
    for name in ("postgres.password", "keycloak.password"):
        (tmp_path / "keys" / name).write_text("x")
    with pytest.raises(FileNotFoundError):
        work.run([[str(tmp_path / "npm"), "ci"]])


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("npm error code ENOTFOUND\nnpm error network request failed", "The registry of npm packages is not reached"),
        ("npm error code EINTEGRITY", "A download does not have the pinned hash"),
        ("java.net.BindException: Address already in use", "Its port was taken meanwhile"),
        ("java.lang.OutOfMemoryError: Java heap space", "There is not enough memory"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "A file belongs to another user"),
        ("ConnectionRefusedError: the database is away", "Look"),
    ],
)
def test_known_words_in_a_log_give_the_way_out(line: str, start: str) -> None:
    assert diagnosis.cure(f"first\n{line}\nlast", "Look").startswith(start)


def test_folder_of_another_user_is_told(instances) -> None:
    """Started as root once, then as oneself."""
    mine = instances("mine")
    if os.geteuid() == 0:
        mine.home.parent.chmod(0o755)
        for path in [mine.home, *mine.home.rglob("*")]:
            path.chmod(0o700)
        mine.prefix = as_nobody()
    else:
        (mine.home / "lock").touch(0o400)
    done = mine.run("up", "--parts", "valkey")
    mine.prefix = []
    assert done.returncode == 1
    assert "cannot be written: Permission denied. Was it made as root? Give it back." in done.stdout
    assert "Traceback" not in done.stdout


def test_jobs_come_with_the_part_that_needs_them(tmp_path: Path, made_keys: Path) -> None:
    shutil.copytree(made_keys, tmp_path / "keys")
    names = [node.name for node in chosen(profile("test", tmp_path, clean_environment()), ["keycloak", "postgres"])]
    assert names == ["postgres", "keycloak-build", "keycloak"]
