"""An erased person's words and name go from every chat, once, and the chat stays dense; whoever reads a class's chat by office is recorded."""

import asyncio
from uuid import UUID

import asyncpg
import orjson
import pytest
from messaging_world import World

from myschool.common.v1 import subject_pb2
from myschool.common.v1.subject_pb2_grpc import SubjectServiceStub
from myschool.identity.events.v1.identity_events_pb2 import SubjectErasureDue
from myschool_kit import clock
from myschool_kit.client import call
from myschool_kit.consumer import Consumer, Event, Handlers
from myschool_kit.ids import uuid7
from myschool_messaging.consumers import SUBJECTS
from myschool_messaging.subject.repository import HOLDING
from myschool_messaging.testing import Classroom
from myschool_privacy.subject.service import Subjects
from myschool_privacy.subject.servicer import also_erasing
from myschool_testing import token_of


@pytest.fixture
async def classroom(world: World) -> Classroom:
    room = Classroom()
    await world.take(room.whole())
    return room


def due(person_id: str, request_id: str) -> Event:
    message = SubjectErasureDue(person_id=person_id, request_id=request_id, at_ms=1)
    name = SubjectErasureDue.DESCRIPTOR.full_name
    return Event(uuid7(), SUBJECTS, person_id, name, message.SerializeToString(), "", clock.now())


async def erase(world: World, person_id: str, request_id: str) -> None:
    subjects = Subjects(world.harness.database, HOLDING)
    consumer = Consumer("messaging", world.harness.settings, world.harness.database, also_erasing(Handlers.of([], {}), SUBJECTS, subjects))
    await consumer.take([due(person_id, request_id)])


async def test_words_when_their_author_is_erased_then_gone_once_and_the_rest_untouched(world, classroom) -> None:
    guardian, teacher = world.guardian(classroom.guardians[0]), world.teacher(classroom.homeroom)
    chat = await world.chat_id(classroom, "GUARDIANS")
    await world.post(guardian, chat, "Личное о ребёнке")
    await world.post(teacher, chat, "Собрание в среду")
    await world.post(guardian, chat, "Спасибо")
    request = str(uuid7())
    for _ in range(3):
        await erase(world, classroom.guardians[0], request)
    messages = (await world.messages(teacher, chat))["messages"]
    assert sorted((one["seq"], one["author_name"], one["body"]) for one in messages) == [
        (1, "Удалённый профиль", "Сообщение удалено вместе с профилем автора"),
        (2, teacher.display_name, "Собрание в среду"),
        (3, "Удалённый профиль", "Сообщение удалено вместе с профилем автора"),
    ]
    done = await world.harness.database.reads.fetch("SELECT parts FROM erasure")
    assert [orjson.loads(row["parts"])["messages"] for row in done] == [{"erased": 2}]
    # Nobody else may rewrite what was said, not even now.
    with pytest.raises(asyncpg.RestrictViolationError):
        await world.harness.database.reads.execute("UPDATE message SET body = ''")
    with pytest.raises(asyncpg.RestrictViolationError):
        await world.harness.database.reads.execute("SELECT set_config('myschool.erasing', 'on', false)")
        await world.harness.database.reads.execute("DELETE FROM message")


async def test_name_when_its_owner_was_erased_then_nothing_told_of_the_class_brings_it_back(world, classroom) -> None:
    erased = classroom.guardians[0]
    await erase(world, erased, str(uuid7()))
    await world.take(classroom.whole())
    names = await world.harness.database.reads.fetch("SELECT name, present FROM member WHERE person_id = $1", UUID(erased))
    assert [tuple(row) for row in names] == [("Удалённый профиль", True)]
    others = await world.harness.database.reads.fetchval(
        "SELECT count(*) FROM member m JOIN chat c ON c.id = m.chat_id WHERE c.group_id = $1 AND m.name = 'Удалённый профиль' AND m.person_id <> $2",
        UUID(classroom.group_id),
        UUID(erased),
    )
    assert others == 0


async def test_chat_when_a_teacher_reads_it_then_the_family_sees_it_and_members_of_it_are_not_recorded(world, classroom) -> None:
    guardian, teacher = world.guardian(classroom.guardians[0]), world.teacher(classroom.homeroom)
    chat = await world.chat_id(classroom, "GUARDIANS")
    await world.post(guardian, chat, "Здравствуйте")
    await world.messages(teacher, chat)
    await world.messages(guardian, chat)
    stub = SubjectServiceStub(world.harness.channel)

    async def looks() -> list[dict]:
        request = subject_pb2.ListAccessRequest(subject_id=classroom.guardians[0])
        return orjson.loads((await call(stub.ListAccess, request, token=token_of(guardian))).body)["looks"]

    async with asyncio.timeout(10):
        while not (found := await looks()):
            await asyncio.sleep(0.1)
    assert [(one["reader_name"], one["what"], one["permission"], one["together"]) for one in found] == [
        (teacher.display_name, "chat.history", "chat.read", True)
    ]
    rows = await world.harness.database.reads.fetch("SELECT reader_id FROM access_entry")
    assert [row["reader_id"] for row in rows] == [UUID(classroom.homeroom)]
