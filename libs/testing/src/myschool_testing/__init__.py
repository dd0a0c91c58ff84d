"""Real databases and a real gRPC server inside the test process, for the suites of all services."""

import os
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

import asyncpg
import grpc
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from grpc_health.v1.health import aio as health_aio

from myschool_kit import migrate
from myschool_kit.client import open_channel
from myschool_kit.db import Database
from myschool_kit.hints import Hints, open_redis
from myschool_kit.interceptors import Edge
from myschool_kit.principal import Principal, PrincipalSigner, PrincipalVerifier
from myschool_kit.service import Resources, Service, start_server
from myschool_kit.settings import Settings


@cache
def key_pair() -> tuple[bytes, bytes]:
    """A private and a public PEM for principals, made once per test process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, public


@cache
def _signer() -> PrincipalSigner:
    return PrincipalSigner(key_pair()[0])


def token_of(principal: Principal) -> str:
    """A principal token as the gateway would make it."""
    return _signer().sign(principal)


def a_principal(role_type: str = "SYSTEM", **values: str) -> Principal:
    """A principal with a random person id unless one is given."""
    given = {"person_id": str(uuid4()), "display_name": "Проверкина Анна Ивановна", "role_id": str(uuid4()), **values}
    return Principal(role_type=role_type, **given)


class Statements:
    """SQL statements seen by a database since the last reset."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, query: str) -> None:
        """Called by the driver for each statement."""
        self.seen.append(query)

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements of the block, transaction control left out."""
        start = len(self.seen)
        counted: list[str] = []
        yield counted
        counted.extend(query for query in self.seen[start:] if not query.strip(" ;").upper().startswith(_CONTROL))


_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SET ", "RESET", "SELECT PG_ADVISORY_UNLOCK_ALL", "CLOSE", "UNLISTEN")


@dataclass
class Harness:
    """A service under test: its database, a listening server and a channel to it."""

    settings: Settings
    database: Database
    resources: Resources
    statements: Statements
    channel: grpc.aio.Channel
    address: str

    async def outbox(self) -> list[asyncpg.Record]:
        """Events emitted so far, in order."""
        return await self.database.reads.fetch("SELECT topic, key, type, payload FROM outbox ORDER BY id")


async def create_database(postgres_url: str, service: Service, settings: Settings) -> str:
    """A migrated database of its own, copied from a template that is made once per service and schema."""
    schema = zlib.crc32(str(service.package_dir).encode())
    template = f"template_{service.name}_{schema}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    name = f"test_{service.name}_{uuid4().hex[:12]}"
    async with _administration(postgres_url) as admin:
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", template):
            await migrate.upgrade(f"{postgres_url}/{template}", service.package_dir)
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return f"{postgres_url}/{name}"


async def drop_database(url: str) -> None:
    """Removes a test database, whoever is still connected."""
    server, _, name = url.rpartition("/")
    async with _administration(server) as admin:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@asynccontextmanager
async def _administration(server: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(f"{server}/postgres")
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def running(service: Service, postgres_url: str, redis_url: str, **overrides: Any) -> AsyncIterator[Harness]:
    """The service's whole graph on a fresh database, listening on a free loopback port."""
    url = await create_database(postgres_url, service, service.settings())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(drop_database, url)
        yield await stack.enter_async_context(running_on(url, service, redis_url, **overrides))


@asynccontextmanager
async def running_on(url: str, service: Service, redis_url: str, **overrides: Any) -> AsyncIterator[Harness]:
    """The service's graph on a database that is there already: a second process beside the first."""
    settings = service.settings().model_copy(update=overrides)
    statements = Statements()
    async with AsyncExitStack() as stack:
        redis = open_redis(redis_url)
        stack.push_async_callback(redis.aclose)
        database = Database(url, pool_size=5, hints=Hints(redis), on_query=statements)
        await database.open()
        stack.push_async_callback(database.close)
        resources = Resources(settings, database, stack)
        app = await service.build(resources)
        edge = Edge(service.name, PrincipalVerifier(key_pair()[1]), database)
        server, port = await start_server(app, edge, "127.0.0.1:0", health_aio.HealthServicer())
        stack.push_async_callback(server.stop, None)
        channel = await stack.enter_async_context(open_channel(f"127.0.0.1:{port}"))
        yield Harness(settings, database, resources, statements, channel, f"127.0.0.1:{port}")
