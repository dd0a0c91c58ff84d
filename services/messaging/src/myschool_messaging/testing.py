"""A class with its people as events, and a world that takes them in and speaks as any of them; for test suites."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from google.protobuf.message import Message

from myschool.messaging.v1 import messaging_pb2 as pb
from myschool.messaging.v1.messaging_pb2_grpc import ChatServiceStub
from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_kit import clock
from myschool_kit.client import call
from myschool_kit.consumer import Consumer, Event
from myschool_kit.ids import uuid7
from myschool_kit.principal import Principal
from myschool_kit.testing import Harness, a_principal, token_of
from myschool_messaging.consumers import handlers
from myschool_messaging.roster.repository import RosterRepository
from myschool_messaging.roster.service import Roster


def new_id() -> str:
    """An id as text."""
    return str(uuid7())


def event(topic: str, key: str, message: Message) -> Event:
    """The message as it arrives from Kafka."""
    return Event(uuid7(), topic, key, message.DESCRIPTOR.full_name, message.SerializeToString(), "", clock.now())


@dataclass(frozen=True)
class Classroom:
    """A class of a school: one homeroom and one subject teacher, students, a guardian for each."""

    name: str = "7А"
    organisation_id: str = field(default_factory=new_id)
    group_id: str = field(default_factory=new_id)
    homeroom: str = field(default_factory=new_id)
    algebra: str = field(default_factory=new_id)
    students: tuple[str, ...] = field(default_factory=lambda: (new_id(), new_id(), new_id()))
    guardians: tuple[str, ...] = field(default_factory=lambda: (new_id(), new_id(), new_id()))

    def of_group(self, message: Message) -> Event:
        """An event of this group."""
        return event("roles.groups", self.group_id, message)

    def formed(self, kind: roles.GroupKind = roles.GROUP_KIND_CLASS, name: str = "") -> Event:
        """The group is there."""
        return self.of_group(
            roles.StudentGroupFormed(
                group_id=self.group_id, organisation_id=self.organisation_id, name=name or self.name, grade=7, kind=kind
            )
        )

    def enrolled(self, student: str) -> Event:
        """The student joined."""
        return self.of_group(
            roles.StudentEnrolled(
                group_id=self.group_id, organisation_id=self.organisation_id, student_id=student, full_name="Абрамова Алиса Игоревна"
            )
        )

    def left(self, student: str) -> Event:
        """The student left."""
        return self.of_group(roles.StudentLeft(group_id=self.group_id, student_id=student, last_day="2026-11-24"))

    def teaching(self, teacher: str, subject: str = "Алгебра") -> Event:
        """The teacher teaches the subject."""
        return self.of_group(
            roles.TeachingAssigned(
                group_id=self.group_id,
                organisation_id=self.organisation_id,
                subject=subject,
                teacher_id=teacher,
                teacher_name="Белова Вера Ильинична",
            )
        )

    def taught(self, teacher: str, subject: str = "Алгебра") -> Event:
        """The teacher teaches the subject no more."""
        return self.of_group(roles.TeachingEnded(group_id=self.group_id, subject=subject, teacher_id=teacher))

    def homeroom_of(self, teacher: str) -> Event:
        """The class has this homeroom teacher."""
        return self.of_group(
            roles.HomeroomAssigned(
                group_id=self.group_id, organisation_id=self.organisation_id, teacher_id=teacher, teacher_name="Гусева Дарья Олеговна"
            )
        )

    def registered(self) -> Event:
        """The school is there."""
        school = roles.OrganisationRegistered(organisation_id=self.organisation_id, short_name=f"Школа {self.organisation_id[-4:]}")
        return event("roles.organisations", self.organisation_id, school)

    def whole(self) -> list[Event]:
        """Everything at once."""
        return [
            self.registered(),
            self.formed(),
            self.homeroom_of(self.homeroom),
            self.teaching(self.algebra),
            *[self.enrolled(student) for student in self.students],
            *[guarded(student, guardian) for student, guardian in zip(self.students, self.guardians, strict=True)],
        ]


def guarded(student: str, guardian: str) -> Event:
    """The guardian stands for the student."""
    established = roles.GuardianshipEstablished(guardian_id=guardian, guardian_name="Абрамов Игорь Львович", student_id=student)
    return event("roles.guardianships", student, established)


def unguarded(student: str, guardian: str) -> Event:
    """The guardian stands for the student no more."""
    return event("roles.guardianships", student, roles.GuardianshipEnded(guardian_id=guardian, student_id=student))


class World:
    """The running service and what people do in it."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.chats = ChatServiceStub(harness.channel)
        self.consumer = Consumer("messaging", harness.settings, harness.database, handlers(Roster(RosterRepository())))

    async def take(self, events: Sequence[Event]) -> None:
        """Takes the events in; a failing one fails the test."""
        await self.consumer.take(events)
        parked = await self.harness.database.reads.fetch("SELECT type, error FROM parked")
        if parked:
            raise AssertionError([dict(row) for row in parked])

    def teacher(self, person_id: str, organisation_id: str = "") -> Principal:
        """A person in the role of a teacher."""
        return a_principal("TEACHER", person_id=person_id, organisation_id=organisation_id)

    def guardian(self, person_id: str) -> Principal:
        """A person in the role of a guardian."""
        return a_principal("GUARDIAN", person_id=person_id)

    def student(self, person_id: str) -> Principal:
        """A person in the role of a student."""
        return a_principal("STUDENT", person_id=person_id)

    async def list_chats(self, who: Principal) -> dict[str, Any]:
        """Chats by kind."""
        reply = await call(self.chats.ListChats, pb.ListChatsRequest(), token=token_of(who))
        return {chat["kind"]: chat for chat in orjson.loads(reply.body)["chats"]}

    async def chat_id(self, classroom: Classroom, kind: str) -> str:
        """The class's chat of the kind."""
        found: UUID = await self.harness.database.reads.fetchval(
            "SELECT id FROM chat WHERE group_id = $1 AND kind = $2", UUID(classroom.group_id), kind
        )
        return str(found)

    async def post(
        self, who: Principal, chat_id: str, body: str = "Здравствуйте!", client_message_id: str = "", request_id: str = ""
    ) -> pb.PostMessageResponse:
        """Says something."""
        request = pb.PostMessageRequest(chat_id=chat_id, client_message_id=client_message_id or new_id(), body=body)
        return await call(self.chats.PostMessage, request, token=token_of(who), request_id=request_id, timeout=30)

    async def messages(self, who: Principal, chat_id: str, **window: Any) -> dict[str, Any]:
        """A run of messages."""
        reply = await call(self.chats.ListMessages, pb.ListMessagesRequest(chat_id=chat_id, **window), token=token_of(who))
        body: dict[str, Any] = orjson.loads(reply.body)
        return body

    async def read(self, who: Principal, chat_id: str, seq: int) -> int:
        """Moves the mark."""
        reply = await call(self.chats.MarkRead, pb.MarkReadRequest(chat_id=chat_id, seq=seq), token=token_of(who))
        return int(reply.seq)

    async def heads(self, who: Principal) -> dict[str, int]:
        """Last sequences of the person's chats."""
        reply = await call(self.chats.ListMemberships, pb.ListMembershipsRequest(), token=token_of(who))
        heads: dict[str, int] = orjson.loads(reply.body)["chats"]
        return heads
