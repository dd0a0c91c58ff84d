"""What roles holds about a person."""

from myschool_privacy.subject.holding import OF_THE_HOUSE, Holding, Part

_LISTS = "Списки классов и сотрудников ведёт школа: по закону она хранит их и после ухода"

HOLDING = Holding(
    parts=(
        Part(
            "person",
            "Имя в списках школы",
            ("person",),
            "SELECT family_name, given_name, middle_name FROM person WHERE id = $1",
            kept_because=_LISTS,
        ),
        Part(
            "roles",
            "Роли",
            ("structural_role",),
            """SELECT r.type, o.short_name AS organisation, r.region_code, r.status, r.changed_at, r.deleted_at FROM structural_role r
            LEFT JOIN organisation o ON o.id = r.organisation_id WHERE r.person_id = $1 ORDER BY r.id""",
            kept_because=_LISTS,
        ),
        Part(
            "role_changes",
            "Как менялись роли",
            ("role_change",),
            """SELECT at, type, old_status, new_status, reason, author_role FROM role_change
            WHERE person_id = $1::uuid OR author_id = $1::uuid::text ORDER BY id""",
            kept_because="История ролей показывает, кто и когда имел доступ к данным школы",
        ),
        Part(
            "enrolments",
            "Зачисления",
            ("enrolment",),
            """SELECT o.short_name AS organisation, g.name AS class, e.from_day, e.last_day FROM enrolment e
            JOIN student_group g ON g.id = e.group_id JOIN organisation o ON o.id = e.organisation_id
            WHERE e.student_id = $1 ORDER BY e.from_day, e.id""",
            kept_because=_LISTS,
        ),
        Part(
            "teachings",
            "Нагрузка",
            ("teaching", "student_group"),
            """SELECT g.name AS class, t.subject, t.from_at, t.ended_at FROM teaching t JOIN student_group g ON g.id = t.group_id
            WHERE t.teacher_id = $1
            UNION ALL SELECT g.name, 'классное руководство', NULL, NULL FROM student_group g WHERE g.homeroom_teacher_id = $1
            ORDER BY 3, 1, 2""",
            kept_because=_LISTS,
        ),
        Part(
            "guardianships",
            "Родители и дети",
            ("guardianship", "guardianship_change"),
            """SELECT g.full_name AS guardian, s.full_name AS student, w.established_at, w.ended_at FROM guardianship w
            LEFT JOIN person g ON g.id = w.guardian_id LEFT JOIN person s ON s.id = w.student_id
            WHERE w.guardian_id = $1 OR w.student_id = $1 ORDER BY w.id""",
            kept_because="Связь ведёт школа: она нужна, пока ребёнок учится, и прекращается вместе с учёбой",
        ),
        Part(
            "claims",
            "Просьбы представлять ребёнка",
            ("guardian_claim", "guardian_claim_change"),
            """SELECT g.full_name AS guardian, c.student_name AS student, c.source, c.status, c.created_at, c.decided_at FROM guardian_claim c
            LEFT JOIN person g ON g.id = c.guardian_id WHERE c.guardian_id = $1 OR c.student_id = $1 ORDER BY c.id""",
            kept_because="Показывает, кто просил доступ к данным ребёнка и что ребёнок ответил",
        ),
        Part(
            "invitations",
            "Приглашения к ребёнку",
            ("invitation",),
            """SELECT s.full_name AS student, i.rights, i.last_day, i.created_at, i.used_at, i.revoked_at FROM invitation i
            LEFT JOIN person s ON s.id = i.student_id WHERE i.created_by = $1 OR i.used_by = $1 OR i.student_id = $1
            ORDER BY i.created_at, i.id""",
            kept_because="Показывает, кто и кому открыл данные ребёнка",
        ),
        Part(
            "family_requests",
            "Запросы в школу",
            ("family_request", "family_request_change"),
            """SELECT o.short_name AS organisation, r.kind, r.child_name, r.child_birth_day, r.group_name, r.status, r.reason, r.created_at,
            r.decided_at FROM family_request r JOIN organisation o ON o.id = r.organisation_id WHERE r.person_id = $1 ORDER BY r.id""",
            kept_because="По запросу школа связала вас со своими списками: он показывает, кто и почему это сделал",
        ),
        Part(
            "merges",
            "Соединённые записи",
            ("merge", "merge_change", "merge_move", "merge_return"),
            "SELECT merged_at, separated_at FROM merge WHERE person_id = $1 OR merged_id = $1 ORDER BY merged_at, id",
            kept_because="Показывает, какие записи школы о вас были соединены, чтобы ошибку можно было исправить",
        ),
        Part(
            "duplicates",
            "Записи с тем же именем",
            ("duplicate_verdict",),
            "SELECT different, at FROM duplicate_verdict WHERE first_id = $1 OR second_id = $1 ORDER BY at",
            kept_because="Показывает, что школа уже решила, вы ли это",
        ),
        Part(
            "imports",
            "Загрузки списков, которые вы начали",
            ("import",),
            "SELECT file_name, status, created_at, done_at FROM import WHERE author_id = $1::uuid::text ORDER BY id",
            erase="UPDATE import SET status = 'EXPIRED', sealed = '' WHERE author_id = $1::uuid::text AND status = 'PREVIEW'",
        ),
    ),
    guards="EXISTS (SELECT FROM guardianship WHERE guardian_id = $1 AND student_id = $2 AND ended_at IS NULL)",
    together="""SELECT group_id, from_day::timestamptz, coalesce((last_day + 1)::timestamptz, 'infinity')
        FROM enrolment WHERE student_id = $1""",
    not_exported={**OF_THE_HOUSE, "person_key": "keyed hashes only, of no use to anybody without the key"},
)
