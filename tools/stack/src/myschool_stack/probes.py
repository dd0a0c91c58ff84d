"""Ready or not, asked in each part's own protocol with a short deadline."""

import asyncio
import http.client
import socket
import struct
from urllib.parse import urlsplit

import asyncpg
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

_SECONDS = 2.0
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)


def http_ok(url: str) -> bool:
    """Whether a GET answers 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port, timeout=_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def grpc_serving(address: str) -> bool:
    """Whether the gRPC health service says SERVING."""
    with grpc.insecure_channel(address) as channel:
        try:
            reply = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=_SECONDS)
        except grpc.RpcError:
            return False
        return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)


def kafka_answers(host: str, port: int) -> bool:
    """Whether a broker answers ApiVersions, which it does only once it serves requests."""
    return len(_exchange(host, port, _API_VERSIONS)) >= 4


def valkey_answers(host: str, port: int) -> bool:
    """Whether PING is answered by PONG (a server that still loads its file says LOADING)."""
    return _exchange(host, port, b"PING\r\n").startswith(b"+PONG")


def smtp_greets(host: str, port: int) -> bool:
    """A mail server is ready for commands."""
    return _exchange(host, port, b"").startswith(b"220")


def postgres_answers(url: str) -> bool:
    """Whether a statement runs; a wrong password is raised, for waiting does not cure it."""
    return _says(url, "SELECT true")


def postgres_writes(url: str) -> bool:
    """Whether the server has recovered and takes writes; while it reads a backup it answers, but only reads."""
    return _says(url, "SELECT NOT pg_is_in_recovery()")


def _says(url: str, question: str) -> bool:
    async def ask() -> bool:
        connection = await asyncpg.connect(f"{url}/postgres", timeout=_SECONDS)
        try:
            return bool(await connection.fetchval(question))
        finally:
            await connection.close()

    try:
        return asyncio.run(ask())
    except (asyncpg.CannotConnectNowError, OSError, TimeoutError):
        return False


def _exchange(host: str, port: int, question: bytes) -> bytes:
    try:
        with socket.create_connection((host, port), _SECONDS) as connection:
            connection.sendall(question)
            return connection.recv(64)
    except OSError:
        return b""
