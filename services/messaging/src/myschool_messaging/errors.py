"""Failures of messaging that a caller can understand."""

from myschool_kit.errors import Invalid, NotFound, TooMany


class ChatNotFound(NotFound):
    """There is no such chat, or the caller is not its member in the present role."""

    reason = "CHAT_NOT_FOUND"


class MessageRefused(Invalid):
    """The text cannot be a message; the violation of `body` says why."""

    reason = "MESSAGE_REFUSED"


class TooManyMessages(TooMany):
    """The author writes faster than a person does; `retry_after_s` says when to go on."""

    reason = "TOO_MANY_MESSAGES"
