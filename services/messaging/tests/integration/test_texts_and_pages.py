"""Any text stays the text it is; a chat is resumed from anywhere; the list of chats is paged whole."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messaging_world import World

from myschool.messaging.v1 import messaging_pb2 as pb
from myschool_kit.client import call
from myschool_kit.errors import Kind, RemoteError, kind_of
from myschool_kit.page import encode_token
from myschool_messaging.chat import rules
from myschool_messaging.errors import MessageRefused
from myschool_messaging.testing import Classroom
from myschool_testing import token_of

TEXTS = [
    "👩‍👩‍👧‍👦 семья одним знаком",
    "שלום — справа налево, и обратно: \u202eолег\u202c",
    "нулевая\u200bширина\u200dвнутри",
    "e\u0301 и й из двух знаков: и\u0306",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[ссылка](javascript:alert(1)) **жирно** `код` {{7*7}} ${7*7} %s %(x)s",
    "'; DROP TABLE message; --",
    '{"t":"message","chat_id":"x"}',
    "первая\n\n\tвторая",
    "Ё" * 4000,
    "👍🏽" * 2000,
    "\U0010ffff \ufffd \ue000",
]


async def test_message_when_any_text_then_the_same_everywhere(world: World) -> None:
    room = Classroom()
    await world.take(room.whole())
    chat, who = await world.chat_id(room, "STUDENTS"), world.student(room.students[0])
    for text in TEXTS:
        await world.post(who, chat, text)
        assert (await world.list_chats(who))["STUDENTS"]["last_message"]["body"] == text[:200]
    page = await world.messages(who, chat, forward=True)
    assert [message["body"] for message in page["messages"]] == TEXTS
    for text in ("👍🏽" * 2001, "ж" * 4001, "\u200b\u200d\ufeff", "a\x07b", "\x1b[31mкрасно"):
        with pytest.raises(RemoteError) as refused:
            await world.post(who, chat, text)
        assert kind_of(refused.value) is Kind.INVALID


@given(st.text(max_size=60))
def test_clean_when_any_text_then_refused_or_kept_and_stable(text: str) -> None:
    try:
        kept = rules.clean(text)
    except MessageRefused:
        return
    assert kept == text.replace("\r\n", "\n").replace("\r", "\n").strip()
    assert rules.clean(kept) == kept
    assert not any(ord(sign) < 32 and sign not in "\n\t" for sign in kept)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(after=st.integers(0, 25), limit=st.integers(1, 30))
async def test_messages_when_resumed_from_anywhere_then_the_rest_without_gap(world: World, after: int, limit: int) -> None:
    chat = await world.harness.database.reads.fetchval("SELECT id::text FROM chat WHERE kind = 'STUDENTS' AND last_seq = 23")
    if chat is None:
        room = Classroom()
        await world.take(room.whole())
        chat = await world.chat_id(room, "STUDENTS")
        for number in range(1, 24):
            await world.post(world.teacher(room.homeroom), chat, str(number))
    reader = await world.harness.database.reads.fetchval(
        "SELECT person_id::text FROM member WHERE chat_id = $1 AND side = 'STUDENT' LIMIT 1", chat
    )
    found, more = [], True
    while more:
        page = await world.messages(world.student(reader), chat, forward=True, after_seq=after + len(found), limit=limit)
        found += [message["seq"] for message in page["messages"]]
        more = page["has_more"]
    assert found == list(range(after + 1, 24))
    back, before = [], 0
    while not back or back[-1] > 1:
        page = await world.messages(world.student(reader), chat, before_seq=before, limit=limit)
        back += [message["seq"] for message in page["messages"]]
        before = back[-1]
    assert back == list(range(23, 0, -1))


async def test_chats_when_paged_then_all_once_and_the_liveliest_first(world: World) -> None:
    rooms = [Classroom(name=f"{grade}А") for grade in range(1, 8)]
    teacher = rooms[0].homeroom
    for room in rooms:
        await world.take([*room.whole(), room.homeroom_of(teacher)])
    who = world.teacher(teacher)
    for room in (rooms[5], rooms[2]):
        await world.post(who, await world.chat_id(room, "GUARDIANS"))

    async def page(size: int, token: str = "") -> tuple[list[str], str]:
        import orjson

        reply = await call(world.chats.ListChats, pb.ListChatsRequest(page_size=size, page_token=token), token=token_of(who))
        body = orjson.loads(reply.body)
        return [f"{chat['group_name']} {chat['kind']}" for chat in body["chats"]], body["next_page_token"]

    whole, _ = await page(0)
    assert len(set(whole)) == 14
    assert whole[:2] == ["3А GUARDIANS", "6А GUARDIANS"]
    for size in (1, 3, 13, 14):
        found, token = await page(size)
        while token:
            more, token = await page(size, token)
            assert len(more) == size or not token
            found += more
        assert found == whole
    bad = [encode_token(position, teacher) for position in ([], ["x"], [0, "a", "b", "c"], [2**70, "a", "b", teacher], [{}] * 4)]
    for token in ("zzz", *bad):
        with pytest.raises(RemoteError) as refused:
            await page(5, token)
        assert kind_of(refused.value) is Kind.INVALID
    with pytest.raises(RemoteError):
        await page(201)
