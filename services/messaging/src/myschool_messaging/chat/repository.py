"""Every statement about chats, members and messages."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from myschool_kit.ids import uuid7
from myschool_messaging.chat.rules import Author

_MOST_CHATS = 500
# Place in the list of chats: minus the last message's moment, group, kind, id.
Position = tuple[int, str, str, UUID]
# The one place that turns a moment into milliseconds, so that answer, hint, event and list never differ by one.
_MS = "floor(extract(epoch FROM {0}) * 1000)::bigint"
# $1 chat, $2 person, $3 side, $4 organisation of the role or NULL.
_MEMBER = """
m.chat_id = $1 AND m.person_id = $2 AND m.side = $3 AND m.present AND (m.ends_at IS NULL OR m.ends_at > now()) AND ($4::uuid IS NULL OR c.organisation_id = $4)
"""
# A page ends at a place in the order, not at a count; a chat that comes to life meanwhile moves to the top of the first page.
_LIST = f"""
SELECT * FROM (
SELECT c.id, c.kind, c.group_name, c.members, c.last_seq, m.read_seq, c.organisation_id, o.short_name AS organisation_name,
       l.seq, l.author_name, left(l.body, 200) AS body, {_MS.format("l.posted_at")} AS posted_at_ms,
       -coalesce({_MS.format("l.posted_at")}, 0) AS rank,
       (min(c.organisation_id::text) OVER ()) <> (max(c.organisation_id::text) OVER ()) AS several_schools
  FROM member m
  JOIN chat c ON c.id = m.chat_id
  LEFT JOIN roster_organisation o ON o.id = c.organisation_id
  LEFT JOIN message l ON l.chat_id = c.id AND l.seq = c.last_seq
 WHERE m.person_id = $1 AND m.side = $2 AND m.present AND (m.ends_at IS NULL OR m.ends_at > now()) AND ($3::uuid IS NULL OR c.organisation_id = $3)
) found
 WHERE $4::bigint IS NULL OR (rank, group_name, kind, id) > ($4::bigint, $5::text, $6::text, $7::uuid)
 ORDER BY rank, group_name, kind, id
 LIMIT $8
"""
_HEADS = f"""
SELECT c.id, c.last_seq
  FROM member m JOIN chat c ON c.id = m.chat_id
 WHERE m.person_id = $1 AND m.side = $2 AND m.present AND (m.ends_at IS NULL OR m.ends_at > now()) AND ($3::uuid IS NULL OR c.organisation_id = $3)
 ORDER BY c.id
 LIMIT {_MOST_CHATS}
"""
# One row with NULLs tells «a member of a chat without such messages» from «no member»: one statement does both.
_RANGE = """
SELECT c.last_seq, m.read_seq, x.*
  FROM member m
  JOIN chat c ON c.id = m.chat_id
  LEFT JOIN LATERAL (
       SELECT id, seq, author_id, author_name, author_role, body, {ms} AS posted_at_ms, client_message_id
         FROM message
        WHERE chat_id = c.id AND {bound}
        ORDER BY seq {direction}
        LIMIT $6) x ON true
 WHERE {member}
 ORDER BY x.seq {direction}
"""
_AFTER = _RANGE.format(ms=_MS.format("posted_at"), bound="seq > $5", direction="ASC", member=_MEMBER)
_BEFORE = _RANGE.format(ms=_MS.format("posted_at"), bound="($5 = 0 OR seq < $5)", direction="DESC", member=_MEMBER)
_LOCK = f"""
SELECT c.group_id, c.organisation_id
  FROM chat c JOIN member m ON m.chat_id = c.id
 WHERE {_MEMBER}
   FOR NO KEY UPDATE OF c
"""
# A statement of its own after the lock: its snapshot sees what the previous holder of the lock has committed, so a
# repetition is found, the limit counts everything, and the sequence stays dense.
_APPEND = f"""
WITH known AS (SELECT id, seq, posted_at FROM message WHERE chat_id = $1 AND author_id = $2 AND client_message_id = $4),
 recent AS (SELECT count(*) AS posted, min(posted_at) AS oldest FROM message WHERE author_id = $2 AND posted_at > $9),
 head AS (UPDATE chat SET last_seq = last_seq + 1
           WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM known) AND (SELECT posted FROM recent) < $10
       RETURNING last_seq),
 added AS (INSERT INTO message (chat_id, seq, id, author_id, author_name, author_role, client_message_id, body, posted_at)
           SELECT $1, last_seq, $5, $2, $6, $3, $4, $7, $8 FROM head
        RETURNING id, seq, posted_at),
 seen AS (UPDATE member SET read_seq = head.last_seq FROM head WHERE chat_id = $1 AND person_id = $2 AND side = $3)
SELECT r.oldest, x.id, x.seq, {_MS.format("x.posted_at")} AS posted_at_ms, x.fresh
  FROM recent r
  LEFT JOIN (SELECT id, seq, posted_at, true AS fresh FROM added
             UNION ALL SELECT id, seq, posted_at, false FROM known) x ON true
"""
_READ = f"""
UPDATE member m SET read_seq = greatest(m.read_seq, least($5, c.last_seq))
  FROM chat c
 WHERE c.id = m.chat_id AND {_MEMBER}
RETURNING old.read_seq AS was, new.read_seq AS is
"""


class ChatRepository:
    """Reads go through the pool; writes through the connection of the open transaction."""

    def __init__(self, reads: asyncpg.Pool) -> None:
        self._reads = reads

    async def list_of(self, author: Author, after: Position | None, count: int) -> list[asyncpg.Record]:
        """At most `count` chats of the person in this role with the last message, the liveliest first, from after a place on."""
        return await self._reads.fetch(_LIST, author.person_id, author.side, author.organisation_id, *(after or (None,) * 4), count)

    async def heads_of(self, author: Author) -> list[asyncpg.Record]:
        """Ids and last sequences of the person's chats."""
        return await self._reads.fetch(_HEADS, author.person_id, author.side, author.organisation_id)

    async def after(self, chat_id: UUID, author: Author, seq: int, count: int) -> list[asyncpg.Record]:
        """Messages above `seq`, oldest first; no rows at all when the person is no member."""
        return await self._reads.fetch(_AFTER, chat_id, author.person_id, author.side, author.organisation_id, seq, count)

    async def before(self, chat_id: UUID, author: Author, seq: int, count: int) -> list[asyncpg.Record]:
        """Messages below `seq` (0: from the end), newest first; no rows at all when the person is no member."""
        return await self._reads.fetch(_BEFORE, chat_id, author.person_id, author.side, author.organisation_id, seq, count)

    async def lock(self, connection: asyncpg.Connection, chat_id: UUID, author: Author) -> asyncpg.Record | None:
        """Holds the chat's row until the commit; None when the person is no member."""
        return await connection.fetchrow(_LOCK, chat_id, author.person_id, author.side, author.organisation_id)

    async def append(
        self, connection: asyncpg.Connection, chat_id: UUID, author: Author, message: tuple[UUID, str, datetime], limit: tuple[int, float]
    ) -> asyncpg.Record:
        """Appends (client id, body, moment) within (count, seconds); `id` is None when the limit is used up. Needs `lock`."""
        client_message_id, body, moment = message
        count, window_s = limit
        row = await connection.fetchrow(
            _APPEND,
            chat_id,
            author.person_id,
            author.side,
            client_message_id,
            uuid7(),
            author.name,
            body,
            moment,
            moment - timedelta(seconds=window_s),
            count,
        )
        if row is None:
            message_ = "a count always has a row"
            raise RuntimeError(message_)
        return row

    async def mark_read(self, connection: asyncpg.Connection, chat_id: UUID, author: Author, seq: int) -> asyncpg.Record | None:
        """Moves the mark forward, at most to the last message; None when the person is no member."""
        return await connection.fetchrow(_READ, chat_id, author.person_id, author.side, author.organisation_id, seq)
