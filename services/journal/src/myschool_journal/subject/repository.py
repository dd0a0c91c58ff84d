"""What the journal holds about a person."""

from typing import Any

from myschool_journal.attendance.rules import NAMES
from myschool_privacy.subject.holding import OF_THE_HOUSE, Holding, Part

_DOCUMENT = "Классный журнал — документ школы: она обязана хранить его, и удалить из него запись нельзя"


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """Statuses by name, as everywhere outside of this database."""
    return {name: NAMES[value] if name.endswith("status") else value for name, value in row.items()}


HOLDING = Holding(
    parts=(
        Part(
            "marks",
            "Отметки",
            ("mark", "student"),
            """SELECT l.day, g.subject, m.value, m.comment, m.author_name, m.changed_at FROM mark m JOIN lesson l ON l.id = m.lesson_id
            JOIN gradebook g ON g.id = m.gradebook_id WHERE m.student_id = $1 ORDER BY l.day, l.number, g.subject""",
            kept_because=_DOCUMENT,
        ),
        Part(
            "mark_changes",
            "Как менялись отметки",
            ("mark_change",),
            """SELECT c.at, g.subject, l.day, c.old_value, c.new_value, c.comment, c.author_name FROM mark_change c
            JOIN lesson l ON l.id = c.lesson_id JOIN gradebook g ON g.id = l.gradebook_id WHERE c.student_id = $1 ORDER BY c.id""",
            kept_because=_DOCUMENT,
        ),
        Part(
            "attendance",
            "Посещаемость",
            ("attendance",),
            """SELECT l.day, l.number, g.subject, a.status, a.minutes_late, a.author_name, a.changed_at FROM attendance a
            JOIN lesson l ON l.id = a.lesson_id JOIN gradebook g ON g.id = a.gradebook_id
            WHERE a.student_id = $1 ORDER BY l.day, l.number, g.subject""",
            kept_because=_DOCUMENT,
            opened=_named,
        ),
        Part(
            "attendance_changes",
            "Как менялась посещаемость",
            ("attendance_change",),
            """SELECT c.at, g.subject, l.day, c.old_status, c.new_status, c.minutes_late, c.author_name FROM attendance_change c
            JOIN lesson l ON l.id = c.lesson_id JOIN gradebook g ON g.id = l.gradebook_id WHERE c.student_id = $1 ORDER BY c.id""",
            kept_because=_DOCUMENT,
            opened=_named,
        ),
        Part(
            "enrolments",
            "Классы",
            ("enrolment",),
            """SELECT c.name AS class, e.from_day, e.last_day FROM enrolment e LEFT JOIN student_group c ON c.id = e.group_id
            WHERE e.student_id = $1 ORDER BY e.from_day, c.name""",
            kept_because=_DOCUMENT,
        ),
        Part(
            "acknowledgements",
            "«Ознакомлен» под неделями дневника",
            ("acknowledgement",),
            """SELECT week, guardian_name, at FROM acknowledgement WHERE guardian_id = $1 OR student_id = $1
            ORDER BY week, at, guardian_id, student_id""",
            kept_because="«Ознакомлен» — отметка в дневнике, которая подтверждает школе, что семья видела неделю",
        ),
        Part(
            "guardianships",
            "Связь семьи с дневником",
            ("guardianship",),
            """SELECT w.guardian_name, s.full_name AS student FROM guardianship w LEFT JOIN student s ON s.id = w.student_id
            WHERE w.guardian_id = $1 OR w.student_id = $1 ORDER BY w.guardian_id, w.student_id""",
            kept_because="Связь ведёт школа: она нужна, пока ребёнок учится, и прекращается вместе с учёбой",
        ),
        Part(
            "lessons",
            "Уроки, которые вы вели",
            ("lesson", "teacher"),
            """SELECT l.day, l.number, g.subject, l.room, l.topic FROM lesson l JOIN gradebook g ON g.id = l.gradebook_id
            WHERE l.teacher_id = $1 ORDER BY l.day, l.number, g.subject, l.id""",
            kept_because=_DOCUMENT,
        ),
        Part(
            "homework",
            "Домашние задания, которые вы задали",
            ("homework",),
            """SELECT h.due_day, g.subject, h.text, h.minutes, h.changed_at FROM homework h JOIN gradebook g ON g.id = h.gradebook_id
            WHERE h.author_id = $1 ORDER BY h.due_day, h.id""",
            kept_because=_DOCUMENT,
        ),
        Part(
            "given_marks",
            "Отметки и отсутствия, которые вы поставили",
            (),
            """SELECT c.at, g.subject, l.day, c.old_value, c.new_value FROM mark_change c JOIN lesson l ON l.id = c.lesson_id
            JOIN gradebook g ON g.id = l.gradebook_id WHERE c.author_id = $1 ORDER BY c.id""",
            kept_because=_DOCUMENT,
        ),
    ),
    guards="EXISTS (SELECT FROM guardianship WHERE guardian_id = $1 AND student_id = $2)",
    together="""SELECT g.id, e.from_day::timestamptz, coalesce((e.last_day + 1)::timestamptz, 'infinity')
        FROM enrolment e JOIN gradebook g ON g.group_id = e.group_id WHERE e.student_id = $1
        UNION ALL SELECT e.group_id, e.from_day::timestamptz, coalesce((e.last_day + 1)::timestamptz, 'infinity')
        FROM enrolment e WHERE e.student_id = $1""",
    not_exported={
        **OF_THE_HOUSE,
        "progress_withheld": "which consents identity says are not given; exported there",
        "student_group": "the class and its homeroom teacher; roles exports them",
        "teaching": "what roles tells of who teaches what; roles exports it",
        "timetable_slot": "the school's timetable; the lessons made of it are exported",
    },
)
