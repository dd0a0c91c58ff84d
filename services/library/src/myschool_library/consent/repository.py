"""Every write of withheld consents: a projection of identity's events. Reads stand in the statements about items."""

from datetime import datetime
from uuid import UUID

import asyncpg

_WITHHOLD = "INSERT INTO consent_withheld (person_id, purpose, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_ALLOW = "DELETE FROM consent_withheld WHERE person_id = $1 AND purpose = $2"


class ConsentRepository:
    """Stateless; every method runs in the consumer's transaction."""

    async def withhold(self, connection: asyncpg.Connection, person_id: UUID, purpose: str, at: datetime) -> None:
        """From now on the person opens nothing that rests on the purpose."""
        await connection.execute(_WITHHOLD, person_id, purpose, at)

    async def allow(self, connection: asyncpg.Connection, person_id: UUID, purpose: str) -> None:
        """The consent has been given."""
        await connection.execute(_ALLOW, person_id, purpose)
