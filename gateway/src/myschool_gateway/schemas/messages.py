"""Chats of classes."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from myschool_gateway.schemas.common import Input, Output, Sequence, Text


class LastMessage(Output):
    """The last message of a chat, for the list."""

    seq: int
    author_name: str
    body: str
    posted_at_ms: int


class Chat(Output):
    """A chat of the person."""

    id: str
    title: str
    kind: Literal["GUARDIANS", "STUDENTS"]
    group_name: str
    members: int
    last_seq: int
    read_seq: int
    unread: int
    last_message: LastMessage | None
    can_write: bool


class ChatList(Output):
    """Chats of the person in the present role."""

    chats: list[Chat]
    next_page_token: str


class Message(Output):
    """A message; `seq` is dense within its chat."""

    id: str
    seq: int
    author_id: str
    author_name: str
    author_role: str
    body: str
    posted_at_ms: int
    client_message_id: str


class MessageList(Output):
    """A run of messages."""

    messages: list[Message]
    last_seq: int
    read_seq: int
    has_more: bool


class PostMessage(Input):
    """A message to append; the same client_message_id again answers with the first one."""

    client_message_id: UUID
    body: Annotated[Text, Field(min_length=1, max_length=4000)]


class MessagePosted(Output):
    """The message's place."""

    message_id: str
    seq: int
    posted_at_ms: int


class MarkRead(Input):
    """The last message seen."""

    seq: Sequence


class ReadMarked(Output):
    """How far the chat is read."""

    seq: int
