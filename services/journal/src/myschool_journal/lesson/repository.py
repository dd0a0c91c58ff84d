"""SQL of lessons: topic, homework, one lesson's page, the teacher's day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg
import orjson

from myschool_journal.authority.caller import MAY_READ, MAY_WRITE, Caller
from myschool_journal.events import Place

# NO KEY UPDATE: writers of this lesson's texts wait for each other, writers of its marks do not.
_LOCK = f"""
SELECT l.id, l.gradebook_id, l.organisation_id, l.group_id, l.day, l.number, l.topic, l.work_type, l.version, l.changed_by_name, l.changed_at,
    ($5::timestamptz AT TIME ZONE o.time_zone)::date AS today,
    EXISTS (SELECT FROM period p WHERE p.year_id = l.year_id AND l.day BETWEEN p.first_day AND p.last_day AND p.closed) AS closed
FROM lesson l JOIN gradebook g ON g.id = l.gradebook_id JOIN organisation o ON o.id = l.organisation_id
WHERE l.id = ANY($4::uuid[]) AND {MAY_WRITE}
ORDER BY l.id FOR NO KEY UPDATE OF l
"""
_DESCRIBE = """
UPDATE lesson l SET topic = w.topic, work_type = w.work_type, version = l.version + 1, changed_by_name = $4, changed_at = $5
FROM unnest($1::uuid[], $2::text[], $3::smallint[]) AS w (id, topic, work_type) WHERE l.id = w.id
"""
_HOMEWORK = """
SELECT l.id AS lesson_id, h.id, h.text, h.minutes, h.items::text AS items, h.present, h.version, h.due_lesson_id, h.due_day, h.author_name, h.changed_at,
    n.id AS next_id, n.day AS next_day
FROM lesson l
LEFT JOIN homework h ON h.lesson_id = l.id
LEFT JOIN LATERAL (
    SELECT x.id, x.day FROM lesson x
    WHERE x.gradebook_id = l.gradebook_id AND (x.day, x.number) > (l.day, l.number) AND NOT x.off_timetable
    ORDER BY x.day, x.number LIMIT 1
) n ON true
WHERE l.id = ANY($1::uuid[])
"""
_DUE = "SELECT id, gradebook_id, day, number FROM lesson WHERE id = ANY($1::uuid[])"
_PUT_HOMEWORK = """
INSERT INTO homework
    (lesson_id, gradebook_id, group_id, due_lesson_id, due_day, text, minutes, items, present, version, author_id, author_name, changed_at)
SELECT l.id, l.gradebook_id, l.group_id, w.due_lesson_id, w.due_day, w.text, w.minutes, w.items::jsonb, w.present, 1, $8, $9, $10
FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::text[], $5::int[], $6::text[], $7::boolean[])
    AS w (lesson_id, due_lesson_id, due_day, text, minutes, items, present)
JOIN lesson l ON l.id = w.lesson_id
ON CONFLICT (lesson_id) DO UPDATE
SET due_lesson_id = excluded.due_lesson_id, due_day = excluded.due_day, text = excluded.text, minutes = excluded.minutes,
    items = excluded.items, present = excluded.present, version = homework.version + 1, author_id = excluded.author_id,
    author_name = excluded.author_name, changed_at = excluded.changed_at
RETURNING lesson_id, id, version
"""
_STUDENTS = """
SELECT e.group_id, array_agg(DISTINCT e.student_id) AS students FROM enrolment e
WHERE e.group_id = ANY($1::uuid[]) AND (e.last_day IS NULL OR e.last_day >= $2) GROUP BY e.group_id
"""
_LESSON = f"""
SELECT l.id, l.gradebook_id, c.name AS group_name, g.subject, l.day, l.number, r.starts_at, r.ends_at, l.room, l.topic, l.work_type, l.version,
    t.full_name AS teacher_name, n.id AS next_id, n.day AS next_day, n.number AS next_number,
    (SELECT ROW (h.id, h.lesson_id, h.text, h.minutes, h.items, h.due_lesson_id, h.due_day, h.version, h.author_name, h.changed_at)
        FROM homework h WHERE h.lesson_id = l.id AND h.present) AS given,
    (SELECT ROW (h.id, h.lesson_id, h.text, h.minutes, h.items, h.due_lesson_id, h.due_day, h.version, h.author_name, h.changed_at)
        FROM homework h WHERE h.due_lesson_id = l.id AND h.present ORDER BY h.changed_at DESC LIMIT 1) AS due,
    (SELECT array_agg(ROW (d.day, d.minutes) ORDER BY d.day) FROM (
        SELECT x.day, (SELECT coalesce(sum(h.minutes), 0)::int FROM homework h
            WHERE h.group_id = l.group_id AND h.due_day = x.day AND h.present) AS minutes
        FROM lesson x WHERE x.group_id = l.group_id AND x.day BETWEEN w.monday AND w.monday + 6 GROUP BY x.day
    ) d) AS load
FROM lesson l
JOIN gradebook g ON g.id = l.gradebook_id
LEFT JOIN student_group c ON c.id = l.group_id
LEFT JOIN teacher t ON t.id = l.teacher_id
LEFT JOIN bell r ON r.year_id = l.year_id AND r.number = l.number
LEFT JOIN LATERAL (
    SELECT x.id, x.day, x.number FROM lesson x
    WHERE x.gradebook_id = l.gradebook_id AND (x.day, x.number) > (l.day, l.number) AND NOT x.off_timetable
    ORDER BY x.day, x.number LIMIT 1
) n ON true
CROSS JOIN LATERAL (
    SELECT date_trunc('week', coalesce(
        (SELECT h.due_day FROM homework h WHERE h.lesson_id = l.id AND h.present), n.day, l.day)::timestamp)::date AS monday
) w
WHERE l.id = $4 AND {MAY_READ}
"""
# A lesson is a teacher's when the timetable says so, or when the timetable names somebody who no longer teaches the class.
_DAY = f"""
WITH here AS (
    SELECT o.id AS organisation_id, coalesce($5::date, (moment AT TIME ZONE o.time_zone)::date) AS day,
        (moment AT TIME ZONE o.time_zone)::date AS today, to_char(moment AT TIME ZONE o.time_zone, 'HH24:MI') AS now
    FROM organisation o, (SELECT $4::timestamptz AS moment) clock WHERE o.id = $3::uuid
), own AS (
    SELECT l.id FROM here, lesson l
    WHERE l.teacher_id = $1::uuid AND l.organisation_id = here.organisation_id AND (l.day = here.day OR l.day BETWEEN here.today - 14 AND here.today)
    UNION
    SELECT l.id FROM here, teaching t JOIN gradebook g ON g.group_id = t.group_id AND g.subject = t.subject JOIN lesson l ON l.gradebook_id = g.id
    WHERE t.teacher_id = $1::uuid AND t.organisation_id = here.organisation_id AND l.teacher_id <> $1::uuid
        AND (l.day = here.day OR l.day BETWEEN here.today - 14 AND here.today)
        AND NOT EXISTS (SELECT FROM teaching o WHERE o.group_id = l.group_id AND o.subject = g.subject AND o.teacher_id = l.teacher_id)
)
SELECT here.day AS asked, here.today, here.now, p.name AS period_name, p.first_day AS period_first_day,
    l.id, l.gradebook_id, l.group_name, l.subject, l.day, l.number, l.starts_at, l.ends_at, l.room, l.topic, l.has_homework,
    CASE WHEN l.day = here.day THEN (
        SELECT string_agg(nullif(h.text, ''), E'\\n' ORDER BY h.changed_at) FROM homework h WHERE h.due_lesson_id = l.id AND h.present) END AS homework_due,
    CASE WHEN l.day = here.day THEN (SELECT count(*) FROM mark m WHERE m.lesson_id = l.id AND m.value IS NOT NULL) END AS marks,
    CASE WHEN l.day = here.day THEN (SELECT count(*) FROM attendance a WHERE a.lesson_id = l.id AND a.status IN (3, 4, 5)) END AS absent,
    CASE WHEN l.day = here.day THEN (SELECT count(DISTINCT e.student_id) FROM enrolment e
        WHERE e.group_id = l.group_id AND (e.last_day IS NULL OR e.last_day >= here.today)) END AS students
FROM here
LEFT JOIN period p ON p.organisation_id = here.organisation_id AND here.day BETWEEN p.first_day AND p.last_day
LEFT JOIN LATERAL (
    SELECT l.id, l.gradebook_id, l.group_id, c.name AS group_name, g.subject, l.day, l.number, r.starts_at, r.ends_at, l.room, l.topic,
        EXISTS (SELECT FROM homework h WHERE h.lesson_id = l.id AND h.present) AS has_homework
    FROM own JOIN lesson l ON l.id = own.id JOIN gradebook g ON g.id = l.gradebook_id
    LEFT JOIN student_group c ON c.id = l.group_id
    LEFT JOIN bell r ON r.year_id = l.year_id AND r.number = l.number
    WHERE NOT (l.off_timetable AND l.day >= here.today) AND {MAY_WRITE}
) l ON true
ORDER BY l.day DESC, l.number DESC
"""
_DENSITY = """
SELECT g.id, c.name AS group_name, g.subject, p.first_day, p.last_day, here.today,
    (SELECT count(DISTINCT e.student_id) FROM enrolment e
        WHERE e.group_id = g.group_id AND (e.last_day IS NULL OR e.last_day >= here.today)) AS students,
    (SELECT count(*) FROM (
        SELECT m.student_id FROM lesson l JOIN mark m ON m.lesson_id = l.id
        WHERE l.gradebook_id = g.id AND l.day BETWEEN p.first_day AND p.last_day AND m.value IS NOT NULL
            AND EXISTS (SELECT FROM enrolment e WHERE e.group_id = g.group_id AND e.student_id = m.student_id
                AND (e.last_day IS NULL OR e.last_day >= here.today))
        GROUP BY m.student_id HAVING count(*) >= $4) enough) AS with_enough
FROM (SELECT o.id, ($3::timestamptz AT TIME ZONE o.time_zone)::date AS today FROM organisation o WHERE o.id = $2) here
JOIN period p ON p.organisation_id = here.id AND here.today BETWEEN p.first_day AND p.last_day
JOIN teaching t ON t.teacher_id = $1 AND t.organisation_id = here.id
JOIN gradebook g ON g.group_id = t.group_id AND g.subject = t.subject AND g.year_id = p.year_id
JOIN student_group c ON c.id = g.group_id
ORDER BY c.grade, c.name, translate(g.subject, 'Ёё', 'Ее')
"""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson whose texts are locked for this transaction."""

    place: Place
    group_id: UUID
    number: int
    topic: str
    work_type: int
    version: int
    changed_by: str
    changed_at: datetime | None
    today: date
    closed: bool


@dataclass(frozen=True, slots=True)
class Homework:
    """Homework to be stored; `items` are (library item id, title)."""

    lesson_id: UUID
    due_lesson_id: UUID
    due_day: date
    text: str
    minutes: int
    items: tuple[tuple[str, str], ...]
    present: bool


class LessonRepository:
    """Every query of the slice."""

    async def lock(self, raw: asyncpg.Connection, caller: Caller, ids: Sequence[UUID], moment: datetime) -> dict[UUID, Lesson]:
        """Those of the lessons that the caller may write, locked in one order."""
        return {
            row["id"]: Lesson(
                Place(row["gradebook_id"], row["organisation_id"], row["id"], row["day"]),
                row["group_id"],
                row["number"],
                row["topic"],
                row["work_type"],
                row["version"],
                row["changed_by_name"],
                row["changed_at"],
                row["today"],
                row["closed"],
            )
            for row in await raw.fetch(_LOCK, *caller.key, ids, moment)
        }

    async def describe(self, raw: asyncpg.Connection, entries: Sequence[tuple[UUID, str, int]], author_name: str, moment: datetime) -> None:
        """Stores topic and work type of locked lessons and raises their versions."""
        ids, topics, kinds = [item[0] for item in entries], [item[1] for item in entries], [item[2] for item in entries]
        await raw.execute(_DESCRIBE, ids, topics, kinds, author_name, moment)

    async def homework(self, raw: asyncpg.Connection, lesson_ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
        """Homework given at each lesson (id NULL when none was) and the gradebook's next lesson."""
        return {row["lesson_id"]: row for row in await raw.fetch(_HOMEWORK, lesson_ids)}

    async def due_lessons(self, raw: asyncpg.Connection, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
        """Lessons named as due: id, gradebook_id, day, number."""
        return {row["id"]: row for row in await raw.fetch(_DUE, ids)} if ids else {}

    async def put_homework(
        self, raw: asyncpg.Connection, entries: Sequence[Homework], caller: Caller, moment: datetime
    ) -> dict[UUID, tuple[UUID, int]]:
        """Stores homework of locked lessons; answers id and version by lesson."""
        rows = await raw.fetch(
            _PUT_HOMEWORK,
            [entry.lesson_id for entry in entries],
            [entry.due_lesson_id for entry in entries],
            [entry.due_day for entry in entries],
            [entry.text for entry in entries],
            [entry.minutes for entry in entries],
            [items_json(entry.items) for entry in entries],
            [entry.present for entry in entries],
            caller.person_id,
            caller.name,
            moment,
        )
        return {row["lesson_id"]: (row["id"], row["version"]) for row in rows}

    async def students(self, raw: asyncpg.Connection, group_ids: Sequence[UUID], today: date) -> dict[UUID, list[UUID]]:
        """Students of each group."""
        return {row["group_id"]: row["students"] for row in await raw.fetch(_STUDENTS, group_ids, today)}

    async def lesson(self, reads: asyncpg.Pool, caller: Caller, lesson_id: UUID) -> asyncpg.Record | None:
        """One lesson with homework and the class's load; None when it is not the caller's."""
        return await reads.fetchrow(_LESSON, *caller.key, lesson_id)

    async def day(self, reads: asyncpg.Pool, caller: Caller, day: date | None, moment: datetime) -> list[asyncpg.Record]:
        """The caller's lessons of a day and of the last two weeks, latest first; one row without a lesson when none."""
        return await reads.fetch(_DAY, *caller.key, moment, day)

    async def density(self, reads: asyncpg.Pool, caller: Caller, enough: int, moment: datetime) -> list[asyncpg.Record]:
        """How many students have enough marks in the present period, per gradebook the caller teaches."""
        return await reads.fetch(_DENSITY, caller.person_id, caller.organisation_id, moment, enough)


def items_json(items: Sequence[tuple[str, str]]) -> str:
    """Library items as stored and as sent."""
    return orjson.dumps([{"item_id": item_id, "title": title} for item_id, title in items]).decode()
