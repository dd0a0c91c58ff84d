"""The kit's commands; `found` and `appoint` for the first organisations and people of a region; `reseal` and `rehash`."""

import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvloop

from myschool_kit.db import DRIVER, Database, is_away
from myschool_kit.service import command_line
from myschool_kit.settings import Settings, load
from myschool_privacy.commands import add_verify_audit
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_roles import appointing, founding
from myschool_roles.app import SERVICE
from myschool_roles.listing import BadList
from myschool_roles.rekeying import service as rekeying

cli = command_line(SERVICE)
add_verify_audit(cli, SERVICE)
Done = TypeVar("Done")


@cli.command()
def found(file: Annotated[str, typer.Argument(help=f"CSV with the columns {'; '.join(founding.COLUMNS)}; «-» is standard input")]) -> None:
    """Register the organisations of a list, all or none; a known ОГРН is renamed where the list says so."""
    try:
        done = _carried_out(founding.run(load(SERVICE.settings), SERVICE.name, founding.read(_lines(file))))
    except BadList as error:
        raise SystemExit(f"Nothing was registered.\n{error}") from None
    typer.echo(f"registered {done.new} organisations, {done.known} were known")


@cli.command()
def appoint(
    file: Annotated[str, typer.Argument(help=f"CSV with the columns {'; '.join(appointing.COLUMNS)}; «-» is standard input")],
) -> None:
    """Grant the roles of a list that `python -m myschool_identity register` has answered, all or none; done twice it changes nothing."""
    try:
        done = _carried_out(appointing.run(load(SERVICE.settings), SERVICE.name, appointing.read(_lines(file))))
    except BadList as error:
        raise SystemExit(f"Nobody was appointed.\n{error}") from None
    typer.echo(f"appointed {done.new}, {done.known} held the role already")


def _lines(file: str) -> list[str]:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return content.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise BadList(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadList(f"the list is no CSV in UTF-8: {error.reason}") from None


def _carried_out(work: Coroutine[Any, Any, Done]) -> Done:
    try:
        return uvloop.run(work)
    except DRIVER as error:
        if is_away(error):
            raise BadList("the database does not answer") from None
        raise


@cli.command()
def reseal() -> None:
    """Put the sealed rows of kept imports under the first key of field.key."""
    settings = load(SERVICE.settings)
    cipher = EnvelopeCipher(settings.key("field.key"))
    typer.echo(f"import: {uvloop.run(_on_database(settings, lambda database: rekeying.reseal(database, cipher)))} rows")


@cli.command()
def rehash() -> None:
    """Carry the hashes by which people are known over to the present key of lookup.key."""
    settings = load(SERVICE.settings)
    lookup = LookupHash(settings.key("lookup.key"))
    typer.echo(f"person_key: {uvloop.run(_on_database(settings, lambda database: rekeying.rehash(database, lookup)))} rows")


async def _on_database(settings: Settings, work: Callable[[Database], Awaitable[int]]) -> int:
    database = Database(settings.database_url(SERVICE.name))
    await database.open(settings.start_patience_seconds)
    try:
        return await work(database)
    finally:
        await database.close()


if __name__ == "__main__":
    cli()
