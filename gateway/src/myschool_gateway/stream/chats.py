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
        # Everything after this one was sent over this very connection; what a page that comes back lacks lies before it.
        self._since: dict[str, int] = {}
        self._gaps: dict[str, tuple[int, int]] = {}

    def begin(self, chat_id: str, last: int) -> None:
        """The page starts at the chat's last message; a chat that is followed already goes on."""
        if chat_id not in self.sent:
            self.sent[chat_id] = self._since[chat_id] = last

    def forget(self, chat_id: str) -> None:
        """The person is no member any more."""
        for kept in (self.sent, self._since, self._gaps):
            kept.pop(chat_id, None)

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
        """The page has less than was thought; True when something is to be sent that came before this connection."""
        since = self._since.get(chat_id)
        if since is None or seen >= since:
            return False
        self._since[chat_id] = max(seen, since - _MOST_REPLAYED)
        self._gaps[chat_id] = (self._since[chat_id], since)
        return True

    async def catch_up(self, chat_id: str) -> None:
        """Sends what is missing, from the database. Raises RemoteError."""
        await self._fill(chat_id)
        more = chat_id in self.sent
        while more:
            page = await self._after(chat_id, self.sent[chat_id])
            for message in page["messages"]:
                # A live message may have come while the page was being read.
                if message["seq"] > self.sent.get(chat_id, message["seq"]):
                    self.sent[chat_id] = message["seq"]
                    self._push_one(chat_id, message)
            more = page["has_more"] and bool(page["messages"]) and chat_id in self.sent

    async def _fill(self, chat_id: str) -> None:
        """Sends what the page missed while it had no connection, and nothing that it has got since."""
        seen, until = self._gaps.pop(chat_id, (0, 0))
        while seen < until:
            page = await self._after(chat_id, seen)
            missed = [message for message in page["messages"] if message["seq"] <= until]
            for message in missed:
                self._push_one(chat_id, message)
            seen = missed[-1]["seq"] if missed and page["has_more"] else until

    async def _after(self, chat_id: str, seq: int) -> dict[str, Any]:
        return await self._read(messaging_pb2.ListMessagesRequest(chat_id=chat_id, after_seq=seq, limit=_PAGE, forward=True))

    def _push_one(self, chat_id: str, message: dict[str, Any]) -> None:
        self._push(orjson.dumps({"t": "message", "chat_id": chat_id, "message": message}).decode())
