"""What can go wrong in the journal, by kind; the page translates `reason`, never the text."""

from myschool_kit.errors import Forbidden, Invalid, NotFound, RuleBroken, Stale


class AttendanceChanged(Stale):
    """Somebody changed the attendance cell since the caller read it; params hold the present state."""

    reason = "ATTENDANCE_CHANGED"


class BadFile(Invalid):
    """The uploaded sheet cannot be read as a timetable at all."""

    reason = "FILE_UNREADABLE"


class ClassNotFound(NotFound):
    """No such class, or not one whose families the caller answers for."""

    reason = "CLASS_NOT_FOUND"


class DiaryNotFound(NotFound):
    """No such student, or not one whose diary the caller may see."""

    reason = "DIARY_NOT_FOUND"


class FutureLesson(RuleBroken):
    """Marks and attendance are written only when the day of the lesson has come."""

    reason = "FUTURE_LESSON"


class FutureWeek(RuleBroken):
    """A week that has not begun cannot be acknowledged."""

    reason = "FUTURE_WEEK"


class GradebookNotFound(NotFound):
    """No such gradebook, or not the caller's."""

    reason = "GRADEBOOK_NOT_FOUND"


class HomeworkChanged(Stale):
    """Somebody changed the homework since the caller read it; params hold the present state."""

    reason = "HOMEWORK_CHANGED"


class LessonChanged(Stale):
    """Somebody changed the lesson since the caller read it; params hold the present state."""

    reason = "LESSON_CHANGED"


class LessonNotFound(NotFound):
    """No such lesson, or not one of the caller's."""

    reason = "LESSON_NOT_FOUND"


class MarkChanged(Stale):
    """Somebody changed the mark since the caller read it; params hold the present state."""

    reason = "MARK_CHANGED"


class NoNextLesson(RuleBroken):
    """Homework needs a lesson at which it is due, and the gradebook has none after this one."""

    reason = "NO_NEXT_LESSON"


class OrganisationNotFound(NotFound):
    """No such organisation, or not the caller's."""

    reason = "ORGANISATION_NOT_FOUND"


class PeriodClosed(RuleBroken):
    """The academic period of the lesson is closed."""

    reason = "PERIOD_CLOSED"


class PeriodNotFound(NotFound):
    """No such academic period in the school's year."""

    reason = "PERIOD_NOT_FOUND"


class ProgressConsentMissing(Forbidden):
    """The consent to show the student's progress was declined or taken back: the family reads no diary until it is given again."""

    reason = "PROGRESS_CONSENT_MISSING"


class StudentNotFound(NotFound):
    """The student is not in the class of this lesson."""

    reason = "STUDENT_NOT_FOUND"


class YearNotSetUp(RuleBroken):
    """The school year has no periods and bells yet, so lessons cannot be laid."""

    reason = "YEAR_NOT_SET_UP"
