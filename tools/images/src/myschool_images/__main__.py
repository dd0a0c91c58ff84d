"""Command line behind `make images` and `make test-containers`: `python -m myschool_images build|test`."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from myschool_images import base as bases
from myschool_images import build as builds
from myschool_images import engine as engines
from myschool_stack import second_look
from myschool_stack.errors import StackError
from myschool_stack.keys import ensure_keys
from myschool_stack.layout import checkout, profile
from myschool_stack.parts.base import Work

_cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
_Base = Annotated[str, typer.Option("--base", help="a Debian or Python image; without it one is made by debootstrap")]
_BEGAN = time.monotonic()


def _note(text: str) -> None:
    typer.echo(f"[{time.monotonic() - _BEGAN:5.1f} s] {text}")


@_cli.command()
def build(names: Annotated[list[str] | None, typer.Argument(help="images; all when left out")] = None, base: _Base = "") -> None:
    """Build images; an engine that had to be started stays, so that they can be used."""
    engine, pid = engines.start(_note)
    made = builds.every(engine, bases.ensure(engine, base, _note), _work(), names or [])
    for name in made:
        typer.echo(f"{name}  {int(engine.run('image', 'inspect', '-f', '{{.Size}}', name)) / 1e6:.0f} MB")
    if pid:
        typer.echo(f"dockerd was started for this and goes on: `kill {pid}` ends it.")


@_cli.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def containers(
    context: typer.Context,
    base: _Base = "",
    if_possible: Annotated[bool, typer.Option(help="where no engine can be had, say so and be content")] = False,
) -> None:
    """Build all images and run tests/containers on them, with a second look (ADR 0014); given arguments go to pytest instead."""
    if if_possible and (why := engines.obstacle()):
        typer.secho(f"The container tests are NOT run: {why}.", fg="yellow")
        return
    with engines.running(_note) as engine:
        builds.every(engine, bases.ensure(engine, base, _note), _work(), [])
        _note("images are built; tests")
        code = _pytest(context.args) if context.args else second_look.watched(_pytest, [], _notes(), ["tests/containers"])
        _note("done")
    raise typer.Exit(code)


def _pytest(arguments: list[str]) -> int:
    environment = {**os.environ, "TESTCONTAINERS_RYUK_DISABLED": "true"}
    command = [sys.executable, "-m", "pytest", "-m", "containers", *arguments]
    return subprocess.run(command, cwd=checkout(), env=environment, check=False).returncode


def _notes() -> Path:
    return checkout() / ".local" / "pytest" / "containers"


def _work() -> Work:
    found = profile("test", checkout() / ".local" / "test" / "images")
    ensure_keys(found.keys)
    return Work(found, "images", _note)


def main() -> None:
    """Faults with a known cure are told in words."""
    try:
        _cli()
    except StackError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
