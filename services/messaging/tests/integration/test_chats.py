"""Order without gaps, one effect per client_message_id, resume, foreign chats, huge and bad bodies, limits."""

import asyncio
from uuid import uuid4

import orjson
import pytest
from messaging_world import World
from redis.asyncio import Redis

from myschool.messaging.events.v1 import messaging_events_pb2
from myschool_kit.errors import Kind, RemoteError, kind_of
from myschool_kit.hints import chat_channel, person_channel
from myschool_messaging.testing import Classroom, new_id


async def refused(awaitable: object) -> tuple[Kind, str]:
    with pytest.raises(RemoteError) as error:
        await awaitable
    return kind_of(error.value), error.value.reason


@pytest.fixture
async def room(world: World) -> Classroom:
    classroom = Classroom()
    await world.take(classroom.whole())
    return classroom


async def test_post_when_sent_then_stored_with_sequence_event_and_counters(world: World, room: Classroom) -> None:
    chat = await world.chat_id(room, "GUARDIANS")
    teacher, guardian = world.teacher(room.algebra, room.organisation_id), world.guardian(room.guardians[0])
    first = await world.post(teacher, chat, "  Собрание в 18:00  ")
    second = await world.post(guardian, chat, "Будем")
    assert (first.seq, second.seq) == (1, 2)
    page = await world.messages(teacher, chat)
    assert [(message["seq"], message["body"], message["author_role"]) for message in page["messages"]] == [
        (2, "Будем", "GUARDIAN"),
        (1, "Собрание в 18:00", "TEACHER"),
    ]
    assert page["messages"][1]["id"] == first.message_id
    assert page["messages"][1]["posted_at_ms"] == first.posted_at_ms
    assert page["messages"][1]["author_name"] == teacher.display_name
    shown = (await world.list_chats(teacher))["GUARDIANS"]
    assert shown["title"] == "7А · родители"
    assert (shown["last_seq"], shown["read_seq"], shown["unread"]) == (2, 1, 1)
    assert shown["last_message"]["body"] == "Будем"
    assert shown["members"] == 5
    events = [messaging_events_pb2.MessagePosted.FromString(row["payload"]) for row in await world.harness.outbox() if row["key"] == chat]
    assert [(event.seq, event.role_type, event.group_id) for event in events] == [
        (1, "TEACHER", room.group_id),
        (2, "GUARDIAN", room.group_id),
    ]
    assert events[0].organisation_id == room.organisation_id
    assert b"18:00" not in (await world.harness.outbox())[0]["payload"]


async def test_post_when_fifty_write_at_once_then_dense_sequence_no_loss_no_double(world: World) -> None:
    people = tuple(new_id() for _ in range(50))
    room = Classroom(students=people, guardians=tuple(new_id() for _ in people))
    await world.take(room.whole())
    chat = await world.chat_id(room, "STUDENTS")

    async def writer(person: str) -> list[tuple[int, str]]:
        who = world.student(person)
        said = []
        for number in range(4):
            client_id = new_id()
            # Each message twice at once, as a page does whose answer was lost.
            first, again = await asyncio.gather(
                world.post(who, chat, f"{number}", client_id), world.post(who, chat, f"{number}", client_id)
            )
            assert first == again
            said.append((first.seq, client_id))
        return said

    acknowledged = [pair for said in await asyncio.gather(*map(writer, people)) for pair in said]
    assert sorted(seq for seq, _ in acknowledged) == list(range(1, 201))
    stored = await world.harness.database.reads.fetch("SELECT seq, client_message_id, posted_at FROM message ORDER BY seq")
    assert {(row["seq"], str(row["client_message_id"])) for row in stored} == set(acknowledged)
    assert [row["posted_at"] for row in stored] == sorted(row["posted_at"] for row in stored)
    events = [messaging_events_pb2.MessagePosted.FromString(row["payload"]).seq for row in await world.harness.outbox()]
    assert events == list(range(1, 201))


async def test_post_when_client_message_id_repeats_then_first_answer_and_one_effect(world: World, room: Classroom) -> None:
    chat = await world.chat_id(room, "STUDENTS")
    who, client_id, request_id = world.student(room.students[0]), new_id(), new_id()
    first = await world.post(who, chat, "один", client_id)
    assert await world.post(who, chat, "другой текст", client_id) == first
    assert await world.post(who, chat, "один", client_id, request_id) == first
    assert await world.post(who, chat, "один", client_id, request_id) == first
    assert len((await world.messages(who, chat))["messages"]) == 1
    assert len(await world.harness.outbox()) == 1
    # The same client id of somebody else, and in another chat, is another message.
    assert (await world.post(world.student(room.students[1]), chat, "мой", client_id)).seq == 2
    teacher = world.teacher(room.homeroom)
    both = [await world.post(teacher, await world.chat_id(room, kind), "всем", client_id) for kind in ("GUARDIANS", "STUDENTS")]
    assert [reply.seq for reply in both] == [1, 3]


async def test_messages_when_resumed_after_seq_then_rest_in_order_with_more(world: World, room: Classroom) -> None:
    chat, who = await world.chat_id(room, "STUDENTS"), world.student(room.students[0])
    for number in range(1, 8):
        await world.post(who, chat, f"№ {number}")

    def seqs(page: dict) -> list[int]:
        return [message["seq"] for message in page["messages"]]

    resumed = await world.messages(who, chat, forward=True, after_seq=3, limit=2)
    assert (seqs(resumed), resumed["has_more"], resumed["last_seq"], resumed["read_seq"]) == ([4, 5], True, 7, 7)
    rest = await world.messages(who, chat, forward=True, after_seq=5)
    assert (seqs(rest), rest["has_more"]) == ([6, 7], False)
    assert seqs(await world.messages(who, chat, forward=True)) == [1, 2, 3, 4, 5, 6, 7]
    nothing = await world.messages(who, chat, forward=True, after_seq=7)
    assert (nothing["messages"], nothing["last_seq"], nothing["has_more"]) == ([], 7, False)
    assert seqs(await world.messages(who, chat, forward=True, after_seq=9_000_000_000)) == []
    back = await world.messages(who, chat, limit=3)
    assert (seqs(back), back["has_more"]) == ([7, 6, 5], True)
    assert seqs(await world.messages(who, chat, before_seq=3)) == [2, 1]
    assert seqs(await world.messages(who, chat, before_seq=1)) == []


async def test_mark_read_when_moved_then_forward_only_and_not_past_the_end(world: World, room: Classroom) -> None:
    chat = await world.chat_id(room, "STUDENTS")
    writer, reader = world.student(room.students[0]), world.student(room.students[1])
    for _ in range(3):
        await world.post(writer, chat)
    assert await world.read(reader, chat, 2) == 2
    assert await world.read(reader, chat, 1) == 2
    assert await world.read(reader, chat, 9_007_199_254_740_991) == 3
    assert (await world.list_chats(reader))["STUDENTS"]["unread"] == 0
    results = await asyncio.gather(*[world.read(writer, chat, seq) for seq in (1, 3, 2)])
    assert max(results) == 3


async def test_any_call_when_chat_is_foreign_or_absent_then_not_found_and_nothing_stored(world: World, room: Classroom) -> None:
    other = Classroom(name="8Б")
    await world.take(other.whole())
    guardians, students = await world.chat_id(room, "GUARDIANS"), await world.chat_id(room, "STUDENTS")
    strangers = [
        (world.guardian(other.guardians[0]), guardians),
        (world.guardian(room.guardians[0]), students),
        (world.student(room.students[0]), guardians),
        (world.teacher(room.homeroom, other.organisation_id), guardians),
        (world.teacher(room.guardians[0]), guardians),
        (world.teacher(room.homeroom), str(uuid4())),
    ]
    for who, chat in strangers:
        assert await refused(world.post(who, chat)) == (Kind.NOT_FOUND, "CHAT_NOT_FOUND")
        assert await refused(world.messages(who, chat)) == (Kind.NOT_FOUND, "CHAT_NOT_FOUND")
        assert await refused(world.messages(who, chat, forward=True, after_seq=1)) == (Kind.NOT_FOUND, "CHAT_NOT_FOUND")
        assert await refused(world.read(who, chat, 1)) == (Kind.NOT_FOUND, "CHAT_NOT_FOUND")
    assert await world.harness.database.reads.fetchval("SELECT count(*) FROM message") == 0
    assert await world.harness.outbox() == []


async def test_any_call_when_role_has_no_chats_then_empty_or_not_found(world: World, room: Classroom) -> None:
    from myschool_testing import a_principal

    head = a_principal("HEAD", person_id=room.homeroom, organisation_id=room.organisation_id)
    assert await world.list_chats(head) == {}
    assert await world.heads(head) == {}
    assert (await refused(world.post(head, await world.chat_id(room, "STUDENTS"))))[0] is Kind.NOT_FOUND


@pytest.mark.parametrize("body", ["", "   ", "\u200b", "a\x00b", "x" * 4001, "ж" * 3_000_000])
async def test_post_when_body_is_bad_then_told_and_not_stored(world: World, room: Classroom, body: str) -> None:
    chat = await world.chat_id(room, "STUDENTS")
    assert (await refused(world.post(world.student(room.students[0]), chat, body)))[0] is Kind.INVALID
    assert await world.harness.database.reads.fetchval("SELECT last_seq FROM chat WHERE id = $1", chat) == 0


async def test_any_call_when_ids_or_numbers_are_bad_then_invalid(world: World, room: Classroom) -> None:
    chat, who = await world.chat_id(room, "STUDENTS"), world.student(room.students[0])
    assert (await refused(world.post(who, "7a")))[0] is Kind.INVALID
    assert (await refused(world.post(who, chat, client_message_id="x' OR 1=1")))[0] is Kind.INVALID
    assert (await refused(world.messages(who, chat, limit=201)))[0] is Kind.INVALID
    assert (await refused(world.messages(who, chat, before_seq=-1)))[0] is Kind.INVALID
    assert (await refused(world.read(who, chat, -5)))[0] is Kind.INVALID


async def test_post_when_author_is_too_fast_then_told_when_to_come_back(strict_world: World) -> None:
    world, room = strict_world, Classroom()
    await world.take(room.whole())
    chat, who, known = await world.chat_id(room, "STUDENTS"), world.teacher(room.homeroom), new_id()
    first = await world.post(who, chat, "раз", known)
    outcomes = await asyncio.gather(*[world.post(who, chat, f"{number}") for number in range(12)], return_exceptions=True)
    said = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    limited = [outcome for outcome in outcomes if isinstance(outcome, RemoteError)]
    assert (len(said), len(limited)) == (4, 8)
    assert {(kind_of(error), error.reason) for error in limited} == {(Kind.TOO_MANY, "TOO_MANY_MESSAGES")}
    assert all(1 <= int(error.params["retry_after_s"]) <= 60 for error in limited)
    # The limit counts over all chats, a repetition is no new message, and others are free to write.
    assert (await refused(world.post(who, await world.chat_id(room, "GUARDIANS"))))[0] is Kind.TOO_MANY
    assert await world.post(who, chat, "раз", known) == first
    assert (await world.post(world.student(room.students[0]), chat)).seq == 6


async def test_post_when_committed_then_hint_carries_the_whole_message(world: World, room: Classroom, redis_url: str) -> None:
    chat, who, client_id = await world.chat_id(room, "STUDENTS"), world.student(room.students[0]), new_id()
    async with Redis.from_url(redis_url) as redis, redis.pubsub() as listener:
        await listener.subscribe(chat_channel(chat), person_channel(room.students[1]))
        posted = await world.post(who, chat, "привет", client_id)
        await world.post(who, chat, "привет", client_id)
        reader = world.student(room.students[1])
        await world.read(reader, chat, 1)
        await world.read(reader, chat, 1)
        frames = []
        while (message := await listener.get_message(timeout=0.5)) is not None:
            if message["type"] == "message":
                frames.append(orjson.loads(message["data"]))
    listed = (await world.messages(who, chat))["messages"][0]
    assert frames == [{"t": "message", "chat_id": chat, "message": listed}, {"t": "read", "chat_id": chat, "seq": 1}]
    assert listed["id"] == posted.message_id


async def test_calls_when_counted_then_few_statements(world: World, room: Classroom) -> None:
    chat, who = await world.chat_id(room, "STUDENTS"), world.student(room.students[0])
    await world.post(who, chat)  # the first transaction of a connection asks the server about itself
    for awaitable, most in (
        (world.list_chats(who), 1),
        (world.messages(who, chat), 1),
        (world.heads(who), 1),
        (world.post(who, chat), 3),  # lock, append, outbox
        (world.post(who, chat, request_id=new_id()), 4),  # and the request's claim; its answer goes with the outbox
        (world.read(who, chat, 1), 1),
    ):
        with world.harness.statements.counted() as statements:
            await awaitable
        assert len(statements) <= most, statements
