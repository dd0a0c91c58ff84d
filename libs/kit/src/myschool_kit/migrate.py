"""Alembic in code: one linear history per service, under an advisory lock, with lock and statement timeouts."""

import asyncio
import time
from pathlib import Path
from typing import Any, cast

import asyncpg
from alembic import command, context
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

from myschool_kit.errors import RuleBroken


def _config(package_dir: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(package_dir / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def run_env(metadata: MetaData | None = None) -> None:
    """The whole of a service's migrations/env.py."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def ensure_database(url: str) -> None:
    """Creates the database when the server lacks it (a region's cluster has made it already)."""
    server, _, name = url.rpartition("/")
    connection = await asyncpg.connect(f"{server}/postgres")
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return
    finally:
        await connection.close()


async def upgrade(url: str, package_dir: Path, revision: str = "head") -> None:
    """Brings the database to the revision. Parallel callers wait for each other."""
    await ensure_database(url)
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(hashtext('myschool_migrate'))"))
            await connection.execute(text("SET lock_timeout = '5s'"))
            await connection.execute(text("SET statement_timeout = '15min'"))
            await connection.commit()
            await connection.run_sync(_upgrade, package_dir, revision)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, package_dir: Path, revision: str) -> None:
    config = _config(package_dir)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def require_head(reads: asyncpg.Pool, package_dir: Path, patience_s: float = 0) -> None:
    """Waits so many seconds until the database is at this code's head (or beyond it, in a rollout). Raises RuleBroken (SCHEMA_TOO_OLD)."""
    script = ScriptDirectory.from_config(_config(package_dir))
    head, until = script.get_current_head(), time.monotonic() + patience_s
    known = {entry.revision for entry in script.walk_revisions()} | {None}
    while (present := await _revision(reads)) != head and present in known:
        if time.monotonic() >= until:
            message = f"database is at revision {present}, the code needs {head}: run `migrate`"
            raise RuleBroken(message, reason="SCHEMA_TOO_OLD")
        await asyncio.sleep(0.5)


async def _revision(reads: asyncpg.Pool) -> str | None:
    try:
        return cast("str | None", await reads.fetchval("SELECT version_num FROM alembic_version"))
    except asyncpg.UndefinedTableError:
        return None


_KIT_TABLES = """
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL, topic text NOT NULL, key text NOT NULL,
    type text NOT NULL, traceparent text NOT NULL, payload bytea NOT NULL, occurred_at timestamptz NOT NULL, published_at timestamptz
);
CREATE INDEX outbox_pending ON outbox (id) WHERE published_at IS NULL;
CREATE TABLE request_log (
    person_id text, request_id text, method text NOT NULL, fingerprint bytea NOT NULL, response bytea,
    at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (person_id, request_id)
);
CREATE TABLE inbox (consumer text, event_id uuid, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (consumer, event_id));
CREATE TABLE parked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, consumer text NOT NULL, topic text NOT NULL, key text NOT NULL,
    event_id uuid NOT NULL, type text NOT NULL, payload bytea NOT NULL, traceparent text NOT NULL, occurred_at timestamptz NOT NULL,
    error text NOT NULL, at timestamptz NOT NULL DEFAULT now(), UNIQUE (consumer, event_id)
);
"""


def create_kit_tables(op: Any) -> None:
    """Tables every service has: outbox, request_log, inbox, parked. Called by a service's first migration."""
    for statement in filter(str.strip, _KIT_TABLES.split(";")):
        op.execute(statement)
