"""A class with its people as events, for test suites that need chats."""

from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_kit import clock
from myschool_kit.consumer import Event
from myschool_kit.ids import uuid7


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

    def formed(self, kind: Any = roles.GROUP_KIND_CLASS, name: str = "") -> Event:
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
