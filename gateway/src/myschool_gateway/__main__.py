"""python -m myschool_gateway: serve (default), openapi, check-config."""

import asyncio
import socket
import time
from pathlib import Path
from typing import Annotated

import orjson
import typer
import uvicorn
from fastapi import FastAPI

from myschool_cluster.asgi import KEEP_ALIVE_S
from myschool_gateway.app import build
from myschool_gateway.settings import GatewaySettings
from myschool_kit import telemetry
from myschool_kit.settings import load

_LOOK_S = 0.1

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class _Server(uvicorn.Server):
    """Leaves before it stops: a kept connection that is closed in the moment of its next request would lose that request."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, leave_s: float) -> None:
        super().__init__(config)
        self._app = app
        self._leave_s = leave_s

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Not ready, still answering, each answer closing its connection; then everything as usual."""
        self._app.state.parts.load.leaving = True
        until = time.monotonic() + self._leave_s
        while time.monotonic() < until and not self.force_exit:  # noqa: ASYNC110 - the flag is the web server's own
            await asyncio.sleep(_LOOK_S)
        await super().shutdown(sockets)


@cli.callback(invoke_without_command=True)
def serve(context: typer.Context) -> None:
    """Serve the page, REST, WebSocket and sign-in until SIGTERM."""
    if context.invoked_subcommand is not None:
        return
    settings = load(GatewaySettings)
    for name in ("principal.key", "cookie.key", "gateway-client.key"):
        settings.key(name)  # a missing one is told here in a sentence, not by the web server in a traceback
    telemetry.configure("gateway", settings.log_level)
    host, port = settings.listen
    app = build(settings)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=16 * 1024,
        ws_per_message_deflate=False,
        access_log=False,
        forwarded_allow_ips=settings.trusted_proxies,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(settings.drain_seconds) + 2,
        h11_max_incomplete_event_size=64 * 1024,
    )
    _Server(config, app, settings.leave_seconds).run()


@cli.command()
def openapi(path: Annotated[Path, typer.Argument(help="file to write")] = Path(__file__).parents[2] / "openapi.json") -> None:
    """Write the OpenAPI 3.1 document."""
    schema = build(GatewaySettings()).openapi()
    path.write_bytes(orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    typer.echo(f"{path.name}: {len(schema['paths'])} paths")


@cli.command("check-config")
def check_config() -> None:
    """Print the resolved settings, secrets hidden, and exit."""
    for name, value in sorted(load(GatewaySettings).model_dump().items()):
        typer.echo(f"{name} = {value}")


if __name__ == "__main__":
    cli()
