"""What analytics holds about a person."""

from myschool_analytics.activity.rules import NOBODY
from myschool_privacy.subject.holding import OF_THE_HOUSE, Holding, Part

HOLDING = Holding(
    parts=(
        Part(
            "acts",
            "Ваши действия по часам",
            ("act",),
            "SELECT hour, kind, acts, last_at FROM act WHERE person_id = $1 ORDER BY hour, kind, organisation_id",
            erase="DELETE FROM act WHERE person_id = $1",
        ),
        Part(
            "acknowledgements",
            "«Ознакомлен» в показателях",
            ("acknowledgement",),
            "SELECT week, at FROM acknowledgement WHERE guardian_id = $1 OR student_id = $1 ORDER BY week, at, student_id, guardian_id",
            erase="DELETE FROM acknowledgement WHERE guardian_id = $1",
        ),
        Part(
            "roles",
            "Имя и роли в показателях",
            ("structural_role",),
            "SELECT display_name, role_type, status FROM structural_role WHERE person_id = $1 ORDER BY role_id",
            erase=f"UPDATE structural_role SET display_name = '{NOBODY}' WHERE person_id = $1 AND display_name <> '{NOBODY}'",
        ),
        Part(
            "lessons",
            "Уроки в показателях",
            ("lesson", "gradebook"),
            "SELECT day, number, marks, has_topic, has_homework FROM lesson WHERE teacher_id = $1 ORDER BY day, number, lesson_id",
            kept_because="Показатели школы складываются из проведённых уроков; имени в них нет",
        ),
        Part(
            "enrolments",
            "Место в числе учеников",
            ("enrolment",),
            "SELECT group_id, organisation_id FROM enrolment WHERE student_id = $1 ORDER BY group_id",
            kept_because="По этому считается число учеников класса; имени здесь нет",
        ),
    ),
    together="""SELECT DISTINCT organisation_id, '-infinity'::timestamptz, 'infinity'::timestamptz FROM structural_role
        WHERE person_id = $1 AND role_type = 'TEACHER' AND organisation_id IS NOT NULL""",
    not_exported={**OF_THE_HOUSE, "content_item": "who decided about an item by office; the library exports its verdicts"},
)
