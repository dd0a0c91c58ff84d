"""A school's events: two teachers, two gradebooks, a family; and random acts in them."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from google.protobuf.message import Message

from myschool.identity.events.v1 import identity_events_pb2 as identity
from myschool.journal.events.v1 import journal_events_pb2 as journal
from myschool.library.events.v1 import library_events_pb2 as library
from myschool.messaging.events.v1 import messaging_events_pb2 as messaging
from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_kit.consumer import Event
from myschool_kit.ids import uuid7

SPACE = UUID("0192d3b2-8a64-7000-8000-000000000000")
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def named(name: str) -> str:
    return str(uuid5(SPACE, name))


SCHOOL, GROUP = named("school"), named("7А")
TEACHERS = [named("teacher-0"), named("teacher-1")]
STUDENTS = [named(f"student-{number}") for number in range(5)]
GUARDIAN = named("guardian")
GRADEBOOKS = [named("algebra"), named("geometry")]
LESSONS = [[named(f"lesson-{book}-{number}") for number in range(6)] for book in range(2)]
MONDAY = date(2026, 11, 23)


def event(topic: str, key: str, message: Message) -> Event:
    return Event(uuid7(), topic, key, message.DESCRIPTOR.full_name, message.SerializeToString(), "", AT)


def ms(minute: int = 0) -> int:
    return int((AT + timedelta(minutes=minute)).timestamp() * 1000)


def structure(time_zone: str = "UTC") -> list[Event]:
    found = [
        event("roles.organisations", SCHOOL, roles.OrganisationRegistered(organisation_id=SCHOOL, short_name="№ 12", time_zone=time_zone)),
        event("roles.groups", GROUP, roles.StudentGroupFormed(group_id=GROUP, organisation_id=SCHOOL, name="7А", grade=7)),
        *[
            event("roles.groups", GROUP, roles.StudentEnrolled(group_id=GROUP, organisation_id=SCHOOL, student_id=student))
            for student in STUDENTS
        ],
        event("identity.accounts", GUARDIAN, identity.AccountCreated(person_id=GUARDIAN, at_ms=ms())),
    ]
    people = [(TEACHERS[0], "TEACHER"), (TEACHERS[1], "TEACHER"), (GUARDIAN, "GUARDIAN")]
    for person, role_type in people:
        role = roles.StructuralRoleChanged(
            role_id=named(person + role_type),
            person_id=person,
            display_name=f"Имя {person[:4]}",
            role_type=role_type,
            organisation_id=SCHOOL,
            status="ACTIVE",
            version=1,
        )
        found.append(event("roles.roles", person, role))
    return found


def layout(book: int) -> Event:
    lessons = [
        journal.LessonPlaced(
            lesson_id=lesson, day=str(MONDAY - timedelta(weeks=1) + timedelta(days=number)), number=number + 1, teacher_id=TEACHERS[book]
        )
        for number, lesson in enumerate(LESSONS[book])
    ]
    message = journal.GradebookLaidOut(
        gradebook_id=GRADEBOOKS[book],
        organisation_id=SCHOOL,
        group_id=GROUP,
        group_name="7А",
        subject=["Алгебра", "Геометрия"][book],
        teacher_ids=[TEACHERS[book]],
        lessons=lessons,
    )
    return event("journal.gradebook", GRADEBOOKS[book], message)


def mark(book: int, lesson: int, student: int, old: str, new: str, version: int = 1) -> Event:
    message = journal.MarkRecorded(
        gradebook_id=GRADEBOOKS[book],
        organisation_id=SCHOOL,
        lesson_id=LESSONS[book][lesson],
        student_id=STUDENTS[student],
        author_id=TEACHERS[book],
        old_value=old,
        new_value=new,
        version=version,
        day=str(MONDAY),
        at_ms=ms(version),
    )
    return event("journal.gradebook", GRADEBOOKS[book], message)


def random_acts(seed: int, count: int) -> list[Event]:
    rng, cells, found = random.Random(seed), {}, []
    for number in range(count):
        book = rng.randrange(2)
        lesson, student = rng.randrange(6), rng.randrange(5)
        common = {
            "gradebook_id": GRADEBOOKS[book],
            "organisation_id": SCHOOL,
            "lesson_id": LESSONS[book][lesson],
            "author_id": TEACHERS[book],
            "day": str(MONDAY),
            "at_ms": ms(number),
        }
        kind = rng.randrange(8)
        if kind < 3:
            old = cells.get((book, lesson, student), "")
            new = rng.choice(["", "2", "3", "4", "5"])
            cells[book, lesson, student] = new
            found.append(mark(book, lesson, student, old, new, number))
        elif kind == 3:
            old = cells.get(("a", book, lesson, student), "")
            new = rng.choice(["PRESENT", "ABSENT", "ILL"])
            cells["a", book, lesson, student] = new
            message = journal.AttendanceRecorded(**common, student_id=STUDENTS[student], old_status=old, new_status=new)
            found.append(event("journal.gradebook", GRADEBOOKS[book], message))
        elif kind == 4:
            found.append(event("journal.gradebook", GRADEBOOKS[book], journal.LessonDescribed(**common, has_topic=rng.random() < 0.8)))
        elif kind == 5:
            found.append(event("journal.gradebook", GRADEBOOKS[book], journal.HomeworkAssigned(**common, present=rng.random() < 0.8)))
        elif kind == 6:
            message = messaging.MessagePosted(
                chat_id=GROUP, message_id=named(str(number)), author_id=TEACHERS[book], organisation_id=SCHOOL, at_ms=ms(number)
            )
            found.append(event("messaging.chats", GROUP, message))
        else:
            found.extend(family_acts(number, STUDENTS[student]))
    return found


def family_acts(number: int, student: str) -> list[Event]:
    item = named(f"item-{number % 3}")
    return [
        event("identity.accounts", GUARDIAN, identity.SessionOpened(person_id=GUARDIAN, session_id=named(str(number)), at_ms=ms(number))),
        event("identity.accounts", GUARDIAN, identity.ConsentGiven(person_id=GUARDIAN, purpose="personal_data", at_ms=ms(number))),
        event(
            "journal.diary",
            student,
            journal.DiaryAcknowledged(student_id=student, guardian_id=GUARDIAN, organisation_id=SCHOOL, week=str(MONDAY), at_ms=ms(number)),
        ),
        event("library.items", item, library.ContentItemSubmitted(item_id=item, provider_id="p", at_ms=ms(number))),
        event(
            "library.items", item, library.ContentItemDecided(item_id=item, provider_id="p", expert_id="e", approved=True, at_ms=ms(number))
        ),
        event(
            "library.items",
            item,
            library.ContentItemOpened(item_id=item, person_id=GUARDIAN, role_type="GUARDIAN", organisation_id=SCHOOL, at_ms=ms(number)),
        ),
    ]
