"""The command line behind make: `python -m myschool_stack up|down|status|logs|letters|reset|demo|env|test|lint|gen|bench|lock|images`."""

import errno
import sys
from pathlib import Path
from typing import Annotated

import typer

from myschool_stack import chores, commands, keys
from myschool_stack.errors import StackError
from myschool_stack.layout import Profile, profile
from myschool_stack.screen import Screen

_cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
_ProfileName = Annotated[str, typer.Option("--profile", help="up: fixed ports, durable; test: free ports, throw-away data")]
_Home = Annotated[Path | None, typer.Option(help="data folder instead of the profile's own", readable=False)]


@_cli.command()
def up(
    parts: Annotated[str, typer.Option(help="only these, by comma, e.g. postgres,valkey,kafka")] = "",
    detach: Annotated[bool, typer.Option(help="leave it running in the background")] = False,
    name: _ProfileName = "up",
    home: _Home = None,
) -> None:
    """Start the stack and watch it until Ctrl-C."""
    names = [part.strip() for part in parts.split(",") if part.strip()] or None
    run = commands.up_detached if detach else commands.up
    raise typer.Exit(run(profile(name, home), names, Screen()))


@_cli.command()
def down(name: _ProfileName = "up", home: _Home = None) -> None:
    """Stop everything in order."""
    raise typer.Exit(commands.down(_of(name, home), typer.echo))


@_cli.command()
def status(name: _ProfileName = "up", home: _Home = None) -> None:
    """Show the table of parts."""
    raise typer.Exit(commands.status(_of(name, home), Screen()))


@_cli.command()
def logs(
    part: Annotated[str, typer.Argument(help="one part; all when left out")] = "",
    follow: Annotated[bool, typer.Option(help="go on as lines arrive")] = False,
    name: _ProfileName = "up",
    home: _Home = None,
) -> None:
    """Show the last lines of the logs."""
    raise typer.Exit(commands.logs(_of(name, home), part, typer.echo, follow=follow))


@_cli.command()
def reset(yes: Annotated[bool, typer.Option(help="do not ask")] = False, name: _ProfileName = "up", home: _Home = None) -> None:
    """Remove all data; asks first."""
    raise typer.Exit(commands.reset(_of(name, home), typer.echo, sure=yes))


@_cli.command()
def demo(name: _ProfileName = "up", home: _Home = None) -> None:
    """Load the demo region into the running stack."""
    raise typer.Exit(commands.demo(_of(name, home), typer.echo))


@_cli.command()
def letters(name: _ProfileName = "up", home: _Home = None) -> None:
    """Show the last letters that the stack has sent."""
    raise typer.Exit(commands.letters(_of(name, home), typer.echo))


@_cli.command()
def env(name: _ProfileName = "up", home: _Home = None) -> None:
    """Print the environment of the running stack for `eval`."""
    typer.echo("\n".join(commands.environment_lines(_of(name, home))))


@_cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context, slow: Annotated[bool, typer.Option(help="the fault and soak proofs too")] = False) -> None:
    """Run every suite on real parts; further arguments go to pytest."""
    raise typer.Exit(chores.test(context.args, slow=slow))


@_cli.command()
def lint() -> None:
    """Run every linter."""
    raise typer.Exit(chores.lint())


@_cli.command()
def gen() -> None:
    """Generate code from the contracts."""
    raise typer.Exit(chores.gen())


@_cli.command()
def bench() -> None:
    """Measure the hot paths side by side."""
    raise typer.Exit(chores.bench())


@_cli.command()
def lock() -> None:
    """Compile the hashed requirements of the workspace and of each service."""
    raise typer.Exit(chores.lock())


@_cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def images(context: typer.Context) -> None:
    """Build container images, or test them: `images build|test …`."""
    raise typer.Exit(chores.images(context.args))


@_cli.command()
def key(
    step: Annotated[str, typer.Argument(help="announce, use or retire; restart the processes after each")],
    name: Annotated[str, typer.Argument(help="cookie.key, field.key, lookup.key, bridge.key, principal.key or gateway-client.key")],
    folder: Annotated[Path, typer.Option("--keys", help="the folder of keys")],
) -> None:
    """Replace a key in three steps without losing anything; see docs/runbooks/key-rotation.md."""
    steps = {"announce": keys.announce, "use": keys.use, "retire": keys.retire}
    if step not in steps:
        raise StackError(f"There is no step {step}.", f"Steps: {', '.join(steps)}.")
    steps[step](folder, name)
    typer.echo(f"{name}: {step} is done; now restart every process that reads it, one after the other")


def _of(name: str, home: Path | None) -> Profile:
    return profile(name, home)


def main() -> None:
    """Faults with a known cure are told in words; anything else keeps its traceback."""
    try:
        _cli()
    except StackError as error:
        _told(error)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}:
            raise
        cure = "Free some space, then start again." if error.errno in {errno.ENOSPC, errno.EDQUOT} else "Was it made as root? Give it back."
        _told(StackError(f"{error.filename or 'A file'} cannot be written: {error.strerror}.", cure))


def _told(error: StackError) -> None:
    typer.secho(str(error), fg="red", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
