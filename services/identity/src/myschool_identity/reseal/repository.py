"""Every query that reads and rewrites ciphertexts and hashes; the contexts are those of their writers."""

from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

BATCH = 500


@dataclass(frozen=True)
class Place:
    """A column of ciphertexts: how a batch is read, how one is written, and what a ciphertext is bound to."""

    table: str
    page: str
    write: str
    context: Callable[[object], str]
    # The plain value is a JSON document with a member «snils», not the number itself.
    is_document: bool


def _place(table: str, key: str, column: str, context: Callable[[object], str], *, is_document: bool = False) -> Place:
    page = f"""
    SELECT {key} AS key, {column} AS sealed, snils_hash AS hash FROM {table} WHERE {column} IS NOT NULL AND {key}::text > $1
    ORDER BY {key}::text LIMIT {BATCH} FOR UPDATE
    """
    return Place(table, page, f"UPDATE {table} SET {column} = $2, snils_hash = $3 WHERE {key} = $1", context, is_document)


PLACES = (
    _place("esia_profile", "esia_oid", "sealed", "esia:{}".format, is_document=True),
    _place("person", "id", "snils_sealed", "person:{}".format),
)


class ResealRepository:
    """Ciphertexts of one place, a batch at a time."""

    @staticmethod
    async def page(connection: asyncpg.Connection, place: Place, after: str) -> list[asyncpg.Record]:
        """The next rows, held until the transaction ends."""
        rows: list[asyncpg.Record] = await connection.fetch(place.page, after)
        return rows

    @staticmethod
    async def write(connection: asyncpg.Connection, place: Place, key: object, sealed: bytes, hashed: bytes | None) -> None:
        """One row's new ciphertext and hash."""
        await connection.execute(place.write, key, sealed, hashed)
