"""Fills the class journals as their teachers would: topics, homework, marks, absences."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from myschool.journal.v1 import attendance_pb2, gradebook_pb2, lesson_pb2
from myschool_kit.principal import Principal
from myschool_seed import facts
from myschool_seed.api import Platform, SeedError, eventually
from myschool_seed.facts import Facts, Work
from myschool_seed.load import LoadedSchool, together

_MARKS = 1000
_ENTRIES = 500
_PAGE = 200
_AT_ONCE = 6
_QUARTERS = 2
_SHOWN_ITEM = "Дроби: тренажёр"


@dataclass
class Written:
    """How much was written, for the report."""

    marks: int = 0
    absences: int = 0
    topics: int = 0
    homework: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass
class _Sheet:
    """A gradebook's pages of the last quarters, with what is there already."""

    lessons: list[dict[str, Any]] = field(default_factory=list)
    students: list[dict[str, Any]] = field(default_factory=list)
    filled: set[tuple[str, str]] = field(default_factory=set)
    attended: set[tuple[str, str]] = field(default_factory=set)

    def add(self, page: dict[str, Any]) -> None:
        """Takes in the page of one quarter."""
        lessons, self.students = page["lessons"], page["students"]
        self.lessons += lessons
        self.filled |= {(lessons[lesson]["id"], self.students[student]["id"]) for student, lesson, *_ in page["marks"]}
        self.attended |= {(lessons[lesson]["id"], self.students[student]["id"]) for student, lesson, *_ in page["attendance"]}


class JournalFiller:
    """Writes the facts of one school."""

    def __init__(self, platform: Platform, loaded: LoadedSchool, today: date, items: dict[str, list[tuple[str, str]]]) -> None:
        self._platform = platform
        self._loaded = loaded
        self._today = today
        self._items = items
        self.written = Written()

    async def run(self, advance: Callable[[int, int], None]) -> None:
        """Fills all gradebooks; `advance` hears (done, total)."""
        wanted = len({(slot.group, slot.subject) for slot in self._loaded.school.slots})

        async def listed() -> list[dict[str, Any]] | None:
            found: list[dict[str, Any]] = []
            token = ""
            while True:
                request = gradebook_pb2.ListGradebooksRequest(page_size=_PAGE, page_token=token)
                body = await self._platform.read(self._platform.gradebooks.ListGradebooks, request, self._loaded.head)
                found += body["gradebooks"]
                token = body["next_page_token"]
                if not token:
                    return found if len(found) >= wanted else None

        gradebooks = await eventually(f"the journals of {self._loaded.school.short_name}", listed)
        done = 0

        async def fill(gradebook: dict[str, Any]) -> None:
            nonlocal done
            await self._fill(gradebook)
            done += 1
            advance(done, len(gradebooks))

        await together(_AT_ONCE, [lambda gradebook=gradebook: fill(gradebook) for gradebook in gradebooks])  # type: ignore[misc]
        if self.written.refused:
            raise SeedError(f"{len(self.written.refused)} entries were refused, the first: {self.written.refused[0]}")

    async def _fill(self, gradebook: dict[str, Any]) -> None:
        group, subject = gradebook["group_name"], gradebook["subject"]
        school = self._loaded.school
        if (group, subject) not in school.teachings:
            return
        teacher = self._loaded.principal(school.teachings[group, subject][0].full)
        sheet = await self._read(gradebook["id"], teacher)
        found = facts.of_gradebook(school.ogrn, group, subject, sheet.lessons, sheet.students, self._today)
        await self._describe(found, group, subject, teacher)
        await self._mark(gradebook["id"], sheet, found, teacher)
        await self._note_absences(gradebook["id"], sheet, found, teacher)

    async def _read(self, gradebook_id: str, teacher: Principal) -> _Sheet:
        sheet = _Sheet()
        read = self._platform.gradebooks.GetGradebookPage
        page = await self._platform.read(read, gradebook_pb2.GetGradebookPageRequest(gradebook_id=gradebook_id), teacher)
        begun = [period for period in page["periods"] if period["first_day"] <= self._today.isoformat()]
        for period in begun[-_QUARTERS:]:
            if period["id"] == page["period"]["id"]:
                sheet.add(page)
                continue
            request = gradebook_pb2.GetGradebookPageRequest(gradebook_id=gradebook_id, period_id=period["id"])
            sheet.add(await self._platform.read(read, request, teacher))
        return sheet

    async def _describe(self, found: Facts, group: str, subject: str, teacher: Principal) -> None:
        topics = [work for work in found.works if work.topic and not work.lesson["topic"]]
        homework = [work for work in found.works if work.homework and not work.lesson["has_homework"]]
        lessons = [
            lesson_pb2.UpdateLessonRequest(
                lesson_id=work.lesson["id"],
                topic=work.topic,
                work_type=lesson_pb2.WorkType.Value(f"WORK_TYPE_{work.work_type}"),
                expected_version=work.lesson["version"],
            )
            for work in topics
        ]
        given = [self._assignment(work, group, subject) for work in homework]
        for start in range(0, max(len(lessons), len(given)), _ENTRIES // 2):
            part = slice(start, start + _ENTRIES // 2)
            request = lesson_pb2.DescribeLessonsRequest(lessons=lessons[part], homework=given[part])
            reply = await self._platform.call(self._platform.lessons.DescribeLessons, request, teacher)
            self.written.topics += sum(verdict.saved for verdict in reply.lessons)
            self.written.homework += sum(verdict.saved for verdict in reply.homework)
            # The last lesson of a year has no next one at which homework could be due.
            self._complain("topic", [verdict.reason for verdict in reply.lessons])
            self._complain("homework", [verdict.reason for verdict in reply.homework if verdict.reason != "NO_NEXT_LESSON"])

    def _assignment(self, work: Work, group: str, subject: str) -> lesson_pb2.AssignHomeworkRequest:
        request = lesson_pb2.AssignHomeworkRequest(lesson_id=work.lesson["id"], text=work.homework, minutes=work.minutes)
        known = self._items.get(subject, [])
        if (group, subject) == ("7А", "Алгебра") and work.topic == "Сложение дробей с разными знаменателями":
            known = [entry for entry in self._items.get("Математика", []) if entry[1] == _SHOWN_ITEM]
        elif sum(work.homework.encode()) % 12:
            known = []
        if known:
            item_id, title = known[sum(work.lesson["day"].encode()) % len(known)]
            request.items.add(item_id=item_id, title=title)
        return request

    async def _mark(self, gradebook_id: str, sheet: _Sheet, found: Facts, teacher: Principal) -> None:
        wanted = [
            gradebook_pb2.SetMarkRequest(lesson_id=lesson, student_id=student, value=value)
            for lesson, student, value in found.marks
            if (lesson, student) not in sheet.filled
        ]
        for start in range(0, len(wanted), _MARKS):
            request = gradebook_pb2.SaveMarksRequest(gradebook_id=gradebook_id, marks=wanted[start : start + _MARKS])
            reply = await self._platform.call(self._platform.gradebooks.SaveMarks, request, teacher)
            self.written.marks += sum(verdict.saved for verdict in reply.verdicts)
            self._complain("mark", [verdict.reason for verdict in reply.verdicts])

    async def _note_absences(self, gradebook_id: str, sheet: _Sheet, found: Facts, teacher: Principal) -> None:
        wanted = [
            attendance_pb2.SetAttendanceRequest(
                lesson_id=lesson,
                student_id=student,
                status=attendance_pb2.AttendanceStatus.Value(f"ATTENDANCE_STATUS_{status}"),
                minutes_late=minutes,
            )
            for lesson, student, status, minutes in found.absences
            if (lesson, student) not in sheet.attended
        ]
        for start in range(0, len(wanted), _MARKS):
            request = attendance_pb2.SaveAttendanceRequest(gradebook_id=gradebook_id, cells=wanted[start : start + _MARKS])
            reply = await self._platform.call(self._platform.attendance.SaveAttendance, request, teacher)
            self.written.absences += sum(verdict.saved for verdict in reply.verdicts)
            self._complain("absence", [verdict.reason for verdict in reply.verdicts])

    def _complain(self, what: str, reasons: list[str]) -> None:
        """A cell somebody changed since is theirs; every other refusal is a fault."""
        known = {"", "MARK_CHANGED", "ATTENDANCE_CHANGED", "LESSON_CHANGED", "HOMEWORK_CHANGED"}
        self.written.refused += [f"{what}: {reason}" for reason in reasons if reason not in known]
