"""Statements of a rebuild: a schema of shadow tables, comparison, swap."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from myschool_analytics.subject.repository import HOLDING

TABLES = (
    "organisation",
    "structural_role",
    "student_group",
    "enrolment",
    "gradebook",
    "lesson",
    "acknowledgement",
    "act",
    "content_item",
    "freshness",
)
_COPIED = (*TABLES, "inbox", "parked", "outbox")


class RebuildRepository:
    """Works on one connection of its own, outside the pools."""

    def __init__(self, connection: asyncpg.Connection, schema: str, consumer: str) -> None:
        self._connection = connection
        self._schema = schema
        self._consumer = consumer

    async def prepare(self) -> None:
        """An empty shadow of each table."""
        await self.drop()
        await self._connection.execute(f"CREATE SCHEMA {self._schema}")
        for table in _COPIED:
            await self._connection.execute(f"CREATE TABLE {self._schema}.{table} (LIKE public.{table} INCLUDING ALL)")

    async def drop(self) -> None:
        """Removes the shadow."""
        await self._connection.execute(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")

    @asynccontextmanager
    async def swapping(self) -> AsyncIterator["RebuildRepository"]:
        """A transaction in which nobody else reads or writes the live projections."""
        async with self._connection.transaction():
            await self._connection.execute(f"LOCK TABLE {', '.join(f'public.{table}' for table in (*TABLES, 'inbox'))} IN EXCLUSIVE MODE")
            yield self

    async def missing(self) -> int:
        """Events that the live tables have seen and the shadow has not."""
        statement = f"SELECT count(*) FROM public.inbox WHERE consumer = $1 AND event_id NOT IN (SELECT event_id FROM {self._schema}.inbox)"
        number: int = await self._connection.fetchval(statement, self._consumer)
        return number

    async def compare(self, table: str) -> tuple[int, int, int]:
        """Rows live, rows rebuilt, rows that are not in both."""
        live = await self._connection.fetchval(f"SELECT count(*) FROM public.{table}")
        rebuilt = await self._connection.fetchval(f"SELECT count(*) FROM {self._schema}.{table}")
        different = await self._connection.fetchval(
            f"SELECT count(*) FROM ((TABLE public.{table} EXCEPT ALL TABLE {self._schema}.{table})"
            f" UNION ALL (TABLE {self._schema}.{table} EXCEPT ALL TABLE public.{table})) AS d"
        )
        return live, rebuilt, different

    async def replace(self) -> None:
        """The shadow's rows become the live ones; the inbox keeps what either has seen."""
        for table in TABLES:
            await self._connection.execute(f"DELETE FROM public.{table}")
            await self._connection.execute(f"INSERT INTO public.{table} SELECT * FROM {self._schema}.{table}")
        # Events outlive an erasure in Kafka: whoever was erased does not come back with them.
        for part in HOLDING.parts:
            if part.erase:
                for row in await self._connection.fetch("SELECT DISTINCT person_id FROM public.erasure"):
                    await self._connection.execute(part.erase, row["person_id"])
        await self._connection.execute(f"INSERT INTO public.inbox SELECT * FROM {self._schema}.inbox ON CONFLICT DO NOTHING")
