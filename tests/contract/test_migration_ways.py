"""Test 22 of the platform: every migration goes down and up again with rows in it, and none takes anything away from the code before it."""

import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import catalogue
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from myschool_kit import migrate

ROOT = Path(__file__).parents[2]
SERVICES = tuple(sorted(path.name for path in (ROOT / "services").iterdir() if (path / "src").is_dir()))
ROWS = 3
# Of some tables a check or a type of theirs makes rows that nobody can guess.
_FILLED = 0.7
# They changed columns under code that no region had ever run. Later ones say for themselves what they contract.
BEFORE_THE_FIRST_RELEASE = {("analytics", "0002")}
_VALUES = {
    "uuid": "gen_random_uuid()",
    "smallint": "1 + g % 5",
    "integer": "g",
    "bigint": "g",
    "text": "'слово ' || g",
    "date": "date '2026-09-01' + g",
    "timestamp with time zone": "timestamptz '2026-09-01 08:00+00' + g * interval '1 day'",
    "boolean": "g > 0",
    "bytea": "decode(md5(g::text), 'hex')",
    "jsonb": "'{}'::jsonb",
    "numeric": "g",
    "double precision": "g",
    "interval": "g * interval '1 minute'",
    "time without time zone": "time '08:00'",
    "uuid[]": "ARRAY[gen_random_uuid()]",
    "text[]": "ARRAY['слово']",
}
_FILLABLE = """
SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type FROM pg_attribute a
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
"""
_ALLOWED = "SELECT pg_get_constraintdef(oid) AS said FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'"


def config_of(service: str) -> Config:
    found = importlib.util.find_spec(f"myschool_{service}")
    assert found is not None and found.origin is not None
    config = Config()
    config.set_main_option("script_location", str(Path(found.origin).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def scripts(service: str) -> list[Script]:
    """Oldest first."""
    return list(ScriptDirectory.from_config(config_of(service)).walk_revisions())[::-1]


class Database:
    """A database that walks the history of a service."""

    def __init__(self, service: str, url: str) -> None:
        self._config = config_of(service)
        self._engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
        self.url = url

    async def to(self, revision: str, *, down: bool = False) -> None:
        def move(connection: Connection) -> None:
            self._config.attributes["connection"] = connection
            (command.downgrade if down else command.upgrade)(self._config, revision)

        async with self._engine.connect() as connection:
            await connection.run_sync(move)
            await connection.commit()

    async def look(self) -> catalogue.Catalogue:
        connection = await asyncpg.connect(self.url)
        try:
            return await catalogue.read(connection)
        finally:
            await connection.close()

    async def run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def fill(self) -> set[str]:
        """A few rows in each empty table; answers the tables that have rows."""
        connection = await asyncpg.connect(self.url)
        try:
            # Neither foreign keys nor triggers: these rows have no story, only a number.
            await connection.execute("SET session_replication_role = replica")
            tables = sorted((await catalogue.read(connection)).tables)
            return {table for table in tables if await _filled(connection, table)}
        finally:
            await connection.close()

    async def close(self) -> None:
        await self._engine.dispose()


async def _filled(connection: asyncpg.Connection, table: str) -> bool:
    if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")'):
        return True
    columns = await connection.fetch(_FILLABLE, table)
    checks = " ".join(row["said"] for row in await connection.fetch(_ALLOWED, table))
    # A column with a check keeps to its default where it has one: what a check allows cannot be guessed.
    free = {row["name"]: _VALUES.get(row["type"], "DEFAULT") for row in columns if row["name"] not in checks}
    free = {name: value for name, value in free.items() if value != "DEFAULT"}
    names, values = ", ".join(f'"{name}"' for name in free), ", ".join(free.values())
    try:
        await connection.execute(f'INSERT INTO "{table}" ({names}) SELECT {values} FROM generate_series(1, {ROWS}) g')
    except (asyncpg.CheckViolationError, asyncpg.NotNullViolationError, asyncpg.UniqueViolationError):
        return False
    return True


@asynccontextmanager
async def empty(service: str, postgres_url: str) -> AsyncIterator[Database]:
    server, name = postgres_url.rstrip("/"), f"ways_{service}_{uuid4().hex[:12]}"
    await migrate.ensure_database(f"{server}/{name}")
    database = Database(service, f"{server}/{name}")
    try:
        yield database
    finally:
        await database.close()
        admin = await asyncpg.connect(f"{server}/postgres")
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_migrations_when_gone_down_and_up_again_with_rows_then_the_schema_is_the_same(service: str, postgres_url: str) -> None:
    async with empty(service, postgres_url) as database:
        seen = {"base": await database.look()}
        full: set[str] = set()
        before = "base"
        for script in scripts(service):
            await database.to(script.revision)
            up = await database.look()
            await database.to(before, down=True)
            assert await database.look() == seen[before], f"{script.revision} goes down to something else"
            await database.to(script.revision)
            assert await database.look() == up, f"{script.revision} comes up again to something else"
            full |= await database.fill()
            seen[script.revision], before = up, script.revision
        assert len(full) >= len(seen[before].tables) * _FILLED, sorted(seen[before].tables - full)
        print(f"{service}: rows in {len(full)} of {len(seen[before].tables)} tables")
        await database.to("base", down=True)
        assert await database.look() == seen["base"]
        await database.to("head")
        assert await database.look() == seen[before]


@pytest.mark.parametrize("service", SERVICES)
async def test_migration_when_the_code_before_it_still_runs_then_it_takes_nothing_away(service: str, postgres_url: str) -> None:
    async with empty(service, postgres_url) as database:
        history: list[str] = []
        for script in scripts(service):
            before = await database.look()
            await database.to(script.revision)
            found = catalogue.taken_away(before, await database.look())
            contracts = getattr(script.module, "contract_of", "")
            if contracts:
                assert contracts in history[:-1], f"{script.revision} contracts {contracts}: that must be of an earlier release"
            elif (service, script.revision) not in BEFORE_THE_FIRST_RELEASE:
                assert found == [], f'{script.revision}: add now, take away in a later release and say `contract_of = "<revision>"`'
            history.append(script.revision)


_HARMLESS = (
    "ALTER TABLE chat ADD COLUMN note text",
    "ALTER TABLE chat ADD COLUMN height int NOT NULL DEFAULT 1",
    "ALTER TABLE chat ADD COLUMN mood text NOT NULL DEFAULT 'CALM' CHECK (mood IN ('CALM', 'LOUD'))",
    "CREATE TABLE later (id uuid PRIMARY KEY, name text NOT NULL)",
    "CREATE INDEX chat_later ON chat (created_at)",
    "ALTER TABLE chat ALTER COLUMN group_name DROP NOT NULL",
    "DROP INDEX member_person",
)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP TABLE message", "table message is gone"),
        ("ALTER TABLE message DROP COLUMN body", "column message.body is gone"),
        ("ALTER TABLE message RENAME COLUMN body TO content", "column message.body is gone"),
        ("ALTER TABLE message RENAME TO letter", "table message is gone"),
        ("ALTER TABLE chat ALTER COLUMN members TYPE bigint", "column chat.members was integer and is bigint"),
        ("ALTER TABLE chat ADD COLUMN weight int NOT NULL", "new column chat.weight must have a value"),
        ("ALTER TABLE chat ALTER COLUMN members DROP DEFAULT", "column chat.members is no longer filled by itself"),
        ("ALTER TABLE chat ADD CHECK (members < 10)", "refuses what was allowed"),
        ("CREATE UNIQUE INDEX one ON chat (group_name)", "refuses what was allowed"),
        ("ALTER TABLE parked ADD FOREIGN KEY (event_id) REFERENCES message (id)", "refuses what was allowed"),
        ("DROP FUNCTION refuse_change() CASCADE", "function refuse_change() is gone"),
    ],
    ids=["table", "column", "column-renamed", "table-renamed", "type", "required", "default", "check", "unique", "foreign", "function"],
)
async def test_change_when_it_takes_something_away_then_it_is_named(statement: str, said: str, postgres_url: str) -> None:
    async with empty("messaging", postgres_url) as database:
        await database.to("head")
        before = await database.look()
        await database.run(*_HARMLESS)
        assert catalogue.taken_away(before, await database.look()) == []
        await database.run(statement)
        assert any(said in one for one in catalogue.taken_away(before, await database.look()))
