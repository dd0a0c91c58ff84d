"""Use cases of chats."""

from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.hints import chat_channel, person_channel
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_messaging import events
from myschool_messaging.chat import rules
from myschool_messaging.chat.repository import ChatRepository, Position
from myschool_messaging.chat.rules import Author, Posted
from myschool_messaging.errors import ChatNotFound, TooManyMessages
from myschool_privacy.audit.log import AccessLog

_PAGE = 50
_DEFAULT_PAGE = 100
_MESSAGE = ("id", "seq", "author_id", "author_name", "author_role", "body", "posted_at_ms", "client_message_id")


class Chats:
    """Chats of a person in the present role."""

    def __init__(self, repository: ChatRepository, access: AccessLog, limit: int, window_s: float) -> None:
        self._repository = repository
        self._access = access
        self._limit = (limit, window_s)

    async def list_chats(self, author: Author, size: int, token: str) -> dict[str, Any]:
        """A page of the chats with the last message and the number of unread ones. Raises Invalid."""
        size = size or _DEFAULT_PAGE
        found = await self._repository.list_of(author, _position(token, author), size + 1)
        shown, following = found[:size], ""
        if len(found) > size:
            last = shown[-1]
            following = encode_token([last["rank"], last["group_name"], last["kind"], last["id"]], str(author.person_id))
        return {"chats": [_chat(row, with_school=row["several_schools"]) for row in shown], "next_page_token": following}

    async def memberships(self, author: Author) -> dict[str, Any]:
        """Last sequence of each chat of the person."""
        return {"chats": {str(row["id"]): row["last_seq"] for row in await self._repository.heads_of(author)}}

    async def messages_after(self, author: Author, chat_id: UUID, seq: int, limit: int) -> dict[str, Any]:
        """What was said after `seq`, oldest first."""
        count = limit or _PAGE
        return self._noted(author, chat_id, _page(await self._repository.after(chat_id, author, seq, count + 1), count))

    async def messages_before(self, author: Author, chat_id: UUID, seq: int, limit: int) -> dict[str, Any]:
        """What was said before `seq` (0: up to now), newest first."""
        count = limit or _PAGE
        return self._noted(author, chat_id, _page(await self._repository.before(chat_id, author, seq, count + 1), count))

    def _noted(self, author: Author, chat_id: UUID, page: dict[str, Any]) -> dict[str, Any]:
        """A teacher who reads what pupils and families have written leaves a row; they themselves talk among each other."""
        if author.side == rules.TEACHER and page["messages"]:
            self._access.record("chat.history", object_id=chat_id)
        return page

    async def post(self, uow: UnitOfWork, author: Author, chat_id: UUID, client_message_id: UUID, body: str) -> Posted:
        """Appends a message, once per client_message_id. Raises ChatNotFound, MessageRefused, TooManyMessages."""
        text = rules.clean(body)
        chat = await self._repository.lock(uow.raw, chat_id, author)
        if chat is None:
            raise ChatNotFound("no such chat")
        # The clock is read under the lock, so that times rise with the sequence.
        moment = clock.now()
        row = await self._repository.append(uow.raw, chat_id, author, (client_message_id, text, moment), self._limit)
        if row["id"] is None:
            wait = rules.seconds_until_free(row["oldest"], moment, self._limit[1])
            raise TooManyMessages("too many messages in a short time", retry_after_s=wait)
        posted = Posted(chat_id, chat["group_id"], chat["organisation_id"], row["id"], row["seq"], row["posted_at_ms"], fresh=row["fresh"])
        if posted.fresh:
            uow.emit(events.TOPIC, chat_id, events.message_posted(author, posted))
            uow.hint(chat_channel(chat_id), _frame(author, posted, client_message_id, text))
        return posted

    async def mark_read(self, uow: UnitOfWork, author: Author, chat_id: UUID, seq: int) -> int:
        """Moves the reader's mark forward and answers where it stands. Raises ChatNotFound."""
        row = await self._repository.mark_read(uow.raw, chat_id, author, seq)
        if row is None:
            raise ChatNotFound("no such chat")
        if row["is"] > row["was"]:
            uow.hint(person_channel(author.person_id), {"t": "read", "chat_id": str(chat_id), "seq": row["is"]})
        return int(row["is"])


def _position(token: str, author: Author) -> Position | None:
    """Where a page goes on. Raises Invalid for a token of another list."""
    position = decode_token(token, str(author.person_id))
    if position is None:
        return None
    try:
        rank, group_name, kind, chat_id = position
        if not -(2**63) < int(rank) < 2**63:
            raise foreign_token()
        return int(rank), str(group_name), str(kind), UUID(chat_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise foreign_token() from error


def _chat(row: asyncpg.Record, *, with_school: bool) -> dict[str, Any]:
    last = {name: row[name] for name in ("seq", "author_name", "body", "posted_at_ms")}
    return {
        "id": row["id"],
        "title": rules.title(row["kind"], row["group_name"], (row["organisation_name"] or "") if with_school else ""),
        "kind": row["kind"],
        "group_name": row["group_name"],
        "members": row["members"],
        "last_seq": row["last_seq"],
        "read_seq": row["read_seq"],
        "unread": row["last_seq"] - row["read_seq"],
        "last_message": last if row["seq"] is not None else None,
        "can_write": True,
    }


def _page(rows: list[asyncpg.Record], count: int) -> dict[str, Any]:
    if not rows:
        raise ChatNotFound("no such chat")
    messages = [{name: row[name] for name in _MESSAGE} for row in rows if row["id"] is not None]
    return {
        "messages": messages[:count],
        "last_seq": rows[0]["last_seq"],
        "read_seq": rows[0]["read_seq"],
        "has_more": len(messages) > count,
    }


def _frame(author: Author, posted: Posted, client_message_id: UUID, body: str) -> dict[str, Any]:
    message = {
        "id": str(posted.message_id),
        "seq": posted.seq,
        "author_id": str(author.person_id),
        "author_name": author.name,
        "author_role": author.side,
        "body": body,
        "posted_at_ms": posted.posted_at_ms,
        "client_message_id": str(client_message_id),
    }
    return {"t": "message", "chat_id": str(posted.chat_id), "message": message}
