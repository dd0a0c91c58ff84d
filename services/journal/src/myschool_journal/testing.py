"""Builders for suites that need a school in the journal; its roster comes in by events, as in life."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.message import Message

from myschool.journal.v1 import planning_pb2 as planning
from myschool.journal.v1.planning_pb2_grpc import PlanningServiceStub
from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool_journal.consumers import RosterConsumer
from myschool_journal.roster.repository import RosterRepository
from myschool_kit.client import call
from myschool_kit.consumer import Event
from myschool_kit.db import Database
from myschool_kit.ids import uuid7
from myschool_kit.principal import Principal
from myschool_kit.testing import Harness, a_principal, token_of

# Tuesday of the second quarter, 12:00 in Moscow.
MOMENT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PERIODS = (
    ("1 четверть", "2026-09-01", "2026-10-25"),
    ("2 четверть", "2026-11-02", "2026-12-27"),
    ("3 четверть", "2027-01-11", "2027-03-21"),
    ("4 четверть", "2027-03-29", "2027-05-30"),
)
HOLIDAYS = ("2026-11-04",)
BELLS = (("08:30", "09:15"), ("09:25", "10:10"), ("10:20", "11:05"), ("11:20", "12:05"), ("12:20", "13:05"), ("13:15", "14:00"))
_STUDENTS = ("Абрамова Алиса", "Белов Тимур", "Ёлкин Фёдор", "Жукова Полина", "Яшин Лев")


async def take(database: Database, *messages: Message) -> None:
    """Applies roles events as the consumer would."""
    table = RosterConsumer(RosterRepository()).handlers().by_type
    async with database.begin() as uow:
        for message in messages:
            name = message.DESCRIPTOR.full_name
            event = Event(uuid7(), "", "", name, b"", "", MOMENT)
            await table[name][1](uow, message, event)


@dataclass
class Class:
    """A class: who learns in it, by full name."""

    name: str
    id: str = field(default_factory=lambda: str(uuid7()))
    students: dict[str, str] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """Some student."""
        return next(iter(self.students.values()))


@dataclass
class School:
    """A school with two classes, three teachers and a guardian; ids by name."""

    id: str = field(default_factory=lambda: str(uuid7()))
    teachers: dict[str, str] = field(default_factory=dict)
    a: Class = field(default_factory=lambda: Class("7А"))
    b: Class = field(default_factory=lambda: Class("7Б"))
    guardian: str = field(default_factory=lambda: str(uuid7()))

    def teacher(self, name: str) -> str:
        """Token of a teacher."""
        return self.token("TEACHER", person_id=self.teachers[name], display_name=name)

    def token(self, role_type: str, **values: str) -> str:
        """Token of somebody who acts in this school."""
        return token_of(self.principal(role_type, **values))

    def principal(self, role_type: str, **values: str) -> Principal:
        """Somebody who acts in this school."""
        return a_principal(role_type, **{"organisation_id": self.id, **values})

    async def register(self, database: Database, size: int = len(_STUDENTS)) -> None:
        """Sends the roster: Соколова (algebra of both, class teacher of 7А), Морозова (algebra of 7А too), Котов (history of 7А)."""
        self.teachers = {name: str(uuid7()) for name in ("Соколова Анна Викторовна", "Морозова Елена Павловна", "Котов Игорь Семёнович")}
        await take(database, events.OrganisationRegistered(organisation_id=self.id, short_name="Школа № 12", time_zone="Europe/Moscow"))
        for group in (self.a, self.b):
            await take(database, events.StudentGroupFormed(group_id=group.id, organisation_id=self.id, name=group.name, grade=7))
            for index in range(size):
                name = f"{_STUDENTS[index % len(_STUDENTS)]} {index:02d}"
                group.students[name] = str(uuid7())
                await self.enrol(database, group, group.students[name], name)
        sokolova, morozova, kotov = self.teachers
        await self.assign(database, self.a, "Алгебра", sokolova)
        await self.assign(database, self.a, "Алгебра", morozova)
        await self.assign(database, self.b, "Алгебра", sokolova)
        await self.assign(database, self.a, "История", kotov)
        await take(
            database,
            events.HomeroomAssigned(group_id=self.a.id, organisation_id=self.id, teacher_id=self.teachers[sokolova], teacher_name=sokolova),
            events.GuardianshipEstablished(guardian_id=self.guardian, guardian_name="Белова Ольга Сергеевна", student_id=self.a.first),
        )

    async def enrol(self, database: Database, group: Class, student_id: str, name: str, from_day: str = "2026-09-01") -> None:
        """Puts a student into a class."""
        await take(
            database,
            events.StudentEnrolled(group_id=group.id, organisation_id=self.id, student_id=student_id, full_name=name, from_day=from_day),
        )

    async def assign(self, database: Database, group: Class, subject: str, teacher: str) -> None:
        """Lets a teacher teach."""
        await take(
            database,
            events.TeachingAssigned(
                group_id=group.id, organisation_id=self.id, subject=subject, teacher_id=self.teachers[teacher], teacher_name=teacher
            ),
        )

    async def set_up(self, harness: Harness) -> None:
        """Year and timetable through the service's own API."""
        stub = PlanningServiceStub(harness.channel)
        await call(stub.SetUpYear, self.year(), token=token_of(a_principal("SYSTEM")))
        await call(stub.ImportTimetable, self.timetable(TIMETABLE), token=token_of(a_principal("SYSTEM")), timeout=30)

    def year(self) -> planning.SetUpYearRequest:
        """The school year 2026/27."""
        return planning.SetUpYearRequest(
            organisation_id=self.id,
            year=2026,
            periods=[planning.Period(name=name, first_day=first, last_day=last) for name, first, last in PERIODS],
            holidays=HOLIDAYS,
            bells=[planning.Bell(number=number, starts_at=starts, ends_at=ends) for number, (starts, ends) in enumerate(BELLS, 1)],
        )

    def timetable(self, rows: str) -> planning.ImportTimetableRequest:
        """A timetable sheet from CSV rows without the head."""
        content = "Класс;Предмет;Учитель;День недели;Урок;Кабинет\n" + rows
        return planning.ImportTimetableRequest(organisation_id=self.id, file_name="timetable.csv", content=content.encode())


# Algebra of 7А on Monday, Tuesday and Thursday; on Tuesday the third lesson is just over at MOMENT.
TIMETABLE = """7А;Алгебра;Соколова А. В.;пн;1;214
7А;Алгебра;Соколова А. В.;вт;3;214
7А;Алгебра;Соколова А. В.;чт;2;214
7А;История;Котов Игорь Семёнович;вт;4;301
7Б;алгебра;;вт;5;214
7Б;Алгебра;Соколова Анна Викторовна;пт;1;214
"""


async def gradebook_id(database: Database, group: Class, subject: str) -> str:
    """The gradebook of a class and subject."""
    query = "SELECT id FROM gradebook WHERE group_id = $1 AND subject = $2"
    return str(await database.reads.fetchval(query, UUID(group.id), subject))


async def lesson_id(database: Database, group: Class, subject: str, day: str) -> str:
    """The first lesson of a gradebook on a day."""
    query = """SELECT l.id FROM lesson l JOIN gradebook g ON g.id = l.gradebook_id
    WHERE g.group_id = $1 AND g.subject = $2 AND l.day = $3 ORDER BY l.number LIMIT 1"""
    return str(await database.reads.fetchval(query, UUID(group.id), subject, datetime.fromisoformat(day).date()))
