"""The way up of a cell: stand, migrations, services, sign-in server, demo region."""

import asyncio

import asyncpg
from containers_cell import Cell, answers, ended, healthy, takes_statements, until

from myschool_stack.keys import secret
from myschool_stack.layout import SERVICES

# These two run as in a cluster, one process a container; the others keep the three of theirs together to save time.
SPLIT = ("journal", "analytics")
_MINUTE = 60.0


async def bring_up(cell: Cell) -> None:
    """Everything, as far as possible side by side."""
    await _stand(cell)
    await migrate(cell)
    _start_keycloak(cell)
    _services(cell)
    await asyncio.gather(*(_ready(cell, name) for name in SERVICES))
    _web(cell)
    await until(lambda: answers(f"http://{cell.address('keycloak')}:9000/health/ready"), 3 * _MINUTE, lambda: cell.log("keycloak"))
    for name, port in (("gateway", 8000), ("bridge", 8020), ("esia", 8010)):
        await _answering(cell, name, port)
    await job(cell, "realm", "identity", "realm")
    await job(cell, "seed", "seed", "--size", "small", seconds=5 * _MINUTE, environment=cell.own("seed"))


async def _stand(cell: Cell) -> None:
    cell.start_stand("postgres", "stand-postgres", {"POSTGRES_PASSWORD": secret(cell.keys, "postgres.password")})
    cell.start_stand("valkey", "stand-valkey", {})
    cell.start_stand("kafka", "stand-kafka", {"KAFKA_HOST": "kafka"})
    await until(lambda: takes_statements(cell.postgres()), _MINUTE, lambda: cell.log("postgres"))
    connection = await asyncpg.connect(f"{cell.postgres()}/postgres")
    await connection.execute("CREATE DATABASE keycloak")
    await connection.close()


def _start_keycloak(cell: Cell) -> None:
    environment = {
        "KC_DB_URL": "jdbc:postgresql://postgres:5432/keycloak",
        "KC_DB_USERNAME": "myschool",
        "KC_DB_PASSWORD": secret(cell.keys, "postgres.password"),
        "KC_HTTP_ENABLED": "true",
        "KC_HOSTNAME": "http://keycloak:8080",
        "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": secret(cell.keys, "keycloak.password"),
        "JAVA_OPTS_KC_HEAP": "-Xms96m -Xmx400m",
        "JAVA_OPTS_APPEND": "-XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC",
    }
    cell.start_stand("keycloak", "keycloak", environment, ["start", "--optimized"])


async def migrate(cell: Cell, server: str = "postgres") -> None:
    """One container a service, as the Jobs of a cluster do."""
    url = f"postgresql://myschool:{secret(cell.keys, 'postgres.password')}@{server}:5432"
    await asyncio.gather(
        *(job(cell, f"migrate-{name}-{server}", name, "migrate", environment={"MYSCHOOL_POSTGRES_URL": url}) for name in SERVICES)
    )


async def job(cell: Cell, name: str, image: str, *command: str, seconds: float = 2 * _MINUTE, **options: object) -> str:
    """Runs a container to its end, which must be a good one; answers what it said."""
    container = await asyncio.to_thread(cell.start, name, image, command, **options)
    code = await ended(container, seconds)
    said = cell.log(name)
    cell.stop(name)
    assert code == 0, f"{name} ended with {code}:\n{said[-3000:]}"
    return said


def _services(cell: Cell) -> None:
    for name in SERVICES:
        together = ["--with", "relay,consume"] if name not in SPLIT else []
        cell.start(name, name, ["serve", *together], environment=cell.own(name))
        if name in SPLIT:
            for process in ("relay", "consume"):
                cell.start(f"{name}-{process}", name, [process])


def _web(cell: Cell) -> None:
    cell.start("esia", "esia-simulator", environment=cell.own("esia"))
    cell.start("bridge", "identity", ["bridge"], environment=cell.own("bridge"))
    cell.start("gateway", "gateway", environment=cell.own("gateway"))


async def _ready(cell: Cell, name: str) -> None:
    await until(lambda: healthy(cell.probe(name)), 2 * _MINUTE, lambda: cell.log(name))


async def _answering(cell: Cell, name: str, port: int) -> None:
    await until(lambda: answers(f"http://{cell.address(name)}:{port}/health/ready"), _MINUTE, lambda: cell.log(name))
