"""AttendanceService: proto ↔ attendance."""

from typing import Any, cast
from uuid import UUID

from myschool.journal.v1 import attendance_pb2, attendance_pb2_grpc
from myschool_journal.attendance.repository import AttendanceWrite
from myschool_journal.attendance.service import Attendance, AttendanceView, Verdict
from myschool_journal.authority.caller import Caller
from myschool_kit import clock
from myschool_kit import context as kit_context


class AttendanceServicer(attendance_pb2_grpc.AttendanceServiceServicer):
    """Thin."""

    def __init__(self, attendance: Attendance) -> None:
        self._attendance = attendance

    async def SetAttendance(self, request: attendance_pb2.SetAttendanceRequest, context: Any) -> attendance_pb2.AttendanceCell:
        """One cell."""
        caller = Caller.of(kit_context.principal())
        return _cell(await self._attendance.set_attendance(kit_context.unit_of_work(), caller, _write(request)))

    async def SaveAttendance(self, request: attendance_pb2.SaveAttendanceRequest, context: Any) -> attendance_pb2.SaveAttendanceResponse:
        """Many cells, a verdict each."""
        caller = Caller.of(kit_context.principal())
        cells = [_write(item) for item in request.cells]
        verdicts = await self._attendance.save_attendance(kit_context.unit_of_work(), caller, UUID(request.gradebook_id), cells)
        return attendance_pb2.SaveAttendanceResponse(verdicts=[_verdict(verdict) for verdict in verdicts])


def _write(request: attendance_pb2.SetAttendanceRequest) -> AttendanceWrite:
    return AttendanceWrite(
        UUID(request.lesson_id), UUID(request.student_id), request.status, request.minutes_late, request.expected_version
    )


def _cell(view: AttendanceView) -> attendance_pb2.AttendanceCell:
    return attendance_pb2.AttendanceCell(
        lesson_id=str(view.lesson_id),
        student_id=str(view.student_id),
        status=cast("attendance_pb2.AttendanceStatus.ValueType", view.status),
        minutes_late=view.minutes_late,
        version=view.version,
        author_name=view.author_name,
        changed_at_ms=clock.epoch_ms(view.changed_at) if view.changed_at else 0,
    )


def _verdict(verdict: Verdict) -> attendance_pb2.AttendanceVerdict:
    cell = _cell(verdict.cell) if verdict.cell is not None else None
    reason = verdict.error.reason if verdict.error is not None else ""
    return attendance_pb2.AttendanceVerdict(saved=not reason, cell=cell, reason=reason)
