"""Class journal, lessons, attendance, diary."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictInt

from myschool_gateway.schemas.common import AttendanceName, Input, Output, Text, Version, WorkTypeName

MarkValue = Annotated[str, Field(pattern="^[1-5]?$", description="1 to 5; empty removes the mark")]


class NamedPerson(Output):
    """A person by name."""

    id: str
    name: str


class NextLesson(Output):
    """The next lesson of a gradebook."""

    id: str
    day: str
    number: int
    starts_at: str


class GradebookBrief(Output):
    """A class and subject in the list."""

    id: str
    group_id: str
    group_name: str
    grade: int
    subject: str
    students: int
    homeroom: bool
    teachers: list[NamedPerson]
    next_lesson: NextLesson | None


class GradebookList(Output):
    """Gradebooks the role may open."""

    gradebooks: list[GradebookBrief]
    next_page_token: str


class Period(Output):
    """An academic period."""

    id: str
    name: str
    first_day: str
    last_day: str


class PeriodList(Output):
    """Periods of the year and the school's today."""

    periods: list[Period]
    today: str


class Gradebook(Output):
    """Whose journal a class page is."""

    id: str
    group_id: str
    group_name: str
    subject: str
    teachers: list[NamedPerson]


class PageLesson(Output):
    """A column of the class page."""

    id: str
    day: str
    number: int
    starts_at: str
    ends_at: str
    room: str
    topic: str
    work_type: WorkTypeName
    weight: float
    version: int
    has_homework: bool


class PageStudent(Output):
    """A row of the class page."""

    id: str
    name: str
    full_name: str


class GradebookPage(Output):
    """The class journal of one period; cells name row and column by index to stay small."""

    gradebook: Gradebook
    period: Period
    periods: list[Period]
    today: str
    lessons: list[PageLesson]
    students: list[PageStudent]
    marks: list[tuple[int, int, str, int]] = Field(description="[student index, lesson index, value, version]")
    attendance: list[tuple[int, int, AttendanceName, int, int]] = Field(
        description="[student index, lesson index, status, minutes late, version]"
    )
    averages: list[float | None]


class AttachedItem(Output):
    """A library item attached to homework."""

    item_id: str
    title: str


class Homework(Output):
    """Homework with its version."""

    id: str
    lesson_id: str
    text: str
    minutes: int
    items: list[AttachedItem]
    due_lesson_id: str
    due_day: str
    version: int
    author_name: str
    changed_at_ms: int


class LessonBrief(Output):
    """A lesson by its place in the timetable."""

    id: str
    day: str
    number: int


class DayLoad(Output):
    """Homework minutes of the class due on one school day."""

    day: str
    minutes: int


class Lesson(Output):
    """One lesson with topic and homework."""

    id: str
    gradebook_id: str
    group_name: str
    subject: str
    day: str
    number: int
    starts_at: str
    ends_at: str
    room: str
    topic: str
    work_type: WorkTypeName
    version: int
    homework: Homework | None
    due: Homework | None
    next_lesson: LessonBrief | None
    teacher_name: str
    load: list[DayLoad]


class UpdateLesson(Input):
    """Topic and work type."""

    topic: Annotated[Text, Field(max_length=500)]
    work_type: WorkTypeName
    expected_version: Version


class LessonSaved(Output):
    """The lesson's new version."""

    lesson_id: str
    version: int
    changed_at_ms: int


class HomeworkItem(Input):
    """A library item to attach."""

    item_id: UUID
    title: Annotated[Text, Field(min_length=1, max_length=300)]


class AssignHomework(Input):
    """Homework; empty text without items removes it."""

    text: Annotated[Text, Field(max_length=4000)]
    due_lesson_id: UUID | Literal[""] = ""
    minutes: Annotated[StrictInt, Field(ge=0, le=600)] = 0
    items: Annotated[tuple[HomeworkItem, ...], Field(max_length=20)] = ()
    expected_version: Version


class HomeworkSaved(Output):
    """The homework's new version and when it is due."""

    homework_id: str
    version: int
    changed_at_ms: int
    due_lesson_id: str
    due_day: str


class SetMark(Input):
    """A mark for one cell."""

    value: MarkValue
    expected_version: Version
    comment: Annotated[Text, Field(max_length=500)] = ""


class MarkCell(Output):
    """A cell as saved."""

    lesson_id: str
    student_id: str
    value: str
    version: int
    author_name: str
    changed_at_ms: int
    average: float = Field(description="Weighted average of the period; 0 without marks")


class CellMark(Input):
    """One cell of a bulk save."""

    lesson_id: UUID
    student_id: UUID
    value: MarkValue
    expected_version: Version
    comment: Annotated[Text, Field(max_length=500)] = ""


class SaveMarks(Input):
    """Cells of one gradebook."""

    marks: Annotated[list[CellMark], Field(min_length=1, max_length=1000)]


class CellVerdict(Output):
    """What became of one cell, in the order of the request."""

    saved: bool
    cell: MarkCell | None
    reason: str


class MarksSaved(Output):
    """A verdict per cell."""

    verdicts: list[CellVerdict]


class CellChange(Output):
    """One change of a cell."""

    old_value: str
    new_value: str
    author_name: str
    at_ms: int
    comment: str
    version: int


class CellHistory(Output):
    """Changes of a cell, oldest first."""

    changes: list[CellChange]


class SetAttendance(Input):
    """Presence of one student at one lesson; PRESENT clears it."""

    status: AttendanceName
    minutes_late: Annotated[StrictInt, Field(ge=0, le=240)] = 0
    expected_version: Version


class AttendanceCell(Output):
    """Presence as saved."""

    lesson_id: str
    student_id: str
    status: AttendanceName
    minutes_late: int
    version: int
    author_name: str
    changed_at_ms: int


class DayLesson(Output):
    """A lesson of the teacher's day."""

    id: str
    gradebook_id: str
    group_name: str
    subject: str
    number: int
    starts_at: str
    ends_at: str
    room: str
    topic: str
    homework_due: str
    has_topic: bool
    has_homework: bool
    marks: int
    absent: int
    students: int
    state: Literal["past", "now", "next", "later"]


class Waiting(Output):
    """Something the teacher has still to do."""

    kind: Literal["topic", "homework", "density"]
    lesson_id: str
    gradebook_id: str
    group_name: str
    subject: str
    day: str
    starts_at: str


class Density(Output):
    """How many students of a class have enough marks."""

    gradebook_id: str
    group_name: str
    subject: str
    with_enough: int
    students: int


class TeacherDay(Output):
    """The page «Мой день»."""

    date: str
    today: str
    period_name: str
    week_number: int
    lessons: list[DayLesson]
    waiting: list[Waiting]
    density: list[Density]
