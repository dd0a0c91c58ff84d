"""LessonService: proto ↔ lessons."""

from typing import Any
from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.journal.v1 import lesson_pb2, lesson_pb2_grpc
from myschool_journal.authority.caller import Caller
from myschool_journal.gradebook.servicer import optional_id
from myschool_journal.lesson.reading import LessonReads
from myschool_journal.lesson.service import Assigned, Assignment, Described, Description, Lessons
from myschool_journal.planning.servicer import parse_day
from myschool_kit import clock
from myschool_kit import context as kit_context
from myschool_kit.errors import DomainError, Invalid, Violation

_BULK = 500


class LessonServicer(lesson_pb2_grpc.LessonServiceServicer):
    """Thin."""

    def __init__(self, lessons: Lessons, reads: LessonReads) -> None:
        self._lessons = lessons
        self._reads = reads

    async def GetDay(self, request: lesson_pb2.GetDayRequest, context: Any) -> json_pb2.JsonReply:
        """The teacher's day."""
        day = parse_day(request.date, "date") if request.date else None
        return json_pb2.JsonReply(body=await self._reads.day(Caller.of(kit_context.principal()), day))

    async def GetLesson(self, request: lesson_pb2.GetLessonRequest, context: Any) -> json_pb2.JsonReply:
        """One lesson."""
        return json_pb2.JsonReply(body=await self._reads.lesson(Caller.of(kit_context.principal()), UUID(request.lesson_id)))

    async def UpdateLesson(self, request: lesson_pb2.UpdateLessonRequest, context: Any) -> lesson_pb2.LessonReply:
        """Topic and work type."""
        caller = Caller.of(kit_context.principal())
        outcome = (await self._lessons.describe(kit_context.unit_of_work(), caller, [_description(request)]))[0]
        if isinstance(outcome, DomainError):
            raise outcome
        return _lesson_reply(outcome)

    async def AssignHomework(self, request: lesson_pb2.AssignHomeworkRequest, context: Any) -> lesson_pb2.HomeworkReply:
        """Homework of one lesson."""
        caller = Caller.of(kit_context.principal())
        outcome = (await self._lessons.assign(kit_context.unit_of_work(), caller, [_assignment(request)]))[0]
        if isinstance(outcome, DomainError):
            raise outcome
        return _homework_reply(outcome)

    async def DescribeLessons(self, request: lesson_pb2.DescribeLessonsRequest, context: Any) -> lesson_pb2.DescribeLessonsResponse:
        """Many topics and homework, a verdict each."""
        if not 1 <= len(request.lessons) + len(request.homework) <= _BULK:
            raise Invalid("too many entries", violations=[Violation("lessons", f"send 1 to {_BULK} entries in all")])
        caller, uow = Caller.of(kit_context.principal()), kit_context.unit_of_work()
        described = await self._lessons.describe(uow, caller, [_description(item) for item in request.lessons])
        homework = [_assignment(item, f"homework.{index}.") for index, item in enumerate(request.homework)]
        assigned = await self._lessons.assign(uow, caller, homework)
        return lesson_pb2.DescribeLessonsResponse(
            lessons=[
                lesson_pb2.LessonVerdict(reason=item.reason)
                if isinstance(item, DomainError)
                else lesson_pb2.LessonVerdict(saved=True, lesson=_lesson_reply(item))
                for item in described
            ],
            homework=[
                lesson_pb2.HomeworkVerdict(reason=item.reason)
                if isinstance(item, DomainError)
                else lesson_pb2.HomeworkVerdict(saved=True, homework=_homework_reply(item))
                for item in assigned
            ],
        )


def _description(request: lesson_pb2.UpdateLessonRequest) -> Description:
    return Description(UUID(request.lesson_id), request.topic.strip(), request.work_type, request.expected_version)


def _assignment(request: lesson_pb2.AssignHomeworkRequest, prefix: str = "") -> Assignment:
    return Assignment(
        lesson_id=UUID(request.lesson_id),
        text=request.text.strip(),
        due_lesson_id=optional_id(request.due_lesson_id, f"{prefix}due_lesson_id"),
        minutes=request.minutes,
        items=tuple((item.item_id, item.title) for item in request.items),
        expected_version=request.expected_version,
    )


def _lesson_reply(described: Described) -> lesson_pb2.LessonReply:
    changed = clock.epoch_ms(described.changed_at) if described.changed_at else 0
    return lesson_pb2.LessonReply(lesson_id=str(described.lesson_id), version=described.version, changed_at_ms=changed)


def _homework_reply(assigned: Assigned) -> lesson_pb2.HomeworkReply:
    return lesson_pb2.HomeworkReply(
        homework_id=str(assigned.homework_id or ""),
        version=assigned.version,
        changed_at_ms=clock.epoch_ms(assigned.changed_at) if assigned.changed_at else 0,
        due_lesson_id=str(assigned.due_lesson_id or ""),
        due_date=assigned.due_day.isoformat() if assigned.due_day else "",
    )
