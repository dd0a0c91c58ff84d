"""Test 22 of the platform: each migration runs beside readers of a large table without holding them up, from every earlier revision, with data."""

import asyncio
import importlib.util
import time
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from myschool_kit import migrate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
ROWS = 1_000_000
_LONGEST_S = 0.1
# A reader of a busy machine waits without any lock too: so much is measured before the migration and allowed on top.
_NOISE = 2.0
# Tables that grow with every school day, and that a migration of the service touches.
LARGE = {
    "identity": ("person", "session"),
    "roles": ("person", "guardianship"),
    "journal": ("mark", "attendance"),
    "library": ("item",),
    "messaging": ("message",),
    "analytics": ("act",),
}
# They rewrite a table, or read it whole under its lock. No region had any data yet; no later migration may join them.
BEFORE_THE_FIRST_RELEASE = {
    ("identity", "2026_11_26_0003"),
    ("roles", "2026_11_24_0002"),
    ("roles", "2026_11_26_0004"),
    ("analytics", "0002"),
}
_VALUES = {
    "uuid": "gen_random_uuid()",
    "smallint": "1 + g % 5",
    "integer": "g",
    "bigint": "g",
    "text": "'слово ' || g",
    "date": "current_date - (g % 300)",
    "timestamp with time zone": "now()",
    "boolean": "true",
    "bytea": "decode(md5(g::text), 'hex')",
    "ARRAY": "'{}'",
}
_OF_FEW_WORDS = {("item", "status"): "'SUBMITTED'", ("guardianship", "kind"): "'FULL'"}
_COLUMNS = """
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY ordinal_position
"""


def package(service: str) -> Path:
    found = importlib.util.find_spec(f"myschool_{service}")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent


def revisions(service: str) -> list[str]:
    """Oldest first."""
    config = Config()
    config.set_main_option("script_location", str(package(service) / "migrations"))
    return [entry.revision for entry in ScriptDirectory.from_config(config).walk_revisions()][::-1]


STEPS = [(service, before, after) for service in LARGE for before, after in zip(revisions(service), revisions(service)[1:], strict=False)]


async def fill(connection: asyncpg.Connection, table: str) -> None:
    columns = await connection.fetch(_COLUMNS, table)
    names = ", ".join(row["column_name"] for row in columns)
    values = ", ".join(_OF_FEW_WORDS.get((table, row["column_name"]), _VALUES[row["data_type"]]) for row in columns)
    # Neither foreign keys nor triggers: these rows have no story, only a number.
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, {ROWS}) g", timeout=600)
    await connection.execute("RESET session_replication_role")
    await connection.execute(f"VACUUM ANALYZE {table}", timeout=300)


class Reader:
    """Reads a table without pause and remembers its longest wait."""

    def __init__(self, url: str, table: str) -> None:
        self._url = url
        self._statement = f"SELECT 1 FROM {table} LIMIT 1"
        self.longest_s = 0.0

    async def run(self) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            while True:
                began = time.monotonic()
                await connection.fetchval(self._statement)
                self.longest_s = max(self.longest_s, time.monotonic() - began)
                await asyncio.sleep(0.002)
        finally:
            await connection.close()


@pytest.mark.parametrize(("service", "before", "after"), STEPS)
async def test_migration_when_its_table_is_large_then_readers_go_on_and_every_row_stays(
    service: str, before: str, after: str, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{postgres_url.rstrip('/')}/locks_{uuid4().hex[:12]}"
    await migrate.upgrade(url, package(service), before)
    admin = await asyncpg.connect(url)
    try:
        for table in LARGE[service]:
            await fill(admin, table)
        readers = {table: Reader(url, table) for table in LARGE[service]}
        tasks = [asyncio.create_task(reader.run()) for reader in readers.values()]
        await asyncio.sleep(3)
        noise = max(reader.longest_s for reader in readers.values())
        for reader in readers.values():
            reader.longest_s = 0.0
        began = time.monotonic()
        await migrate.upgrade(url, package(service), after)
        seconds = time.monotonic() - began
        await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        waits = {table: round(reader.longest_s * 1000) for table, reader in readers.items()}
        counts = {table: await admin.fetchval(f"SELECT count(*) FROM {table}") for table in LARGE[service]}
    finally:
        await admin.close()
        server = await asyncpg.connect(f"{postgres_url.rstrip('/')}/postgres")
        await server.execute(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')
        await server.close()
    with capsys.disabled():
        print(f"\n{service} {before} → {after}: {seconds:.1f} s, readers waited at most {waits} ms (before it {noise * 1000:.0f} ms)")
    assert set(counts.values()) == {ROWS}
    if (service, after) not in BEFORE_THE_FIRST_RELEASE:
        assert max(waits.values()) / 1000 <= _LONGEST_S + noise * _NOISE


def test_every_service_with_a_second_migration_is_measured() -> None:
    names = {path.parents[3].name for path in ROOT.glob("services/*/src/*/migrations/versions")}
    assert {name for name in names if len(revisions(name)) > 1} == set(LARGE)
