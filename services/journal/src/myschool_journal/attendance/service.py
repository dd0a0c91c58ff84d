"""Attendance: set one cell, save many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_journal import events
from myschool_journal.attendance import rules
from myschool_journal.attendance.repository import AttendanceRepository, AttendanceWrite, Author, Key, LessonCells, Present
from myschool_journal.authority.caller import Caller
from myschool_journal.errors import AttendanceChanged, GradebookNotFound, LessonNotFound, StudentNotFound
from myschool_journal.events import Act, CellChange
from myschool_journal.gradebook.rules import refuse_unless_open
from myschool_kit import clock
from myschool_kit.context import current
from myschool_kit.db import UnitOfWork
from myschool_kit.errors import DomainError, NotFound


@dataclass(frozen=True, slots=True)
class AttendanceView:
    """A cell after a write. `changed_at` is None for a cell that was never touched."""

    lesson_id: UUID
    student_id: UUID
    status: int
    minutes_late: int
    version: int
    author_name: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One cell of a bulk save; `error` is None when it is saved."""

    cell: AttendanceView | None
    error: DomainError | None


class Attendance:
    """Use cases of the slice."""

    def __init__(self, repository: AttendanceRepository) -> None:
        self._repository = repository

    async def set_attendance(self, uow: UnitOfWork, caller: Caller, wanted: AttendanceWrite) -> AttendanceView:
        """Writes one cell. Raises LessonNotFound, StudentNotFound, FutureLesson, PeriodClosed, AttendanceChanged, Invalid."""
        verdict = (await self._save(uow, caller, [wanted], None))[0]
        if verdict.error is not None:
            raise verdict.error
        if verdict.cell is None:
            raise LessonNotFound("no such lesson")
        return verdict.cell

    async def save_attendance(
        self, uow: UnitOfWork, caller: Caller, gradebook_id: UUID, wanted: Sequence[AttendanceWrite]
    ) -> list[Verdict]:
        """Writes the cells that can be written; a verdict per cell in order. Raises GradebookNotFound."""
        if not await self._repository.may_write(uow.raw, caller, gradebook_id):
            raise GradebookNotFound("no such gradebook")
        return await self._save(uow, caller, wanted, gradebook_id)

    async def _save(self, uow: UnitOfWork, caller: Caller, wanted: Sequence[AttendanceWrite], gradebook_id: UUID | None) -> list[Verdict]:
        author = Author(caller, clock.now(), current().trace_id)
        lessons = await self._repository.lessons(uow.raw, caller, wanted, author.at)
        seen: set[Key] = set()
        refusals = [_refusal(cell, lessons.get(cell.lesson_id), gradebook_id, seen) for cell in wanted]
        sound = [cell for cell, refusal in zip(wanted, refusals, strict=True) if refusal is None]
        written = {}
        if sound:
            try:
                written = await self._repository.write(uow.raw, sound, lessons, author)
            except asyncpg.ForeignKeyViolationError as error:
                # A new timetable took the lesson away between our look and our write.
                raise LessonNotFound("no such lesson") from error
        left = [cell.key for cell in sound if cell.key not in written]
        present = await self._repository.present(uow.raw, left) if left else {}
        changes = [
            CellChange(
                lessons[cell.lesson_id].place,
                cell.student_id,
                rules.NAMES[written[cell.key].previous_status],
                rules.NAMES[cell.status],
                written[cell.key].version,
            )
            for cell in sound
            if cell.key in written
        ]
        events.attendance_recorded(uow, Act(caller.person_id, author.at), changes)
        verdicts = []
        for cell, refusal in zip(wanted, refusals, strict=True):
            if refusal is not None:
                verdicts.append(Verdict(None, refusal))
            elif cell.key in written:
                view = AttendanceView(*cell.key, cell.status, cell.minutes_late, written[cell.key].version, caller.name, author.at)
                verdicts.append(Verdict(view, None))
            else:
                verdicts.append(_left(cell, present.get(cell.key)))
        return verdicts


def _refusal(cell: AttendanceWrite, lesson: LessonCells | None, gradebook_id: UUID | None, seen: set[Key]) -> DomainError | None:
    if lesson is None or gradebook_id not in (None, lesson.place.gradebook_id):
        return LessonNotFound("no such lesson")
    if cell.student_id not in lesson.students:
        return StudentNotFound("the student is not in the class of this lesson")
    if cell.key in seen:
        return NotFound("the cell stands twice in the request", reason="CELL_REPEATED")
    seen.add(cell.key)
    try:
        rules.check(cell.status, cell.minutes_late)
        refuse_unless_open(day=lesson.place.day, today=lesson.today, closed=lesson.closed)
    except DomainError as error:
        return error
    return None


def _left(wanted: AttendanceWrite, present: Present | None) -> Verdict:
    """The verdict on a cell that was not written: it is as wanted already, or somebody else was faster."""
    if present is None:
        view = AttendanceView(*wanted.key, rules.PRESENT, 0, 0, "", None)
        as_wanted = wanted.expected_version == 0 and wanted.status == rules.PRESENT
    else:
        view = AttendanceView(*wanted.key, present.status, present.minutes_late, present.version, present.author_name, present.changed_at)
        same = (present.status, present.minutes_late) == (wanted.status, wanted.minutes_late)
        as_wanted = same and present.version == wanted.expected_version
    if as_wanted:
        return Verdict(view, None)
    error = AttendanceChanged(
        "the attendance was changed by somebody else",
        current_value=rules.NAMES[view.status],
        current_author=view.author_name,
        current_at_ms=clock.epoch_ms(view.changed_at) if view.changed_at else 0,
        current_version=view.version,
        current_minutes_late=view.minutes_late,
        your_value=rules.NAMES[wanted.status],
    )
    return Verdict(view, error)
