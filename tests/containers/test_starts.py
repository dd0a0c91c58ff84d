"""What a container does that cannot serve: an old schema, a wrong setting, a missing key, a stop before it is up."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import docker
import pytest
from containers_cell import GRPC, Cell, ended, healthy, raw, takes_statements, until
from moments import patience
from start import job

from myschool_stack.keys import secret
from myschool_stack.layout import SERVICES

pytestmark = [pytest.mark.containers, pytest.mark.timeout(180)]
TERMINATED = 128 + 15


@pytest.fixture(scope="module")
async def server(bare: Cell) -> AsyncIterator[dict[str, str]]:
    """Settings of a PostgreSQL that no migration has seen, and of the Valkey and Kafka beside it."""
    bare.start_stand("postgres", "stand-postgres", {"POSTGRES_PASSWORD": secret(bare.keys, "postgres.password")})
    bare.start_stand("valkey", "stand-valkey", {})
    bare.start_stand("kafka", "stand-kafka", {"KAFKA_HOST": "kafka"})
    await until(lambda: takes_statements(bare.postgres()), 60, lambda: bare.log("postgres"))
    yield bare.environment()
    for name in list(bare.running):
        bare.stop(name)


async def test_services_when_their_databases_are_below_the_revision_then_they_refuse_and_serve_after_migrate(
    bare: Cell, server: dict[str, str]
) -> None:
    await asyncio.gather(*(_refuses_until_migrated(bare, name) for name in SERVICES))


async def _refuses_until_migrated(cell: Cell, service: str) -> None:
    await _statement(cell, f"CREATE DATABASE myschool_{service}")
    early = cell.start(f"early-{service}", service, ["serve"], environment=cell.own(service) | {"MYSCHOOL_START_PATIENCE_SECONDS": "20"})
    assert await ended(early, 90) == 1
    said = cell.log(f"early-{service}").strip()
    assert said.endswith("run `migrate`") and "Traceback" not in said
    cell.stop(f"early-{service}")
    await job(cell, f"migrate-{service}", service, "migrate")
    cell.start(service, service, ["serve"], environment=cell.own(service))
    await until(lambda: healthy(f"{cell.address(service)}:{GRPC[service]}"), 90, lambda: cell.log(service))
    cell.stop(service)


async def _statement(cell: Cell, sql: str) -> None:
    connection = await asyncpg.connect(f"{cell.postgres()}/postgres")
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def test_migrations_when_started_twice_at_once_then_both_end_well(bare: Cell, server: dict[str, str]) -> None:
    await _statement(bare, "DROP DATABASE IF EXISTS myschool_journal WITH (FORCE)")
    await asyncio.gather(*(job(bare, f"migrate-{number}", "journal", "migrate") for number in range(2)))
    bare.start("migrated", "journal", ["serve"], environment=bare.own("journal"))
    address = f"{bare.address('migrated')}:{GRPC['journal']}"
    await until(lambda: healthy(address), 60, lambda: bare.log("migrated"))
    bare.stop("migrated")


@pytest.mark.parametrize("uid", ["65534:65534", "54321:54321"], ids=["nobody", "unknown"])
async def test_service_when_run_as_any_uid_then_it_serves(bare: Cell, server: dict[str, str], uid: str) -> None:
    name = f"uid-{uid.partition(':')[0]}"
    await job(bare, f"migrate-{name}", "roles", "migrate", user=uid)
    bare.start(name, "roles", ["serve", "--with", "relay,consume"], environment=bare.own("roles"), user=uid)
    await until(lambda: healthy(f"{bare.address(name)}:{GRPC['roles']}"), 60, lambda: bare.log(name))
    bare.stop(name)


WRONG = [
    ("journal", ["serve"], {"MYSCHOOL_POOL_SIZE": "many"}, "MYSCHOOL_POOL_SIZE is wrong"),
    ("library", ["serve"], {"MYSCHOOL_LIBRARY_HTTP_URL": "library"}, "MYSCHOOL_LIBRARY_HTTP_URL must look like http://host:port"),
    ("messaging", ["check-config"], {"MYSCHOOL_MESSAGE_LIMIT": "0"}, "MYSCHOOL_MESSAGE_LIMIT is wrong"),
    ("gateway", [], {"MYSCHOOL_RATE_BURST": "0"}, "MYSCHOOL_RATE_BURST is wrong"),
    ("gateway", [], {"MYSCHOOL_KEYS_DIR": "/nowhere"}, "key file principal.key is not readable in MYSCHOOL_KEYS_DIR"),
    ("identity", ["bridge"], {"MYSCHOOL_BRIDGE_LISTEN": "8020"}, "MYSCHOOL_BRIDGE_LISTEN is wrong"),
]


@pytest.mark.parametrize(("image", "command", "setting", "sentence"), WRONG, ids=[f"{one[0]}-{next(iter(one[2]))}" for one in WRONG])
async def test_setting_when_wrong_then_the_start_ends_with_one_sentence(
    bare: Cell, image: str, command: list[str], setting: dict[str, str], sentence: str
) -> None:
    container = bare.start("wrong", image, command, environment=setting)
    try:
        code = await ended(container, 60)
        said = bare.log("wrong").strip()
        assert code == 1, said
        assert sentence in said
        assert len(said.splitlines()) == 1, said
        assert "Traceback" not in said
    finally:
        bare.stop("wrong")


@pytest.fixture
async def silent(bare: Cell) -> AsyncIterator[str]:
    """Address, as containers see it, of a server that takes connections and never answers."""

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    host = str(docker.from_env().networks.get(bare.network.name).attrs["IPAM"]["Config"][0]["Gateway"])
    server = await asyncio.start_server(keep, host, 0)
    yield f"{host}:{server.sockets[0].getsockname()[1]}"
    server.close()


@pytest.mark.parametrize("command", ["serve", "migrate"])
async def test_sigterm_when_a_process_still_waits_for_its_database_then_it_ends_at_once(bare: Cell, silent: str, command: str) -> None:
    container = bare.start("waiting", "roles", [command], environment={"MYSCHOOL_POSTGRES_URL": f"postgresql://myschool:x@{silent}"})
    try:
        await asyncio.sleep(5)
        assert raw(container).attrs["State"]["Running"], bare.log("waiting")
        began = time.monotonic()
        container.get_wrapped_container().kill("SIGTERM")
        code = await ended(container, 70)
        assert time.monotonic() - began < 7 * patience(), bare.log("waiting")
        assert code == TERMINATED
    finally:
        bare.stop("waiting")
