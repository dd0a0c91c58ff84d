"""A page kept from before is shown only while it is what a fresh reading would give, and only to those who may see it."""

import asyncio
import gzip
import itertools
import re
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from random import Random
from uuid import UUID

import orjson
import pytest

from myschool.journal.v1 import planning_pb2 as planning
from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool_journal import testing
from myschool_journal.authority.caller import Caller
from myschool_journal.bodies import Bodies, Body
from myschool_journal.diary import repository as diary_sql
from myschool_journal.diary.repository import DiaryRepository
from myschool_journal.diary.service import Diary
from myschool_journal.page import repository as page_sql
from myschool_journal.page.repository import PageRepository
from myschool_journal.page.service import Pages
from myschool_journal.testing import KOTOV, MOROZOVA, SOKOLOVA, TIMETABLE, Desk, School, gradebook_id, lesson_id, take
from myschool_kit.errors import DomainError, RemoteError
from myschool_privacy.audit.log import AccessLog
from myschool_testing import Harness, a_principal

MONDAY, TUESDAY = "2026-11-23", "2026-11-24"
_STEPS = 60


class Reading:
    """The class page and the week as two instances of the service read them: one keeps bodies, one reads all anew."""

    def __init__(self, harness: Harness, school: School) -> None:
        self._harness = harness
        self._school = school
        self._access = AccessLog(harness.database)
        self._keeping = self._instance(Bodies())

    def _instance(self, bodies: Bodies) -> tuple[Pages, Diary]:
        database = self._harness.database
        return Pages(database, PageRepository(), self._access, bodies), Diary(database, DiaryRepository(), self._access, bodies)

    def _callers(self) -> list[Caller]:
        school = self._school
        teachers = [school.principal("TEACHER", person_id=person_id) for person_id in school.teachers.values()]
        family = [a_principal("GUARDIAN", person_id=school.guardian), school.principal("STUDENT", person_id=school.a.first)]
        return [Caller.of(principal) for principal in (*teachers, *family, school.principal("HEAD"), a_principal("HEAD"))]

    async def check(self, books: list[str]) -> None:
        """Every caller gets the same from both, be it a body or a refusal."""
        student = UUID(self._school.a.first)
        fresh = self._instance(Bodies())
        for caller in self._callers():
            for book in books:
                kept_page, fresh_page = [await _told(pages.page(caller, UUID(book), None)) for pages, _ in (self._keeping, fresh)]
                assert kept_page == fresh_page
                fresh = self._instance(Bodies())
            for day in (None, date(2026, 11, 30)):
                kept_week, fresh_week = [await _told(diary.week(caller, student, day)) for _, diary in (self._keeping, fresh)]
                assert kept_week == fresh_week
                fresh = self._instance(Bodies())


async def _told(answer: Awaitable[Body]) -> object:
    """The body's content, or the reason of a refusal. Cells name their place, so their order is the database's own and says nothing."""
    try:
        content = orjson.loads(gzip.decompress((await answer).packed))
        return {name: sorted(value) if name in {"marks", "attendance"} else value for name, value in content.items()}
    except DomainError as error:
        return error.reason


class Changes:
    """One random act on the school each time: every way a class page or a week can change."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self._desk, self._school, self._database = desk, desk.school, desk.harness.database
        self._chance = Random(seed)
        self._numbers = itertools.count(1)
        self.done: set[str] = set()

    async def act(self) -> None:
        """Does something; what the service refuses (a stale version, a lesson without a next one) is fine too."""
        acts: list[Callable[[], Awaitable[object]]] = [
            *(self.mark, self.mark, self.marks, self.presence, self.topic, self.homework, self.rename_student, self.rename_teacher),
            *(self.leave, self.join, self.hand_over, self.rename_class, self.timetable, self.year, self.acknowledge, self.homeroom),
            *(self.move_zone, self.guardianship),
        ]
        chosen = self._chance.choice(acts)
        try:
            await chosen()
            self.done.add(chosen.__name__)
        except RemoteError as refusal:
            assert refusal.reason != "INTERNAL", refusal

    def _text(self) -> str:
        return f"№ {next(self._numbers)}"

    def _student(self) -> str:
        return self._chance.choice(list(self._school.a.students.values()))

    async def _lesson(self) -> str:
        return await lesson_id(self._database, self._school.a, "Алгебра", self._chance.choice([MONDAY, TUESDAY]))

    async def _version(self, table: str, lesson: str, student: str = "") -> int:
        where = " AND student_id = $2" if student else ""
        column = "id" if table == "lesson" else "lesson_id"
        arguments = [UUID(lesson), *([UUID(student)] if student else [])]
        found: int | None = await self._database.reads.fetchval(f"SELECT version FROM {table} WHERE {column} = $1{where}", *arguments)
        return found or 0

    async def mark(self) -> None:
        lesson, student = await self._lesson(), self._student()
        await self._desk.mark(lesson, student, self._chance.choice(["", "2", "3", "4", "5"]), await self._version("mark", lesson, student))

    async def marks(self) -> None:
        lesson = await self._lesson()
        cells = [(lesson, student, "5", await self._version("mark", lesson, student)) for student in self._school.a.students.values()]
        await self._desk.marks(await gradebook_id(self._database, self._school.a, "Алгебра"), cells)

    async def presence(self) -> None:
        lesson, student = await self._lesson(), self._student()
        status = self._chance.choice(["ABSENT", "ILL", "PRESENT"])
        await self._desk.presence(lesson, student, status, await self._version("attendance", lesson, student))

    async def topic(self) -> None:
        lesson = await self._lesson()
        await self._desk.describe(lesson, self._text(), await self._version("lesson", lesson), work=self._chance.choice([1, 2, 3]))

    async def homework(self) -> None:
        lesson = await self._lesson()
        text = self._chance.choice(["", self._text()])
        await self._desk.assign(lesson, text, await self._version("homework", lesson))

    async def rename_student(self) -> None:
        student = self._student()
        at = testing.MOMENT + timedelta(seconds=next(self._numbers))
        message = events.StudentEnrolled(
            group_id=self._school.a.id, organisation_id=self._school.id, student_id=student, full_name=f"Имя {at}", from_day="2026-09-01"
        )
        await take(self._database, message, at=at)

    async def rename_teacher(self) -> None:
        name = self._chance.choice([SOKOLOVA, KOTOV])
        at = testing.MOMENT + timedelta(seconds=next(self._numbers))
        message = events.HomeroomAssigned(
            group_id=self._school.b.id, organisation_id=self._school.id, teacher_id=self._school.teachers[name], teacher_name=f"{name} {at}"
        )
        await take(self._database, message, at=at)

    async def leave(self) -> None:
        message = events.StudentLeft(
            group_id=self._school.a.id, student_id=self._student(), last_day=self._chance.choice([MONDAY, "2026-10-01"])
        )
        await take(self._database, message)

    async def join(self) -> None:
        group = self._chance.choice([self._school.a, self._school.b])
        await self._school.enrol(self._database, group, self._student(), "Новый Ученик", self._chance.choice(["2026-09-01", "2026-11-01"]))

    async def hand_over(self) -> None:
        teacher = self._chance.choice([MOROZOVA, SOKOLOVA])
        if self._chance.random() < 0.5:
            await self._school.assign(self._database, self._school.a, "Алгебра", teacher)
            return
        gone = {"group_id": self._school.a.id, "subject": "Алгебра", "teacher_id": self._school.teachers[teacher]}
        await take(self._database, events.TeachingEnded(**gone))

    async def rename_class(self) -> None:
        name = self._chance.choice(["7А", "7«А»"])
        await take(
            self._database, events.StudentGroupFormed(group_id=self._school.a.id, organisation_id=self._school.id, name=name, grade=7)
        )

    async def timetable(self) -> None:
        await self._desk.lay(self._chance.choice([TIMETABLE, TIMETABLE.replace("пн;1;214", "пн;2;115"), TIMETABLE.replace("чт;2", "ср;2")]))

    async def year(self) -> None:
        year = self._school.year()
        year.bells[0].ends_at = self._chance.choice(["09:10", "09:15"])
        del year.bells[4 + self._chance.randrange(2) :]
        year.periods[1].MergeFrom(planning.Period(last_day=self._chance.choice(["2026-12-26", "2026-12-27"])))
        await self._desk.set_up(year)

    async def acknowledge(self) -> None:
        await self._desk.acknowledge(self._school.a.first, self._school.token("GUARDIAN", person_id=self._school.guardian))

    async def homeroom(self) -> None:
        name = self._chance.choice([SOKOLOVA, KOTOV])
        place = {"group_id": self._school.a.id, "organisation_id": self._school.id}
        await take(self._database, events.HomeroomAssigned(**place, teacher_id=self._school.teachers[name], teacher_name=name))

    async def move_zone(self) -> None:
        zone = self._chance.choice(["Europe/Moscow", "Pacific/Kiritimati"])
        await take(self._database, events.OrganisationRegistered(organisation_id=self._school.id, short_name=self._text(), time_zone=zone))

    async def guardianship(self) -> None:
        pair = {"guardian_id": self._school.guardian, "student_id": self._school.a.first}
        kept = self._chance.random() < 0.7
        await take(
            self._database, events.GuardianshipEstablished(**pair, guardian_name="Мама") if kept else events.GuardianshipEnded(**pair)
        )


@pytest.mark.parametrize("seed", range(4))
async def test_page_when_anything_has_changed_then_kept_one_is_as_a_fresh_one(
    journal: Harness, school: School, desk: Desk, seed: int
) -> None:
    books = [await gradebook_id(journal.database, school.a, subject) for subject in ("Алгебра", "История")]
    reading, changes = Reading(journal, school), Changes(desk, seed)
    for _ in range(_STEPS):
        await changes.act()
        await reading.check(books)
    assert len(changes.done) >= 12, "too little was tried"


async def test_page_when_written_and_read_at_once_then_never_older_than_committed(journal: Harness, school: School, desk: Desk) -> None:
    book, lesson = await gradebook_id(journal.database, school.a, "Алгебра"), await lesson_id(journal.database, school.a, "Алгебра", MONDAY)
    students = list(school.a.students.values())
    committed = dict.fromkeys(students, 0)
    guardian = school.token("GUARDIAN", person_id=school.guardian)

    async def write(student: str) -> None:
        for version in range(30):
            await desk.mark(lesson, student, "45"[version % 2], version)
            committed[student] = version + 1

    async def read(writers: asyncio.Task[object]) -> int:
        count = 0
        while not writers.done():
            before = dict(committed)
            page = await desk.page(book)
            column = next(index for index, found in enumerate(page["lessons"]) if found["id"] == lesson)
            shown = {page["students"][line]["id"]: version for line, at, _value, version in page["marks"] if at == column}
            assert all(shown.get(student, 0) >= version for student, version in before.items())
            week = await desk.week(school.a.first, guardian)
            shown_mark = next(found["mark"] for day in week["days"] for found in day["lessons"] if found["id"] == lesson)
            assert (shown_mark or {"version": 0})["version"] >= before[school.a.first]
            count += 1
        return count

    writers = asyncio.ensure_future(asyncio.gather(*map(write, students)))
    reads = await asyncio.gather(*[read(writers) for _ in range(3)])
    await writers
    assert sum(reads) > 10


async def test_page_when_two_write_in_one_class_then_neither_waits_and_both_are_shown(journal: Harness, school: School, desk: Desk) -> None:
    book, lesson = await gradebook_id(journal.database, school.a, "Алгебра"), await lesson_id(journal.database, school.a, "Алгебра", MONDAY)
    first, second, third = list(school.a.students.values())[:3]
    for student in (first, second, third):
        await desk.mark(lesson, student, "3")
    await desk.page(book)
    write = "UPDATE mark SET value = 5, version = 2 WHERE lesson_id = $1 AND student_id = $2"
    async with journal.database.begin() as slow:
        await slow.raw.execute(write, UUID(lesson), UUID(first))
        started = time.monotonic()
        await desk.mark(lesson, second, "4", 1)
        assert time.monotonic() - started < 2
        assert sorted(value for _line, _column, value, _version in (await desk.page(book))["marks"]) == ["3", "3", "4"]
    assert sorted(value for _line, _column, value, _version in (await desk.page(book))["marks"]) == ["3", "4", "5"]
    with pytest.raises(ZeroDivisionError):
        async with journal.database.begin() as undone:
            await undone.raw.execute(write, UUID(lesson), UUID(third))
            raise ZeroDivisionError
    assert sorted(value for _line, _column, value, _version in (await desk.page(book))["marks"]) == ["3", "4", "5"]


async def test_page_when_kept_then_still_refused_to_others(journal: Harness, school: School, other: School, desk: Desk) -> None:
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    await desk.page(book)
    await desk.week(school.a.first, school.token("GUARDIAN", person_id=school.guardian))
    for refused in (
        desk.page(book, who=KOTOV),
        desk.page(book, who=other.teacher(SOKOLOVA)),
        desk.week(school.a.first, school.token("GUARDIAN", person_id=other.guardian)),
        desk.week(school.a.first, school.token("STUDENT", person_id=school.b.first)),
        desk.week(school.a.first, other.token("HEAD")),
    ):
        with pytest.raises(RemoteError) as error:
            await refused
        assert error.value.reason in {"GRADEBOOK_NOT_FOUND", "DIARY_NOT_FOUND"}


async def test_page_when_read_again_then_one_small_statement_and_after_a_change_two(journal: Harness, school: School, desk: Desk) -> None:
    book, lesson = await gradebook_id(journal.database, school.a, "Алгебра"), await lesson_id(journal.database, school.a, "Алгебра", MONDAY)

    async def read() -> None:
        await desk.page(book)
        await desk.week(school.a.first, school.token("GUARDIAN", person_id=school.guardian))

    counts = []
    for _ in range(2):
        with journal.statements.counted() as counted:
            await read()
        counts.append(len([query for query in counted if "access_entry" not in query]))
    await desk.mark(lesson, school.a.first, "5")
    with journal.statements.counted() as counted:
        await read()
    assert [*counts, len([query for query in counted if "access_entry" not in query])] == [2, 2, 4]


async def test_stamps_when_a_statement_reads_a_table_then_its_changes_touch_pages(journal: Harness) -> None:
    statements = f"{page_sql._PAGE} {diary_sql._WEEK}"
    found = set(re.findall(r"(?:FROM|JOIN|,) ([a-z_]+) [a-z]+\b(?! AS \()", statements))
    tables = {row["relname"] for row in await journal.database.reads.fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")}
    # The school's day, «ознакомлен», who may see and who consented are asked at every read.
    watched = (found & tables) - {"organisation", "acknowledgement", "guardianship", "progress_withheld", "page_stamp"}
    assert watched >= {"mark", "attendance", "lesson", "homework", "bell", "student", "teacher", "enrolment", "period", "gradebook"}
    triggers = await journal.database.reads.fetch(
        "SELECT tgrelid::regclass::text AS name, tgtype FROM pg_trigger WHERE tgname LIKE '%touches_pages'"
    )
    events_of = {name: {row["tgtype"] & 28 for row in triggers if row["name"] == name} for name in watched}
    # Bits of pg_trigger.tgtype: 4 INSERT, 8 DELETE, 16 UPDATE.
    assert all(kinds == {4, 8, 16} for kinds in events_of.values()), events_of


async def test_stamps_when_a_class_is_written_to_for_long_then_it_has_one_row(journal: Harness, school: School, desk: Desk) -> None:
    lesson = await lesson_id(journal.database, school.a, "Алгебра", MONDAY)
    for version in range(20):
        await desk.mark(lesson, school.a.first, "45"[version % 2], version)
    assert await journal.database.reads.fetchval("SELECT count(*) FROM page_stamp WHERE scope = $1", UUID(school.a.id)) == 1


def test_bodies_when_too_many_then_the_longest_unread_go() -> None:
    bodies = Bodies(most_bytes=10_000)
    for number in range(20):
        bodies.keep(number, (number,), orjson.dumps(list(range(number, number + 50))))
        assert bodies.kept(0) is not None
    kept = [number for number in range(20) if bodies.kept(number) is not None]
    assert kept == [0, *range(kept[1], 20)]
    assert 5 < len(kept) < 10
