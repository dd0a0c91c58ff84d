"""A second look: once failed is told and passes, twice failed fails, many failed get none."""

from pathlib import Path

import pytest
from test_chores import run

from myschool_stack import second_look

UNSTEADY = """from pathlib import Path
def test_of_what_came_before():
    Path("before").touch()
def test_unsteady():
    assert Path("before").exists()
    first = not Path("seen").exists()
    Path("seen").touch()
    assert not first
"""
BROKEN = "def test_broken():\n    assert False\n"
FINE = "def test_fine():\n    with open('fine', 'a') as runs:\n        runs.write('.')\n"


@pytest.fixture
def looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs pytest over the folder under the second look; answers the code and the commands."""
    monkeypatch.setattr(second_look, "folder", lambda: tmp_path / "pictures" / "journeys")
    commands: list[list[str]] = []

    def look(*words: str) -> tuple[int, list[list[str]]]:
        def runner(command: list[str]) -> int:
            commands.append(command)
            return run(tmp_path, *command, folder_too=False).returncode

        return second_look.watched(runner, list(words), tmp_path / "cache", [str(tmp_path)]), commands

    return look


def test_test_when_it_fails_once_then_its_file_runs_again_and_it_is_named(tmp_path: Path, looked, capsys) -> None:
    (tmp_path / "test_unsteady.py").write_text(UNSTEADY)
    (tmp_path / "test_fine.py").write_text(FINE)
    pictures = tmp_path / "pictures" / "journeys"
    pictures.mkdir(parents=True)
    (pictures / "first.png").touch()
    code, commands = looked("-n", "0")
    assert code == 0
    assert commands[1] == ["-n", "0", "test_unsteady.py"]
    assert (tmp_path / "fine").read_text() == "."
    assert "UNSTEADY" in (told := capsys.readouterr().out)
    assert "test_unsteady.py::test_unsteady" in told
    assert (tmp_path / "pictures" / "journeys-first" / "first.png").exists()


def test_test_when_it_fails_twice_then_the_run_fails(tmp_path: Path, looked, capsys) -> None:
    (tmp_path / "test_broken.py").write_text(BROKEN)
    code, commands = looked()
    assert (code, len(commands)) == (1, 2)
    assert "UNSTEADY" not in capsys.readouterr().out


@pytest.mark.parametrize("files", [[BROKEN] * 4, ["import nothing_like_it\n"]], ids=["four tests", "a module that does not load"])
def test_run_when_it_is_broken_then_there_is_no_second_look(tmp_path: Path, looked, files: list[str]) -> None:
    for number, text in enumerate(files):
        (tmp_path / f"test_{number}.py").write_text(text)
    code, commands = looked()
    assert code != 0
    assert len(commands) == 1


def test_run_when_nothing_fails_then_it_runs_once(tmp_path: Path, looked) -> None:
    (tmp_path / "test_fine.py").write_text(FINE)
    code, commands = looked()
    assert (code, len(commands)) == (0, 1)
