"""Alembic in code: one linear history per service, under an advisory lock, with lock and statement timeouts."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID
from sqlalchemy.ext.asyncio import create_async_engine

from myschool_kit.errors import DomainError


class SchemaTooOld(DomainError):
    """The database lacks a revision this code needs: run `migrate` first."""

    reason = "SCHEMA_TOO_OLD"


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
    except asyncpg.DuplicateDatabaseError:
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


async def require_head(reads: asyncpg.Pool, package_dir: Path) -> None:
    """Raises SchemaTooOld unless the database is at this code's head (or beyond it, in a rollout)."""
    script = ScriptDirectory.from_config(_config(package_dir))
    head = script.get_current_head()
    try:
        present = await reads.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        present = None
    known = {entry.revision for entry in script.walk_revisions()}
    if present != head and (present is None or present in known):
        message = f"database is at revision {present}, the code needs {head}: run `migrate`"
        raise SchemaTooOld(message)


def create_kit_tables(op: Any) -> None:  # noqa: ANN401 - alembic's op is a proxy module
    """Tables every service has: outbox, request_log, inbox, parked. Called by a service's first migration."""
    now = sa.text("now()")
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", UUID, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("traceparent", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("occurred_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("published_at", TIMESTAMP(timezone=True)),
    )
    op.create_index("outbox_pending", "outbox", ["id"], postgresql_where=sa.text("published_at IS NULL"))
    op.create_table(
        "request_log",
        sa.Column("person_id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("response", sa.LargeBinary),
        sa.Column("at", TIMESTAMP(timezone=True), nullable=False, server_default=now),
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("event_id", UUID, primary_key=True),
        sa.Column("at", TIMESTAMP(timezone=True), nullable=False, server_default=now),
    )
    op.create_table(
        "parked",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("event_id", UUID, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("traceparent", sa.Text, nullable=False),
        sa.Column("occurred_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("at", TIMESTAMP(timezone=True), nullable=False, server_default=now),
        sa.UniqueConstraint("consumer", "event_id"),
    )


def upgrade_now(url: str, package_dir: Path) -> None:
    """Blocking form of upgrade, for command lines and test fixtures."""
    asyncio.run(upgrade(url, package_dir))
