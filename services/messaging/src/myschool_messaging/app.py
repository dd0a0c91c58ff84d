"""Composition root of messaging."""

from functools import partial
from pathlib import Path
from typing import cast

from myschool.messaging.v1.messaging_pb2_grpc import add_ChatServiceServicer_to_server
from myschool_kit.service import App, Resources, Service
from myschool_messaging.chat.repository import ChatRepository
from myschool_messaging.chat.service import Chats
from myschool_messaging.chat.servicer import ChatServicer
from myschool_messaging.consumers import SUBJECTS, handlers
from myschool_messaging.roster.repository import RosterRepository
from myschool_messaging.roster.service import Roster
from myschool_messaging.settings import MessagingSettings
from myschool_messaging.subject.repository import HOLDING
from myschool_privacy.audit.opened import opened
from myschool_privacy.subject.service import Subjects
from myschool_privacy.subject.servicer import adding, also_erasing


async def build(resources: Resources) -> App:
    """Repositories → services → servicers."""
    settings = cast("MessagingSettings", resources.settings)
    audit, subjects = opened(resources), Subjects(resources.database, HOLDING)
    chats = Chats(ChatRepository(resources.database.reads), audit.log, settings.message_limit, settings.message_window_s)
    roster = Roster(RosterRepository())
    servicers = (partial(add_ChatServiceServicer_to_server, ChatServicer(chats)), adding(subjects))
    return App(servicers, also_erasing(handlers(roster), SUBJECTS, subjects), (audit.sealer.run,))


SERVICE = Service("messaging", Path(__file__).parent, build, MessagingSettings)
