"""Composition root of messaging."""

from functools import partial
from pathlib import Path
from typing import cast

from myschool.messaging.v1.messaging_pb2_grpc import add_ChatServiceServicer_to_server
from myschool_kit.service import App, Resources, Service
from myschool_messaging.chat.repository import ChatRepository
from myschool_messaging.chat.service import Chats
from myschool_messaging.chat.servicer import ChatServicer
from myschool_messaging.consumers import handlers
from myschool_messaging.roster.repository import RosterRepository
from myschool_messaging.roster.service import Roster
from myschool_messaging.settings import MessagingSettings


async def build(resources: Resources) -> App:
    """Repositories → services → servicers."""
    settings = cast("MessagingSettings", resources.settings)
    chats = Chats(ChatRepository(resources.database.reads), settings.message_limit, settings.message_window_s)
    roster = Roster(RosterRepository())
    return App((partial(add_ChatServiceServicer_to_server, ChatServicer(chats)),), handlers(roster))


SERVICE = Service("messaging", Path(__file__).parent, build, MessagingSettings)
