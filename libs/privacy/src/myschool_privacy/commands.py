"""Commands that every service with a record of reads has."""

from pathlib import Path
from typing import Annotated

import asyncpg
import typer
import uvloop

from myschool_kit.service import Service
from myschool_kit.settings import load
from myschool_privacy.audit.chain import Head
from myschool_privacy.audit.verify import Verdict, verify


def add_verify_audit(cli: typer.Typer, service: Service) -> None:
    """`verify-audit`: says that the record of reads is whole, or names its first broken row and ends with 1."""

    @cli.command("verify-audit")
    def verify_audit(
        heads: Annotated[
            Path | None, typer.Option(help="file outside of the database: ends seen before are checked, the present one is added")
        ] = None,
    ) -> None:
        """Check the chain of the record of who looked at whose data."""
        known = [Head.of(line) for line in heads.read_text().split()] if heads is not None and heads.exists() else []
        verdict = uvloop.run(_verify(load(service.settings).database_url(service.name), known))
        if verdict.broken:
            typer.echo(f"{service.name}: BROKEN: {verdict.broken}")
            raise typer.Exit(1)
        typer.echo(f"{service.name}: intact, {verdict.head.seq} rows, end {verdict.head}")
        if heads is not None and verdict.head.seq and verdict.head not in known:
            with heads.open("a") as file:
                file.write(f"{verdict.head}\n")


async def _verify(url: str, known: list[Head]) -> Verdict:
    connection = await asyncpg.connect(url)
    try:
        return await verify(connection, known)
    finally:
        await connection.close()
