"""The set-up of the environment on a small workspace of the same shape: real pip, uv and packages, few of them."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stack_instance import clean_environment

from myschool_stack.layout import checkout

SOURCE = checkout() / "tools" / "stack" / "bootstrap.py"
MEMBER = """[project]
name = "{name}"
version = "0"
[build-system]
requires = ["uv_build>=0.9"]
build-backend = "uv_build"
"""
MAIN = "import sys, idna\nprint('launcher got', *sys.argv[1:])\n"
AWAY = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
    "PIP_RETRIES": "0",
    "UV_HTTP_RETRIES": "0",
    "PIP_NO_CACHE_DIR": "1",
    "UV_NO_CACHE": "1",
    "PIP_CONFIG_FILE": os.devnull,
    "UV_NO_CONFIG": "1",
}


def pinned(*names: str) -> str:
    """Those packages of the real lock file, with their hashes."""
    text = (checkout() / "requirements" / "dev.txt").read_text() + (checkout() / "requirements" / "bootstrap.txt").read_text()
    return "".join(re.findall(rf"^{name}==(?:.*\\\n)+.*\n", text, re.MULTILINE)[0] for name in names)


class Workspace:
    """A checkout with three tiny members."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder, name in (("proto", "contracts"), ("gateway", "gateway"), ("tools/stack", "myschool-stack")):
            package = root / folder / "src" / name.replace("-", "_")
            package.mkdir(parents=True)
            (package / "__init__.py").touch()
            (root / folder / "pyproject.toml").write_text(MEMBER.format(name=name))
        (package / "__main__.py").write_text(MAIN)
        shutil.copy(SOURCE, root / "tools" / "stack" / "bootstrap.py")
        (root / "requirements").mkdir()
        (root / "requirements" / "bootstrap.txt").write_text(pinned("uv"))
        self.lock("uv-build", "idna")

    def lock(self, *names: str, **replace: str) -> None:
        text = pinned(*names)
        for old, new in replace.items():
            text = re.sub(old, new, text)
        (self.root / "requirements" / "dev.txt").write_text(text)

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def command(self, *words: str, before: str = "") -> list[str]:
        runs = f"import runpy, sys, shutil, subprocess; sys.argv[1:] = {list(words)!r}; {before}; runpy.run_path({str(self.script)!r}, run_name='__main__')"
        return [sys.executable, "-c", runs] if before else [sys.executable, str(self.script), *words]

    @property
    def script(self) -> Path:
        return self.root / "tools" / "stack" / "bootstrap.py"

    def run(self, *words: str, before: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        command = self.command(*words, before=before)
        return subprocess.run(command, env=clean_environment(**environment), capture_output=True, text=True, timeout=110, check=False)

    def works(self, *words: str) -> str:
        """Runs to its end well; what was printed on the way."""
        done = self.run(*words)
        assert (done.returncode, done.stdout) == (0, f"launcher got {' '.join(words)}\n"), done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Set up once."""
    workspace = Workspace(tmp_path_factory.mktemp("made"))
    assert "installs the packages" in workspace.works("up")
    return workspace


@pytest.fixture
def ready(made: Workspace) -> Workspace:
    """Set up, whatever an earlier test did to it."""
    made.lock("uv-build", "idna")
    made.works("up")
    return made


@pytest.fixture
def fresh(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_second_start_installs_nothing(ready: Workspace) -> None:
    assert ready.works("up", "--detach") == ""


def test_changed_lock_file_is_installed(ready: Workspace) -> None:
    ready.lock("uv-build", "idna", "typing-extensions")
    assert "installs the packages" in ready.works("up")
    assert list(ready.venv.glob("lib/*/site-packages/typing_extensions.py"))


def test_stopping_and_looking_need_no_network_though_the_lock_file_changed(ready: Workspace) -> None:
    ready.lock("uv-build", "idna", "certifi")
    for word in ("down", "status", "logs", "env"):
        done = ready.run(word, **AWAY)
        assert (done.returncode, done.stdout) == (0, f"launcher got {word}\n"), done.stderr
    refused = ready.run("up", **AWAY)
    assert refused.returncode == 1
    assert refused.stderr.endswith("failed: no network, or the package registry is not reached. Check the connection, then start again.\n")
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("broken", ["interpreter", "packages", "folder"])
def test_broken_environment_is_made_anew(ready: Workspace, broken: str) -> None:
    if broken == "interpreter":
        (ready.venv / "bin" / "python").unlink()
        (ready.venv / "bin" / "python").symlink_to("/gone/python3")
    elif broken == "packages":
        shutil.rmtree(next(ready.venv.glob("lib/*/site-packages")))
    else:
        shutil.rmtree(ready.venv / "bin")
    assert "installs" in ready.works("up")
    assert ready.works("up") == ""


def test_set_up_cut_in_the_middle_of_a_package_is_mended(ready: Workspace) -> None:
    """Pip believes that uv is installed, for it left its description before its program."""
    (ready.venv / ".myschool-stamp").unlink()
    (ready.venv / "bin" / "uv").unlink()
    assert "links the members" in ready.works("up")


def test_killed_set_up_is_resumed(fresh: Workspace) -> None:
    with subprocess.Popen(fresh.command("up"), env=clean_environment(), stderr=subprocess.PIPE, start_new_session=True, text=True) as first:
        assert first.stderr is not None
        assert "installs uv" in first.stderr.readline()
        time.sleep(0.5)
        os.killpg(first.pid, signal.SIGKILL)
    assert not (fresh.venv / ".myschool-stamp").exists()
    assert "installs the packages" in fresh.works("up")


def test_ctrl_c_during_the_set_up_is_no_traceback_of_ours(fresh: Workspace) -> None:
    with subprocess.Popen(fresh.command("up"), env=clean_environment(), stderr=subprocess.PIPE, start_new_session=True, text=True) as first:
        assert first.stderr is not None
        assert "installs uv" in first.stderr.readline()
        os.killpg(first.pid, signal.SIGINT)
        rest = first.stderr.read()
    assert first.returncode == 130
    assert rest.endswith("Interrupted; the next start goes on from here.\n")
    assert "Traceback" not in rest


def test_two_terminals_at_once_do_not_meet(fresh: Workspace) -> None:
    both = [
        subprocess.Popen(fresh.command("up", name), env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    answers = [one.communicate(timeout=110) for one in both]
    assert [one.returncode for one in both] == [0, 0], answers
    assert [answer[0] for answer in answers] == ["launcher got up one\n", "launcher got up two\n"]
    assert sum("installs uv" in answer[1] for answer in answers) == 1


def test_wrong_hash_is_told(ready: Workspace) -> None:
    ready.lock("uv-build", "certifi", **{"sha256:[0-9a-f]{64}": f"sha256:{'0' * 64}"})
    done = ready.run("up", UV_NO_CACHE="1")
    assert done.returncode == 1
    assert done.stderr.endswith("a downloaded package does not have the pinned hash. Start again; if it stays, tell the maintainers.\n")


def test_old_python_is_told(fresh: Workspace) -> None:
    done = fresh.run("up", before="sys.version_info = (3, 9, 18)")
    assert done.returncode == 1
    assert done.stderr == "Python 3.11 or newer is needed, this is 3.9. Install one and say `make PYTHON=python3.12 …`.\n"
    tree = ast.parse(SOURCE.read_text(), feature_version=(3, 7))
    annotations = [node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation]
    annotations += [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.returns]
    assert not any(isinstance(one, ast.Subscript | ast.BinOp) for one in annotations), "an older Python cannot even read this"


def test_full_disk_is_told(fresh: Workspace) -> None:
    little = "shutil.disk_usage = lambda _: type('Usage', (), {'free': 1_200_000_000})"
    done = fresh.run("up", before=little)
    assert (done.returncode, done.stderr) == (1, "The disk has 1.2 GB free, 2.5 GB are needed. Free some space, then start again.\n")
    full = "real = subprocess.run; subprocess.run = lambda words, **k: subprocess.CompletedProcess(words, 1, '', 'No space left on device')"
    done = fresh.run("up", before=full)
    assert done.returncode == 1
    assert done.stderr == "The virtual environment could not be made: the disk is full. Free some space, then start again.\n"


def test_absent_module_venv_is_told(fresh: Workspace) -> None:
    """As Debian's python3 without its package python3-venv."""
    absent = "subprocess.run = lambda words, **k: subprocess.CompletedProcess(words, 1, '', 'ensurepip is not available')"
    done = fresh.run("up", before=absent)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert done.stderr == f"The virtual environment could not be made: install the package python{version}-venv.\n"


def test_half_a_checkout_is_told(fresh: Workspace) -> None:
    (fresh.root / "requirements" / "dev.txt").unlink()
    done = fresh.run("up")
    assert done.returncode == 1
    assert done.stderr == f"The checkout is not whole: {fresh.root / 'requirements' / 'dev.txt'} is missing. Clone it again.\n"
