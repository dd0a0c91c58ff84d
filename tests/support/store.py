"""What lies in the services' databases: read to prove what a page cannot show."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg

SERVICES = ("identity", "roles", "journal", "library", "messaging", "analytics")


@asynccontextmanager
async def database(environment: Mapping[str, str], service: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to one service's own database."""
    connection = await asyncpg.connect(f"{environment['MYSCHOOL_POSTGRES_URL'].rstrip('/')}/myschool_{service}")
    try:
        yield connection
    finally:
        await connection.close()


async def row_counts(environment: Mapping[str, str], without: frozenset[str]) -> dict[str, int]:
    """Rows of every table of every service, except the tables named."""
    counts: dict[str, int] = {}
    for service in SERVICES:
        async with database(environment, service) as connection:
            names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for (name,) in names:
                if name not in without:
                    counts[f"{service}.{name}"] = await connection.fetchval(f'SELECT count(*) FROM "{name}"')
    return counts
