"""A few messages in the chats of 7А."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from myschool.messaging.v1 import messaging_pb2
from myschool_kit.principal import Principal
from myschool_seed.api import Platform, eventually

_GUARDIANS = (
    ("teacher", "Добрый день! В среду контрольная работа по алгебре, повторите, пожалуйста, дроби."),
    ("guardian", "Анна Викторовна, спасибо! Тимур был болен, можно ли ему написать позже?"),
    ("teacher", "Конечно, Ольга Сергеевна. Напишет в пятницу на седьмом уроке."),
    ("teacher", "Родительское собрание — в следующий четверг в 18:00, кабинет 214."),
)
_STUDENTS = (
    ("teacher", "7А, материалы к уроку я прикрепила к домашнему заданию: «Дроби: тренажёр»."),
    ("student", "А тренажёр нужно пройти до конца?"),
    ("teacher", "Да, Тимур, три уровня. Это примерно 25 минут."),
)


async def post(platform: Platform, members: dict[str, Principal]) -> int:
    """Posts the conversations; `members` by the words teacher, guardian, student. Repeating adds nothing."""
    count = 0
    for kind, messages in (("GUARDIANS", _GUARDIANS), ("STUDENTS", _STUDENTS)):
        known: dict[str, str] = {}
        for place, (who, body) in enumerate(messages):
            if who not in known:
                known[who] = await _chat(platform, members[who], kind)
            request = messaging_pb2.PostMessageRequest(
                chat_id=known[who], client_message_id=str(uuid5(NAMESPACE_URL, f"seed:{known[who]}:{place}")), body=body
            )
            await platform.call(platform.chats.PostMessage, request, members[who], once=False)
            count += 1
    return count


async def _chat(platform: Platform, member: Principal, kind: str) -> str:
    async def look() -> str | None:
        body: Any = await platform.read(platform.chats.ListChats, messaging_pb2.ListChatsRequest(), member)
        return next((chat["id"] for chat in body["chats"] if chat["kind"] == kind and chat["group_name"] == "7А"), None)

    return await eventually(f"the chat {kind} of 7А", look)
