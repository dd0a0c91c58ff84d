import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from myschool_images import base, build, engine, stand
from myschool_stack.errors import StackError
from myschool_stack.layout import checkout


def script(folder: Path, name: str, body: str) -> None:
    """A program of the machine."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that is all of PATH; no engine runs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(engine, "_running_client", str)
    return tmp_path


def test_engine_when_none_runs_and_nobody_may_install_one_then_the_reason_is_a_sentence(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert engine.obstacle() == "no container engine runs, and only root can install and start one"
    with pytest.raises(StackError, match=r"^There are no containers here: .* Start Docker, or name a running one by DOCKER_HOST"):
        engine.start(lambda _: None)


def test_engine_when_root_without_apt_then_the_reason_says_so(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "no apt-get" in engine.obstacle()
    script(machine, "apt-get", "exit 0")
    assert engine.obstacle() == ""


def test_engine_when_the_named_one_is_silent_then_nothing_is_installed(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert engine.obstacle() == "the engine at DOCKER_HOST does not answer"


@pytest.mark.parametrize(
    ("client", "able"),
    [
        ('[ "$1" = --version ] && echo "Docker version 20.10.24+dfsg1, build 297e128"', True),
        ('[ "$1" = --version ] && echo "Docker version 28.2.2, build e6534b4"', False),
        ('[ "$1" = --version ] && echo "Docker version 28.2.2, build e6534b4"; exit 0', True),
    ],
    ids=["old", "new without buildx", "new with buildx"],
)
def test_client_when_chosen_then_it_can_build(tmp_path: Path, client: str, able: bool) -> None:
    script(tmp_path, "docker", client)
    assert engine._builds(str(tmp_path / "docker")) is able


def test_command_when_the_disk_is_full_then_the_cure_is_told(tmp_path: Path) -> None:
    script(tmp_path, "build", "echo 'write /app: no space left on device' >&2; exit 1")
    with pytest.raises(StackError, match="The disk is full: free some space"):
        engine.finished([str(tmp_path / "build")], "`docker build`")


def test_base_when_there_is_neither_root_nor_debootstrap_then_a_name_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    script(tmp_path, "docker", "exit 1")
    with pytest.raises(StackError, match=r"make images BASE=python:3\.13-slim-trixie"):
        base.ensure(engine.Engine(str(tmp_path / "docker")), "", lambda _: None)


def test_secrets_when_the_registry_is_elsewhere_then_they_are_in_a_private_file_that_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in build._REGISTRY:
        monkeypatch.delenv(name, raising=False)
    bundle = tmp_path / "ca.crt"
    bundle.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:word@registry.example/simple")
    with build.secrets() as words:
        assert f"id=ca,src={bundle}" in words
        file = Path(words[-1].partition("src=")[2])
        assert file.stat().st_mode & 0o777 == 0o600
        said = subprocess.run(["sh", "-c", f'. {file}; echo "$PIP_INDEX_URL"'], capture_output=True, text=True, check=True).stdout
        assert said == "https://user:word@registry.example/simple\n"
    assert not file.exists()


def test_context_when_streamed_then_every_file_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "a.jar").write_bytes(b"x" * 200_000)
    with (
        stand._streamed({"kafka": tmp_path / "jars"}) as end,
        os.fdopen(os.dup(end), "rb") as file,
        tarfile.open(fileobj=file, mode="r|") as tar,
    ):
        assert [member.name for member in tar] == ["kafka", "kafka/a.jar"]


def test_context_when_the_reader_goes_away_then_the_feeder_ends(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 2_000_000)
    with stand._streamed({"big": tmp_path / "big"}):
        pass


def test_images_when_listed_then_each_has_its_member_and_hashed_packages() -> None:
    for image in build.PRODUCT:
        assert (checkout() / image.member / "pyproject.toml").exists()
        assert "--hash=sha256:" in (checkout() / "requirements" / f"{image.service}.txt").read_text()
    assert {image.service for image in build.PRODUCT} >= {path.name for path in (checkout() / "services").iterdir() if path.is_dir()}
