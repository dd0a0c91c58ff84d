"""Chats of classes."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from myschool.messaging.v1 import messaging_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.schemas import messages
from myschool_gateway.schemas.common import PageToken
from myschool_kit.errors import Invalid, Violation

reads = routing.reads("messages", "/chats")
writes = routing.writes("messages", "/chats")
routers = (reads, writes)

# Largest whole number that a page can hold exactly.
_MOST = 9_007_199_254_740_991
Seq = Annotated[int | None, Query(ge=0, le=_MOST)]


@reads.get("", response_model=messages.ChatList)
async def list_chats(caller: Reader, page_size: Annotated[int, Query(ge=1, le=200)] = 100, page_token: PageToken = "") -> Response:
    """Chats of the person in the present role, the liveliest first."""
    return await caller.ready(caller.services.chat.ListChats, messaging_pb2.ListChatsRequest(page_size=page_size, page_token=page_token))


@reads.get("/{chat_id}/messages", response_model=messages.MessageList)
async def list_messages(
    caller: Reader, chat_id: UUID, after_seq: Seq = None, before_seq: Seq = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Response:
    """Messages after a known one (oldest first), or before one (newest first); the newest without either."""
    if after_seq is not None and before_seq is not None:
        bad = Violation("query.before_seq", "give after_seq or before_seq, not both")
        raise Invalid("after_seq and before_seq exclude each other", violations=[bad])
    request = messaging_pb2.ListMessagesRequest(
        chat_id=str(chat_id), after_seq=after_seq or 0, before_seq=before_seq or 0, limit=limit, forward=after_seq is not None
    )
    return await caller.ready(caller.services.chat.ListMessages, request)


@writes.post("/{chat_id}/messages")
async def post_message(caller: Writer, chat_id: UUID, body: messages.PostMessage) -> messages.MessagePosted:
    """Appends a message."""
    request = messaging_pb2.PostMessageRequest(chat_id=str(chat_id), client_message_id=str(body.client_message_id), body=body.body)
    reply = await caller.ask(caller.services.chat.PostMessage, request)
    return messages.MessagePosted(message_id=reply.message_id, seq=reply.seq, posted_at_ms=reply.posted_at_ms)


@writes.post("/{chat_id}/read")
async def mark_read(caller: Writer, chat_id: UUID, body: messages.MarkRead) -> messages.ReadMarked:
    """Moves the reader's mark forward; never back."""
    reply = await caller.ask(caller.services.chat.MarkRead, messaging_pb2.MarkReadRequest(chat_id=str(chat_id), seq=body.seq))
    return messages.ReadMarked(seq=reply.seq)
