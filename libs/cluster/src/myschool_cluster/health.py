"""Health over gRPC for the probes of a cluster, on a port of its own: a probe brings no certificate along."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import grpc
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health

_log = structlog.get_logger(module=__name__)
# Names under which probes ask. Liveness needs no more than an answer in time: it comes from the event loop that serves the calls.
READY, LIVE = "ready", "live"
_EVERY_S = 3.0
_WITHIN_S = 2.0
_STATES = health_pb2.HealthCheckResponse


def add(server: grpc.aio.Server, servicer: "health.HealthServicer") -> None:
    """Adds the health service to a server."""
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)


@asynccontextmanager
async def probed(servicer: "health.HealthServicer", address: str, is_ready: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Answers probes at host:port, no address meaning none, and keeps `ready` true for as long as `is_ready` returns in time."""
    await servicer.set(LIVE, _STATES.SERVING)
    await servicer.set(READY, _STATES.NOT_SERVING)
    watching = asyncio.create_task(_watch(servicer, is_ready))
    server = grpc.aio.server() if address else None
    try:
        if server is not None:
            add(server, servicer)
            server.add_insecure_port(address)
            await server.start()
        yield
    finally:
        watching.cancel()
        if server is not None:
            await server.stop(0)


async def _watch(servicer: "health.HealthServicer", is_ready: Callable[[], Awaitable[object]]) -> None:
    before: bool | None = None
    while True:
        ready = await _tried(is_ready)
        if ready != before:
            _log.info("ready" if ready else "not_ready")
            await servicer.set(READY, _STATES.SERVING if ready else _STATES.NOT_SERVING)
        before = ready
        await asyncio.sleep(_EVERY_S)


async def _tried(is_ready: Callable[[], Awaitable[object]]) -> bool:
    try:
        async with asyncio.timeout(_WITHIN_S):
            await is_ready()
    except Exception as error:
        _log.warning("readiness_check_failed", error=type(error).__name__)
        return False
    return True
