"""What messaging holds about a person."""

from myschool_messaging.chat.rules import NOBODY
from myschool_privacy.subject.holding import OF_THE_HOUSE, Holding, Part

_GONE = "Сообщение удалено вместе с профилем автора"

HOLDING = Holding(
    parts=(
        Part(
            "messages",
            "Ваши сообщения",
            ("message",),
            """SELECT m.posted_at, c.group_name AS class, c.kind, m.body FROM message m JOIN chat c ON c.id = m.chat_id
            WHERE m.author_id = $1 ORDER BY m.posted_at, m.chat_id, m.seq""",
            erase=f"UPDATE message SET body = '{_GONE}', author_name = '{NOBODY}' WHERE author_id = $1 AND body <> '{_GONE}'",
        ),
        Part(
            "memberships",
            "Чаты, в которых вы состоите",
            ("member",),
            """SELECT c.group_name AS class, c.kind, m.side, m.name, m.present, m.read_seq FROM member m JOIN chat c ON c.id = m.chat_id
            WHERE m.person_id = $1 ORDER BY c.group_name, c.id, m.side""",
            erase=f"UPDATE member SET name = '{NOBODY}' WHERE person_id = $1 AND name <> '{NOBODY}'",
        ),
        Part(
            "roster",
            "Имя в списках классов",
            ("roster_student", "roster_teacher", "roster_guardian"),
            """SELECT name, 'ученик' AS side, group_id FROM roster_student WHERE student_id = $1
            UNION ALL SELECT name, 'учитель', group_id FROM roster_teacher WHERE teacher_id = $1
            UNION ALL SELECT name, 'родитель', NULL FROM roster_guardian WHERE guardian_id = $1 OR student_id = $1 ORDER BY 2, 3, 1""",
            kept_because="Списки классов и родителей ведёт школа; по ним собираются чаты",
        ),
    ),
    guards="EXISTS (SELECT FROM roster_guardian WHERE guardian_id = $1 AND student_id = $2)",
    together="""SELECT DISTINCT chat_id, '-infinity'::timestamptz, 'infinity'::timestamptz FROM member
        WHERE person_id = $1 AND side <> 'TEACHER'""",
    not_exported=OF_THE_HOUSE,
)
