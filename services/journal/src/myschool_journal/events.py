"""The only builder of the journal's event messages, and of the hints to open pages that go with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from myschool.journal.events.v1 import journal_events_pb2 as pb
from myschool_kit import hints
from myschool_kit.clock import epoch_ms
from myschool_kit.db import UnitOfWork

_GRADEBOOK = "journal.gradebook"
_DIARY = "journal.diary"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change happened: the lesson with its gradebook and school."""

    gradebook_id: UUID
    organisation_id: UUID
    lesson_id: UUID
    day: date


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell's change as facts tell it: old and new value as text, "" for none."""

    place: Place
    student_id: UUID
    old: str
    new: str
    version: int


@dataclass(frozen=True, slots=True)
class Act:
    """Who did it and when."""

    author_id: UUID
    at: datetime


def gradebook_laid_out(uow: UnitOfWork, record: Any) -> None:
    """A gradebook with all its lessons; `record` is a row of the planning repository's laid_out."""
    gradebook_id = str(record["id"])
    lessons = [
        pb.LessonPlaced(lesson_id=lesson, day=day, number=number, teacher_id=teacher)
        for lesson, day, number, teacher in zip(
            record["ids"] or (), record["days"] or (), record["numbers"] or (), record["teachers"] or (), strict=True
        )
    ]
    message = pb.GradebookLaidOut(
        gradebook_id=gradebook_id,
        organisation_id=str(record["organisation_id"]),
        group_id=str(record["group_id"]),
        group_name=record["group_name"],
        subject=record["subject"],
        teacher_ids=record["teacher_ids"],
        lessons=lessons,
    )
    uow.emit(_GRADEBOOK, gradebook_id, message)
    _tell_gradebooks(uow, [gradebook_id])


def marks_recorded(uow: UnitOfWork, act: Act, changes: Sequence[CellChange]) -> None:
    """One event and one diary hint per changed mark, one hint per gradebook."""
    at_ms = epoch_ms(act.at)
    author = str(act.author_id)
    for change in changes:
        place = change.place
        gradebook_id = str(place.gradebook_id)
        message = pb.MarkRecorded(
            gradebook_id=gradebook_id,
            organisation_id=str(place.organisation_id),
            lesson_id=str(place.lesson_id),
            student_id=str(change.student_id),
            author_id=author,
            old_value=change.old,
            new_value=change.new,
            version=change.version,
            day=place.day.isoformat(),
            at_ms=at_ms,
        )
        uow.emit(_GRADEBOOK, gradebook_id, message)
    _tell_cells(uow, "mark", changes)


def attendance_recorded(uow: UnitOfWork, act: Act, changes: Sequence[CellChange]) -> None:
    """One event and one diary hint per changed cell, one hint per gradebook."""
    at_ms = epoch_ms(act.at)
    author = str(act.author_id)
    for change in changes:
        place = change.place
        gradebook_id = str(place.gradebook_id)
        message = pb.AttendanceRecorded(
            gradebook_id=gradebook_id,
            organisation_id=str(place.organisation_id),
            lesson_id=str(place.lesson_id),
            student_id=str(change.student_id),
            author_id=author,
            old_status=change.old,
            new_status=change.new,
            version=change.version,
            day=place.day.isoformat(),
            at_ms=at_ms,
        )
        uow.emit(_GRADEBOOK, gradebook_id, message)
    _tell_cells(uow, "attendance", changes)


def lesson_described(uow: UnitOfWork, act: Act, place: Place, *, has_topic: bool, version: int) -> None:
    """A topic or a work type was written."""
    message = pb.LessonDescribed(
        gradebook_id=str(place.gradebook_id),
        organisation_id=str(place.organisation_id),
        lesson_id=str(place.lesson_id),
        author_id=str(act.author_id),
        has_topic=has_topic,
        version=version,
        day=place.day.isoformat(),
        at_ms=epoch_ms(act.at),
    )
    uow.emit(_GRADEBOOK, place.gradebook_id, message)


def homework_assigned(uow: UnitOfWork, act: Act, place: Place, item_ids: Sequence[str], *, present: bool, version: int) -> None:
    """Homework was given, changed or taken back at a lesson."""
    message = pb.HomeworkAssigned(
        gradebook_id=str(place.gradebook_id),
        organisation_id=str(place.organisation_id),
        lesson_id=str(place.lesson_id),
        author_id=str(act.author_id),
        present=present,
        item_ids=item_ids,
        version=version,
        day=place.day.isoformat(),
        at_ms=epoch_ms(act.at),
    )
    uow.emit(_GRADEBOOK, place.gradebook_id, message)


def diary_acknowledged(uow: UnitOfWork, act: Act, student_id: UUID, organisation_id: UUID, week: date) -> None:
    """A guardian pressed «ознакомлен»."""
    message = pb.DiaryAcknowledged(
        student_id=str(student_id),
        guardian_id=str(act.author_id),
        organisation_id=str(organisation_id),
        week=week.isoformat(),
        at_ms=epoch_ms(act.at),
    )
    uow.emit(_DIARY, student_id, message)


def tell_class(uow: UnitOfWork, what: str, days: Iterable[date], gradebook_id: UUID, student_ids: Sequence[UUID]) -> None:
    """Hints for every diary of a class and for its open journal: a topic or homework concerns all of them."""
    for day in sorted(set(days)):
        for student_id in student_ids:
            _tell_diary(uow, what, student_id, day)
    _tell_gradebooks(uow, [str(gradebook_id)])


def _tell_cells(uow: UnitOfWork, what: str, changes: Sequence[CellChange]) -> None:
    for student_id, day in dict.fromkeys((change.student_id, change.place.day) for change in changes):
        _tell_diary(uow, what, student_id, day)
    _tell_gradebooks(uow, dict.fromkeys(str(change.place.gradebook_id) for change in changes))


def _tell_diary(uow: UnitOfWork, what: str, student_id: UUID, day: date) -> None:
    uow.hint(hints.student_channel(student_id), {"t": "diary", "student_id": str(student_id), "what": what, "day": day.isoformat()})


def _tell_gradebooks(uow: UnitOfWork, gradebook_ids: Iterable[str]) -> None:
    for gradebook_id in gradebook_ids:
        uow.hint(hints.gradebook_channel(gradebook_id), {"t": "gradebook", "gradebook_id": gradebook_id})
