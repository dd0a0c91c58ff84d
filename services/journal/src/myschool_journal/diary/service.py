"""What the family sees, as ready JSON, and «ознакомлен»."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
import orjson

from myschool_journal import events
from myschool_journal.attendance.rules import NAMES, PRESENT
from myschool_journal.authority.caller import Caller
from myschool_journal.bodies import Bodies, Body
from myschool_journal.diary import rules
from myschool_journal.diary.repository import DiaryRepository, made_of
from myschool_journal.errors import DiaryNotFound, PeriodNotFound, ProgressConsentMissing
from myschool_journal.events import Act
from myschool_journal.gradebook.rules import WORK_TYPES, average_of, weight_of
from myschool_journal.gradebook.service import text_of
from myschool_journal.page.service import name_in_grid
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog

_SCHOOL_DAYS = 6


class Diary:
    """Use cases of the slice."""

    def __init__(self, database: Database, repository: DiaryRepository, access: AccessLog, bodies: Bodies) -> None:
        self._database = database
        self._repository = repository
        self._access = access
        self._bodies = bodies

    async def week(self, caller: Caller, student_id: UUID, day: date | None) -> Body:
        """A week; no day means the present week. Raises DiaryNotFound, ProgressConsentMissing, Invalid."""
        if day is not None:
            rules.Week.of(day)
        now, slot = clock.now(), ("week", student_id, day)
        kept = self._bodies.kept(slot)
        if kept is not None:
            state = _open(await self._repository.state(self._database.reads, caller, student_id, day, now))
            if made_of(state) == kept.made_of:
                self._access.record("diary.week", subject_id=student_id)
                return kept.body
        row = _open(await self._repository.week(self._database.reads, caller, student_id, day, now))
        self._access.record("diary.week", subject_id=student_id)
        if not all(whole for *_stay, whole in row["stays"]):
            # A subject teacher sees the own subjects only: such a week is nobody else's.
            return Body.of(json_body(_week(student_id, row)))
        return self._bodies.keep(slot, made_of(row), json_body(_week(student_id, row)))

    async def marks(self, caller: Caller, student_id: UUID, period_id: UUID | None) -> bytes:
        """Marks of a period by subject; no period means the present one. Raises DiaryNotFound, ProgressConsentMissing, PeriodNotFound."""
        row = _open(await self._repository.marks(self._database.reads, caller, student_id, period_id, clock.now()))
        if row["period_id"] is None:
            raise PeriodNotFound("no such academic period")
        self._access.record("diary.marks", subject_id=student_id)
        periods = [{"id": p[0], "name": p[1], "first_day": p[2], "last_day": p[3]} for p in row["periods"]]
        return json_body(
            {
                "student": _student(student_id, row),
                "period": next(period for period in periods if period["id"] == row["period_id"]),
                "periods": periods,
                "subjects": [_subject(*subject) for subject in row["subjects"] or ()],
            }
        )

    async def acknowledge(self, uow: UnitOfWork, caller: Caller, student_id: UUID, week: date) -> datetime:
        """Notes «ознакомлен»; repeating it answers the first time. Raises DiaryNotFound, Invalid, FutureWeek."""
        now = clock.now()
        guarded = _open(await self._repository.guarded(uow.raw, caller, student_id, now))
        rules.Week.of(week)
        rules.check_acknowledged(week, guarded["today"])
        at, fresh = await self._repository.acknowledge(uow.raw, caller, student_id, week, now)
        if fresh:
            events.diary_acknowledged(uow, Act(caller.person_id, at), student_id, guarded["organisation_id"], week)
        return at


def _open(row: asyncpg.Record | None) -> asyncpg.Record:
    """The row of a diary that may be read."""
    if row is None:
        raise DiaryNotFound("no such diary")
    if row["withheld"]:
        raise ProgressConsentMissing("the consent to show the progress was declined or taken back")
    return row


def _week(student_id: UUID, row: asyncpg.Record) -> dict[str, object]:
    week, acknowledged = rules.Week(row["monday"]), row["acknowledged"]
    return {
        "student": _student(student_id, row),
        "week": {"monday": week.monday, "sunday": week.sunday, "previous": week.previous, "next": week.next},
        "period_name": row["period_name"] or "",
        "today": row["today"],
        "acknowledged": {"by": acknowledged[0], "at_ms": clock.epoch_ms(acknowledged[1])} if acknowledged else None,
        "days": _days(week.monday, row["lessons"] or ()),
    }


def _student(student_id: UUID, row: asyncpg.Record) -> dict[str, object]:
    name = row["full_name"]
    return {"id": student_id, "full_name": name, "name": name_in_grid(name), "group_name": row["group_name"] or ""}


def _days(monday: date, lessons: Sequence[asyncpg.Record]) -> list[dict[str, object]]:
    """Monday to Saturday, empty days too."""
    days: dict[date, list[dict[str, object]]] = {monday + timedelta(days=offset): [] for offset in range(_SCHOOL_DAYS)}
    for lesson in lessons:
        days.setdefault(lesson[1], []).append(_lesson(lesson))
    return [{"day": day, "lessons": found} for day, found in days.items()]


def _lesson(row: asyncpg.Record) -> dict[str, object]:
    (lesson_id, _day, number, starts_at, ends_at, subject, teacher, room, topic, work_type, *cells) = row
    value, previous, version, author, at, comment, status, minutes_late, tasks = cells
    mark = None
    if value is not None:
        mark = {
            "value": text_of(value),
            "previous_value": text_of(previous),
            "version": version,
            "author": author,
            "at_ms": clock.epoch_ms(at),
            "comment": comment,
            "work_type": WORK_TYPES[work_type],
        }
    return {
        "id": lesson_id,
        "number": number,
        "starts_at": starts_at or "",
        "ends_at": ends_at or "",
        "subject": subject,
        "teacher": teacher or "",
        "room": room,
        "topic": topic,
        "mark": mark,
        "attendance": {"status": NAMES[status], "minutes_late": minutes_late} if status not in (None, PRESENT) else None,
        "homework": _homework(tasks) if tasks else None,
    }


def _homework(tasks: Sequence[asyncpg.Record]) -> dict[str, object]:
    """All that is due at one lesson, in the order it was given."""
    if len(tasks) == 1:
        text, minutes, items = tasks[0]
        return {"text": text, "minutes": minutes, "items": orjson.Fragment(items)}
    return {
        "text": "\n".join(task[0] for task in tasks if task[0]),
        "minutes": sum(task[1] for task in tasks),
        "items": [item for task in tasks for item in orjson.loads(task[2])],
    }


def _subject(gradebook_id: UUID, subject: str, marks: Sequence[asyncpg.Record] | None, absences: int) -> dict[str, object]:
    return {
        "gradebook_id": gradebook_id,
        "subject": subject,
        "average": average_of((value, weight_of(work_type)) for _id, _day, value, work_type, _topic in marks or ()),
        "marks": [
            {
                "lesson_id": lesson_id,
                "day": day,
                "value": text_of(value),
                "work_type": WORK_TYPES[work_type],
                "weight": weight_of(work_type) / 100,
                "topic": topic,
            }
            for lesson_id, day, value, work_type, topic in marks or ()
        ],
        "absences": absences,
    }
