"""Chats of one open page: every message once and in order, whatever the hints do."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from myschool.messaging.v1 import messaging_pb2

_PAGE = 200
# Who was away for longer loads the chat anew; the last sequence in `hello` tells the page so.
_MOST_REPLAYED = 1_000

ReadMessages = Callable[[messaging_pb2.ListMessagesRequest], Awaitable[dict[str, Any]]]
Push = Callable[[str], None]


class Chats:
    """Remembers per chat the last sequence that was sent. Not safe for two tasks at once: its page works in one."""

    def __init__(self, read: ReadMessages, push: Push) -> None:
        self._read = read
        self._push = push
        self.sent: dict[str, int] = {}

    def heard(self, chat_id: str, seq: int, frame: str) -> bool:
        """Takes a live message. False when messages before it are missing and `catch_up` is needed."""
        sent = self.sent.get(chat_id, -1)
        if seq <= sent:
            return True
        if sent < 0 or seq != sent + 1:
            return False
        self.sent[chat_id] = seq
        self._push(frame)
        return True

    def rewind(self, chat_id: str, seen: int) -> bool:
        """The page has less than was thought; True when something is to be sent again."""
        sent = self.sent.get(chat_id)
        if sent is None or seen >= sent:
            return False
        self.sent[chat_id] = max(seen, sent - _MOST_REPLAYED)
        return True

    async def catch_up(self, chat_id: str) -> None:
        """Sends what is missing, from the database. Raises RemoteError."""
        more = chat_id in self.sent
        while more:
            page = await self._read(
                messaging_pb2.ListMessagesRequest(chat_id=chat_id, after_seq=self.sent[chat_id], limit=_PAGE, forward=True)
            )
            for message in page["messages"]:
                # A live message may have come while the page was being read.
                if message["seq"] > self.sent.get(chat_id, message["seq"]):
                    self.sent[chat_id] = message["seq"]
                    self._push(orjson.dumps({"t": "message", "chat_id": chat_id, "message": message}).decode())
            more = page["has_more"] and bool(page["messages"]) and chat_id in self.sent
