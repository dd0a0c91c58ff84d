"""Every query that reads and rewrites ciphertexts and hashes; the contexts are those of their writers."""

from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

from myschool_identity.notice.rules import context as notice_context

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
    # A hash of the СНИЛС stands beside it.
    is_hashed: bool


def _place(
    table: str, key: str, column: str, context: Callable[[object], str], *, is_document: bool = False, is_hashed: bool = True
) -> Place:
    page = f"""
    SELECT {key} AS key, {column} AS sealed, {"snils_hash" if is_hashed else "NULL::bytea"} AS hash FROM {table} WHERE {column} IS NOT NULL AND {key}::text > $1
    ORDER BY {key}::text LIMIT {BATCH} FOR UPDATE
    """
    hashes = ", snils_hash = $3 WHERE" if is_hashed else " WHERE $3::bytea IS NULL AND"
    return Place(table, page, f"UPDATE {table} SET {column} = $2{hashes} {key} = $1", context, is_document, is_hashed)


PLACES = (
    _place("esia_profile", "esia_oid", "sealed", "esia:{}".format, is_document=True),
    _place("person", "id", "snils_sealed", "person:{}".format),
    _place("notice_address", "id", "sealed", notice_context, is_hashed=False),
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
