"""DiaryService: proto ↔ diary."""

from typing import Any
from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.journal.v1 import diary_pb2, diary_pb2_grpc
from myschool_journal.acknowledgement.service import Acknowledgements
from myschool_journal.authority.caller import Caller
from myschool_journal.diary.service import Diary
from myschool_journal.gradebook.servicer import optional_id
from myschool_journal.planning.servicer import parse_day
from myschool_kit import clock
from myschool_kit import context as kit_context


class DiaryServicer(diary_pb2_grpc.DiaryServiceServicer):
    """Thin."""

    def __init__(self, diary: Diary, acknowledgements: Acknowledgements) -> None:
        self._diary = diary
        self._acknowledgements = acknowledgements

    async def GetDiaryWeek(self, request: diary_pb2.GetDiaryWeekRequest, context: Any) -> json_pb2.JsonReply:
        """The student's week."""
        day = parse_day(request.date, "date") if request.date else None
        body = await self._diary.week(Caller.of(kit_context.principal()), UUID(request.student_id), day)
        return json_pb2.JsonReply(body=body.packed, etag=body.etag, gzip=True)

    async def GetStudentMarks(self, request: diary_pb2.GetStudentMarksRequest, context: Any) -> json_pb2.JsonReply:
        """Marks by subject."""
        period_id = optional_id(request.period_id, "period_id")
        body = await self._diary.marks(Caller.of(kit_context.principal()), UUID(request.student_id), period_id)
        return json_pb2.JsonReply(body=body)

    async def AcknowledgeWeek(self, request: diary_pb2.AcknowledgeWeekRequest, context: Any) -> diary_pb2.AcknowledgeWeekResponse:
        """«Ознакомлен»."""
        caller = Caller.of(kit_context.principal())
        at = await self._diary.acknowledge(kit_context.unit_of_work(), caller, UUID(request.student_id), parse_day(request.week, "week"))
        return diary_pb2.AcknowledgeWeekResponse(acknowledged_at_ms=clock.epoch_ms(at))

    async def GetClassAcknowledgements(self, request: diary_pb2.GetClassAcknowledgementsRequest, context: Any) -> json_pb2.JsonReply:
        """Whose family has read the week."""
        day = parse_day(request.date, "date") if request.date else None
        body = await self._acknowledgements.of_class(Caller.of(kit_context.principal()), UUID(request.group_id), day)
        return json_pb2.JsonReply(body=body)
