"""The diary of a student and the marks by subject."""

from pydantic import Field

from myschool_gateway.schemas.common import AttendanceName, Input, IsoDay, Output, WorkTypeName
from myschool_gateway.schemas.journal import AttachedItem, Period


class DiaryStudent(Output):
    """Whose diary it is."""

    id: str
    full_name: str
    name: str
    group_name: str


class DiaryWeekDays(Output):
    """The week and its neighbours, by Mondays."""

    monday: str
    sunday: str
    previous: str
    next: str


class Acknowledged(Output):
    """Who pressed «ознакомлен» and when."""

    by: str
    at_ms: int


class DiaryMark(Output):
    """A mark as the family sees it."""

    value: str
    previous_value: str
    version: int
    author: str
    at_ms: int
    comment: str
    work_type: WorkTypeName


class DiaryAttendance(Output):
    """An absence or lateness."""

    status: AttendanceName
    minutes_late: int


class DiaryHomework(Output):
    """Homework due at the lesson."""

    text: str
    minutes: int
    items: list[AttachedItem]


class DiaryLesson(Output):
    """A line of the diary."""

    id: str
    number: int
    starts_at: str
    ends_at: str
    subject: str
    teacher: str
    room: str
    topic: str
    mark: DiaryMark | None
    attendance: DiaryAttendance | None
    homework: DiaryHomework | None


class DiaryDay(Output):
    """A school day."""

    day: str
    lessons: list[DiaryLesson]


class DiaryWeek(Output):
    """A week of the diary."""

    student: DiaryStudent
    week: DiaryWeekDays
    period_name: str
    today: str
    acknowledged: Acknowledged | None
    days: list[DiaryDay]


class SubjectMark(Output):
    """A mark in the list by subject."""

    lesson_id: str
    day: str
    value: str
    work_type: WorkTypeName
    weight: float
    topic: str


class SubjectMarks(Output):
    """Marks of one subject."""

    gradebook_id: str
    subject: str
    average: float | None
    marks: list[SubjectMark]
    absences: int


class StudentMarks(Output):
    """Marks of one period by subject."""

    student: DiaryStudent
    period: Period
    periods: list[Period]
    subjects: list[SubjectMarks]


class AcknowledgeWeek(Input):
    """The week, by its Monday."""

    week: IsoDay


class WeekAcknowledged(Output):
    """When it was acknowledged first."""

    acknowledged_at_ms: int


class SignedClass(Output):
    """The class whose families sign."""

    id: str
    name: str


class StudentSignatures(Output):
    """Who of a pupil's family has read the week, the first first."""

    id: str
    full_name: str
    can_sign: bool = Field(description="Whether anybody of the family may sign now; False where no guardian is connected")
    signed: list[Acknowledged]


class ClassAcknowledgements(Output):
    """Whose family has read a class's week."""

    group: SignedClass
    week: DiaryWeekDays
    today: str
    students: list[StudentSignatures]
