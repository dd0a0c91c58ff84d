"""The only builder of messaging's events."""

from myschool.messaging.events.v1 import messaging_events_pb2
from myschool_messaging.chat.rules import Author, Posted

TOPIC = "messaging.chats"


def message_posted(author: Author, posted: Posted) -> messaging_events_pb2.MessagePosted:
    """A message was appended; what was said stays here."""
    return messaging_events_pb2.MessagePosted(
        chat_id=str(posted.chat_id),
        message_id=str(posted.message_id),
        seq=posted.seq,
        author_id=str(author.person_id),
        role_type=author.side,
        organisation_id=str(posted.organisation_id),
        group_id=str(posted.group_id),
        at_ms=posted.posted_at_ms,
    )
