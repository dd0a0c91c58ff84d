"""Teacher activity and parent engagement."""

from typing import Literal

from myschool_gateway.schemas.common import Output

Indicator = Literal["marks", "attendance", "topics", "homework", "unfilled"]


class Totals(Output):
    """Figures of the whole span."""

    lessons: int
    described: int
    homework: int
    marks: int
    attendance: int
    acknowledgements: int
    messages: int
    item_openings: int
    sessions: int


class SchoolTotals(Totals):
    """Figures of a school."""

    teachers_active: int
    families_active: int


class WeekFigures(Output):
    """One week, by its Monday."""

    week: str
    lessons: int
    described: int
    marks: int
    homework: int


class GradebookFigures(Output):
    """One class and subject."""

    gradebook_id: str
    group_name: str
    subject: str
    lessons: int
    described: int
    marks: int


class TeacherStatistics(Output):
    """A teacher's own activity."""

    first_day: str
    last_day: str
    updated_at_ms: int
    totals: Totals
    weeks: list[WeekFigures]
    gradebooks: list[GradebookFigures]


class TeacherFigures(Output):
    """One teacher among the school's."""

    teacher_id: str
    name: str
    lessons: int
    described: int
    described_share: float
    marks: int
    homework: int
    messages: int
    last_act_at_ms: int


class SchoolStatistics(Output):
    """A school's activity."""

    first_day: str
    last_day: str
    updated_at_ms: int
    totals: SchoolTotals
    weeks: list[WeekFigures]
    teachers: list[TeacherFigures]


class LessonFigures(Output):
    """A lesson behind a number."""

    lesson_id: str
    gradebook_id: str
    day: str
    number: int
    group_name: str
    subject: str
    teacher_name: str
    marks: int
    attendance: int
    has_topic: bool
    has_homework: bool


class LessonsBehind(Output):
    """Lessons behind one number, paged."""

    lessons: list[LessonFigures]
    total: int
    next_page_token: str
