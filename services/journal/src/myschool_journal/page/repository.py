"""Queries of the class page and of the list of gradebooks: one statement each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_journal.authority.caller import MAY_READ, TEACHES, Caller
from myschool_journal.bodies import STAMP

# Place in the list of gradebooks: own before others, grade, class, subject, id.
Position = tuple[int, int, str, str, UUID]

# What decides whether a page kept before is still the page, and whether the caller may see it: nothing else is read for such a one.
_STATE = f"""
SELECT ($5::timestamptz AT TIME ZONE o.time_zone)::date AS today, {STAMP.format("g.group_id, g.organisation_id")} AS stamp
FROM gradebook g JOIN organisation o ON o.id = g.organisation_id WHERE g.id = $4 AND {MAY_READ}
"""
# Indices instead of ids and whole columns instead of rows: 900 cells cost four int arrays and no row objects.
_PAGE = f"""
WITH book AS (
    SELECT g.id, g.group_id, g.organisation_id, g.subject, g.year_id, ($5::timestamptz AT TIME ZONE o.time_zone)::date AS today
    FROM gradebook g JOIN organisation o ON o.id = g.organisation_id WHERE g.id = $4 AND {MAY_READ}
), term AS (
    SELECT p.id, p.name, p.first_day, p.last_day FROM period p, book b
    WHERE p.year_id = b.year_id AND ($6::uuid IS NULL OR p.id = $6::uuid)
    ORDER BY b.today BETWEEN p.first_day AND p.last_day DESC, p.first_day <= b.today DESC,
        CASE WHEN p.first_day <= b.today THEN b.today - p.first_day ELSE p.first_day - b.today END
    LIMIT 1
), column_ AS MATERIALIZED (
    SELECT l.id, l.day, l.number, l.room, l.topic, l.work_type, l.version,
        (row_number() OVER (ORDER BY l.day, l.number))::int - 1 AS i,
        h.lesson_id IS NOT NULL AS has_homework
    FROM book b CROSS JOIN term t
    JOIN lesson l ON l.gradebook_id = b.id AND l.day BETWEEN t.first_day AND t.last_day
    LEFT JOIN homework h ON h.lesson_id = l.id AND h.present
), line AS MATERIALIZED (
    SELECT s.id, s.full_name, (row_number() OVER (ORDER BY translate(s.full_name, 'Ёё', 'Ее'), s.id))::int - 1 AS i
    FROM book b, term t, student s
    WHERE s.id IN (
        SELECT e.student_id FROM enrolment e WHERE e.group_id = b.group_id AND (e.last_day IS NULL OR e.last_day >= t.first_day))
)
SELECT b.id, b.group_id, c.name AS group_name, b.subject, b.today, {STAMP.format("b.group_id, b.organisation_id")} AS stamp, t.id AS period_id,
    (SELECT array_agg(ROW (p.id, p.name, p.first_day, p.last_day) ORDER BY p.first_day) FROM period p WHERE p.year_id = b.year_id) AS periods,
    (SELECT array_agg(ROW (t.teacher_id, w.full_name) ORDER BY w.full_name, t.teacher_id) FROM teaching t JOIN teacher w ON w.id = t.teacher_id
        WHERE t.group_id = b.group_id AND t.subject = b.subject) AS teachers,
    (SELECT array_agg(ROW (l.id::text, l.day, l.number, r.starts_at, r.ends_at, l.room, l.topic, l.work_type, l.version, l.has_homework) ORDER BY l.i)
        FROM column_ l LEFT JOIN bell r ON r.year_id = b.year_id AND r.number = l.number) AS lessons,
    (SELECT array_agg(ROW (s.id::text, s.full_name) ORDER BY s.i) FROM line s) AS students,
    m.lines AS mark_lines, m.columns AS mark_columns, m.marks AS mark_values, m.versions AS mark_versions,
    a.cells AS attendance
FROM book b
LEFT JOIN student_group c ON c.id = b.group_id
LEFT JOIN term t ON true
CROSS JOIN LATERAL (
    SELECT array_agg(s.i) AS lines, array_agg(l.i) AS columns, array_agg(coalesce(m.value, 0)) AS marks, array_agg(m.version) AS versions
    FROM column_ l JOIN mark m ON m.lesson_id = l.id JOIN line s ON s.id = m.student_id
) m
CROSS JOIN LATERAL (
    SELECT array_agg(ROW (s.i, l.i, a.status, a.minutes_late, a.version)) AS cells
    FROM column_ l JOIN attendance a ON a.lesson_id = l.id JOIN line s ON s.id = a.student_id
) a
"""
_SORTED = "translate(g.subject, 'Ёё', 'Ее')"
# The caller's own gradebooks come first. A page ends at a place in this order, not at a count: nothing is shown twice or left out.
_LIST = f"""
WITH here AS (
    SELECT o.id, (moment AT TIME ZONE o.time_zone)::date AS today, to_char(moment AT TIME ZONE o.time_zone, 'HH24:MI') AS now
    FROM organisation o, (SELECT $4::timestamptz AS moment) clock WHERE o.id = $3::uuid
), page AS (
    SELECT g.id, g.group_id, c.name AS group_name, c.grade, g.subject, (c.homeroom_teacher_id IS NOT DISTINCT FROM $1::uuid) AS homeroom,
        (NOT {TEACHES})::int AS rank, {_SORTED} AS sorted, here.today, here.now
    FROM here
    CROSS JOIN LATERAL (
        SELECT y.id FROM school_year y WHERE y.organisation_id = here.id
        ORDER BY y.year = extract(year FROM here.today - interval '7 months')::int DESC, y.year DESC LIMIT 1
    ) y
    JOIN gradebook g ON g.year_id = y.id
    JOIN student_group c ON c.id = g.group_id
    WHERE {MAY_READ}
        AND ' ' || translate(lower((c.name || ' ' || g.subject) COLLATE "pg_c_utf8"), 'ё', 'е') LIKE ALL ($5::text[])
        AND ($6::int IS NULL OR ((NOT {TEACHES})::int, c.grade, c.name, {_SORTED}, g.id) > ($6::int, $7::int, $8::text, $9::text, $10::uuid))
    ORDER BY rank, c.grade, c.name, sorted, g.id LIMIT $11
)
SELECT g.id, g.group_id, g.group_name, g.grade, g.subject, g.homeroom, g.rank, g.sorted,
    (SELECT count(DISTINCT e.student_id) FROM enrolment e
        WHERE e.group_id = g.group_id AND (e.last_day IS NULL OR e.last_day >= g.today)) AS students,
    (SELECT array_agg(ROW (t.teacher_id, w.full_name) ORDER BY w.full_name, t.teacher_id) FROM teaching t JOIN teacher w ON w.id = t.teacher_id
        WHERE t.group_id = g.group_id AND t.subject = g.subject) AS teachers,
    n.id AS next_id, n.day AS next_day, n.number AS next_number, n.starts_at AS next_starts_at
FROM page g
LEFT JOIN LATERAL (
    SELECT l.id, l.day, l.number, r.starts_at FROM lesson l LEFT JOIN bell r ON r.year_id = l.year_id AND r.number = l.number
    WHERE l.gradebook_id = g.id AND l.day >= g.today AND NOT l.off_timetable AND (l.day > g.today OR r.ends_at > g.now)
    ORDER BY l.day, l.number LIMIT 1
) n ON true
ORDER BY g.rank, g.grade, g.group_name, g.sorted, g.id
"""


class PageRepository:
    """Reads of the class journal."""

    async def page(
        self, reads: asyncpg.Pool, caller: Caller, gradebook_id: UUID, period_id: UUID | None, moment: datetime
    ) -> asyncpg.Record | None:
        """Everything of one page; None when the gradebook is not the caller's."""
        return await reads.fetchrow(_PAGE, *caller.key, gradebook_id, moment, period_id)

    async def state(self, reads: asyncpg.Pool, caller: Caller, gradebook_id: UUID, moment: datetime) -> tuple[object, ...] | None:
        """What a kept page of the gradebook must have been made of to be shown; None when the gradebook is not the caller's."""
        row = await reads.fetchrow(_STATE, *caller.key, gradebook_id, moment)
        return None if row is None else tuple(row)

    async def gradebooks(
        self, reads: asyncpg.Pool, caller: Caller, moment: datetime, patterns: Sequence[str], after: Position | None, count: int
    ) -> list[asyncpg.Record]:
        """At most `count` of the caller's gradebooks of the present year, from after a place on."""
        return await reads.fetch(_LIST, *caller.key, moment, patterns, *(after or (None,) * 5), count)
