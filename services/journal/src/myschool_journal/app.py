"""Composition root of the journal."""

from functools import partial
from pathlib import Path

from myschool.journal.v1.attendance_pb2_grpc import add_AttendanceServiceServicer_to_server
from myschool.journal.v1.diary_pb2_grpc import add_DiaryServiceServicer_to_server
from myschool.journal.v1.gradebook_pb2_grpc import add_GradebookServiceServicer_to_server
from myschool.journal.v1.lesson_pb2_grpc import add_LessonServiceServicer_to_server
from myschool.journal.v1.planning_pb2_grpc import add_PlanningServiceServicer_to_server
from myschool_journal.acknowledgement.repository import AcknowledgementRepository
from myschool_journal.acknowledgement.service import Acknowledgements
from myschool_journal.attendance.repository import AttendanceRepository
from myschool_journal.attendance.service import Attendance
from myschool_journal.attendance.servicer import AttendanceServicer
from myschool_journal.bodies import Bodies
from myschool_journal.consumers import SUBJECTS, RosterConsumer
from myschool_journal.diary.repository import DiaryRepository
from myschool_journal.diary.service import Diary
from myschool_journal.diary.servicer import DiaryServicer
from myschool_journal.gradebook.repository import MarkRepository
from myschool_journal.gradebook.service import Marks
from myschool_journal.gradebook.servicer import GradebookServicer
from myschool_journal.lesson.reading import LessonReads
from myschool_journal.lesson.repository import LessonRepository
from myschool_journal.lesson.service import Lessons
from myschool_journal.lesson.servicer import LessonServicer
from myschool_journal.page.repository import PageRepository
from myschool_journal.page.service import Pages
from myschool_journal.planning.repository import PlanningRepository
from myschool_journal.planning.service import Planning
from myschool_journal.planning.servicer import PlanningServicer
from myschool_journal.roster.repository import RosterRepository
from myschool_journal.subject.repository import HOLDING
from myschool_kit.service import App, Resources, Service
from myschool_privacy.audit.opened import opened
from myschool_privacy.subject.service import Subjects
from myschool_privacy.subject.servicer import adding, also_erasing


async def build(resources: Resources) -> App:
    """The service's object graph."""
    database = resources.database
    audit = opened(resources)
    access, subjects = audit.log, Subjects(database, HOLDING)
    bodies = Bodies()
    lessons = LessonRepository()
    planning = PlanningServicer(Planning(database, PlanningRepository()))
    gradebook = GradebookServicer(Marks(database, MarkRepository(), access), Pages(database, PageRepository(), access, bodies))
    attendance = AttendanceServicer(Attendance(AttendanceRepository()))
    lesson = LessonServicer(Lessons(lessons), LessonReads(database, lessons))
    signatures = Acknowledgements(database, AcknowledgementRepository(), access)
    diary = DiaryServicer(Diary(database, DiaryRepository(), access, bodies), signatures)
    return App(
        servicers=(
            partial(add_PlanningServiceServicer_to_server, planning),
            partial(add_GradebookServiceServicer_to_server, gradebook),
            partial(add_AttendanceServiceServicer_to_server, attendance),
            partial(add_LessonServiceServicer_to_server, lesson),
            partial(add_DiaryServiceServicer_to_server, diary),
            adding(subjects),
        ),
        handlers=also_erasing(RosterConsumer(RosterRepository()).handlers(), SUBJECTS, subjects),
        background=(audit.sealer.run,),
    )


SERVICE = Service("journal", Path(__file__).parent, build)
