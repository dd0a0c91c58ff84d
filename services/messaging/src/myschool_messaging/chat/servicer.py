"""proto ↔ service for the chats."""

from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.messaging.v1 import messaging_pb2, messaging_pb2_grpc
from myschool_kit import context
from myschool_kit.replies import json_reply
from myschool_messaging.chat.rules import SIDES, Author, author_of
from myschool_messaging.chat.service import Chats


def _author() -> Author:
    caller = context.principal()
    return author_of(caller.person_id, caller.display_name, caller.role_type, caller.organisation_id)


class ChatServicer(messaging_pb2_grpc.ChatServiceServicer):
    """ChatService of messaging.proto."""

    def __init__(self, chats: Chats) -> None:
        self._chats = chats

    async def ListChats(self, request: messaging_pb2.ListChatsRequest, _context: object) -> json_pb2.JsonReply:
        """See messaging.proto. A role that takes part in no chats has an empty list, not an error."""
        if context.principal().role_type not in SIDES:
            return json_reply({"chats": [], "next_page_token": ""})
        return json_reply(await self._chats.list_chats(_author(), request.page_size, request.page_token))

    async def ListMemberships(self, request: messaging_pb2.ListMembershipsRequest, _context: object) -> json_pb2.JsonReply:
        """See messaging.proto; {"chats": {id: last_seq}}."""
        if context.principal().role_type not in SIDES:
            return json_reply({"chats": {}})
        return json_reply(await self._chats.memberships(_author()))

    async def ListMessages(self, request: messaging_pb2.ListMessagesRequest, _context: object) -> json_pb2.JsonReply:
        """See messaging.proto."""
        chat_id = UUID(request.chat_id)
        if request.forward:
            return json_reply(await self._chats.messages_after(_author(), chat_id, request.after_seq, request.limit))
        return json_reply(await self._chats.messages_before(_author(), chat_id, request.before_seq, request.limit))

    async def PostMessage(self, request: messaging_pb2.PostMessageRequest, _context: object) -> messaging_pb2.PostMessageResponse:
        """See messaging.proto."""
        posted = await self._chats.post(
            context.unit_of_work(), _author(), UUID(request.chat_id), UUID(request.client_message_id), request.body
        )
        return messaging_pb2.PostMessageResponse(message_id=str(posted.message_id), seq=posted.seq, posted_at_ms=posted.posted_at_ms)

    async def MarkRead(self, request: messaging_pb2.MarkReadRequest, _context: object) -> messaging_pb2.MarkReadResponse:
        """See messaging.proto."""
        seq = await self._chats.mark_read(context.unit_of_work(), _author(), UUID(request.chat_id), request.seq)
        return messaging_pb2.MarkReadResponse(seq=seq)
