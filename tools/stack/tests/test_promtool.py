"""Where the checker of the alert tests comes from, and what is said where it comes from nowhere."""

from pathlib import Path

import pytest

from myschool_stack import promtool
from myschool_stack.errors import StackError


def program(path: Path, code: int) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a promtool, without apt and with an empty cache."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(promtool.VARIABLE, raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(promtool, "cache", lambda: tmp_path / "cache")
    return tmp_path


def test_promtool_when_there_is_none_then_tests_are_skipped_but_not_in_ci(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert promtool.ensure() == ""
    monkeypatch.setenv("CI", "1")
    with pytest.raises(StackError, match="promtool"):
        promtool.ensure()


def test_promtool_when_one_does_not_start_then_the_next_is_taken(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(promtool.VARIABLE, program(nowhere / "broken", 1))
    kept = program(nowhere / "cache" / "promtool" / "usr" / "bin" / "promtool", 0)
    assert promtool.ensure() == kept
    of_the_system = program(nowhere / "bin" / "promtool", 0)
    assert promtool.ensure() == of_the_system
