"""test, lint, gen, bench, lock: what a developer asks of the checkout; each says what it runs and what failed."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import typer

from myschool_stack import browser, jobs, promtool, second_look
from myschool_stack.errors import StackError
from myschool_stack.keys import ensure_keys
from myschool_stack.layout import SERVICES, checkout, profile
from myschool_stack.parts.base import Work

_PYTHON_SOURCES = ("libs", "services", "gateway", "tools", "tests")
_PYTEST_NO_TESTS = 5
_BENCH_BEGINS, _BENCH_ENDS = "<!-- bench -->", "<!-- /bench -->"
# Whoever makes the suite longer reads it here.
_SLOWEST = ("--durations=12", "--durations-min=5")
_SIGN_IN_MARKS = "<!-- sign-in -->", "<!-- /sign-in -->"


def test(arguments: list[str], *, slow: bool) -> int:
    """Web unit tests, then pytest: everything that needs no whole stack two at a time, then the journeys one by one."""
    environment = {**os.environ, browser.VARIABLE: browser.ensure(), promtool.VARIABLE: promtool.ensure()}
    if arguments:
        return _run("pytest", _pytest(*arguments), environment)
    _page_tools()
    jobs.build_page(_work())
    unless_slow = "" if slow else " and not slow"
    pytest_steps = {
        "suites": _pytest(*_SLOWEST, "-n", "2", "--dist", "loadfile", "-m", f"not e2e and not bench and not containers{unless_slow}"),
        "journeys": _pytest(*_SLOWEST, "-m", f"e2e and not bench{unless_slow}"),
    }
    verdicts = {"web": _run("web", [_tool("npm"), "test"], environment, checkout() / "web")}
    for name, command in pytest_steps.items():
        verdicts[name] = second_look.watched(partial(_run, name, environment=environment), command, checkout() / ".local" / "pytest" / name)
    return _told(verdicts)


def lint() -> int:
    """Every linter, all of them even when one complains."""
    _page_tools()
    return _all(
        [
            ("ruff check", [_tool("ruff"), "check", "."], None),
            ("ruff format", [_tool("ruff"), "format", "--check", "."], None),
            ("mypy", [_tool("mypy"), *_existing("src")], None),
            ("import-linter", [_tool("lint-imports")], None),
            ("buf", [_tool("buf"), "lint"], None),
            ("house rules", [sys.executable, "-m", "myschool_lint"], None),
            ("observability", [sys.executable, "-m", "myschool_observability", "check"], None),
            ("page", [_tool("npm"), "run", "lint"], checkout() / "web"),
        ],
        dict(os.environ),
    )


def gen() -> int:
    """Python from proto/, the OpenAPI document from the gateway, TypeScript from the document."""
    _page_tools()
    return _all(
        [
            ("contracts", ["bash", "tools/gen.sh"], None),
            ("openapi", [sys.executable, "-m", "myschool_gateway", "openapi"], None),
            ("observability", [sys.executable, "-m", "myschool_observability", "write"], None),
            ("types", [_tool("npm"), "run", "types"], checkout() / "web"),
        ],
        dict(os.environ),
    )


def bench() -> int:
    """The measured tests, alone on the machine; their table goes into the README whether or not a target was missed."""
    table, sign_in = (checkout() / ".local" / name for name in ("bench.md", "sign-in.md"))
    for old in (table, sign_in):
        old.unlink(missing_ok=True)
    code = _run("bench", _pytest("-m", "bench", "-s", "tests/load"), dict(os.environ))
    if sign_in.exists():
        readme = checkout() / "README.md"
        readme.write_text(between_marks(readme.read_text(), sign_in.read_text(), _SIGN_IN_MARKS))
    if table.exists():
        readme = checkout() / "README.md"
        readme.write_text(between_marks(readme.read_text(), table.read_text()))
        subprocess.run([sys.executable, "tests/load/capacity.py"], cwd=checkout(), check=True)
    return code


def between_marks(text: str, table: str, marks: tuple[str, str] = (_BENCH_BEGINS, _BENCH_ENDS)) -> str:
    """The text with the table between its two marks. Raises StackError when the marks are gone."""
    before, begun, rest = text.partition(marks[0])
    _old, ended, after = rest.partition(marks[1])
    if not begun or not ended:
        raise StackError(f"README.md has no place for the figures: {marks[0]} … {marks[1]}.", "Put the two marks back.")
    return f"{before}{begun}\n{table.strip()}\n{ended}{after}"


def lock() -> int:
    """Hashed requirements: the workspace's, the bootstrap's, and one file a service for its image."""
    root = checkout()
    found = (str(path.relative_to(root)) for path in root.glob("*/*/pyproject.toml"))
    members = [*found, "gateway/pyproject.toml", "proto/pyproject.toml"]
    steps: list[tuple[str, list[str], Path | None]] = [
        ("dev", _compile("requirements/dev.txt", "requirements/dev.in", *sorted(set(members))), None)
    ]
    steps += [(name, _compile(f"requirements/{name}.txt", f"requirements/{name}.in"), None) for name in ("bootstrap", "images", "k8s")]
    kit = ("proto/pyproject.toml", "libs/cluster/pyproject.toml", "libs/kit/pyproject.toml")
    for member in (*(f"services/{name}" for name in SERVICES), "gateway", "tools/seed", "tools/esia_simulator"):
        name = Path(member).name
        ours = () if name == "esia_simulator" else kit
        steps.append((name, _compile(f"requirements/{name}.txt", *ours, f"{member}/pyproject.toml"), None))
    return _all(steps, dict(os.environ))


def images(arguments: list[str]) -> int:
    """Container images, built or tested by tools/images."""
    return subprocess.run([sys.executable, "-m", "myschool_images", *arguments], cwd=checkout(), check=False).returncode


def _compile(target: str, *sources: str) -> list[str]:
    members = ("contracts", "cluster", "kit", "privacy", "testing", "stack", "esia-simulator")
    ours = [word for name in members for word in ("--no-emit-package", f"myschool-{name}")]
    fixed = ["--no-header", "--no-annotate", "--no-emit-index-url", "--generate-hashes", "--universal", "--python-version", "3.11"]
    return [_tool("uv"), "pip", "compile", "--quiet", *fixed, *ours, *sources, "-o", target]


def _pytest(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", *arguments]


def _existing(folder: str) -> list[str]:
    return [
        str(path) for base in _PYTHON_SOURCES[:4] for path in sorted((checkout() / base).rglob(folder)) if "node_modules" not in path.parts
    ]


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _work() -> Work:
    found = profile("test", checkout() / ".local" / "test" / "chores")
    ensure_keys(found.keys)
    return Work(found, "page", lambda note: typer.echo(f"page: {note}"))


def _page_tools() -> None:
    jobs.install_page_tools(_work())


def _all(steps: list[tuple[str, list[str], Path | None]], environment: Mapping[str, str]) -> int:
    return _told({name: (_run(name, command, environment, cwd)) for name, command, cwd in steps})


def _told(verdicts: Mapping[str, int]) -> int:
    failed = [name for name, code in verdicts.items() if code]
    typer.secho(f"\n{len(verdicts) - len(failed)} of {len(verdicts)} steps are fine" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def _run(name: str, command: list[str], environment: Mapping[str, str], cwd: Path | None = None) -> int:
    typer.secho(f"== {name}", bold=True)
    began = time.monotonic()
    path = f"{Path(sys.executable).parent}:{environment.get('PATH', '')}"
    try:
        code = subprocess.run(command, cwd=cwd or checkout(), env={**environment, "PATH": path}, check=False).returncode
    except FileNotFoundError as error:
        raise StackError(f"{name} needs {error.filename}, which is missing.", "`make` installs it: start the command by make.") from error
    if code == _PYTEST_NO_TESTS and "pytest" in command:
        typer.secho("No test matches: check the path and the words after -k.", fg="red")
    typer.echo(f"== {name}: {'fine' if code == 0 else f'FAILED ({code})'} in {time.monotonic() - began:.0f} s")
    return code
