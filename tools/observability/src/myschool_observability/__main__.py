"""`python -m myschool_observability write | check`: deploy/observability as the code says, and whether it is."""

import json
from pathlib import Path
from typing import Annotated

import typer
import yaml

from myschool_observability import alerts, dashboards

FOLDER = Path(__file__).parents[4] / "deploy" / "observability"
cli = typer.Typer(no_args_is_help=True, add_completion=False)
_Folder = Annotated[Path, typer.Argument()]


def files() -> dict[str, str]:
    """Every generated file by its path in the folder."""
    made = {
        f"dashboards/{name}.json": json.dumps(board, ensure_ascii=False, indent=2) + "\n"
        for name, board in dashboards.all_dashboards().items()
    }
    made["alerts/myschool.yaml"] = yaml.safe_dump(alerts.rules(), allow_unicode=True, sort_keys=False, width=140)
    return made


@cli.command()
def write(folder: _Folder = FOLDER) -> None:
    """Write alerts and dashboards."""
    for path, text in files().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    typer.echo(f"{len(files())} files")


@cli.command()
def check(folder: _Folder = FOLDER) -> None:
    """Fail when a file is not as the code says."""
    stale = [path for path, text in files().items() if not (folder / path).is_file() or (folder / path).read_text("utf-8") != text]
    for path in stale:
        typer.echo(f"{path} is not as the code says: make gen")
    raise typer.Exit(1 if stale else 0)


if __name__ == "__main__":
    cli()
