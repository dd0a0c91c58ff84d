"""A cell's life in one week: schools with classes of all stages, some of them small, and what its people do."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from google.protobuf.message import Message

from myschool.identity.events.v1 import identity_events_pb2 as identity
from myschool.journal.events.v1 import journal_events_pb2 as journal
from myschool.messaging.events.v1 import messaging_events_pb2 as messaging
from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_kit.consumer import Event
from myschool_kit.ids import uuid7

MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
SPACE = UUID("0192d3b2-8a64-7000-8000-00000000f00d")


class Cell:
    """Everything of one cell is named after its seed, so that no two share an id."""

    def __init__(self, seed: int, schools: int = 3, grades: tuple[int, ...] = (1, 2, 5, 6, 7, 8, 10)) -> None:
        self.rng, self.seed, self.schools, self.grades = random.Random(seed), seed, schools, grades
        self.ids: set[str] = set()
        self.names: set[str] = set()
        self.did: dict[tuple[str, str], list[tuple[str, int]]] = {}

    def id(self, name: str) -> str:
        found = str(uuid5(SPACE, f"{self.seed} {name}"))
        self.ids.add(found)
        return found

    def event(self, topic: str, key: str, message: Message) -> Event:
        return Event(uuid7(), topic, key, message.DESCRIPTOR.full_name, message.SerializeToString(), "", AT)

    def events(self) -> list[Event]:
        return [event for number in range(self.schools) for event in self._school(number)]

    def _school(self, number: int) -> list[Event]:
        school, name = self.id(f"school {number}"), f"Школа имени Зимородка № {number}"
        self.names.add(name)
        zone = "Asia/Kamchatka" if number % 2 else "Europe/Moscow"
        found = [
            self.event("roles.organisations", school, roles.OrganisationRegistered(organisation_id=school, short_name=name, time_zone=zone))
        ]
        for grade in self.grades:
            found += self._class(school, f"{number} {grade}", grade)
        return found

    def _class(self, school: str, name: str, grade: int) -> list[Event]:
        group, teacher = self.id(f"group {name}"), self.id(f"teacher {name}")
        found = [
            self.event("roles.groups", group, roles.StudentGroupFormed(group_id=group, organisation_id=school, name=name, grade=grade)),
            self._role(teacher, "TEACHER", school),
        ]
        for number in range(self.rng.randrange(4, 9)):
            student = self.id(f"student {name} {number}")
            enrolled = roles.StudentEnrolled(group_id=group, organisation_id=school, student_id=student, full_name="Нечаев Тит")
            found += [self.event("roles.groups", group, enrolled), self._role(student, "STUDENT", school)]
            self._count("pupils", stage(grade), student, 1)
            if self.rng.random() < 0.5:
                found.append(self._session(student, "STUDENT"))
        return [*found, *self._lessons(school, group, teacher, grade)]

    def _role(self, person: str, role_type: str, school: str) -> Event:
        name = f"Зимородкин {person[:4]}"
        self.names.add(name)
        role = roles.StructuralRoleChanged(
            role_id=self.id(f"{person} {role_type}"),
            person_id=person,
            display_name=name,
            role_type=role_type,
            organisation_id=school,
            status="ACTIVE",
            version=1,
        )
        return self.event("roles.roles", person, role)

    def _session(self, person: str, role_type: str) -> Event:
        self._count("active", role_type, person, 1)
        message = identity.SessionOpened(person_id=person, session_id=self.id(f"session {person}"), at_ms=int(AT.timestamp() * 1000))
        return self.event("identity.accounts", person, message)

    def _lessons(self, school: str, group: str, teacher: str, grade: int) -> list[Event]:
        book = self.id(f"book {group}")
        days = [MONDAY + timedelta(days=number) for number in range(self.rng.randrange(1, 6))]
        lessons = [
            journal.LessonPlaced(lesson_id=self.id(f"lesson {book} {day}"), day=str(day), number=1, teacher_id=teacher) for day in days
        ]
        laid = journal.GradebookLaidOut(
            gradebook_id=book,
            organisation_id=school,
            group_id=group,
            group_name="7Щ",
            subject="Вышивка",
            teacher_ids=[teacher],
            lessons=lessons,
        )
        found = [self.event("journal.gradebook", book, laid)]
        for lesson in lessons:
            self._count("lessons", stage(grade), teacher, 1)
            if self.rng.random() < 0.7:
                found.append(self.mark(school, book, lesson, teacher, grade))
        if found[1:]:
            self._count("active", "TEACHER", teacher, 1, once=True)
        if self.rng.random() < 0.6:
            self._count("messages", "TEACHER", teacher, 1)
            self._count("active", "TEACHER", teacher, 1, once=True)
            message = messaging.MessagePosted(
                chat_id=group,
                message_id=self.id(f"word {teacher}"),
                author_id=teacher,
                organisation_id=school,
                at_ms=int(AT.timestamp() * 1000),
            )
            found.append(self.event("messaging.chats", group, message))
        return found

    def mark(self, school: str, book: str, lesson: journal.LessonPlaced, teacher: str, grade: int) -> Event:
        self._count("marks", stage(grade), teacher, 1)
        message = journal.MarkRecorded(
            gradebook_id=book,
            organisation_id=school,
            lesson_id=lesson.lesson_id,
            student_id=self.id(f"student of {lesson.lesson_id}"),
            author_id=teacher,
            new_value="5",
            version=1,
            day=lesson.day,
            at_ms=int(AT.timestamp() * 1000),
        )
        return self.event("journal.gradebook", book, message)

    def _count(self, measure: str, part: str, person: str, value: int, *, once: bool = False) -> None:
        known = self.did.setdefault((measure, part), [])
        if not once or (person, value) not in known:
            known.append((person, value))

    def people(self, measure: str, parts: list[str]) -> set[str]:
        """Who stands behind a figure, told by what the cell did and not by the code under test."""
        return {person for part in parts for person, _value in self.did.get((measure, part), [])}

    def value(self, measure: str, parts: list[str]) -> int:
        return sum(value for part in parts for _person, value in self.did.get((measure, part), []))

    def parts(self, measure: str) -> list[str]:
        return sorted({part for known, part in self.did if known == measure})


def stage(grade: int) -> str:
    return "PRIMARY" if grade < 5 else "BASIC" if grade < 10 else "SECONDARY"
