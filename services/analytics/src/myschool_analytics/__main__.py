"""`python -m myschool_analytics`: the kit's commands, `rebuild`, `export`, and `federal …` for what other cells tell."""

import typer
import uvloop

from myschool_analytics import exporting
from myschool_analytics import rebuild as rebuilding
from myschool_analytics.app import FEDERAL, SERVICE
from myschool_analytics.settings import AnalyticsSettings
from myschool_kit.service import command_line
from myschool_kit.settings import load
from myschool_privacy.commands import add_verify_audit

cli = command_line(SERVICE)
add_verify_audit(cli, SERVICE)
cli.add_typer(command_line(FEDERAL), name="federal", help="The same commands for what the mirrors of the registered cells bring.")


@cli.command()
def rebuild() -> None:
    """Compute every projection afresh from the events in Kafka, compare with the present ones and take their place."""
    report = uvloop.run(rebuilding.run(load(SERVICE.settings), SERVICE.name))
    for table, (live, rebuilt, different) in report.items():
        typer.echo(f"{table}: {live} rows live, {rebuilt} rebuilt, {different} different")


@cli.command()
def export() -> None:
    """Tell the federation the aggregates of the weeks that are over, and what has changed in those told before."""
    told = uvloop.run(exporting.run(load(AnalyticsSettings), SERVICE.name))
    typer.echo(f"told {told} aggregates")


if __name__ == "__main__":
    cli()
