"""What serves has a login of its own: it does its work, but can neither touch the schema nor rewrite the record of reads (platform test 25)."""

import importlib
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from myschool_kit import migrate
from myschool_kit.service import Service

SERVICES = ("identity", "roles", "journal", "library", "messaging", "analytics")
# The library holds nobody's data but names of experts and publishers, who appear there by their office.
WITH_RECORD = tuple(name for name in SERVICES if name != "library")
_PASSWORD = uuid4().hex


def service_of(name: str) -> Service:
    service: Service = importlib.import_module(f"myschool_{name}.app").SERVICE
    return service


@pytest.fixture
async def app(postgres_url: str, request: pytest.FixtureRequest) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the application's login to a migrated database of the service."""
    owner = await asyncpg.connect(f"{postgres_url}/postgres")
    user, database = await owner.fetchval("SELECT current_user"), f"test_login_{uuid4().hex[:12]}"
    role = f"{user}_app"
    if not await owner.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await owner.execute(f'CREATE ROLE "{role}" LOGIN')
    await owner.execute(f"ALTER ROLE \"{role}\" PASSWORD '{_PASSWORD}'")
    await migrate.upgrade(f"{postgres_url}/{database}", service_of(request.param).package_dir)
    connection = await asyncpg.connect(f"{postgres_url}/{database}", user=role, password=_PASSWORD)
    yield connection
    await connection.close()
    await owner.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
    await owner.close()


@pytest.mark.parametrize("app", WITH_RECORD, indirect=True)
async def test_record_when_the_application_would_rewrite_it_then_its_login_lacks_the_right(app: asyncpg.Connection) -> None:
    await app.execute(
        "INSERT INTO access_entry (at, reader_id, reader_name, role_type, what, permission, request)"
        " VALUES (now(), gen_random_uuid(), '', '', '', '', '')"
    )
    for table, column in (("access_entry", "what = ''"), ("access_seal", "hash = ''")):
        for statement in (f"UPDATE {table} SET {column}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(statement)
        held = [
            right for right in ("UPDATE", "DELETE", "TRUNCATE") if await app.fetchval("SELECT has_table_privilege($1, $2)", table, right)
        ]
        assert held == []
    for statement in (
        "DELETE FROM access_head",
        "INSERT INTO access_head (only_row, seq, hash, entry_id) VALUES (true, 9, '', 0)",
        "ALTER TABLE access_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER access_entry_append_only ON access_entry",
        "DROP TABLE access_seal",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (id int)",
        "UPDATE alembic_version SET version_num = ''",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)


@pytest.mark.parametrize("app", SERVICES, indirect=True)
async def test_tables_when_the_application_works_with_them_then_it_may(app: asyncpg.Connection) -> None:
    tables = [row[0] for row in await app.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    guarded = {"access_entry", "access_seal", "access_head", "access_log", "alembic_version"}
    for table in set(tables) - guarded:
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            assert await app.fetchval("SELECT has_table_privilege($1, $2)", table, right), (table, right)
    assert {"outbox", "inbox", "request_log", "parked"} < set(tables)
    await app.execute("INSERT INTO inbox (consumer, event_id) VALUES ('x', gen_random_uuid())")
