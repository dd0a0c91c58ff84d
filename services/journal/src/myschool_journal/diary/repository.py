"""Queries of the diary: the week and the marks by subject in one statement each."""

from datetime import date, datetime
from uuid import UUID

import asyncpg

from myschool_journal.authority.caller import CAME_FROM_ELSEWHERE, SEES, SIGNS, Caller
from myschool_journal.bodies import STAMP

# Which of the student's stays in a group the caller may see, and from when.
# A subject teacher sees the own subjects, the class teacher and the heads all of their school, the family everything.
_STAYS = f"""
WITH stay AS (
    SELECT e.group_id, e.organisation_id, coalesce(e.last_day, date 'infinity') AS last_day,
        CASE WHEN {CAME_FROM_ELSEWHERE} THEN e.from_day ELSE date '-infinity' END AS from_day,
        CASE $2::text
            WHEN 'STUDENT' THEN e.student_id = $1::uuid
            WHEN 'GUARDIAN' THEN EXISTS (SELECT FROM guardianship w WHERE w.guardian_id = $1::uuid AND w.student_id = e.student_id
                AND {SEES.format("$5")})
            WHEN 'TEACHER' THEN e.organisation_id = $3::uuid
                AND EXISTS (SELECT FROM student_group c WHERE c.id = e.group_id AND c.homeroom_teacher_id = $1::uuid)
            ELSE $2::text IN ('HEAD', 'DEPUTY_HEAD') AND e.organisation_id = $3::uuid
        END AS whole,
        $2::text = 'TEACHER' AND e.organisation_id = $3::uuid
            AND EXISTS (SELECT FROM teaching t WHERE t.group_id = e.group_id AND t.teacher_id = $1::uuid) AS partly
    FROM enrolment e WHERE e.student_id = $4::uuid
), seen AS (
    SELECT * FROM stay WHERE whole OR partly
), pupil AS (
    SELECT s.id, s.full_name, c.name AS group_name, f.organisation_id,
        $2::text IN ('STUDENT', 'GUARDIAN') AND EXISTS (SELECT FROM progress_withheld h WHERE h.student_id = s.id) AS withheld,
        ($5::timestamptz AT TIME ZONE coalesce(o.time_zone, 'Europe/Moscow'))::date AS today
    FROM (SELECT * FROM seen ORDER BY last_day DESC, whole DESC, group_id LIMIT 1) f
    JOIN student s ON s.id = $4::uuid
    LEFT JOIN student_group c ON c.id = f.group_id
    LEFT JOIN organisation o ON o.id = f.organisation_id
)
"""
_ACKNOWLEDGED_BY = """(SELECT ROW (a.guardian_name, a.at) FROM acknowledgement a WHERE a.student_id = pupil.id AND a.week = week.monday
        ORDER BY a.guardian_id = $1::uuid DESC, a.at LIMIT 1)"""
_MONDAY = "week AS (SELECT date_trunc('week', coalesce($6::date, pupil.today)::timestamp)::date AS monday FROM pupil)"
# What a kept week must have been made of to be shown: the day, «ознакомлен», the stays, and the stamps of their classes and schools.
_MADE_OF = f"""pupil.withheld, pupil.today, {_ACKNOWLEDGED_BY} AS acknowledged,
    (SELECT array_agg(ROW (f.group_id, f.organisation_id, f.from_day, f.last_day, f.whole) ORDER BY f.last_day, f.from_day, f.group_id) FROM seen f) AS stays,
    {STAMP.format("SELECT f.group_id FROM seen f UNION ALL SELECT f.organisation_id FROM seen f")} AS stamp"""
_STATE = f"{_STAYS}, {_MONDAY} SELECT {_MADE_OF} FROM pupil CROSS JOIN week"
_SUBJECT = """(f.whole OR EXISTS (
    SELECT FROM teaching t WHERE t.group_id = g.group_id AND t.subject = g.subject AND t.teacher_id = $1::uuid))"""
_WEEK = f"""
{_STAYS}, {_MONDAY}
SELECT {_MADE_OF}, pupil.full_name, pupil.group_name, week.monday,
    (SELECT p.name FROM period p WHERE p.organisation_id = pupil.organisation_id
        AND p.first_day <= week.monday + 6 AND p.last_day >= week.monday
        ORDER BY coalesce($6::date, pupil.today) BETWEEN p.first_day AND p.last_day DESC, p.first_day LIMIT 1) AS period_name,
    (SELECT array_agg(ROW (
        l.id::text, l.day, l.number, r.starts_at, r.ends_at, g.subject, t.full_name, l.room, l.topic, l.work_type,
        m.value, m.previous_value, m.version, m.author_name, m.changed_at, m.comment,
        a.status, a.minutes_late,
        (SELECT array_agg(ROW (h.text, h.minutes, h.items) ORDER BY h.changed_at) FROM homework h WHERE h.due_lesson_id = l.id AND h.present)
    ) ORDER BY l.day, l.number, g.subject)
    FROM seen f
    JOIN lesson l ON l.group_id = f.group_id AND l.day BETWEEN week.monday AND week.monday + 6 AND l.day BETWEEN f.from_day AND f.last_day
    JOIN gradebook g ON g.id = l.gradebook_id
    LEFT JOIN bell r ON r.year_id = l.year_id AND r.number = l.number
    LEFT JOIN teacher t ON t.id = l.teacher_id
    LEFT JOIN mark m ON m.lesson_id = l.id AND m.student_id = pupil.id
    LEFT JOIN attendance a ON a.lesson_id = l.id AND a.student_id = pupil.id
    WHERE {_SUBJECT} AND NOT (l.off_timetable AND l.day > pupil.today)) AS lessons
FROM pupil CROSS JOIN week
"""
_MARKS = f"""
{_STAYS}, year AS (
    SELECT y.id FROM pupil, school_year y WHERE y.organisation_id = pupil.organisation_id
    ORDER BY y.year = extract(year FROM pupil.today - interval '7 months')::int DESC, y.year DESC LIMIT 1
), term AS (
    SELECT p.id, p.name, p.first_day, p.last_day FROM period p, year, pupil
    WHERE p.year_id = year.id AND ($6::uuid IS NULL OR p.id = $6::uuid)
    ORDER BY pupil.today BETWEEN p.first_day AND p.last_day DESC, p.first_day <= pupil.today DESC,
        CASE WHEN p.first_day <= pupil.today THEN pupil.today - p.first_day ELSE p.first_day - pupil.today END
    LIMIT 1
)
SELECT pupil.withheld, pupil.full_name, pupil.group_name, term.id AS period_id,
    (SELECT array_agg(ROW (p.id, p.name, p.first_day, p.last_day) ORDER BY p.first_day) FROM period p, year WHERE p.year_id = year.id) AS periods,
    (SELECT array_agg(ROW (g.id, g.subject, (
            SELECT array_agg(ROW (l.id, l.day, m.value, l.work_type, l.topic) ORDER BY l.day, l.number)
            FROM mark m JOIN lesson l ON l.id = m.lesson_id
            WHERE m.student_id = pupil.id AND m.gradebook_id = g.id AND m.value IS NOT NULL AND l.day BETWEEN term.first_day AND term.last_day
        ), (
            SELECT count(*)::int FROM attendance a JOIN lesson l ON l.id = a.lesson_id
            WHERE a.student_id = pupil.id AND a.gradebook_id = g.id AND a.status IN (3, 4, 5) AND l.day BETWEEN term.first_day AND term.last_day
        )) ORDER BY translate(g.subject, 'Ёё', 'Ее'))
    FROM (SELECT group_id, bool_or(whole) AS whole FROM seen
        WHERE from_day <= term.last_day AND last_day >= term.first_day GROUP BY group_id) f
    JOIN gradebook g ON g.group_id = f.group_id AND g.year_id = year.id
    WHERE {_SUBJECT}) AS subjects
FROM pupil LEFT JOIN year ON true LEFT JOIN term ON true
"""
_GUARDED = f"""
SELECT e.organisation_id, EXISTS (SELECT FROM progress_withheld h WHERE h.student_id = w.student_id) AS withheld,
    ($3::timestamptz AT TIME ZONE coalesce(o.time_zone, 'Europe/Moscow'))::date AS today
FROM guardianship w JOIN enrolment e ON e.student_id = w.student_id LEFT JOIN organisation o ON o.id = e.organisation_id
WHERE w.guardian_id = $1 AND w.student_id = $2 AND {SIGNS.format("$3")}
ORDER BY e.last_day DESC NULLS FIRST LIMIT 1
"""
_ACKNOWLEDGE = """
INSERT INTO acknowledgement (student_id, week, guardian_id, guardian_name, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING at
"""
_ACKNOWLEDGED = "SELECT at FROM acknowledgement WHERE student_id = $1 AND week = $2 AND guardian_id = $3"


class DiaryRepository:
    """Every query of the slice."""

    async def week(
        self, reads: asyncpg.Pool, caller: Caller, student_id: UUID, day: date | None, moment: datetime
    ) -> asyncpg.Record | None:
        """A student's week; None when the caller may not see it."""
        return await reads.fetchrow(_WEEK, *caller.key, student_id, moment, day)

    async def state(
        self, reads: asyncpg.Pool, caller: Caller, student_id: UUID, day: date | None, moment: datetime
    ) -> asyncpg.Record | None:
        """What a kept week must have been made of to be shown; None when the caller may not see it."""
        return await reads.fetchrow(_STATE, *caller.key, student_id, moment, day)

    async def marks(
        self, reads: asyncpg.Pool, caller: Caller, student_id: UUID, period_id: UUID | None, moment: datetime
    ) -> asyncpg.Record | None:
        """A student's marks of a period by subject; None when the caller may not see them."""
        return await reads.fetchrow(_MARKS, *caller.key, student_id, moment, period_id)

    async def guarded(self, raw: asyncpg.Connection, caller: Caller, student_id: UUID, moment: datetime) -> asyncpg.Record | None:
        """School of a student the caller is a guardian of, and today there; None for any other student."""
        return await raw.fetchrow(_GUARDED, caller.person_id, student_id, moment)

    async def acknowledge(
        self, raw: asyncpg.Connection, caller: Caller, student_id: UUID, week: date, moment: datetime
    ) -> tuple[datetime, bool]:
        """When the guardian acknowledged the week, and whether it was just now for the first time."""
        fresh: datetime | None = await raw.fetchval(_ACKNOWLEDGE, student_id, week, caller.person_id, caller.name, moment)
        if fresh is not None:
            return fresh, True
        known: datetime = await raw.fetchval(_ACKNOWLEDGED, student_id, week, caller.person_id)
        return known, False


def made_of(row: asyncpg.Record) -> tuple[object, ...]:
    """What a week was made of."""
    return row["today"], row["acknowledged"], row["stays"], row["stamp"]
