"""python -m myschool_k8s: generate, secrets, render, sizes."""

import sys
from pathlib import Path
from typing import Annotated

import typer
import yaml

from myschool_k8s import generate as generating
from myschool_k8s import render as rendering
from myschool_k8s import secrets as catalogue
from myschool_k8s import sizes as sizing
from myschool_k8s.layout import MANIFESTS, ROOT

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@cli.command()
def generate() -> None:
    """Write the manifests that follow from the code: topics, network policies, scaling, allow-lists."""
    for path in generating.write():
        typer.echo(path.relative_to(ROOT))


@cli.command()
def secrets(
    keys: Annotated[Path, typer.Option(help="folder of key files; what is missing is made there")],
    namespace: Annotated[str, typer.Option()] = "myschool",
    demo: Annotated[bool, typer.Option("--demo", help="a stand: keys of the simulator and of two publishers too")] = False,
) -> None:
    """Print the Secrets of a cell, to be piped into `kubectl apply -f -`. Keep the folder: lost keys cannot be made again."""
    try:
        made = catalogue.manifests(keys, demo=demo)
    except catalogue.MissingKeysError as error:
        raise SystemExit(str(error)) from error
    for item in made:
        item["metadata"]["namespace"] = namespace
    yaml.safe_dump_all(made, sys.stdout, sort_keys=False)


@cli.command()
def render(overlay: Annotated[str, typer.Argument(help="name of a folder in deploy/k8s/overlays")]) -> None:
    """Print an overlay as kubectl would send it."""
    typer.echo(rendering.text(MANIFESTS / "overlays" / overlay))


@cli.command()
def sizes(overlay: Annotated[str, typer.Argument(help="name of a folder in deploy/k8s/overlays")]) -> None:
    """Print what an overlay requests when every workload runs its least pods."""
    items = rendering.objects(MANIFESTS / "overlays" / overlay)
    for row in sizing.rows(items):
        typer.echo(f"{row.name:40} {row.pods:3} pods {row.cores:6.2f} cores {row.mebibytes:7} MiB")
    typer.echo(sizing.in_words(items))


if __name__ == "__main__":
    cli()
