"""The provider API's listener inside the service's process."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from myschool_kit.telemetry import logger

_log = logger(__name__)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to the process, which stops everything in order."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        message = f"the provider API cannot listen on {host}:{port} of MYSCHOOL_LIBRARY_HTTP_URL ({error.strerror})"
        raise RuntimeError(message) from error
    return listener


def listening(api: FastAPI, host: str, port: int, drain_seconds: float) -> Callable[[], Coroutine[Any, Any, None]]:
    """Background work that serves the API until it is cancelled, then lets running requests end."""

    async def serve() -> None:
        listener = _listen(host, port)
        config = uvicorn.Config(
            api,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_keep_alive=30,
            timeout_graceful_shutdown=max(1, round(drain_seconds)),
            h11_max_incomplete_event_size=16_384,
        )
        server = _Server(config)
        _log.info("provider_api", host=host, port=listener.getsockname()[1])
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise

    return serve
