"""Builders for suites that need a school in the journal; its roster comes in by events, as in life."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from google.protobuf.message import Message

from myschool.journal.v1 import attendance_pb2 as attendance
from myschool.journal.v1 import diary_pb2 as diary
from myschool.journal.v1 import gradebook_pb2 as gradebook
from myschool.journal.v1 import lesson_pb2 as lesson
from myschool.journal.v1 import planning_pb2 as planning
from myschool.journal.v1.attendance_pb2_grpc import AttendanceServiceStub
from myschool.journal.v1.diary_pb2_grpc import DiaryServiceStub
from myschool.journal.v1.gradebook_pb2_grpc import GradebookServiceStub
from myschool.journal.v1.lesson_pb2_grpc import LessonServiceStub
from myschool.journal.v1.planning_pb2_grpc import PlanningServiceStub
from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool_journal.consumers import RosterConsumer
from myschool_journal.roster.repository import RosterRepository
from myschool_kit.client import call
from myschool_kit.consumer import Event
from myschool_kit.db import Database
from myschool_kit.ids import uuid7
from myschool_kit.principal import Principal
from myschool_testing import Harness, a_principal, token_of

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


async def take(database: Database, *messages: Message, at: datetime = MOMENT) -> None:
    """Applies roles events of a moment as the consumer would."""
    table = RosterConsumer(RosterRepository()).handlers().by_type
    async with database.begin() as uow:
        for message in messages:
            name = message.DESCRIPTOR.full_name
            event = Event(uuid7(), "", "", name, b"", "", at)
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


SOKOLOVA, MOROZOVA, KOTOV = "Соколова Анна Викторовна", "Морозова Елена Павловна", "Котов Игорь Семёнович"


class Desk:
    """What a teacher does in one school, by the service's own API; `who` is a teacher's name or a token."""

    def __init__(self, harness: Harness, school: School) -> None:
        self.harness = harness
        self.school = school
        channel = harness.channel
        self._gradebook, self._attendance = GradebookServiceStub(channel), AttendanceServiceStub(channel)
        self._lesson, self._planning, self._diary = LessonServiceStub(channel), PlanningServiceStub(channel), DiaryServiceStub(channel)

    def _token(self, who: str) -> str:
        return self.school.teacher(who) if who in self.school.teachers else who

    async def mark(
        self, lesson: str, student: str, value: str, version: int = 0, *, who: str = SOKOLOVA, key: str = "", comment: str = ""
    ) -> Any:
        """Sets one mark."""
        request = gradebook.SetMarkRequest(lesson_id=lesson, student_id=student, value=value, expected_version=version, comment=comment)
        return await call(self._gradebook.SetMark, request, token=self._token(who), request_id=key, timeout=60)

    async def marks(self, book: str, cells: Sequence[tuple[str, str, str, int]], *, who: str = SOKOLOVA) -> Any:
        """Saves (lesson, student, value, version) cells; the verdicts."""
        wanted = [gradebook.SetMarkRequest(lesson_id=c[0], student_id=c[1], value=c[2], expected_version=c[3]) for c in cells]
        request = gradebook.SaveMarksRequest(gradebook_id=book, marks=wanted)
        return (await call(self._gradebook.SaveMarks, request, token=self._token(who), timeout=60)).verdicts

    async def presence(
        self, lesson: str, student: str, status: str, version: int = 0, *, minutes: int = 0, who: str = SOKOLOVA, key: str = ""
    ) -> Any:
        """Sets one attendance cell."""
        request = presence_of(lesson, student, status, version, minutes)
        return await call(self._attendance.SetAttendance, request, token=self._token(who), request_id=key, timeout=60)

    async def presences(self, book: str, cells: Sequence[Any], *, who: str = SOKOLOVA) -> Any:
        """Saves attendance cells; the verdicts."""
        request = attendance.SaveAttendanceRequest(gradebook_id=book, cells=cells)
        return (await call(self._attendance.SaveAttendance, request, token=self._token(who), timeout=60)).verdicts

    async def describe(self, lesson_id: str, topic: str, version: int = 0, *, who: str = SOKOLOVA, work: int = 1, key: str = "") -> Any:
        """Writes a topic."""
        request = lesson.UpdateLessonRequest(
            lesson_id=lesson_id, topic=topic, work_type=lesson.WorkType.ValueType(work), expected_version=version
        )
        return await call(self._lesson.UpdateLesson, request, token=self._token(who), request_id=key, timeout=60)

    async def assign(self, lesson_id: str, text: str, version: int = 0, *, who: str = SOKOLOVA, key: str = "", **values: Any) -> Any:
        """Gives homework."""
        request = lesson.AssignHomeworkRequest(lesson_id=lesson_id, text=text, expected_version=version, **values)
        return await call(self._lesson.AssignHomework, request, token=self._token(who), request_id=key, timeout=60)

    async def describe_many(self, lessons: Sequence[Any] = (), homework: Sequence[Any] = (), *, who: str = SOKOLOVA) -> Any:
        """Topics and homework of many lessons; the reply."""
        request = lesson.DescribeLessonsRequest(lessons=lessons, homework=homework)
        return await call(self._lesson.DescribeLessons, request, token=self._token(who), timeout=60)

    async def lay(self, rows: str) -> Any:
        """Imports a timetable from CSV rows."""
        return await self.upload("timetable.csv", self.school.timetable(rows).content)

    async def upload(self, file_name: str, content: bytes, *, who: str = "") -> Any:
        """Imports a timetable file; the answer's JSON."""
        request = planning.ImportTimetableRequest(organisation_id=self.school.id, file_name=file_name, content=content)
        token = self._token(who) if who else token_of(a_principal("SYSTEM"))
        return orjson.loads((await call(self._planning.ImportTimetable, request, token=token, timeout=60)).body)

    async def set_up(self, year: planning.SetUpYearRequest) -> Any:
        """Sets up the year."""
        return await call(self._planning.SetUpYear, year, token=token_of(a_principal("SYSTEM")), timeout=60)

    async def page(self, book: str, *, who: str = SOKOLOVA) -> Any:
        """The class page."""
        request = gradebook.GetGradebookPageRequest(gradebook_id=book)
        return read_body(await call(self._gradebook.GetGradebookPage, request, token=self._token(who), timeout=60))

    async def page_of(self, subject: str) -> Any:
        """The class page of a subject of the first class."""
        return await self.page(await gradebook_id(self.harness.database, self.school.a, subject))

    async def history(self, lesson_id: str, student: str, *, who: str = SOKOLOVA) -> Any:
        """All changes of a cell."""
        request = gradebook.GetCellHistoryRequest(lesson_id=lesson_id, student_id=student)
        return orjson.loads((await call(self._gradebook.GetCellHistory, request, token=self._token(who), timeout=60)).body)["changes"]

    async def gradebooks(self, *, who: str = SOKOLOVA, **values: Any) -> Any:
        """A page of the list of gradebooks."""
        request = gradebook.ListGradebooksRequest(**values)
        return orjson.loads((await call(self._gradebook.ListGradebooks, request, token=self._token(who), timeout=60)).body)

    async def lesson_card(self, lesson_id: str, *, who: str = SOKOLOVA) -> Any:
        """One lesson."""
        request = lesson.GetLessonRequest(lesson_id=lesson_id)
        return orjson.loads((await call(self._lesson.GetLesson, request, token=self._token(who), timeout=60)).body)

    async def day(self, *, who: str = SOKOLOVA, date: str = "") -> Any:
        """The teacher's day."""
        return orjson.loads((await call(self._lesson.GetDay, lesson.GetDayRequest(date=date), token=self._token(who), timeout=60)).body)

    async def week(self, student: str, who: str, date: str = "") -> Any:
        """A diary week."""
        request = diary.GetDiaryWeekRequest(student_id=student, date=date)
        return read_body(await call(self._diary.GetDiaryWeek, request, token=who, timeout=60))

    async def student_marks(self, student: str, who: str) -> Any:
        """A student's marks."""
        request = diary.GetStudentMarksRequest(student_id=student)
        return orjson.loads((await call(self._diary.GetStudentMarks, request, token=who, timeout=60)).body)

    async def acknowledge(self, student: str, who: str, week: str = "2026-11-23") -> Any:
        """«Ознакомлен»."""
        return await call(self._diary.AcknowledgeWeek, diary.AcknowledgeWeekRequest(student_id=student, week=week), token=who, timeout=60)

    async def acknowledgements(self, group: Class, who: str, date: str = "") -> Any:
        """Whose family has read a class's week."""
        request = diary.GetClassAcknowledgementsRequest(group_id=group.id, date=date)
        return orjson.loads((await call(self._diary.GetClassAcknowledgements, request, token=who, timeout=60)).body)

    async def close_period(self, name: str) -> None:
        """Closes a period (its own use case comes with the final marks)."""
        query = "UPDATE period SET closed = true WHERE organisation_id = $1 AND name = $2"
        await self.harness.database.reads.execute(query, UUID(self.school.id), name)


def read_body(reply: Any) -> Any:
    """The JSON of a reply, packed or not."""
    return orjson.loads(gzip.decompress(reply.body) if reply.gzip else reply.body)


def presence_of(lesson_id: str, student: str, status: str, version: int = 0, minutes: int = 0) -> attendance.SetAttendanceRequest:
    """An attendance cell as asked for; an empty status is none."""
    value = attendance.AttendanceStatus.Value(f"ATTENDANCE_STATUS_{status or 'UNSPECIFIED'}")
    return attendance.SetAttendanceRequest(
        lesson_id=lesson_id, student_id=student, status=value, expected_version=version, minutes_late=minutes
    )


async def gradebook_id(database: Database, group: Class, subject: str) -> str:
    """The gradebook of a class and subject."""
    query = "SELECT id FROM gradebook WHERE group_id = $1 AND subject = $2"
    return str(await database.reads.fetchval(query, UUID(group.id), subject))


async def lesson_id(database: Database, group: Class, subject: str, day: str) -> str:
    """The first lesson of a gradebook on a day."""
    query = """SELECT l.id FROM lesson l JOIN gradebook g ON g.id = l.gradebook_id
    WHERE g.group_id = $1 AND g.subject = $2 AND l.day = $3 ORDER BY l.number LIMIT 1"""
    return str(await database.reads.fetchval(query, UUID(group.id), subject, datetime.fromisoformat(day).date()))
