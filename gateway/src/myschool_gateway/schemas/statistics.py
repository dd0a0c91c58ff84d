"""Teacher activity and parent engagement."""

from typing import Literal

from pydantic import Field

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
    last_act_at_ms: int | None = Field(description="Absent while the teacher has done nothing in these days")


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


Measure = Literal[
    "lessons", "described", "homework", "marks", "attendance", "organisations", "pupils", "active", "messages", "item_openings"
]


class FederalPart(Output):
    """A part of a figure: a stage of schooling or a role, or several counted together («BASIC+SECONDARY»)."""

    name: str
    value: int


class FederalFigure(Output):
    """A measure of one cell in one week."""

    measure: Measure
    value: int | None = Field(description="Absent where too few people stand behind it")
    parts: list[FederalPart] = Field(description="They add up to the value; none where they cannot be told apart")


class FederalTotal(Output):
    """A measure summed over the cells that have told it."""

    measure: Measure
    value: int
    cells: int


class FederalCell(Output):
    """A region of the register."""

    code: str
    name: str
    page: str
    since: str | None
    state: Literal["FRESH", "LATE", "MISSING"] = Field(description="LATE has not told the week that is due, MISSING has never told any")
    newest_first_day: str | None
    computed_at_ms: int | None
    received_at_ms: int | None
    figures: list[FederalFigure]


class Federation(Output):
    """All regions side by side in one week."""

    first_day: str | None = Field(description="Absent while no region has told anything")
    last_day: str | None
    expected_first_day: str = Field(description="The newest week that every region should have told by now")
    weeks: list[str] = Field(description="Weeks that can be asked for, newest first")
    totals: list[FederalTotal]
    cells: list[FederalCell]
