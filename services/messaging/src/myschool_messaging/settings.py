"""Settings of messaging beside those of every service."""

from pydantic import Field

from myschool_kit.settings import Settings


class MessagingSettings(Settings):
    """How much one author may write: `message_limit` messages within `message_window_s` seconds, over all chats."""

    message_limit: int = Field(default=20, ge=1)
    message_window_s: float = Field(default=10.0, gt=0)
