"""Every query on items and their versions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_kit.ids import uuid7
from myschool_library.item.rules import Judged, Known, ProviderItem, Submission

_PROVIDER = """
INSERT INTO provider (id, name) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE provider.name <> excluded.name
"""
# Sorted, so that two uploads of the same ids wait for each other instead of deadlocking.
_RESERVE = """
INSERT INTO item (id, provider_id, external_id)
SELECT id, $1, external_id FROM unnest($2::uuid[], $3::text[]) AS new (id, external_id) ORDER BY external_id
ON CONFLICT (provider_id, external_id) DO NOTHING
"""
_LOCK = """
SELECT id, external_id, latest, content_hash FROM item
WHERE provider_id = $1 AND external_id = ANY($2::text[]) ORDER BY external_id FOR UPDATE
"""
_ADD = """
INSERT INTO item_version (item_id, number, title, summary, subject, grades, kind, body_html, content_url,
                          duration_minutes, keywords, content_hash, lemmas, submitted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, ($13::text)::tsvector, $14)
"""
_ADVANCE = """
UPDATE item SET latest = new.number, version = version + 1, status = 'SUBMITTED',
                content_hash = new.content_hash, submitted_at = $4
FROM unnest($1::uuid[], $2::int[], $3::bytea[]) AS new (id, number, content_hash) WHERE item.id = new.id
"""
# A reader sees the published version. An expert sees the latest one while it waits, and one that was never published.
_VIEW = """
SELECT item.id, shown.title, shown.summary, shown.subject, shown.grades, shown.kind, provider.name AS provider_name,
       shown.duration_minutes, coalesce((extract(epoch FROM item.published_at) * 1000)::bigint, 0) AS published_at_ms,
       shown.body_html, shown.content_url,
       CASE WHEN shown.number = item.published THEN 'APPROVED' ELSE item.status END AS status,
       item.version, CASE WHEN $2 THEN coalesce(verdict.comment, '') ELSE '' END AS verdict_comment,
       EXISTS (SELECT FROM consent_withheld w WHERE w.person_id = $3 AND w.purpose = 'content_access') AS withheld
FROM item
JOIN provider ON provider.id = item.provider_id
JOIN item_version AS shown ON shown.item_id = item.id AND shown.number =
     CASE WHEN $2 AND (item.status = 'SUBMITTED' OR item.published IS NULL) THEN item.latest ELSE item.published END
LEFT JOIN verdict ON verdict.item_id = item.id AND verdict.number = shown.number
WHERE item.id = $1
"""
_OPENABLE = """
SELECT content_url, ARRAY(SELECT w.purpose FROM consent_withheld w WHERE w.person_id = $2) AS withheld
FROM item JOIN item_version ON item_id = item.id AND number = item.published WHERE item.id = $1
"""
_OWN = """
SELECT item.id, item.external_id, shown.title, item.status, item.version, item.published IS NOT NULL AS is_published,
       coalesce(verdict.comment, '') AS comment, item.submitted_at
FROM item
JOIN item_version AS shown ON shown.item_id = item.id AND shown.number = item.latest
LEFT JOIN verdict ON verdict.item_id = item.id AND verdict.number = item.latest
WHERE item.provider_id = $1
"""
_VERDICTS = "SELECT number, approved, comment, at FROM verdict WHERE item_id = $1 ORDER BY number"
_OWN_PAGE = f"{_OWN} AND ($2 = '' OR item.status = $2) AND item.external_id > $3 ORDER BY item.external_id LIMIT $4"
_OWN_ONE = f"{_OWN} AND item.external_id = $2"


class ItemRepository:
    """Items, their versions and their providers."""

    def __init__(self, reads: asyncpg.Pool) -> None:
        self._reads = reads

    async def remember_provider(self, raw: asyncpg.Connection, provider_id: str, name: str) -> None:
        """Adds the provider or corrects its name."""
        await raw.execute(_PROVIDER, provider_id, name)

    async def lock(self, raw: asyncpg.Connection, provider_id: str, external_ids: Sequence[str]) -> dict[str, Known]:
        """The items under these external ids, made when new and locked until the transaction ends."""
        await raw.execute(_RESERVE, provider_id, [uuid7() for _ in external_ids], external_ids)
        found = await raw.fetch(_LOCK, provider_id, external_ids)
        return {row["external_id"]: Known(row["id"], row["external_id"], row["latest"], row["content_hash"]) for row in found}

    async def advance(self, raw: asyncpg.Connection, changes: Sequence[tuple[Known, Submission]], moment: datetime) -> None:
        """Adds the submissions as the next versions of their items, all waiting for expertise."""
        await raw.executemany(_ADD, [_version_row(known, submission, moment) for known, submission in changes])
        ids = [known.item_id for known, _ in changes]
        numbers = [known.latest + 1 for known, _ in changes]
        await raw.execute(_ADVANCE, ids, numbers, [submission.digest for _, submission in changes], moment)

    async def view(self, item_id: UUID, person_id: UUID, *, as_expert: bool) -> asyncpg.Record | None:
        """The item as a reader or as an expert sees it, and whether this person's consent to content is withheld."""
        return await self._reads.fetchrow(_VIEW, item_id, as_expert, person_id)

    async def openable(self, raw: asyncpg.Connection, item_id: UUID, person_id: UUID) -> asyncpg.Record | None:
        """Address of the published content, "" for content of our own, and this person's withheld purposes; None when nothing is published."""
        return await raw.fetchrow(_OPENABLE, item_id, person_id)

    async def page_of_provider(self, provider_id: str, status: str, after: str, limit: int) -> list[ProviderItem]:
        """The provider's items by external id, from after `after`."""
        return [_provider_item(row) for row in await self._reads.fetch(_OWN_PAGE, provider_id, status, after, limit)]

    async def one_of_provider(self, provider_id: str, external_id: str) -> ProviderItem | None:
        """One item of this provider."""
        row = await self._reads.fetchrow(_OWN_ONE, provider_id, external_id)
        return None if row is None else _provider_item(row)

    async def verdicts(self, item_id: UUID) -> list[Judged]:
        """Every verdict on the item, oldest first."""
        return [Judged(*row) for row in await self._reads.fetch(_VERDICTS, item_id)]


def _version_row(known: Known, submission: Submission, moment: datetime) -> tuple[object, ...]:
    content = submission.content
    return (
        known.item_id,
        known.latest + 1,
        content.title,
        content.summary,
        content.subject,
        content.grades,
        content.kind,
        content.body_html,
        content.content_url,
        content.duration_minutes,
        content.keywords,
        submission.digest,
        submission.lemmas,
        moment,
    )


def _provider_item(row: asyncpg.Record) -> ProviderItem:
    return ProviderItem(
        row["id"], row["external_id"], row["title"], row["status"], row["version"], row["is_published"], row["comment"], row["submitted_at"]
    )
