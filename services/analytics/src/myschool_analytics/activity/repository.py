"""Every statement of the activity projections. Table names are unqualified: a rebuild runs them in a schema of its own."""

from datetime import date, datetime
from uuid import UUID

import asyncpg

from myschool_analytics.activity.rules import DEFAULT_WEEKS, LONGEST_DAYS, NOBODY, Batch

_LESSONS = """
INSERT INTO lesson AS l (lesson_id, gradebook_id, organisation_id, day, marks, attendance, has_topic, has_homework)
SELECT u.lesson_id, u.gradebook_id, u.organisation_id, u.day, u.marks, u.attendance,
       coalesce(u.has_topic, false), coalesce(u.has_homework, false)
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::int[], $6::int[], $7::boolean[], $8::boolean[])
     WITH ORDINALITY AS u (lesson_id, gradebook_id, organisation_id, day, marks, attendance, has_topic, has_homework, place)
ON CONFLICT (lesson_id) DO UPDATE SET marks = l.marks + excluded.marks, attendance = l.attendance + excluded.attendance
"""
_TOPICS = """
UPDATE lesson SET has_topic = u.has_topic FROM unnest($1::uuid[], $2::boolean[]) AS u (lesson_id, has_topic)
WHERE lesson.lesson_id = u.lesson_id
"""
_HOMEWORK = """
UPDATE lesson SET has_homework = u.has_homework FROM unnest($1::uuid[], $2::boolean[]) AS u (lesson_id, has_homework)
WHERE lesson.lesson_id = u.lesson_id
"""
_ACTS = """
INSERT INTO act AS a (person_id, hour, kind, organisation_id, acts, last_at)
SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[], $5::int[], $6::timestamptz[])
ON CONFLICT (person_id, hour, kind, organisation_id)
DO UPDATE SET acts = a.acts + excluded.acts, last_at = greatest(a.last_at, excluded.last_at)
"""
_FRESH = """
INSERT INTO freshness (occurred_at) VALUES ($1)
ON CONFLICT (only_row) DO UPDATE SET occurred_at = greatest(freshness.occurred_at, excluded.occurred_at)
"""
_GRADEBOOK = """
INSERT INTO gradebook (gradebook_id, organisation_id, group_id, group_name, subject, teacher_ids)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (gradebook_id) DO UPDATE
SET group_name = excluded.group_name, subject = excluded.subject, teacher_ids = excluded.teacher_ids
"""
_PLACE = """
INSERT INTO lesson (lesson_id, gradebook_id, organisation_id, day, number, teacher_id, placed)
SELECT u.lesson_id, $1, $2, u.day, u.number, u.teacher_id, true
FROM unnest($3::uuid[], $4::date[], $5::int[], $6::uuid[]) AS u (lesson_id, day, number, teacher_id)
ON CONFLICT (lesson_id) DO UPDATE
SET day = excluded.day, number = excluded.number, teacher_id = excluded.teacher_id, placed = true
"""
_UNPLACE = "UPDATE lesson SET placed = false WHERE gradebook_id = $1 AND lesson_id <> ALL ($2::uuid[]) AND placed"
_ORGANISATION = """
INSERT INTO organisation (organisation_id, short_name, time_zone) VALUES ($1, $2, $3)
ON CONFLICT (organisation_id) DO UPDATE SET short_name = excluded.short_name, time_zone = excluded.time_zone
"""
# An erased name stays erased when its role ends; it comes back only with a role that holds again.
_ROLE = """
INSERT INTO structural_role AS r (role_id, person_id, display_name, role_type, organisation_id, status, version)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (role_id) DO UPDATE
SET display_name = CASE WHEN r.display_name = $8 AND excluded.status <> 'ACTIVE' THEN r.display_name ELSE excluded.display_name END,
    status = excluded.status, version = excluded.version
WHERE r.version <= excluded.version
"""
_GROUP = "INSERT INTO student_group (group_id, grade) VALUES ($1, $2) ON CONFLICT (group_id) DO UPDATE SET grade = excluded.grade"
_ENROL = "INSERT INTO enrolment (group_id, student_id, organisation_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_LEAVE = "DELETE FROM enrolment WHERE group_id = $1 AND student_id = $2"
_ACKNOWLEDGE = """
INSERT INTO acknowledgement (student_id, guardian_id, week, organisation_id, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""
_SUBMITTED = """
INSERT INTO content_item (item_id, provider_id, status) VALUES ($1, $2, 'SUBMITTED')
ON CONFLICT (item_id) DO UPDATE SET status = 'SUBMITTED'
"""
_DECIDED = """
INSERT INTO content_item (item_id, provider_id, status, decided_by) VALUES ($1, $2, $3, $4)
ON CONFLICT (item_id) DO UPDATE SET status = excluded.status, decided_by = excluded.decided_by
"""

# $1 first and $2 last day, NULL where none was asked for (as rules.period has it); $3 the moment, $4 teacher, $5 organisation.
_ASKED = f"""
WITH place AS (
    SELECT coalesce((SELECT time_zone FROM organisation WHERE organisation_id = $5), 'UTC') AS zone
), here AS (
    SELECT zone, ($3::timestamptz AT TIME ZONE zone)::date AS today FROM place
), asked AS (
    SELECT coalesce($1::date, coalesce($2::date, today) - {7 * DEFAULT_WEEKS - 1}) AS first_day, coalesce($2::date, today) AS last_day, today
    FROM here
)
"""
_SCOPE = f"""
FROM asked, lesson l JOIN gradebook g USING (gradebook_id)
WHERE l.placed AND l.day BETWEEN greatest(asked.first_day, asked.last_day - {LONGEST_DAYS}) AND least(asked.last_day, asked.today)
  AND ($4::uuid IS NULL OR l.teacher_id = $4) AND ($5::uuid IS NULL OR l.organisation_id = $5)
"""
_TOTALS = f"""
{_ASKED}
SELECT (SELECT today FROM here) AS today, (SELECT zone FROM here) AS zone, grouping(date_trunc('week', l.day)) = 0 AS by_week, grouping(l.teacher_id) = 0 AS by_teacher,
       grouping(l.gradebook_id) = 0 AS by_gradebook,
       date_trunc('week', l.day)::date AS week, l.teacher_id, l.gradebook_id, min(g.group_name) AS group_name, min(g.subject) AS subject,
       count(*) AS lessons, count(*) FILTER (WHERE l.has_topic) AS described, count(*) FILTER (WHERE l.has_homework) AS homework,
       coalesce(sum(l.marks), 0) AS marks, coalesce(sum(l.attendance), 0) AS attendance
{_SCOPE}
GROUP BY GROUPING SETS ((), (date_trunc('week', l.day)), (l.teacher_id), (l.gradebook_id))
"""
_TEACHER_ACTS = """
SELECT 'acts' AS what, kind, NULL::uuid AS person_id, '' AS name, sum(acts)::int AS n, max(last_at) AS last_at
FROM act WHERE person_id = $1 AND hour >= $2 AND hour < $3 GROUP BY kind
UNION ALL
SELECT 'acknowledgements', '', NULL, '', count(*)::int, NULL FROM acknowledgement k
WHERE k.at >= $2 AND k.at < $3 AND EXISTS (
    SELECT 1 FROM enrolment e JOIN gradebook g USING (group_id) WHERE e.student_id = k.student_id AND $1 = ANY (g.teacher_ids))
UNION ALL SELECT 'fresh', '', NULL, '', 0, (SELECT occurred_at FROM freshness)
"""
_SCHOOL_ACTS = """
WITH member AS (
    SELECT person_id, role_type, max(display_name) AS name FROM structural_role
    WHERE organisation_id = $1 AND status = 'ACTIVE' GROUP BY person_id, role_type
), done AS (
    SELECT a.person_id, a.kind, sum(a.acts)::int AS n, max(a.last_at) AS last_at FROM act a
    WHERE a.hour >= $2 AND a.hour < $3
      AND (a.organisation_id = $1 OR (a.organisation_id = $4 AND a.person_id IN (SELECT person_id FROM member)))
    GROUP BY a.person_id, a.kind
)
SELECT 'acts' AS what, kind, person_id, '' AS name, n, last_at FROM done
UNION ALL SELECT 'teacher', '', person_id, name, 0, NULL FROM member WHERE role_type = 'TEACHER'
UNION ALL SELECT 'family', '', person_id, '', 0, NULL FROM member WHERE role_type = 'GUARDIAN' AND person_id IN (SELECT person_id FROM done)
UNION ALL SELECT 'acknowledgements', '', NULL, '', count(*)::int, NULL FROM acknowledgement
    WHERE organisation_id = $1 AND at >= $2 AND at < $3
UNION ALL SELECT 'fresh', '', NULL, '', 0, (SELECT occurred_at FROM freshness)
"""
_CONDITIONS = {
    "marks": "l.marks > 0",
    "attendance": "l.attendance > 0",
    "topics": "l.has_topic",
    "homework": "l.has_homework",
    "unfilled": "NOT (l.has_topic AND l.has_homework)",
}
INDICATORS = tuple(_CONDITIONS)
_BEHIND = """
{asked}
SELECT asked.today, l.lesson_id, l.gradebook_id, l.day, l.number, g.group_name, g.subject, l.marks, l.attendance, l.has_topic, l.has_homework,
       coalesce((SELECT r.display_name FROM structural_role r
                 WHERE r.person_id = l.teacher_id AND r.role_type = 'TEACHER' LIMIT 1), '') AS teacher_name,
       count(*) OVER () AS total
{scope} AND {condition}
ORDER BY l.day DESC, l.number DESC, l.lesson_id OFFSET $6 LIMIT $7
"""

# First and last day, None where none was asked for, and the moment of asking.
Asked = tuple[date | None, date | None, datetime]


class ActivityRepository:
    """Reads from the pool, writes on the connection of the open transaction."""

    def __init__(self, reads: asyncpg.Pool) -> None:
        self._reads = reads

    async def write(self, connection: asyncpg.Connection, batch: Batch) -> None:
        """Writes a batch in at most five statements."""
        if batch.lessons:
            await self._write_lessons(connection, batch)
        if batch.acts:
            keys = sorted(batch.acts)
            await connection.execute(
                _ACTS,
                [key[0] for key in keys],
                [key[1] for key in keys],
                [key[2] for key in keys],
                [key[3] for key in keys],
                [batch.acts[key] for key in keys],
                [batch.last_at[key] for key in keys],
            )
        if batch.occurred_at is not None:
            await connection.execute(_FRESH, batch.occurred_at)

    async def _write_lessons(self, connection: asyncpg.Connection, batch: Batch) -> None:
        lessons = sorted(batch.lessons.items())
        await connection.execute(
            _LESSONS,
            [lesson_id for lesson_id, _ in lessons],
            [delta.gradebook_id for _, delta in lessons],
            [delta.organisation_id for _, delta in lessons],
            [delta.day for _, delta in lessons],
            [delta.marks for _, delta in lessons],
            [delta.attendance for _, delta in lessons],
            [delta.has_topic for _, delta in lessons],
            [delta.has_homework for _, delta in lessons],
        )
        topics = [(lesson_id, delta.has_topic) for lesson_id, delta in lessons if delta.has_topic is not None]
        if topics:
            await connection.execute(_TOPICS, *map(list, zip(*topics, strict=True)))
        homework = [(lesson_id, delta.has_homework) for lesson_id, delta in lessons if delta.has_homework is not None]
        if homework:
            await connection.execute(_HOMEWORK, *map(list, zip(*homework, strict=True)))

    async def lay_out(
        self,
        connection: asyncpg.Connection,
        gradebook: tuple[UUID, UUID, UUID, str, str, list[UUID]],
        lessons: list[tuple[UUID, date, int, UUID | None]],
    ) -> None:
        """A gradebook with the whole list of its lessons; lessons no longer in it lose their place, not their facts."""
        await connection.execute(_GRADEBOOK, *gradebook)
        ids, days, numbers, teachers = ([lesson[column] for lesson in lessons] for column in range(4))
        await connection.execute(_PLACE, gradebook[0], gradebook[1], ids, days, numbers, teachers)
        await connection.execute(_UNPLACE, gradebook[0], ids)

    async def know_organisation(self, connection: asyncpg.Connection, organisation_id: UUID, name: str, zone: str) -> None:
        """Name and zone of an organisation."""
        await connection.execute(_ORGANISATION, organisation_id, name, zone)

    async def know_role(self, connection: asyncpg.Connection, role: tuple[UUID, UUID, str, str, UUID | None, str, int]) -> None:
        """The present state of a structural role."""
        await connection.execute(_ROLE, *role, NOBODY)

    async def know_group(self, connection: asyncpg.Connection, group_id: UUID, grade: int) -> None:
        """The grade of a group of students."""
        await connection.execute(_GROUP, group_id, grade)

    async def enrol(self, connection: asyncpg.Connection, group_id: UUID, student_id: UUID, organisation_id: UUID) -> None:
        """A student joins a group."""
        await connection.execute(_ENROL, group_id, student_id, organisation_id)

    async def leave(self, connection: asyncpg.Connection, group_id: UUID, student_id: UUID) -> None:
        """A student leaves a group."""
        await connection.execute(_LEAVE, group_id, student_id)

    async def acknowledge(
        self, connection: asyncpg.Connection, student_id: UUID, guardian_id: UUID, week: date, organisation_id: UUID, at: datetime
    ) -> None:
        """A guardian's «ознакомлен»."""
        await connection.execute(_ACKNOWLEDGE, student_id, guardian_id, week, organisation_id, at)

    async def item_submitted(self, connection: asyncpg.Connection, item_id: UUID, provider_id: str) -> None:
        """An item waits for expertise."""
        await connection.execute(_SUBMITTED, item_id, provider_id)

    async def item_decided(self, connection: asyncpg.Connection, item_id: UUID, provider_id: str, status: str, expert_id: str) -> None:
        """An expert's verdict."""
        await connection.execute(_DECIDED, item_id, provider_id, status, expert_id)

    async def totals(self, asked: Asked, teacher_id: UUID | None, organisation_id: UUID | None) -> list[asyncpg.Record]:
        """Lessons and their facts in total, by week, by teacher and by gradebook, in one statement; each row knows the `zone` and `today` there."""
        return await self._reads.fetch(_TOTALS, *asked, teacher_id, organisation_id)

    async def teacher_acts(self, person_id: UUID, since: datetime, until: datetime) -> list[asyncpg.Record]:
        """Acts of one person and the acknowledgements in the groups taught."""
        return await self._reads.fetch(_TEACHER_ACTS, person_id, since, until)

    async def school_acts(self, organisation_id: UUID, since: datetime, until: datetime, nowhere: UUID) -> list[asyncpg.Record]:
        """Acts per person, teachers, active families and acknowledgements of one organisation."""
        return await self._reads.fetch(_SCHOOL_ACTS, organisation_id, since, until, nowhere)

    async def lessons_behind(
        self, indicator: str, asked: Asked, teacher_id: UUID | None, organisation_id: UUID | None, offset: int, limit: int
    ) -> list[asyncpg.Record]:
        """A page of the lessons behind one number, newest first."""
        statement = _BEHIND.format(asked=_ASKED, scope=_SCOPE, condition=_CONDITIONS[indicator])
        return await self._reads.fetch(statement, *asked, teacher_id, organisation_id, offset, limit)
