"""What `make test` promises beside running tests: skips are told with their reason, CI allows none, nothing found is no success."""

import subprocess
import sys
from pathlib import Path

import pytest
from stack_instance import clean_environment

from myschool_stack.layout import checkout

SKIPPED = """import pytest
@pytest.mark.skip(reason="no such device here")
def test_of_a_device(): ...
def test_of_nothing(): ...
"""
MODULE = 'import pytest\npytest.importorskip("no_such_module_at_all", reason="no module here")\n'


PLUGINS = ("xdist", "pytest_asyncio.plugin", "pytest_timeout")  # loading all the others takes most of the time


def run(folder: Path, *words: str, ci: str = "", folder_too: bool = True) -> "subprocess.CompletedProcess[str]":
    plugins = [word for name in PLUGINS for word in ("-p", name)]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(checkout() / "pyproject.toml"),
        "--rootdir",
        str(folder),
        *plugins,
        *words,
        *([str(folder)] if folder_too else []),
    ]
    environment = clean_environment(CI=ci, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)


@pytest.mark.parametrize("words", [[], ["-n", "2"]], ids=["alone", "two at a time"])
def test_skipped_test_is_told_and_fails_the_run_in_ci(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "test_trial.py").write_text(SKIPPED)
    in_ci = run(tmp_path, *words, ci="1")
    assert in_ci.returncode == 1
    assert "1 passed, 1 skipped" in in_ci.stdout
    assert "SKIPPED [1] test_trial.py:2: no such device here" in in_ci.stdout
    assert "1 tests were skipped, which CI does not allow." in in_ci.stdout


def test_skipped_module_is_told_at_home_and_fails_the_run_in_ci(tmp_path: Path) -> None:
    (tmp_path / "test_module.py").write_text(MODULE)
    (tmp_path / "test_fine.py").write_text("def test_fine(): ...\n")
    at_home = run(tmp_path)
    assert at_home.returncode == 0, at_home.stdout
    assert "SKIPPED [1] test_module.py:2: no module here" in at_home.stdout
    assert run(tmp_path, ci="1").returncode == 1
    (tmp_path / "test_module.py").unlink()
    assert run(tmp_path, ci="1").returncode == 0


def test_arguments_go_to_pytest_and_those_that_match_nothing_are_no_success() -> None:
    arguments = "ARGS=tools/lint -k 'no_such_test or nothing_like_it'"
    words = ["make", "-s", "-C", str(checkout()), f"PYTHON={sys.executable}", "test", arguments]
    done = subprocess.run(words, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "deselected" in done.stdout
    assert "No test matches: check the path and the words after -k." in done.stdout
