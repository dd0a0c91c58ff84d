"""Every statement of the export. Each row counted is a measure of a part, or of all where `part` is NULL."""

from datetime import date

import asyncpg

from myschool_analytics.aggregate.model import Count, Told
from myschool_analytics.aggregate.rules import ALL, Figure, Part

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('myschool_aggregate_export'))"
_STAGE = """
CASE WHEN {grade} BETWEEN 1 AND 4 THEN 'PRIMARY' WHEN {grade} BETWEEN 5 AND 9 THEN 'BASIC'
     WHEN {grade} BETWEEN 10 AND 12 THEN 'SECONDARY' ELSE 'OTHER' END
"""
# People behind a figure of lessons: the teachers who did it, and the pupils it was done with; the fewer of them count.
_LESSONS = f"""
WITH taught AS (
    SELECT l.*, g.group_id, {_STAGE.format(grade="s.grade")} AS stage
    FROM lesson l JOIN gradebook g USING (gradebook_id) LEFT JOIN student_group s USING (group_id)
    WHERE l.placed AND l.day BETWEEN $1::date AND $1::date + 6
), pupils AS (
    SELECT stage, count(DISTINCT student_id) AS n FROM (SELECT DISTINCT stage, group_id FROM taught) t JOIN enrolment USING (group_id)
    GROUP BY GROUPING SETS ((stage), ())
), counted AS (
    SELECT stage, m.measure, sum(m.value)::bigint AS value, count(DISTINCT t.teacher_id) FILTER (WHERE m.value > 0) AS teachers
    FROM taught t, LATERAL (VALUES
        ('lessons', 1), ('described', t.has_topic::int), ('homework', t.has_homework::int), ('marks', t.marks), ('attendance', t.attendance)
    ) AS m (measure, value)
    GROUP BY GROUPING SETS ((stage, m.measure), (m.measure))
)
SELECT 'STAGE' AS breakdown, measure, c.stage AS part, value, least(teachers, coalesce(p.n, 0)) AS people
FROM counted c LEFT JOIN pupils p ON p.stage IS NOT DISTINCT FROM c.stage
UNION ALL
SELECT 'STAGE', 'organisations', NULL, count(DISTINCT organisation_id),
       least(count(DISTINCT teacher_id), (SELECT coalesce(max(n), 0) FROM pupils WHERE stage IS NULL))
FROM taught
"""
# Somebody in several roles is counted in one of them, so that the parts have no person in common.
_PEOPLE = """
WITH person AS (
    SELECT DISTINCT ON (r.person_id) r.person_id, o.time_zone,
           CASE WHEN r.role_type IN ('TEACHER', 'STUDENT', 'GUARDIAN') THEN r.role_type ELSE 'OTHER' END AS role
    FROM structural_role r LEFT JOIN organisation o USING (organisation_id) WHERE r.status = 'ACTIVE'
    ORDER BY r.person_id, array_position(ARRAY['TEACHER', 'STUDENT', 'GUARDIAN'], r.role_type), r.role_id
), done AS (
    SELECT p.person_id, p.role, coalesce(sum(a.acts) FILTER (WHERE a.kind = 'message'), 0) AS messages,
           coalesce(sum(a.acts) FILTER (WHERE a.kind = 'opening'), 0) AS openings, count(a.person_id) AS acts
    FROM person p LEFT JOIN act a ON a.person_id = p.person_id
         AND a.hour >= $1::date::timestamp AT TIME ZONE coalesce(p.time_zone, 'UTC')
         AND a.hour < ($1::date + 7)::timestamp AT TIME ZONE coalesce(p.time_zone, 'UTC')
    GROUP BY p.person_id, p.role
)
SELECT 'ROLE' AS breakdown, m.measure, d.role AS part, sum(m.value)::bigint AS value, count(*) FILTER (WHERE m.value > 0) AS people
FROM done d, LATERAL (VALUES ('active', (d.acts > 0)::int), ('messages', d.messages), ('item_openings', d.openings)) AS m (measure, value)
GROUP BY GROUPING SETS ((d.role, m.measure), (m.measure))
"""
# A pupil of a class and of an elective group is counted in the class.
_PUPILS = f"""
WITH pupil AS (
    SELECT e.student_id, {_STAGE.format(grade="max(s.grade)")} AS stage
    FROM enrolment e LEFT JOIN student_group s USING (group_id) GROUP BY e.student_id
)
SELECT 'STAGE' AS breakdown, 'pupils' AS measure, stage AS part, count(*) AS value, count(*) AS people
FROM pupil GROUP BY GROUPING SETS ((stage), ())
"""
_LATEST = """
SELECT DISTINCT ON (breakdown, measure) breakdown, measure, version, names, amounts, least_people, computed_at
FROM aggregate_export WHERE first_day = $1 ORDER BY breakdown, measure, version DESC
"""
_KEEP = """
INSERT INTO aggregate_export (first_day, breakdown, measure, version, names, amounts, least_people, computed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
MEASURES = (
    *(("STAGE", name) for name in ("lessons", "described", "homework", "marks", "attendance", "organisations", "pupils")),
    *(("ROLE", name) for name in ("active", "messages", "item_openings")),
)


class AggregateRepository:
    """Works on the connection of the open transaction."""

    async def alone(self, connection: asyncpg.Connection) -> None:
        """Two exports at once would give one version twice: the second waits."""
        await connection.execute(_LOCK)

    async def counts(self, connection: asyncpg.Connection, first_day: date) -> list[Count]:
        """Every measure of the week that begins on that Monday, those that nobody did too."""
        found = {(breakdown, measure): Count(breakdown, measure, Part(ALL, 0, 0)) for breakdown, measure in MEASURES}
        rows = [*await connection.fetch(_LESSONS, first_day), *await connection.fetch(_PEOPLE, first_day)]
        for row in [*rows, *await connection.fetch(_PUPILS)]:
            count = found[row["breakdown"], row["measure"]]
            part = Part(row["part"] or ALL, row["people"], row["value"])
            if row["part"] is None:
                count.total = part
            else:
                count.parts.append(part)
        return list(found.values())

    async def latest(self, connection: asyncpg.Connection, first_day: date) -> dict[tuple[str, str], Told]:
        """What was told last of each measure of the week."""
        return {
            (row["breakdown"], row["measure"]): Told(
                first_day,
                row["breakdown"],
                row["measure"],
                row["version"],
                tuple(Figure(name, amount) for name, amount in zip(row["names"], row["amounts"], strict=True)),
                row["least_people"],
                row["computed_at"],
            )
            for row in await connection.fetch(_LATEST, first_day)
        }

    async def keep(self, connection: asyncpg.Connection, told: Told) -> None:
        """One more version."""
        await connection.execute(
            _KEEP,
            *(told.first_day, told.breakdown, told.measure, told.version),
            [figure.name for figure in told.figures],
            [figure.value for figure in told.figures],
            *(told.least_people, told.computed_at),
        )
