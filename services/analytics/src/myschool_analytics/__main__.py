"""`python -m myschool_analytics`: the kit's commands and `rebuild`."""

import typer
import uvloop

from myschool_analytics import rebuild as rebuilding
from myschool_analytics.app import SERVICE
from myschool_kit.service import command_line

cli = command_line(SERVICE)


@cli.command()
def rebuild() -> None:
    """Compute every projection afresh from the events in Kafka, compare with the present ones and take their place."""
    report = uvloop.run(rebuilding.run(SERVICE.settings(), SERVICE.name))
    for table, (live, rebuilt, different) in report.items():
        typer.echo(f"{table}: {live} rows live, {rebuilt} rebuilt, {different} different")


if __name__ == "__main__":
    cli()
