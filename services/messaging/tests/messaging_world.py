"""The running service and what people do in it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from myschool.messaging.v1 import messaging_pb2 as pb
from myschool.messaging.v1.messaging_pb2_grpc import ChatServiceStub
from myschool_kit.client import call
from myschool_kit.consumer import Consumer, Event
from myschool_kit.principal import Principal
from myschool_messaging.consumers import handlers
from myschool_messaging.roster.repository import RosterRepository
from myschool_messaging.roster.service import Roster
from myschool_messaging.testing import Classroom, new_id
from myschool_testing import Harness, a_principal, token_of


class World:
    """The running service and what people do in it."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.chats = ChatServiceStub(harness.channel)
        self.consumer = Consumer("messaging", harness.settings, harness.database, handlers(Roster(RosterRepository())))

    async def take(self, events: Sequence[Event]) -> None:
        """Takes the events in; a failing one fails the test."""
        await self.consumer.take(events)
        parked = await self.harness.database.reads.fetch("SELECT type, error FROM parked")
        if parked:
            raise AssertionError([dict(row) for row in parked])

    def teacher(self, person_id: str, organisation_id: str = "") -> Principal:
        """A person in the role of a teacher."""
        return a_principal("TEACHER", person_id=person_id, organisation_id=organisation_id)

    def guardian(self, person_id: str) -> Principal:
        """A person in the role of a guardian."""
        return a_principal("GUARDIAN", person_id=person_id)

    def student(self, person_id: str) -> Principal:
        """A person in the role of a student."""
        return a_principal("STUDENT", person_id=person_id)

    async def list_chats(self, who: Principal) -> dict[str, Any]:
        """Chats by kind."""
        reply = await call(self.chats.ListChats, pb.ListChatsRequest(), token=token_of(who))
        return {chat["kind"]: chat for chat in orjson.loads(reply.body)["chats"]}

    async def chat_id(self, classroom: Classroom, kind: str) -> str:
        """The class's chat of the kind."""
        found: UUID = await self.harness.database.reads.fetchval(
            "SELECT id FROM chat WHERE group_id = $1 AND kind = $2", UUID(classroom.group_id), kind
        )
        return str(found)

    async def post(
        self, who: Principal, chat_id: str, body: str = "Здравствуйте!", client_message_id: str = "", request_id: str = ""
    ) -> pb.PostMessageResponse:
        """Says something."""
        request = pb.PostMessageRequest(chat_id=chat_id, client_message_id=client_message_id or new_id(), body=body)
        return await call(self.chats.PostMessage, request, token=token_of(who), request_id=request_id, timeout=30)

    async def messages(self, who: Principal, chat_id: str, **window: Any) -> dict[str, Any]:
        """A run of messages."""
        reply = await call(self.chats.ListMessages, pb.ListMessagesRequest(chat_id=chat_id, **window), token=token_of(who))
        body: dict[str, Any] = orjson.loads(reply.body)
        return body

    async def read(self, who: Principal, chat_id: str, seq: int) -> int:
        """Moves the mark."""
        reply = await call(self.chats.MarkRead, pb.MarkReadRequest(chat_id=chat_id, seq=seq), token=token_of(who))
        return int(reply.seq)

    async def heads(self, who: Principal) -> dict[str, int]:
        """Last sequences of the person's chats."""
        reply = await call(self.chats.ListMemberships, pb.ListMembershipsRequest(), token=token_of(who))
        heads: dict[str, int] = orjson.loads(reply.body)["chats"]
        return heads
