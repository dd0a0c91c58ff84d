"""Every query on the search table and its vocabulary."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_library.search.lemmas import ASCII, RUSSIAN

# Totals and facets are exact below this many matches; beyond it ranking every match would cost seconds.
MATCH_CAP = 10_000

_ASKED = "SELECT nullif($1, '')::tsquery AS query"
# Each word as asked for, or, when the vocabulary lacks it, the words that look most like it or begin with it.
_GUESSED = """
SELECT string_agg('(' || coalesce(near.query, given.query) || ')', ' & ')::tsquery AS query
FROM unnest($1::text[], $9::text[], $10::text[]) AS given (query, word, sound)
LEFT JOIN LATERAL (
    SELECT string_agg(quote_literal(alike.word), ' | ') AS query
    FROM (SELECT word FROM vocabulary
          WHERE (vocabulary.sound % given.sound OR vocabulary.sound LIKE given.sound || '%')
            AND NOT EXISTS (SELECT FROM vocabulary AS exact WHERE exact.word = given.word)
          ORDER BY similarity(vocabulary.sound, given.sound) DESC, word LIMIT 3) AS alike
) AS near ON true
"""
_SEARCH = """
WITH asked AS MATERIALIZED ({query}),
matched AS MATERIALIZED (
    SELECT item_id, subject, kind, published_at,
           CASE WHEN asked.query IS NULL THEN 0 ELSE round(ts_rank(lemmas, asked.query)::numeric, 5)::float8 END AS rank
    FROM item_search, asked
    WHERE ({browse} lemmas @@ asked.query) AND ($4 = 0 OR $4 = ANY(grades))
    LIMIT {cap}
),
page AS (
    SELECT item_id, rank, published_at FROM matched
    WHERE ($2 = '' OR subject = $2) AND ($3 = '' OR kind = $3)
      AND ($6::float8 IS NULL OR (rank, published_at, item_id) < ($6, $7::timestamptz, $8::uuid))
    ORDER BY rank DESC, published_at DESC, item_id DESC LIMIT $5
)
SELECT
    (SELECT count(*) FROM matched WHERE ($2 = '' OR subject = $2) AND ($3 = '' OR kind = $3)) AS total,
    (SELECT coalesce(json_agg(facet), '[]')::text FROM (
        SELECT subject AS value, count(*) AS count FROM matched WHERE $3 = '' OR kind = $3
        GROUP BY 1 ORDER BY 2 DESC, 1) AS facet) AS subjects,
    (SELECT coalesce(json_agg(facet), '[]')::text FROM (
        SELECT kind AS value, count(*) AS count FROM matched WHERE $2 = '' OR subject = $2
        GROUP BY 1 ORDER BY 2 DESC, 1) AS facet) AS kinds,
    (SELECT coalesce(json_agg(json_build_object(
        'id', item.item_id, 'title', item.title, 'summary', item.summary, 'subject', item.subject,
        'grades', item.grades, 'kind', item.kind, 'provider_name', provider.name,
        'duration_minutes', item.duration_minutes,
        'published_at_ms', (extract(epoch FROM item.published_at) * 1000)::bigint)
        ORDER BY page.rank DESC, page.published_at DESC, page.item_id DESC), '[]')::text
     FROM page JOIN item_search AS item USING (item_id) JOIN provider ON provider.id = item.provider_id) AS items,
    (SELECT json_agg(json_build_array(rank, published_at, item_id)
        ORDER BY rank DESC, published_at DESC, item_id DESC)::text FROM page) AS positions
"""
_BY_WORDS = _SEARCH.format(query=_ASKED, browse="", cap=MATCH_CAP)
_ALL = _SEARCH.format(query=_ASKED, browse="asked.query IS NULL OR", cap=MATCH_CAP)
_BY_GUESS = _SEARCH.format(query=_GUESSED, browse="", cap=MATCH_CAP)

_PUBLISH = """
INSERT INTO item_search (item_id, provider_id, title, summary, subject, grades, kind, duration_minutes, published_at, lemmas)
SELECT item.id, provider_id, title, summary, subject, grades, kind, duration_minutes, published_at, lemmas
FROM item JOIN item_version ON item_id = item.id AND number = item.published
WHERE item.id = ANY($1::uuid[])
ON CONFLICT (item_id) DO UPDATE SET
    title = excluded.title, summary = excluded.summary, subject = excluded.subject, grades = excluded.grades,
    kind = excluded.kind, duration_minutes = excluded.duration_minutes, published_at = excluded.published_at,
    lemmas = excluded.lemmas
"""
# Sorted, so that two publications with the same new words wait for each other instead of deadlocking.
_LEARN = f"""
INSERT INTO vocabulary (word, sound)
SELECT lexeme, translate(lexeme, '{RUSSIAN}', '{ASCII}')
FROM (SELECT DISTINCT lexeme FROM item_search, unnest(lemmas) WHERE item_id = ANY($1::uuid[])) AS used
WHERE length(lexeme) > 2 AND NOT EXISTS (SELECT FROM vocabulary WHERE word = lexeme)
ORDER BY lexeme
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search; "" and 0 mean any."""

    subject: str
    kind: str
    grade: int


@dataclass(frozen=True, slots=True)
class Position:
    """The last hit of the page before."""

    rank: float
    published_at: datetime
    item_id: UUID


class SearchRepository:
    """The search table: published items only."""

    def __init__(self, reads: asyncpg.Pool) -> None:
        self._reads = reads

    async def by_words(self, query: str, filters: Filters, limit: int, after: Position | None) -> asyncpg.Record:
        """Hits of a tsquery literal ("" for everything), with total and facets, in one statement."""
        sql = _BY_WORDS if query else _ALL
        return await self._one(sql, query, filters, limit, after)

    async def by_guess(self, given: Sequence[tuple[str, str, str]], filters: Filters, limit: int, after: Position | None) -> asyncpg.Record:
        """The same for words (tsquery, word, sound) of which some may be mistyped."""
        queries, words, sounds = (list(column) for column in zip(*given, strict=True))
        return await self._one(_BY_GUESS, queries, filters, limit, after, words, sounds)

    async def _one(
        self, sql: str, query: str | list[str], filters: Filters, limit: int, after: Position | None, *more: list[str]
    ) -> asyncpg.Record:
        last = (after.rank, after.published_at, after.item_id) if after else (None, None, None)
        row = await self._reads.fetchrow(sql, query, filters.subject, filters.kind, filters.grade, limit, *last, *more)
        assert row is not None  # noqa: S101 - a SELECT of subqueries always has one row
        return row

    async def publish(self, raw: asyncpg.Connection, item_ids: Sequence[UUID]) -> None:
        """Makes the items' published versions findable and learns their words."""
        await raw.execute(_PUBLISH, item_ids)
        await raw.execute(_LEARN, item_ids)
