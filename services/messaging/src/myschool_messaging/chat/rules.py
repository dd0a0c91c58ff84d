"""Who takes which side in a chat, how a chat is called, what text is a message. Pure."""

import math
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from myschool_kit.errors import Violation
from myschool_messaging.errors import ChatNotFound, MessageRefused

GUARDIANS = "GUARDIANS"
STUDENTS = "STUDENTS"
KINDS = (GUARDIANS, STUDENTS)

TEACHER = "TEACHER"
GUARDIAN = "GUARDIAN"
STUDENT = "STUDENT"
SIDES = frozenset({TEACHER, GUARDIAN, STUDENT})

LONGEST = 4000

# How a person is called whose profile was erased.
NOBODY = "Удалённый профиль"
_WORDS = {GUARDIANS: "родители", STUDENTS: "класс"}


@dataclass(frozen=True, slots=True)
class Author:
    """A person in the present role. `organisation_id` narrows a teacher's chats to the school of that role."""

    person_id: UUID
    name: str
    side: str
    organisation_id: UUID | None


@dataclass(frozen=True, slots=True)
class Posted:
    """A message with its place in the chat. `fresh` is false when it had been there before."""

    chat_id: UUID
    group_id: UUID
    organisation_id: UUID
    message_id: UUID
    seq: int
    posted_at_ms: int
    fresh: bool


def author_of(person_id: str, name: str, role_type: str, organisation_id: str) -> Author:
    """The member behind a principal. Raises ChatNotFound for roles that take part in no chat."""
    if role_type not in SIDES:
        raise ChatNotFound("the role takes part in no chats")
    # A family's role may span the schools of several children; a teacher acts in one school at a time.
    narrowed = role_type == TEACHER and organisation_id != ""
    return Author(UUID(person_id), name, role_type, UUID(organisation_id) if narrowed else None)


def title(kind: str, group_name: str, organisation_name: str = "") -> str:
    """«7А · родители»; with the school's name where a person has chats in several schools."""
    return " · ".join(part for part in (group_name, _WORDS[kind], organisation_name) if part)


def clean(body: str) -> str:
    """The text as it is kept: trimmed, line ends as one character. Raises MessageRefused."""
    text = body.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not _is_visible(text):
        raise _refused("write some text")
    if len(text) > LONGEST:
        raise _refused(f"at most {LONGEST} characters, there are {len(text)}")
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in text):
        raise _refused("control characters are not text")
    return text


def seconds_until_free(oldest: datetime, moment: datetime, window_s: float) -> int:
    """Whole seconds until the oldest counted message leaves the window; at least one."""
    return max(1, math.ceil((oldest + timedelta(seconds=window_s) - moment).total_seconds()))


def _is_visible(text: str) -> bool:
    # Zero-width characters (Cf) alone would be an empty bubble on the page.
    return any(unicodedata.category(character) not in {"Cc", "Cf", "Zs", "Zl", "Zp"} for character in text)


def _refused(change: str) -> MessageRefused:
    return MessageRefused("the text cannot be a message", violations=[Violation("body", change)])
