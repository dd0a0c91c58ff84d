"""Class journal, lessons, attendance, diary."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from myschool.journal.v1 import attendance_pb2, diary_pb2, gradebook_pb2, lesson_pb2, planning_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.schemas import diary, journal
from myschool_gateway.schemas.common import IsoDay, PageToken, Text

reads = routing.reads("journal")
writes = routing.writes("journal")
routers = (reads, writes)

Day = Annotated[IsoDay | None, Query(description="School day, ISO 8601; today in the school's zone when absent")]


@reads.get("/gradebooks", response_model=journal.GradebookList)
async def list_gradebooks(
    caller: Reader,
    q: Annotated[Text, Query(max_length=100, description="Beginnings of words: «7а алг»")] = "",
    page_size: Annotated[int, Query(ge=1, le=200)] = 100,
    page_token: PageToken = "",
) -> Response:
    """Classes and subjects the role may open, own ones first."""
    request = gradebook_pb2.ListGradebooksRequest(query=q, page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.gradebook.ListGradebooks, request)


@reads.get("/gradebooks/{gradebook_id}", response_model=journal.GradebookPage)
async def get_gradebook(caller: Reader, gradebook_id: UUID, period_id: UUID | None = None) -> Response:
    """The class journal of one period, the present one by default."""
    request = gradebook_pb2.GetGradebookPageRequest(gradebook_id=str(gradebook_id), period_id=_text(period_id))
    return await caller.ready(caller.services.gradebook.GetGradebookPage, request)


@reads.get("/lessons/{lesson_id}", response_model=journal.Lesson)
async def get_lesson(caller: Reader, lesson_id: UUID) -> Response:
    """One lesson with its homework."""
    return await caller.ready(caller.services.lesson.GetLesson, lesson_pb2.GetLessonRequest(lesson_id=str(lesson_id)))


@writes.patch("/lessons/{lesson_id}")
async def update_lesson(caller: Writer, lesson_id: UUID, body: journal.UpdateLesson) -> journal.LessonSaved:
    """Writes topic and work type."""
    request = lesson_pb2.UpdateLessonRequest(
        lesson_id=str(lesson_id),
        topic=body.topic,
        work_type=lesson_pb2.WorkType.Value(f"WORK_TYPE_{body.work_type or 'UNSPECIFIED'}"),
        expected_version=body.expected_version,
    )
    reply = await caller.ask(caller.services.lesson.UpdateLesson, request)
    return journal.LessonSaved(lesson_id=reply.lesson_id, version=reply.version, changed_at_ms=reply.changed_at_ms)


@writes.put("/lessons/{lesson_id}/homework")
async def assign_homework(caller: Writer, lesson_id: UUID, body: journal.AssignHomework) -> journal.HomeworkSaved:
    """Gives, changes or removes the homework given at the lesson."""
    request = lesson_pb2.AssignHomeworkRequest(
        lesson_id=str(lesson_id),
        text=body.text,
        due_lesson_id=str(body.due_lesson_id),
        minutes=body.minutes,
        items=[lesson_pb2.HomeworkItem(item_id=str(item.item_id), title=item.title) for item in body.items],
        expected_version=body.expected_version,
    )
    reply = await caller.ask(caller.services.lesson.AssignHomework, request)
    return journal.HomeworkSaved(
        homework_id=reply.homework_id,
        version=reply.version,
        changed_at_ms=reply.changed_at_ms,
        due_lesson_id=reply.due_lesson_id,
        due_day=reply.due_date,
    )


@writes.put("/lessons/{lesson_id}/marks/{student_id}")
async def set_mark(caller: Writer, lesson_id: UUID, student_id: UUID, body: journal.SetMark) -> journal.MarkCell:
    """Sets, changes or removes one mark; 409 journal.MARK_CHANGED holds both values."""
    request = gradebook_pb2.SetMarkRequest(
        lesson_id=str(lesson_id), student_id=str(student_id), value=body.value, expected_version=body.expected_version, comment=body.comment
    )
    return _cell(await caller.ask(caller.services.gradebook.SetMark, request))


@writes.post("/gradebooks/{gradebook_id}/marks")
async def save_marks(caller: Writer, gradebook_id: UUID, body: journal.SaveMarks) -> journal.MarksSaved:
    """Saves many cells; each has its own verdict."""
    request = gradebook_pb2.SaveMarksRequest(
        gradebook_id=str(gradebook_id),
        marks=[
            gradebook_pb2.SetMarkRequest(
                lesson_id=str(mark.lesson_id),
                student_id=str(mark.student_id),
                value=mark.value,
                expected_version=mark.expected_version,
                comment=mark.comment,
            )
            for mark in body.marks
        ],
    )
    reply = await caller.ask(caller.services.gradebook.SaveMarks, request, timeout=15)
    return journal.MarksSaved(
        verdicts=[
            journal.CellVerdict(saved=verdict.saved, cell=_cell(verdict.cell) if verdict.HasField("cell") else None, reason=verdict.reason)
            for verdict in reply.verdicts
        ]
    )


@reads.get("/lessons/{lesson_id}/marks/{student_id}/history", response_model=journal.CellHistory)
async def get_cell_history(caller: Reader, lesson_id: UUID, student_id: UUID) -> Response:
    """Every change of one cell, oldest first."""
    request = gradebook_pb2.GetCellHistoryRequest(lesson_id=str(lesson_id), student_id=str(student_id))
    return await caller.ready(caller.services.gradebook.GetCellHistory, request)


@writes.put("/lessons/{lesson_id}/attendance/{student_id}")
async def set_attendance(caller: Writer, lesson_id: UUID, student_id: UUID, body: journal.SetAttendance) -> journal.AttendanceCell:
    """Sets presence; 409 journal.ATTENDANCE_CHANGED holds both values."""
    request = attendance_pb2.SetAttendanceRequest(
        lesson_id=str(lesson_id),
        student_id=str(student_id),
        status=attendance_pb2.AttendanceStatus.Value(f"ATTENDANCE_STATUS_{body.status}"),
        minutes_late=body.minutes_late,
        expected_version=body.expected_version,
    )
    reply = await caller.ask(caller.services.attendance.SetAttendance, request)
    status: Any = attendance_pb2.AttendanceStatus.Name(reply.status).removeprefix("ATTENDANCE_STATUS_")
    return journal.AttendanceCell(
        lesson_id=reply.lesson_id,
        student_id=reply.student_id,
        status="PRESENT" if status == "UNSPECIFIED" else status,
        minutes_late=reply.minutes_late,
        version=reply.version,
        author_name=reply.author_name,
        changed_at_ms=reply.changed_at_ms,
    )


@reads.get("/day", response_model=journal.TeacherDay)
async def get_day(caller: Reader, date: Day = None) -> Response:
    """The teacher's lessons of one day and what is still missing."""
    return await caller.ready(caller.services.lesson.GetDay, lesson_pb2.GetDayRequest(date=date or ""))


@reads.get("/periods", response_model=journal.PeriodList)
async def list_periods(caller: Reader) -> Response:
    """Academic periods of the role's school."""
    return await caller.ready(caller.services.planning.ListPeriods, planning_pb2.ListPeriodsRequest())


@reads.get("/students/{student_id}/diary", response_model=diary.DiaryWeek)
async def get_diary(caller: Reader, student_id: UUID, date: Day = None) -> Response:
    """The week of the given day."""
    request = diary_pb2.GetDiaryWeekRequest(student_id=str(student_id), date=date or "")
    return await caller.ready(caller.services.diary.GetDiaryWeek, request)


@reads.get("/students/{student_id}/marks", response_model=diary.StudentMarks)
async def get_student_marks(caller: Reader, student_id: UUID, period_id: UUID | None = None) -> Response:
    """Marks of one period by subject."""
    request = diary_pb2.GetStudentMarksRequest(student_id=str(student_id), period_id=_text(period_id))
    return await caller.ready(caller.services.diary.GetStudentMarks, request)


@reads.get("/groups/{group_id}/acknowledgements", response_model=diary.ClassAcknowledgements)
async def get_class_acknowledgements(caller: Reader, group_id: UUID, date: Day = None) -> Response:
    """Whose family has read the class's week of the given day; for its class teacher and the heads of the school."""
    request = diary_pb2.GetClassAcknowledgementsRequest(group_id=str(group_id), date=date or "")
    return await caller.ready(caller.services.diary.GetClassAcknowledgements, request)


@writes.post("/students/{student_id}/diary/acknowledgements")
async def acknowledge_week(caller: Writer, student_id: UUID, body: diary.AcknowledgeWeek) -> diary.WeekAcknowledged:
    """The guardian's «ознакомлен»; repeating it changes nothing."""
    request = diary_pb2.AcknowledgeWeekRequest(student_id=str(student_id), week=body.week)
    reply = await caller.ask(caller.services.diary.AcknowledgeWeek, request)
    return diary.WeekAcknowledged(acknowledged_at_ms=reply.acknowledged_at_ms)


def _text(value: UUID | None) -> str:
    return "" if value is None else str(value)


def _cell(cell: gradebook_pb2.MarkCell) -> journal.MarkCell:
    return journal.MarkCell(
        lesson_id=cell.lesson_id,
        student_id=cell.student_id,
        value=cell.value,
        version=cell.version,
        author_name=cell.author_name,
        changed_at_ms=cell.changed_at_ms,
        average=cell.average,
    )
