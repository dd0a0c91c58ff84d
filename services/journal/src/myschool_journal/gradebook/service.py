"""Marks: set one, save many, tell the history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from myschool_journal import events
from myschool_journal.authority.caller import Caller
from myschool_journal.errors import GradebookNotFound, LessonNotFound, MarkChanged, StudentNotFound
from myschool_journal.events import Act, CellChange, Place
from myschool_journal.gradebook import rules
from myschool_journal.gradebook.repository import Author, Key, MarkRepository, MarkWrite, Present, Sheet, Written
from myschool_kit import clock
from myschool_kit.context import current
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import DomainError
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog


@dataclass(frozen=True, slots=True)
class MarkView:
    """A cell after a write. `changed_at` is None for a cell that never had a mark."""

    lesson_id: UUID
    student_id: UUID
    value: int | None
    version: int
    author_name: str
    changed_at: datetime | None
    average: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One cell of a bulk save; `reason` is empty when it is saved."""

    cell: MarkView | None
    reason: str


class Marks:
    """Use cases of marks."""

    def __init__(self, database: Database, repository: MarkRepository, access: AccessLog) -> None:
        self._database = database
        self._repository = repository
        self._access = access

    async def set_mark(self, uow: UnitOfWork, caller: Caller, wanted: MarkWrite) -> MarkView:
        """Writes one cell. Raises LessonNotFound, StudentNotFound, FutureLesson, PeriodClosed, MarkChanged."""
        author = Author(caller, clock.now(), current().trace_id)
        cell = await self._repository.cell(uow.raw, caller, wanted.lesson_id, wanted.student_id, author.at)
        if cell is None:
            raise LessonNotFound("no such lesson")
        if not cell.enrolled:
            raise StudentNotFound("the student is not in the class of this lesson")
        rules.refuse_unless_open(day=cell.place.day, today=cell.today, closed=cell.closed)
        own = (wanted.value * cell.weight, cell.weight) if wanted.value else (0, 0)
        average = rules.average(cell.weighted + own[0], cell.weights + own[1])
        key = wanted.lesson_id, wanted.student_id
        written = (await self._write(uow, cell.place.gradebook_id, [wanted], author)).get(key)
        if written is None:
            present = (await self._repository.present(uow.raw, [key])).get(key)
            return _unchanged(wanted, present, average)
        change = CellChange(cell.place, wanted.student_id, text_of(written.previous_value), text_of(wanted.value), written.version)
        events.marks_recorded(uow, Act(caller.person_id, author.at), [change])
        return MarkView(wanted.lesson_id, wanted.student_id, wanted.value, written.version, caller.name, author.at, average)

    async def save_marks(self, uow: UnitOfWork, caller: Caller, gradebook_id: UUID, wanted: Sequence[MarkWrite]) -> list[Verdict]:
        """Writes the cells that can be written; a verdict per cell in order. Raises GradebookNotFound."""
        author = Author(caller, clock.now(), current().trace_id)
        sheet = await self._repository.sheet(uow.raw, caller, gradebook_id, author.at)
        if sheet is None:
            raise GradebookNotFound("no such gradebook")
        lessons = await self._repository.lessons(uow.raw, gradebook_id, list({cell.lesson_id for cell in wanted}))
        last_days = await self._repository.last_days(uow.raw, sheet.group_id)
        seen: set[Key] = set()
        refusals = [_refusal(cell, sheet, lessons, last_days, seen) for cell in wanted]
        sound = [cell for cell, refusal in zip(wanted, refusals, strict=True) if not refusal]
        written = await self._write(uow, gradebook_id, sound, author) if sound else {}
        left = [(cell.lesson_id, cell.student_id) for cell in sound if (cell.lesson_id, cell.student_id) not in written]
        present = await self._repository.present(uow.raw, left) if left else {}
        changes = [
            CellChange(
                Place(gradebook_id, sheet.organisation_id, cell.lesson_id, lessons[cell.lesson_id]["day"]),
                cell.student_id,
                text_of(written[cell.lesson_id, cell.student_id].previous_value),
                text_of(cell.value),
                written[cell.lesson_id, cell.student_id].version,
            )
            for cell in sound
            if (cell.lesson_id, cell.student_id) in written
        ]
        events.marks_recorded(uow, Act(caller.person_id, author.at), changes)
        averages = await self._averages(uow, gradebook_id, sound)
        verdicts = []
        for cell, refusal in zip(wanted, refusals, strict=True):
            if refusal:
                verdicts.append(Verdict(None, refusal))
                continue
            average = averages.get((cell.student_id, lessons[cell.lesson_id]["period_id"]))
            saved = written.get((cell.lesson_id, cell.student_id))
            if saved is not None:
                view = MarkView(cell.lesson_id, cell.student_id, cell.value, saved.version, caller.name, author.at, average)
                verdicts.append(Verdict(view, ""))
            else:
                verdicts.append(_left_verdict(cell, present.get((cell.lesson_id, cell.student_id)), average))
        return verdicts

    async def history(self, caller: Caller, lesson_id: UUID, student_id: UUID) -> bytes:
        """All changes of a cell as JSON, oldest first. Raises LessonNotFound."""
        rows = await self._repository.history(self._database.reads, caller, lesson_id, student_id)
        if not rows:
            raise LessonNotFound("no such cell")
        self._access.record("mark.history", subject_id=student_id, object_id=lesson_id)
        changes = [
            {
                "old_value": text_of(row["old_value"]),
                "new_value": text_of(row["new_value"]),
                "author_name": row["author_name"],
                "at_ms": clock.epoch_ms(row["at"]),
                "comment": row["comment"],
                "version": row["version"],
            }
            for row in rows
            if row["version"] is not None
        ]
        return json_body({"changes": changes})

    async def _write(self, uow: UnitOfWork, gradebook_id: UUID, cells: Sequence[MarkWrite], author: Author) -> dict[Key, Written]:
        try:
            return await self._repository.write(uow.raw, gradebook_id, cells, author)
        except asyncpg.ForeignKeyViolationError as error:
            # A new timetable took the lesson away between our look and our write.
            raise LessonNotFound("no such lesson") from error

    async def _averages(
        self, uow: UnitOfWork, gradebook_id: UUID, cells: Sequence[MarkWrite]
    ) -> dict[tuple[UUID, UUID | None], float | None]:
        students = list({cell.student_id for cell in cells})
        sums = await self._repository.sums(uow.raw, gradebook_id, students) if students else {}
        return {key: rules.average(*pair) for key, pair in sums.items()}


def text_of(value: int | None) -> str:
    """A mark as it travels: "5", or "" for none."""
    return "" if value is None else str(value)


def _refusal(cell: MarkWrite, sheet: Sheet, lessons: dict[UUID, asyncpg.Record], last_days: dict[UUID, date], seen: set[Key]) -> str:
    lesson = lessons.get(cell.lesson_id)
    if lesson is None:
        return LessonNotFound.reason
    if cell.student_id not in last_days or last_days[cell.student_id] < lesson["day"]:
        return StudentNotFound.reason
    key = cell.lesson_id, cell.student_id
    if key in seen:
        return "CELL_REPEATED"
    seen.add(key)
    try:
        rules.refuse_unless_open(day=lesson["day"], today=sheet.today, closed=lesson["closed"])
    except DomainError as error:
        return error.reason
    return ""


def _view(cell: MarkWrite, present: Present | None, average: float | None) -> MarkView:
    if present is None:
        return MarkView(cell.lesson_id, cell.student_id, None, 0, "", None, average)
    return MarkView(cell.lesson_id, cell.student_id, present.value, present.version, present.author_name, present.changed_at, average)


def _is_as_wanted(cell: MarkWrite, present: Present | None) -> bool:
    """Whether nothing was written because the cell already is what the caller, who saw its present state, wants."""
    if present is None:
        return cell.expected_version == 0 and cell.value is None
    return present.version == cell.expected_version and present.value == cell.value


def _unchanged(wanted: MarkWrite, present: Present | None, average: float | None) -> MarkView:
    if _is_as_wanted(wanted, present):
        return _view(wanted, present, average)
    raise MarkChanged(
        "the mark was changed by somebody else",
        current_value=text_of(present.value) if present else "",
        current_author=present.author_name if present else "",
        current_at_ms=clock.epoch_ms(present.changed_at) if present else 0,
        current_version=present.version if present else 0,
        your_value=text_of(wanted.value),
    )


def _left_verdict(cell: MarkWrite, present: Present | None, average: float | None) -> Verdict:
    reason = "" if _is_as_wanted(cell, present) else MarkChanged.reason
    return Verdict(_view(cell, present, average), reason)
