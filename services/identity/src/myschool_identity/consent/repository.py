"""Every query about consents; rows are only ever added."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

_GIVEN = "SELECT purpose, version FROM consent WHERE person_id = $1"
_INSERT = """
INSERT INTO consent (person_id, purpose, version, text_hash, session_id, given_at)
SELECT $1, purpose, version, text_hash, $5, $6 FROM unnest($2::text[], $3::text[], $4::bytea[]) AS t (purpose, version, text_hash)
ON CONFLICT (person_id, purpose, version) DO NOTHING
RETURNING purpose, version
"""


class ConsentRepository:
    """Stateless; every method names the connection or pool it runs on."""

    async def given(self, connection: asyncpg.Connection | asyncpg.Pool, person_id: UUID) -> set[tuple[str, str]]:
        """Purposes with the versions consented to."""
        return {(row["purpose"], row["version"]) for row in await connection.fetch(_GIVEN, person_id)}

    async def insert(
        self, connection: asyncpg.Connection, person_id: UUID, consents: Sequence[tuple[str, str, bytes]], session_id: str, at: datetime
    ) -> list[tuple[str, str]]:
        """Adds (purpose, version, hash of the text); answers with those that are new."""
        purposes, versions, hashes = (list(column) for column in zip(*consents, strict=True))
        rows = await connection.fetch(_INSERT, person_id, purposes, versions, hashes, session_id, at)
        return [(row["purpose"], row["version"]) for row in rows]
