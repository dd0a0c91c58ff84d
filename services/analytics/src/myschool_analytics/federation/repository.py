"""Every statement of the federal plane."""

from datetime import date

import asyncpg

from myschool_analytics.federation.model import Received

_TAKE = """
INSERT INTO federal_aggregate AS known (cell, first_day, breakdown, measure, version, names, amounts, computed_at, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now())
ON CONFLICT (cell, first_day, breakdown, measure) DO UPDATE
SET version = excluded.version, names = excluded.names, amounts = excluded.amounts, computed_at = excluded.computed_at,
    received_at = excluded.received_at
WHERE known.version < excluded.version
"""
# One row a cell and measure of the chosen week; a cell that has told nothing of it has one row without a measure.
_SIDE_BY_SIDE = """
WITH cell AS (SELECT unnest($1::text[]) AS code
), told AS (SELECT DISTINCT first_day FROM federal_aggregate WHERE cell = ANY($1)
), chosen AS (SELECT coalesce($2::date, (SELECT max(first_day) FROM told)) AS day
)
SELECT cell.code, seen.newest, seen.computed_at, seen.received_at, chosen.day, f.measure, f.names, f.amounts,
       (SELECT array_agg(first_day ORDER BY first_day DESC) FROM (SELECT first_day FROM told ORDER BY first_day DESC LIMIT 12) t) AS weeks
FROM cell CROSS JOIN chosen
LEFT JOIN LATERAL (
    SELECT max(first_day) AS newest, max(computed_at) AS computed_at, max(received_at) AS received_at
    FROM federal_aggregate WHERE cell = cell.code
) seen ON true
LEFT JOIN federal_aggregate f ON f.cell = cell.code AND f.first_day = chosen.day
"""


class FederationRepository:
    """Reads from the pool, writes on the connection of the open transaction."""

    def __init__(self, reads: asyncpg.Pool) -> None:
        self._reads = reads

    async def take(self, connection: asyncpg.Connection, told: Received) -> None:
        """A measure of a cell; an older version than the one that is here changes nothing."""
        await connection.execute(
            _TAKE,
            *(told.cell, told.first_day, told.breakdown, told.measure, told.version),
            *(list(told.names), list(told.amounts), told.computed_at),
        )

    async def side_by_side(self, cells: list[str], first_day: date | None) -> list[asyncpg.Record]:
        """Every cell's figures of the week, by default of the newest one that any of them has told."""
        return await self._reads.fetch(_SIDE_BY_SIDE, cells, first_day)
