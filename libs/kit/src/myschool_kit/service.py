"""A service's process: serve, relay, consume, migrate, check-config, replay; one image, several processes."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer
import uvloop
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as health

from myschool_cluster import health as probes
from myschool_cluster import process
from myschool_cluster.tls import Certificates
from myschool_kit import figures, migrate, telemetry
from myschool_kit.client import open_channel
from myschool_kit.consumer import Consumer, Handlers
from myschool_kit.db import Database
from myschool_kit.errors import RuleBroken
from myschool_kit.hints import Hints, open_redis
from myschool_kit.interceptors import Edge
from myschool_kit.principal import PrincipalVerifier
from myschool_kit.relay import Relay
from myschool_kit.settings import Settings, load

_log = telemetry.logger(__name__)
_OPTIONS = [
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ("grpc.max_send_message_length", 32 * 1024 * 1024),
    ("grpc.max_connection_age_ms", 60_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
]


@dataclass(frozen=True)
class Resources:
    """What the composition root of a service gets to build from."""

    settings: Settings
    database: Database
    stack: AsyncExitStack

    async def channel(self, service: str) -> Any:
        """A channel to a sibling service, closed with the process."""
        settings = self.settings
        return await self.stack.enter_async_context(open_channel(settings.address_of(service), service, settings.certificates()))


@dataclass(frozen=True)
class App:
    """What a service consists of: functions that add its servicers, its event handlers, its own background work."""

    servicers: tuple[Callable[[grpc.aio.Server], None], ...]
    handlers: Handlers | None = None
    background: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = field(default_factory=tuple)


Build = Callable[[Resources], Awaitable[App]]


@dataclass(frozen=True)
class Service:
    """A service by name, the folder of its package, and its composition root."""

    name: str
    package_dir: Path
    build: Build
    settings: Callable[[], Settings] = Settings
    # Name of its consumer, where a process takes in other events than the service's usual one.
    consumer: str = ""


async def start_server(
    app: App, edge: Edge, address: str, healthy: health.HealthServicer, certificates: Certificates | None = None
) -> tuple[grpc.aio.Server, int]:
    """A listening gRPC server with health; answers the server and its port."""
    server = grpc.aio.server(interceptors=[edge], options=_OPTIONS)
    for add in app.servicers:
        add(server)
    probes.add(server, healthy)
    port = server.add_insecure_port(address) if certificates is None else server.add_secure_port(address, certificates.server())
    await server.start()
    await healthy.set("", health_pb2.HealthCheckResponse.SERVING)
    return server, port


@asynccontextmanager
async def _composed(service: Service) -> AsyncIterator[tuple[Resources, App]]:
    """The service's whole graph over an open database at the right revision."""
    settings = load(service.settings)
    telemetry.configure(service.name, settings.log_level)
    async with AsyncExitStack() as stack:
        redis = open_redis(settings.redis_url.get_secret_value())
        stack.push_async_callback(redis.aclose)
        database = Database(settings.database_url(service.name), pool_size=settings.pool_size, hints=Hints(redis))
        await database.open(settings.start_patience_seconds)
        stack.push_async_callback(database.close)
        await migrate.require_head(database.reads, service.package_dir, settings.start_patience_seconds)
        resources = Resources(settings, database, stack)
        yield resources, await service.build(resources)


async def run(service: Service, *, serve: bool, relay: bool, consume: bool) -> None:
    """Runs the chosen processes of a service in one event loop until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    async with AsyncExitStack() as stack:
        try:
            resources, app = await stack.enter_async_context(_composed(service))
        except RuleBroken as error:  # the schema is older than the code
            raise SystemExit(error.detail) from None
        for signum in (signal.SIGTERM, signal.SIGINT):  # not before: a start that waits for its database ends at once
            asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
        settings, database, healthy = resources.settings, resources.database, health.HealthServicer()
        await stack.enter_async_context(probes.probed(healthy, settings.health_address, partial(database.reads.fetchval, "SELECT 1")))
        await stack.enter_async_context(process.shown(settings, service.name))
        figures.watch(service.name, database, relay=relay, consume=consume)
        tasks = [asyncio.create_task(work()) for work in app.background] if serve else []
        if relay:
            relayer = Relay(service.name, settings)
            database.committed = relayer.wake
            tasks.append(asyncio.create_task(relayer.run()))
        if consume and app.handlers is not None:
            tasks.append(asyncio.create_task(Consumer(service.consumer or service.name, settings, database, app.handlers).run()))
        server: grpc.aio.Server | None = None
        if serve:
            certificates = settings.certificates()
            edge = Edge(service.name, PrincipalVerifier(settings.key("principal.pub")), database, knows_callers=certificates is not None)
            server, port = await start_server(app, edge, settings.address_of(service.name), healthy, certificates)
            _log.info("serving", port=port)
        await _until(stopping, tasks)
        await healthy.enter_graceful_shutdown()
        if server is not None:
            await server.stop(settings.drain_seconds)
        for task in tasks:
            task.cancel()
        # A broker holds a farewell back while its group changes hands: the end of the process says it too.
        await asyncio.wait({asyncio.create_task(stopping.wait()), *tasks}, timeout=5)


async def _until(stopping: asyncio.Event, tasks: list["asyncio.Task[None]"]) -> None:
    """Waits for the signal; a background task that ends by itself is a fault that must stop the process."""
    waiter = asyncio.create_task(stopping.wait())
    await asyncio.wait([waiter, *tasks], return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    for task in tasks:
        if task.done():
            task.result()


def command_line(service: Service) -> typer.Typer:
    """The commands of `python -m myschool_<service>`."""
    cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

    @cli.command()
    def serve(with_: Annotated[str, typer.Option("--with", help="also run: relay,consume")] = "") -> None:
        """Serve gRPC; on one box also relay and consume."""
        extra = {part.strip() for part in with_.split(",") if part.strip()}
        uvloop.run(run(service, serve=True, relay="relay" in extra, consume="consume" in extra))

    @cli.command()
    def relay() -> None:
        """Send the outbox to Kafka."""
        uvloop.run(run(service, serve=False, relay=True, consume=False))

    @cli.command()
    def consume() -> None:
        """Take in events of other services."""
        uvloop.run(run(service, serve=False, relay=False, consume=True))

    @cli.command("migrate")
    def migrate_() -> None:
        """Bring the database to this code's revision."""
        asyncio.run(migrate.upgrade(load(service.settings).database_url(service.name), service.package_dir))

    @cli.command("check-config")
    def check_config() -> None:
        """Print the resolved settings, secrets hidden, and exit."""
        for name, value in sorted(load(service.settings).model_dump().items()):
            typer.echo(f"{name} = {value}")

    @cli.command()
    def replay() -> None:
        """Try the parked events again."""
        applied, stuck = uvloop.run(_replay(service))
        typer.echo(f"applied {applied}, still parked {stuck}")

    return cli


async def _replay(service: Service) -> tuple[int, int]:
    async with _composed(service) as (resources, app):
        if app.handlers is None:
            return 0, 0
        return await Consumer(service.consumer or service.name, resources.settings, resources.database, app.handlers).replay()
