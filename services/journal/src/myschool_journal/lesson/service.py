"""Topics and homework: write one, write many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg
import orjson

from myschool_journal import events
from myschool_journal.authority.caller import Caller
from myschool_journal.errors import HomeworkChanged, LessonChanged, LessonNotFound, NoNextLesson, PeriodClosed
from myschool_journal.events import Act
from myschool_journal.gradebook.rules import WORK_TYPES
from myschool_journal.lesson import rules
from myschool_journal.lesson.repository import Homework, Lesson, LessonRepository
from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.errors import DomainError, Invalid, Violation


@dataclass(frozen=True, slots=True)
class Description:
    """Topic and work type of a lesson as asked for."""

    lesson_id: UUID
    topic: str
    work_type: int
    expected_version: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """Homework as asked for; no text and no items take it back."""

    lesson_id: UUID
    text: str
    due_lesson_id: UUID | None
    minutes: int
    items: tuple[tuple[str, str], ...]
    expected_version: int

    @property
    def present(self) -> bool:
        """Whether there is any homework in it."""
        return bool(self.text or self.items)


@dataclass(frozen=True, slots=True)
class Described:
    """A lesson after the write."""

    lesson_id: UUID
    version: int
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Assigned:
    """Homework after the write; `homework_id` is None when there never was any."""

    homework_id: UUID | None
    version: int
    changed_at: datetime | None
    due_lesson_id: UUID | None
    due_day: date | None


class Lessons:
    """Use cases of the slice."""

    def __init__(self, repository: LessonRepository) -> None:
        self._repository = repository

    async def describe(self, uow: UnitOfWork, caller: Caller, wanted: Sequence[Description]) -> list[Described | DomainError]:
        """Writes topics and work types; an outcome per entry, in order."""
        now = clock.now()
        lessons = await self._repository.lock(uow.raw, caller, _unique(entry.lesson_id for entry in wanted), now)
        seen: set[UUID] = set()
        outcomes: list[Described | DomainError] = []
        changed: list[tuple[Lesson, Description]] = []
        for entry in wanted:
            lesson = lessons.get(entry.lesson_id)
            error = _described_error(entry, lesson, seen)
            if error is not None or lesson is None:
                outcomes.append(error or LessonNotFound("no such lesson"))
            elif (lesson.topic, lesson.work_type) == (entry.topic, entry.work_type):
                outcomes.append(Described(entry.lesson_id, lesson.version, lesson.changed_at))
            else:
                changed.append((lesson, entry))
                outcomes.append(Described(entry.lesson_id, lesson.version + 1, now))
        if changed:
            rows = [(entry.lesson_id, entry.topic, entry.work_type) for _lesson, entry in changed]
            await self._repository.describe(uow.raw, rows, caller.name, now)
            act = Act(caller.person_id, now)
            for lesson, entry in changed:
                events.lesson_described(uow, act, lesson.place, has_topic=bool(entry.topic), version=lesson.version + 1)
            await self._tell(uow, "lesson", [(lesson, lesson.place.day) for lesson, _entry in changed], bulk=len(wanted) > 1)
        return outcomes

    async def assign(self, uow: UnitOfWork, caller: Caller, wanted: Sequence[Assignment]) -> list[Assigned | DomainError]:
        """Gives, changes or takes back homework; an outcome per entry, in order."""
        now = clock.now()
        ids = _unique(entry.lesson_id for entry in wanted)
        lessons = await self._repository.lock(uow.raw, caller, ids, now)
        known = await self._repository.homework(uow.raw, list(lessons))
        due = await self._repository.due_lessons(uow.raw, _unique(item.due_lesson_id for item in wanted if item.due_lesson_id))
        seen: set[UUID] = set()
        plan: list[Assigned | DomainError | Homework] = []
        for entry in wanted:
            try:
                plan.append(_planned(entry, lessons, known, due, seen))
            except DomainError as error:
                plan.append(error)
        stored = await self._store(uow, caller, [step for step in plan if isinstance(step, Homework)], now)
        self._emit(uow, Act(caller.person_id, now), plan, lessons, stored)
        told = [
            (lessons[step.lesson_id], day)
            for step in plan
            if isinstance(step, Homework)
            for day in {step.due_day, known[step.lesson_id]["due_day"] or step.due_day}
        ]
        await self._tell(uow, "homework", told, bulk=len(wanted) > 1)
        return [
            Assigned(*stored[step.lesson_id], now, step.due_lesson_id, step.due_day) if isinstance(step, Homework) else step
            for step in plan
        ]

    async def _store(self, uow: UnitOfWork, caller: Caller, homework: Sequence[Homework], now: datetime) -> dict[UUID, tuple[UUID, int]]:
        return await self._repository.put_homework(uow.raw, homework, caller, now) if homework else {}

    def _emit(
        self, uow: UnitOfWork, act: Act, plan: Sequence[object], lessons: dict[UUID, Lesson], stored: dict[UUID, tuple[UUID, int]]
    ) -> None:
        for step in plan:
            if isinstance(step, Homework):
                place, version = lessons[step.lesson_id].place, stored[step.lesson_id][1]
                events.homework_assigned(uow, act, place, [item[0] for item in step.items], present=step.present, version=version)

    async def _tell(self, uow: UnitOfWork, what: str, changes: Sequence[tuple[Lesson, date]], *, bulk: bool) -> None:
        """Hints to the class. A bulk save tells only days that an open page may be showing."""
        if not changes:
            return
        today = changes[0][0].today
        students = await self._repository.students(uow.raw, _unique(lesson.group_id for lesson, _day in changes), today)
        by_gradebook: dict[UUID, tuple[UUID, set[date]]] = {}
        for lesson, day in changes:
            days = by_gradebook.setdefault(lesson.place.gradebook_id, (lesson.group_id, set()))[1]
            if not bulk or rules.is_near(day, today):
                days.add(day)
        for gradebook_id, (group_id, days) in by_gradebook.items():
            events.tell_class(uow, what, days, gradebook_id, students.get(group_id, []))


def _unique(ids: Iterable[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))


def _repeated(lesson_id: UUID, seen: set[UUID]) -> DomainError | None:
    if lesson_id in seen:
        return Invalid("the lesson stands twice", reason="LESSON_REPEATED", violations=[Violation("lesson_id", "name each lesson once")])
    seen.add(lesson_id)
    return None


def _described_error(entry: Description, lesson: Lesson | None, seen: set[UUID]) -> DomainError | None:
    if lesson is None:
        return LessonNotFound("no such lesson")
    if lesson.closed:
        return PeriodClosed("the academic period of the lesson is closed", day=lesson.place.day.isoformat())
    if entry.expected_version != lesson.version:
        return LessonChanged(
            "the lesson was changed by somebody else",
            current_topic=lesson.topic,
            current_work_type=WORK_TYPES[lesson.work_type],
            current_author=lesson.changed_by,
            current_at_ms=clock.epoch_ms(lesson.changed_at) if lesson.changed_at else 0,
            current_version=lesson.version,
            your_topic=entry.topic,
        )
    return _repeated(entry.lesson_id, seen)


def _planned(
    entry: Assignment, lessons: dict[UUID, Lesson], known: dict[UUID, asyncpg.Record], due: dict[UUID, asyncpg.Record], seen: set[UUID]
) -> Assigned | Homework:
    """What to store for an entry, or the present state when nothing changes. Raises the reason of a refusal."""
    lesson = lessons.get(entry.lesson_id)
    if lesson is None:
        raise LessonNotFound("no such lesson")
    if lesson.closed:
        raise PeriodClosed("the academic period of the lesson is closed", day=lesson.place.day.isoformat())
    repeated = _repeated(entry.lesson_id, seen)
    if repeated is not None:
        raise repeated
    present = known[entry.lesson_id]
    version, exists = present["version"] or 0, bool(present["present"])
    if not rules.is_fresh(entry.expected_version, version, present=exists):
        raise _changed(entry, present)
    if not entry.present and not exists:
        return Assigned(present["id"], version, present["changed_at"], None, None)
    due_id, due_day = _due(entry, lesson, present, due)
    if exists and _is_same(entry, present, due_id):
        return Assigned(present["id"], version, present["changed_at"], due_id, due_day)
    return Homework(entry.lesson_id, due_id, due_day, entry.text, entry.minutes, entry.items, entry.present)


def _due(entry: Assignment, lesson: Lesson, present: asyncpg.Record, due: dict[UUID, asyncpg.Record]) -> tuple[UUID, date]:
    if not entry.present:
        return present["due_lesson_id"], present["due_day"]
    if entry.due_lesson_id is None:
        if present["next_id"] is None:
            raise NoNextLesson("the gradebook has no later lesson")
        return present["next_id"], present["next_day"]
    chosen = due.get(entry.due_lesson_id)
    if chosen is None or chosen["gradebook_id"] != lesson.place.gradebook_id:
        raise LessonNotFound("no such lesson of this gradebook", field="due_lesson_id")
    rules.check_due((lesson.place.day, lesson.number), (chosen["day"], chosen["number"]))
    return chosen["id"], chosen["day"]


def _is_same(entry: Assignment, present: asyncpg.Record, due_id: UUID) -> bool:
    items = tuple((item["item_id"], item["title"]) for item in orjson.loads(present["items"]))
    stored = (present["text"], present["minutes"], present["due_lesson_id"], items)
    return entry.present and stored == (entry.text, entry.minutes, due_id, entry.items)


def _changed(entry: Assignment, present: asyncpg.Record) -> HomeworkChanged:
    return HomeworkChanged(
        "the homework was changed by somebody else",
        current_text=present["text"] if present["present"] else "",
        current_author=present["author_name"] or "",
        current_at_ms=clock.epoch_ms(present["changed_at"]) if present["changed_at"] else 0,
        current_version=present["version"] or 0,
        your_text=entry.text,
    )
