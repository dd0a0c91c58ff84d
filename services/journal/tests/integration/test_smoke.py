import orjson

from myschool.journal.v1 import attendance_pb2 as a
from myschool.journal.v1 import diary_pb2 as d
from myschool.journal.v1 import gradebook_pb2 as g
from myschool.journal.v1 import lesson_pb2 as l
from myschool.journal.v1.attendance_pb2_grpc import AttendanceServiceStub
from myschool.journal.v1.diary_pb2_grpc import DiaryServiceStub
from myschool.journal.v1.gradebook_pb2_grpc import GradebookServiceStub
from myschool.journal.v1.lesson_pb2_grpc import LessonServiceStub
from myschool_journal.testing import gradebook_id, lesson_id
from myschool_kit.client import call


async def test_smoke(journal, school):
    gb, ls, ds, at = (
        GradebookServiceStub(journal.channel),
        LessonServiceStub(journal.channel),
        DiaryServiceStub(journal.channel),
        AttendanceServiceStub(journal.channel),
    )
    t = school.teacher("Соколова Анна Викторовна")
    book = await gradebook_id(journal.database, school.a, "Алгебра")
    les = await lesson_id(journal.database, school.a, "Алгебра", "2026-11-24")

    def show(r):
        print(orjson.dumps(orjson.loads(r.body), option=orjson.OPT_INDENT_2).decode()[:3500])

    show(await call(gb.ListGradebooks, g.ListGradebooksRequest(), token=t))
    print(await call(gb.SetMark, g.SetMarkRequest(lesson_id=les, student_id=school.a.first, value="5"), token=t))
    print(
        await call(
            gb.SetMark,
            g.SetMarkRequest(lesson_id=les, student_id=school.a.first, value="4", expected_version=1, comment="пересдача"),
            token=t,
        )
    )
    print(
        await call(
            gb.SaveMarks,
            g.SaveMarksRequest(
                gradebook_id=book, marks=[g.SetMarkRequest(lesson_id=les, student_id=s, value="3") for s in school.a.students.values()]
            ),
            token=t,
        )
    )
    print(
        await call(
            at.SetAttendance,
            a.SetAttendanceRequest(lesson_id=les, student_id=school.a.first, status="ATTENDANCE_STATUS_LATE", minutes_late=5),
            token=t,
        )
    )
    print(await call(ls.UpdateLesson, l.UpdateLessonRequest(lesson_id=les, topic="Дроби", work_type="WORK_TYPE_TEST"), token=t))
    print(
        await call(
            ls.AssignHomework,
            l.AssignHomeworkRequest(lesson_id=les, text="§ 14", minutes=25, items=[l.HomeworkItem(item_id=les, title="Дроби: тренажёр")]),
            token=t,
        )
    )
    show(await call(gb.GetGradebookPage, g.GetGradebookPageRequest(gradebook_id=book), token=t))
    show(await call(gb.GetCellHistory, g.GetCellHistoryRequest(lesson_id=les, student_id=school.a.first), token=t))
    show(await call(ls.GetLesson, l.GetLessonRequest(lesson_id=les), token=t))
    show(await call(ls.GetDay, l.GetDayRequest(), token=t))
    gt = school.token("GUARDIAN", person_id=school.guardian, organisation_id="")
    show(await call(ds.GetDiaryWeek, d.GetDiaryWeekRequest(student_id=school.a.first), token=gt))
    show(await call(ds.GetStudentMarks, d.GetStudentMarksRequest(student_id=school.a.first), token=gt))
    print(await call(ds.AcknowledgeWeek, d.AcknowledgeWeekRequest(student_id=school.a.first, week="2026-11-23"), token=gt))
    from myschool.journal.v1 import planning_pb2 as p
    from myschool.journal.v1.planning_pb2_grpc import PlanningServiceStub

    ps = PlanningServiceStub(journal.channel)
    show(await call(ps.ListPeriods, p.ListPeriodsRequest(), token=gt))
