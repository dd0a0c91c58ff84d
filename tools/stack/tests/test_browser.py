"""Which Chromium the browser tests get, decided on machines that have none, an empty shell, apt or Playwright's."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from myschool_stack import browser
from myschool_stack.errors import StackError

GOOD, SHELL = "#!/bin/sh\necho Chromium 140\n", "#!/bin/sh\necho install the snap >&2; exit 1\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A PATH of our own: programs by name, as scripts; and whether we are root."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(folder))
    # Playwright's own browser would be looked for in our interpreter: another one stands in.
    monkeypatch.setattr(browser.sys, "executable", str(folder / "python"))

    def make(root: bool = False, **programs: str) -> Path:
        monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
        for name, text in programs.items():
            path = folder / name.replace("_", "-")
            path.write_text(text)
            path.chmod(0o755)
        return folder

    return make


def apt(folder: Path, package: str) -> str:
    """An apt-get that installs this program as chromium."""
    install = f"printf '%s' '{package}' > {folder}/chromium && /bin/chmod 755 {folder}/chromium"
    return f'#!/bin/sh\necho "$@" >> {folder}/apt.log\ncase "$*" in *install*) {install};; esac\n'


def playwright(path: Path) -> str:
    """A Python whose Playwright brings a browser at this path."""
    return f'#!/bin/sh\n[ "$1" = -c ] && echo {path}\nexit 0\n'


def test_installed_one_is_taken(machine: Callable[..., Path]) -> None:
    folder = machine(chromium=GOOD)
    assert browser.ensure() == str(folder / "chromium")


def test_empty_shell_of_a_package_is_passed_over(machine: Callable[..., Path]) -> None:
    folder = machine(chromium_browser=SHELL, google_chrome=GOOD)
    assert browser.ensure() == str(folder / "google-chrome")


def test_named_one_is_taken_or_told(machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = machine(chromium=GOOD, mine=GOOD)
    monkeypatch.setenv(browser.VARIABLE, str(folder / "mine"))
    assert browser.ensure() == str(folder / "mine")
    monkeypatch.setenv(browser.VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(StackError, match=r"gone is not a Chromium that starts\. Name another one, or unset it\."):
        browser.ensure()


def test_root_gets_it_by_apt(machine: Callable[..., Path]) -> None:
    folder = machine(root=True)
    machine(root=True, apt_get=apt(folder, GOOD))
    assert browser.ensure() == str(folder / "chromium")
    assert (folder / "apt.log").read_text().splitlines() == ["-qq update", "-qq install -y --no-install-recommends chromium"]


def test_others_never_call_apt_and_get_it_by_playwright(machine: Callable[..., Path]) -> None:
    folder = machine()
    machine(apt_get=apt(folder, GOOD), own=GOOD, python=playwright(folder / "own"))
    assert browser.ensure() == str(folder / "own")
    assert not (folder / "apt.log").exists()


def test_apt_that_brings_an_empty_shell_is_followed_by_playwright(machine: Callable[..., Path]) -> None:
    folder = machine(root=True)
    machine(root=True, apt_get=apt(folder, "#!/bin/sh\nexit 1\n"), own=GOOD, python=playwright(folder / "own"))
    assert browser.ensure() == str(folder / "own")


@pytest.mark.parametrize("left", ["nothing", "libraries missing"])
def test_none_at_all_is_told(machine: Callable[..., Path], left: str) -> None:
    folder = machine()
    machine(python=playwright(folder / "own"))
    if left == "libraries missing":
        machine(own="#!/bin/sh\necho 'libnss3.so: cannot open shared object file' >&2; exit 127\n")
    with pytest.raises(StackError) as told:
        browser.ensure()
    assert str(told.value) == (
        "There is no Chromium for the browser tests, and none could be installed. "
        "Install Chromium by your system's packages, or name one in MYSCHOOL_CHROMIUM."
    )
