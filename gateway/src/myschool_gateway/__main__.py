"""python -m myschool_gateway: serve (default), openapi, check-config."""

from pathlib import Path
from typing import Annotated

import orjson
import typer
import uvicorn

from myschool_gateway.app import build
from myschool_gateway.settings import GatewaySettings
from myschool_kit import telemetry

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@cli.callback(invoke_without_command=True)
def serve(context: typer.Context) -> None:
    """Serve the page, REST, WebSocket and sign-in until SIGTERM."""
    if context.invoked_subcommand is not None:
        return
    settings = GatewaySettings()
    telemetry.configure("gateway", settings.log_level)
    host, port = settings.listen
    config = uvicorn.Config(
        build(settings),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=16 * 1024,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=int(settings.drain_seconds) + 2,
        h11_max_incomplete_event_size=64 * 1024,
    )
    uvicorn.Server(config).run()


@cli.command()
def openapi(path: Annotated[Path, typer.Argument(help="file to write")] = Path(__file__).parents[2] / "openapi.json") -> None:
    """Write the OpenAPI 3.1 document."""
    schema = build(GatewaySettings()).openapi()
    path.write_bytes(orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    typer.echo(f"{path.name}: {len(schema['paths'])} paths")


@cli.command("check-config")
def check_config() -> None:
    """Print the resolved settings, secrets hidden, and exit."""
    for name, value in sorted(GatewaySettings().model_dump().items()):
        typer.echo(f"{name} = {value}")


if __name__ == "__main__":
    cli()
