"""Chats follow the roster: join, leave, transfer, renaming; in any order of topics, with repetitions."""

import random
from collections.abc import Sequence
from datetime import timedelta

import orjson
import pytest
from messaging_world import World

from myschool.messaging.v1 import messaging_pb2 as pb
from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_kit.client import call
from myschool_kit.clock import epoch_ms, now
from myschool_kit.consumer import Event
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_messaging.testing import Classroom, event, guarded, new_id, unguarded
from myschool_testing import token_of

_STATE = """
SELECT c.group_id, c.kind, c.group_name, c.members, m.person_id, m.side, m.name
  FROM chat c LEFT JOIN member m ON m.chat_id = c.id AND m.present ORDER BY 1, 2, 5, 6
"""


async def state(world: World) -> list[tuple]:
    return [tuple(row) for row in await world.harness.database.reads.fetch(_STATE)]


async def members(world: World, room: Classroom, kind: str) -> set[tuple[str, str]]:
    rows = await world.harness.database.reads.fetch(
        "SELECT person_id::text, side FROM member WHERE present AND chat_id = $1", await world.chat_id(room, kind)
    )
    return {(row["person_id"], row["side"]) for row in rows}


def shuffled_by_key(events: list[Event], seed: int) -> list[Event]:
    """Kafka keeps the order of one key only: deals the keys' queues out at random."""
    dice, queues = random.Random(seed), {}
    for one in events:
        queues.setdefault((one.topic, one.key), []).append(one)
    dealt = []
    while queues:
        key = dice.choice(sorted(queues))
        dealt.append(queues[key].pop(0))
        if not queues[key]:
            del queues[key]
    return dealt


async def test_chats_when_class_is_formed_then_two_with_their_people(world: World) -> None:
    room = Classroom()
    await world.take(room.whole())
    teachers = {(room.homeroom, "TEACHER"), (room.algebra, "TEACHER")}
    assert await members(world, room, "GUARDIANS") == teachers | {(person, "GUARDIAN") for person in room.guardians}
    assert await members(world, room, "STUDENTS") == teachers | {(person, "STUDENT") for person in room.students}
    assert set(await world.list_chats(world.teacher(room.homeroom))) == {"GUARDIANS", "STUDENTS"}
    assert set(await world.list_chats(world.guardian(room.guardians[0]))) == {"GUARDIANS"}
    assert set(await world.list_chats(world.student(room.students[0]))) == {"STUDENTS"}


async def test_chats_when_group_is_no_class_then_none(world: World) -> None:
    room = Classroom()
    await world.take([room.formed(roles.GROUP_KIND_SUBGROUP), *room.whole()[2:]])
    assert await state(world) == []


async def test_members_when_events_come_shuffled_repeated_or_singly_then_the_same(world: World) -> None:
    room, other = Classroom(), Classroom(name="8Б")
    moved, second = room.students[0], new_id()
    events = [
        *room.whole(),
        *other.whole(),
        room.left(moved),
        other.enrolled(moved),
        guarded(moved, second),
        unguarded(moved, room.guardians[0]),
        room.taught(room.algebra),
        room.homeroom_of(second),
        room.formed(name="7Б"),
    ]
    await world.take(events)
    expected = await state(world)
    assert len(expected) > 10
    await world.take(events)
    assert await state(world) == expected
    for seed in range(4):
        tables = "chat, member, message, roster_group, roster_student, roster_teacher, roster_guardian, inbox"
        await world.harness.database.reads.execute(f"TRUNCATE {tables}")
        dealt = shuffled_by_key(events, seed)
        size = (1, 3, 7, 500)[seed]
        for start in range(0, len(dealt), size):
            await world.take(dealt[start : start + size])
        assert await state(world) == expected


async def test_members_when_student_moves_to_another_class_then_family_and_chats_follow(world: World) -> None:
    room, other = Classroom(), Classroom(name="8Б")
    await world.take([*room.whole(), *other.whole()])
    student, guardian = room.students[0], room.guardians[0]
    old = await world.chat_id(room, "GUARDIANS")
    await world.post(world.guardian(guardian), old, "до перехода")
    await world.take([room.left(student), other.enrolled(student)])
    assert (await world.list_chats(world.guardian(guardian)))["GUARDIANS"]["title"] == "8Б · родители"
    assert (await world.list_chats(world.student(student)))["STUDENTS"]["title"] == "8Б · класс"
    assert list(await world.heads(world.guardian(guardian))) == [await world.chat_id(other, "GUARDIANS")]
    kept = await world.messages(world.teacher(room.homeroom), old)
    assert [message["body"] for message in kept["messages"]] == ["до перехода"]


async def test_members_when_they_join_late_then_history_without_unread_and_rejoining_keeps_the_mark(world: World) -> None:
    room, late = Classroom(), new_id()
    await world.take(room.whole())
    chat = await world.chat_id(room, "STUDENTS")
    for _ in range(3):
        await world.post(world.teacher(room.homeroom), chat)
    await world.take([room.enrolled(late)])
    assert (await world.list_chats(world.student(late)))["STUDENTS"]["unread"] == 0
    assert len((await world.messages(world.student(late), chat))["messages"]) == 3
    await world.take([room.left(late)])
    await world.post(world.teacher(room.homeroom), chat)
    await world.take([room.enrolled(late)])
    assert (await world.list_chats(world.student(late)))["STUDENTS"]["unread"] == 1


async def test_members_when_teacher_is_a_parent_too_then_each_role_has_its_own_chats_and_mark(world: World) -> None:
    person = new_id()
    own = Classroom(homeroom=person)
    child = Classroom(name="2В", guardians=(person, new_id(), new_id()))
    await world.take([*own.whole(), *child.whole(), guarded(own.students[0], person)])
    as_teacher, as_guardian = world.teacher(person), world.guardian(person)
    chat = await world.chat_id(own, "GUARDIANS")
    assert set(await world.heads(as_teacher)) == {chat, await world.chat_id(own, "STUDENTS")}
    assert set(await world.heads(as_guardian)) == {chat, await world.chat_id(child, "GUARDIANS")}
    await world.post(as_teacher, chat)
    assert (await world.messages(as_teacher, chat))["read_seq"] == 1
    assert (await world.messages(as_guardian, chat))["read_seq"] == 0
    # Six memberships, five people.
    assert (await world.list_chats(as_teacher))["GUARDIANS"]["members"] == 5


async def test_members_when_teacher_loses_one_of_two_subjects_then_stays(world: World) -> None:
    room = Classroom()
    await world.take([*room.whole(), room.teaching(room.algebra, "Геометрия"), room.taught(room.algebra)])
    assert (room.algebra, "TEACHER") in await members(world, room, "STUDENTS")
    await world.take([room.taught(room.algebra, "Геометрия")])
    assert (room.algebra, "TEACHER") not in await members(world, room, "STUDENTS")


async def test_members_when_homeroom_changes_then_former_one_leaves_unless_teaching(world: World) -> None:
    room, successor = Classroom(), new_id()
    await world.take([*room.whole(), room.homeroom_of(successor)])
    assert (room.homeroom, "TEACHER") not in await members(world, room, "GUARDIANS")
    assert (successor, "TEACHER") in await members(world, room, "GUARDIANS")
    await world.take([room.homeroom_of(room.algebra), room.homeroom_of(successor)])
    assert (room.algebra, "TEACHER") in await members(world, room, "GUARDIANS")


async def test_titles_when_children_go_to_two_schools_then_school_is_named(world: World) -> None:
    person = new_id()
    rooms = [Classroom(guardians=(person, new_id(), new_id())) for _ in range(2)]
    for room in rooms:
        await world.take(room.whole())
    reply = await call(world.chats.ListChats, pb.ListChatsRequest(), token=token_of(world.guardian(person)))
    titles = {chat["title"] for chat in orjson.loads(reply.body)["chats"]}
    assert titles == {f"7А · родители · Школа {room.organisation_id[-4:]}" for room in rooms}


async def test_teacher_when_in_two_schools_then_sees_the_school_of_the_role(world: World) -> None:
    person = new_id()
    rooms = [Classroom(homeroom=person), Classroom(name="9Г", homeroom=person)]
    for room in rooms:
        await world.take(room.whole())
    shown = await world.list_chats(world.teacher(person, rooms[1].organisation_id))
    assert {chat["group_name"] for chat in shown.values()} == {"9Г"}


def told(room: Classroom, student: int, guardian: str, denied: Sequence[str] = (), ends: timedelta | None = None) -> Event:
    """The guardian's rights and end as roles tells them."""
    ends_at_ms = 0 if ends is None else epoch_ms(now() + ends)
    message = roles.GuardianshipEstablished(
        guardian_id=guardian, guardian_name="Абрамова Нина", student_id=room.students[student], denied=denied, ends_at_ms=ends_at_ms
    )
    return event("roles.guardianships", room.students[student], message)


async def test_guardian_when_without_the_right_or_after_the_end_then_in_no_chat(world: World) -> None:
    room, granny = Classroom(), new_id()
    await world.take([*room.whole(), told(room, 0, granny, ["SIGN", "CONSENT"], timedelta(hours=1))])
    chat = await world.chat_id(room, "GUARDIANS")
    who = world.guardian(granny)
    await world.post(who, chat, "Заберу Тимура сегодня я")
    assert set(await world.list_chats(who)) == {"GUARDIANS"}
    assert set(await world.heads(who)) == {chat}
    for rights in ({"denied": ["CHAT"]}, {"ends": timedelta(seconds=-1)}):
        await world.take([told(room, 0, granny, **rights)])
        assert await world.list_chats(who) == {}
        assert await world.heads(who) == {}
        for act in (world.post(who, chat, "Ещё раз"), world.messages(who, chat, limit=10), world.read(who, chat, 1)):
            with pytest.raises(DomainError) as error:
                await act
            assert (kind_of(error.value), error.value.reason) == (Kind.NOT_FOUND, "CHAT_NOT_FOUND")
        await world.take([told(room, 0, granny)])
        assert set(await world.list_chats(who)) == {"GUARDIANS"}


async def test_guardian_when_of_two_children_then_the_longer_right_counts(world: World) -> None:
    room, granny = Classroom(), new_id()
    short, long = timedelta(seconds=-1), timedelta(hours=1)
    await world.take([*room.whole(), told(room, 0, granny, ends=short), told(room, 1, granny, ends=long)])
    assert set(await world.list_chats(world.guardian(granny))) == {"GUARDIANS"}
    await world.take([told(room, 1, granny, ["CHAT"], long)])
    assert await world.list_chats(world.guardian(granny)) == {}
    await world.take([told(room, 1, granny)])
    assert set(await world.list_chats(world.guardian(granny))) == {"GUARDIANS"}
