"""Every query of the expertise."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_kit.principal import Principal
from myschool_library.review.rules import Decision, Waiting

_QUEUE = """
WITH page AS (
    SELECT item.id, title, summary, subject, grades, kind, provider.name AS provider_name, duration_minutes,
           coalesce((extract(epoch FROM item.published_at) * 1000)::bigint, 0) AS published_at_ms, item.version,
           (extract(epoch FROM item.submitted_at) * 1000)::bigint AS submitted_at_ms,
           item.submitted_at AS position
    FROM item
    JOIN item_version ON item_version.item_id = item.id AND number = item.latest
    JOIN provider ON provider.id = item.provider_id
    WHERE item.status = 'SUBMITTED' AND ($2::timestamptz IS NULL OR (item.submitted_at, item.id) > ($2, $3::uuid))
    ORDER BY item.submitted_at, item.id LIMIT $1
)
SELECT (SELECT count(*) FROM item WHERE status = 'SUBMITTED') AS total,
       (SELECT coalesce(json_agg(page ORDER BY position, id), '[]')::text FROM page) AS items
"""
_LOCK = """
SELECT id, provider_id, version, latest, status FROM item WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
"""
_VERDICTS = """
INSERT INTO verdict (item_id, number, approved, comment, expert_id, expert_name, at)
SELECT item_id, number, approved, comment, $5, $6, $7
FROM unnest($1::uuid[], $2::int[], $3::bool[], $4::text[]) AS new (item_id, number, approved, comment)
"""
_SETTLE = """
UPDATE item SET
    version = version + 1, status = CASE WHEN new.approved THEN 'APPROVED' ELSE 'REJECTED' END,
    published = CASE WHEN new.approved THEN latest ELSE published END,
    published_at = CASE WHEN new.approved THEN $3 ELSE published_at END
FROM unnest($1::uuid[], $2::bool[]) AS new (id, approved) WHERE item.id = new.id
"""


class ReviewRepository:
    """The queue of submitted items and the register of verdicts."""

    def __init__(self, reads: asyncpg.Pool) -> None:
        self._reads = reads

    async def queue(self, limit: int, after: tuple[datetime, UUID] | None) -> asyncpg.Record:
        """Total and a page of waiting items as JSON text, oldest first."""
        moment, item_id = after or (None, None)
        row = await self._reads.fetchrow(_QUEUE, limit, moment, item_id)
        assert row is not None  # noqa: S101 - a SELECT of subqueries always has one row
        return row

    async def lock(self, raw: asyncpg.Connection, item_ids: Sequence[UUID]) -> dict[UUID, Waiting]:
        """The items, locked until the transaction ends."""
        return {row["id"]: Waiting(*row) for row in await raw.fetch(_LOCK, item_ids)}

    async def settle(
        self, raw: asyncpg.Connection, decisions: Sequence[tuple[Decision, Waiting]], expert: Principal, moment: datetime
    ) -> None:
        """Adds the verdicts as facts and brings the items' current rows in line."""
        ids = [decision.item_id for decision, _ in decisions]
        numbers = [item.latest for _, item in decisions]
        approved = [decision.approved for decision, _ in decisions]
        comments = [decision.comment.strip() for decision, _ in decisions]
        await raw.execute(_VERDICTS, ids, numbers, approved, comments, expert.person_id, expert.display_name, moment)
        await raw.execute(_SETTLE, ids, approved, moment)
