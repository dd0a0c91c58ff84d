"""GradebookService: proto ↔ marks and pages."""

from typing import Any
from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.journal.v1 import gradebook_pb2, gradebook_pb2_grpc
from myschool_journal.authority.caller import Caller
from myschool_journal.gradebook.repository import MarkWrite
from myschool_journal.gradebook.service import Marks, MarkView, Verdict, text_of
from myschool_journal.page.service import Pages
from myschool_kit import clock
from myschool_kit import context as kit_context
from myschool_kit.errors import Invalid, Violation


class GradebookServicer(gradebook_pb2_grpc.GradebookServiceServicer):
    """Thin."""

    def __init__(self, marks: Marks, pages: Pages) -> None:
        self._marks = marks
        self._pages = pages

    async def ListGradebooks(self, request: gradebook_pb2.ListGradebooksRequest, context: Any) -> json_pb2.JsonReply:
        """A page of the caller's gradebooks."""
        caller = Caller.of(kit_context.principal())
        return json_pb2.JsonReply(body=await self._pages.gradebooks(caller, request.query, request.page_size, request.page_token))

    async def GetGradebookPage(self, request: gradebook_pb2.GetGradebookPageRequest, context: Any) -> json_pb2.JsonReply:
        """The class page of one period."""
        period_id = optional_id(request.period_id, "period_id")
        body = await self._pages.page(Caller.of(kit_context.principal()), UUID(request.gradebook_id), period_id)
        return json_pb2.JsonReply(body=body.packed, etag=body.etag, gzip=True)

    async def SetMark(self, request: gradebook_pb2.SetMarkRequest, context: Any) -> gradebook_pb2.MarkCell:
        """One cell."""
        view = await self._marks.set_mark(kit_context.unit_of_work(), Caller.of(kit_context.principal()), _write(request))
        return _cell(view)

    async def SaveMarks(self, request: gradebook_pb2.SaveMarksRequest, context: Any) -> gradebook_pb2.SaveMarksResponse:
        """Many cells, a verdict each."""
        verdicts = await self._marks.save_marks(
            kit_context.unit_of_work(),
            Caller.of(kit_context.principal()),
            UUID(request.gradebook_id),
            [_write(item) for item in request.marks],
        )
        return gradebook_pb2.SaveMarksResponse(verdicts=[_verdict(verdict) for verdict in verdicts])

    async def GetCellHistory(self, request: gradebook_pb2.GetCellHistoryRequest, context: Any) -> json_pb2.JsonReply:
        """All changes of one cell."""
        body = await self._marks.history(Caller.of(kit_context.principal()), UUID(request.lesson_id), UUID(request.student_id))
        return json_pb2.JsonReply(body=body)


def optional_id(text: str, field: str) -> UUID | None:
    """An id that may be left out. Raises Invalid for anything but a UUID."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("not an id", violations=[Violation(field, "leave it out or give a UUID")]) from error


def _write(request: gradebook_pb2.SetMarkRequest) -> MarkWrite:
    return MarkWrite(
        lesson_id=UUID(request.lesson_id),
        student_id=UUID(request.student_id),
        value=int(request.value) if request.value else None,
        expected_version=request.expected_version,
        comment=request.comment.strip(),
    )


def _cell(view: MarkView) -> gradebook_pb2.MarkCell:
    return gradebook_pb2.MarkCell(
        lesson_id=str(view.lesson_id),
        student_id=str(view.student_id),
        value=text_of(view.value),
        version=view.version,
        author_name=view.author_name,
        changed_at_ms=clock.epoch_ms(view.changed_at) if view.changed_at else 0,
        average=view.average or 0.0,
    )


def _verdict(verdict: Verdict) -> gradebook_pb2.CellVerdict:
    cell = _cell(verdict.cell) if verdict.cell is not None else None
    return gradebook_pb2.CellVerdict(saved=not verdict.reason, cell=cell, reason=verdict.reason)
