"""Command line: the kit's commands; bridge (second process), realm, reseal, rehash, register, block and unblock."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from myschool_identity import operating, registering
from myschool_identity.app import SERVICE
from myschool_identity.blocking.rules import REASONS
from myschool_identity.reseal import service as resealing
from myschool_identity.settings import IdentitySettings
from myschool_kit.db import DRIVER, Database, is_away
from myschool_kit.service import command_line
from myschool_kit.settings import load
from myschool_privacy.commands import add_verify_audit
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash

cli = command_line(SERVICE)
add_verify_audit(cli, SERVICE)


@cli.command()
def bridge() -> None:
    """Serve the esia-bridge, the OpenID provider in front of Госуслуги."""
    from myschool_identity.bridge.app import run  # noqa: PLC0415  (the gRPC process does not load the web framework)

    run()


@cli.command()
def realm() -> None:
    """Bring the Keycloak realm to what this code describes; running it again changes nothing."""
    from myschool_identity.realm.machines import BadDescription  # noqa: PLC0415  (only this command administers Keycloak)
    from myschool_identity.realm.reconcile import reconcile  # noqa: PLC0415  (only this command administers Keycloak)

    try:
        changes = reconcile(load(IdentitySettings))
    except BadDescription as error:
        raise SystemExit(f"The realm stays as it is.\n{error}") from None
    for change in changes or ["nothing to change"]:
        typer.echo(change)


@cli.command()
def reseal(
    *, anew: Annotated[bool, typer.Option("--anew", help="new data keys and ciphertexts too, not only new envelopes")] = False
) -> None:
    """Put all personal fields under the first key of field.key."""
    _tell(lambda database, cipher, _: resealing.reseal(database, cipher, anew=anew))


@cli.command()
def rehash() -> None:
    """Hash every СНИЛС anew under the present key of lookup.key."""
    _tell(resealing.rehash)


def _tell(work: Callable[[Database, EnvelopeCipher, LookupHash], Awaitable[dict[str, int]]]) -> None:
    for table, rows in uvloop.run(_with_keys(work)).items():
        typer.echo(f"{table}: {rows} rows")


async def _with_keys(work: Callable[[Database, EnvelopeCipher, LookupHash], Awaitable[dict[str, int]]]) -> dict[str, int]:
    settings = load(IdentitySettings)
    database = Database(settings.database_url("identity"))
    await database.open(settings.start_patience_seconds)
    try:
        return await work(database, EnvelopeCipher(settings.key("field.key")), LookupHash(settings.key("lookup.key")))
    finally:
        await database.close()


@cli.command()
def register(
    file: Annotated[str, typer.Argument(help=f"CSV with the columns {'; '.join(registering.COLUMNS)} and others; «-» is standard input")],
) -> None:
    """Give the people of a list ids, the same for a known СНИЛС, and print the list with ids instead of СНИЛС."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        rows = registering.read(content.decode("utf-8-sig").splitlines())
    except OSError as error:
        raise SystemExit(f"Nobody was registered.\n{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SystemExit("Nobody was registered.\nthe list is no CSV in UTF-8") from None
    except registering.BadList as error:
        raise SystemExit(f"Nobody was registered.\n{error}") from None
    try:
        answer = uvloop.run(registering.run(load(IdentitySettings), rows))
    except DRIVER as error:
        if is_away(error):
            raise SystemExit("Nobody was registered.\nthe database does not answer") from None
        raise
    typer.echo(answer, nl=False)


@cli.command()
def block(
    person: Annotated[str, typer.Argument(help="the person's id")],
    reason: Annotated[str, typer.Option(help=f"one of {', '.join(REASONS)}")],
    words: Annotated[str, typer.Option(help="why, for whoever decides about the end")],
) -> None:
    """Close an account: its sessions and personal tokens end at once, the next sign-in is refused."""
    typer.echo(f"blocked, version {_operated(person, reason, words, blocked=True)}")


@cli.command()
def unblock(
    person: Annotated[str, typer.Argument(help="the person's id")],
    words: Annotated[str, typer.Option(help="why the account is opened again")],
) -> None:
    """Open a closed account: the person may sign in again."""
    typer.echo(f"unblocked, version {_operated(person, '', words, blocked=False)}")


def _operated(person: str, reason: str, words: str, *, blocked: bool) -> int:
    try:
        return uvloop.run(operating.run(load(IdentitySettings), person, reason, words, blocked=blocked))
    except operating.Refused as error:
        raise SystemExit(f"Nothing was changed.\n{error}") from None
    except DRIVER as error:
        if is_away(error):
            raise SystemExit("Nothing was changed.\nthe database does not answer") from None
        raise


if __name__ == "__main__":
    cli()
