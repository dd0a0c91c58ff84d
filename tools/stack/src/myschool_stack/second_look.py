"""A second look at a few failed tests (ADR 0014): what fails twice is broken, what fails once is told as unsteady."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from myschool_stack.browser import folder

_TESTS_FAILED = 1
MOST = 3

Runner = Callable[[list[str]], int]


def watched(run: Runner, command: list[str], cache: Path, paths: Sequence[str] = ()) -> int:
    """Runs pytest; where at most three tests failed, runs their files once more, because tests of a file build on each other.

    `paths` are looked at instead of those configured; `cache` is a folder for pytest's own notes. Answers the exit code, that of
    the second run where there was one.
    """
    shutil.rmtree(cache, ignore_errors=True)
    code = run([*command, *paths, "-o", f"cache_dir={cache}"])
    failed = _failed(cache) if code == _TESTS_FAILED else []
    if not 1 <= len(failed) <= MOST or any("::" not in name for name in failed):
        return code
    typer.secho(f"A second look at the files of {_told(failed)}", fg="yellow")
    _keep_pictures()
    again = run([*command, *sorted({name.partition("::")[0] for name in failed})])
    if again == 0:
        typer.secho(f"UNSTEADY, failed once and passed the second time: {_told(failed)}. Its report stands above: mend it.", fg="yellow")
    return again


def _failed(cache: Path) -> list[str]:
    notes = cache / "v" / "cache" / "lastfailed"
    return sorted(json.loads(notes.read_text())) if notes.exists() else []


def _keep_pictures() -> None:
    """The second run would write over what the browsers showed in the first."""
    kept = folder().with_name("journeys-first")
    shutil.rmtree(kept, ignore_errors=True)
    if folder().exists():
        folder().rename(kept)


def _told(names: list[str]) -> str:
    return ", ".join(names)
