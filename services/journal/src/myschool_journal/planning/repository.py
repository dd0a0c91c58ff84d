"""SQL of the school year, the timetable and the lessons laid from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from myschool_journal.authority.caller import SEES
from myschool_journal.planning.rules import BellTimes, PeriodDays, Slot, Teaching

_ORGANISATION_TODAY = "SELECT ($2::timestamptz AT TIME ZONE time_zone)::date FROM organisation WHERE id = $1"
_PUT_YEAR = """
INSERT INTO school_year (organisation_id, year) VALUES ($1, $2)
ON CONFLICT (organisation_id, year) DO UPDATE SET year = excluded.year RETURNING id
"""
_PUT_PERIODS = """
INSERT INTO period (year_id, organisation_id, name, first_day, last_day)
SELECT $1, $2, name, first_day, last_day FROM unnest($3::text[], $4::date[], $5::date[]) AS p (name, first_day, last_day)
ON CONFLICT (year_id, name) DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day
"""
_CLOSED_AND_MOVED = """
SELECT p.name FROM period p WHERE p.year_id = $1 AND p.closed AND NOT EXISTS (
    SELECT FROM unnest($2::text[], $3::date[], $4::date[]) AS n (name, first_day, last_day)
    WHERE (n.name, n.first_day, n.last_day) = (p.name, p.first_day, p.last_day)) LIMIT 1
"""
_DROP_PERIODS = "DELETE FROM period WHERE year_id = $1 AND NOT name = ANY($2::text[])"
_DROP_HOLIDAYS = "DELETE FROM holiday WHERE year_id = $1"
_PUT_HOLIDAYS = "INSERT INTO holiday (year_id, day) SELECT $1, unnest($2::date[])"
_DROP_BELLS = "DELETE FROM bell WHERE year_id = $1"
_PUT_BELLS = """
INSERT INTO bell (organisation_id, year_id, number, starts_at, ends_at)
SELECT $1, $2, * FROM unnest($3::int[], $4::text[], $5::text[])
"""
# The year of today, else the latest one; its row lock makes imports of one school follow each other.
_LOCK_YEAR = """
SELECT id, year FROM school_year WHERE organisation_id = $1 ORDER BY year = $2 DESC, year DESC LIMIT 1 FOR UPDATE
"""
_YEAR_PERIODS = "SELECT name, first_day, last_day FROM period WHERE year_id = $1 ORDER BY first_day"
_YEAR_HOLIDAYS = "SELECT day FROM holiday WHERE year_id = $1"
_YEAR_NUMBERS = "SELECT number FROM bell WHERE year_id = $1"
_GROUPS = "SELECT id, name FROM student_group WHERE organisation_id = $1 AND name <> ''"
_TEACHINGS = """
SELECT t.group_id, t.subject, t.teacher_id, p.full_name FROM teaching t JOIN teacher p ON p.id = t.teacher_id WHERE t.organisation_id = $1
"""
_SLOTS = """
SELECT g.group_id, g.subject, s.weekday, s.number, s.teacher_id, s.room
FROM timetable_slot s JOIN gradebook g ON g.id = s.gradebook_id WHERE s.year_id = $1
"""
_PUT_GRADEBOOKS = """
INSERT INTO gradebook (organisation_id, year_id, group_id, subject)
SELECT DISTINCT $1::uuid, $2::uuid, group_id, subject FROM unnest($3::uuid[], $4::text[]) AS s (group_id, subject) ON CONFLICT DO NOTHING
"""
_DROP_SLOTS = "DELETE FROM timetable_slot WHERE year_id = $1"
_PUT_SLOTS = """
INSERT INTO timetable_slot (gradebook_id, year_id, weekday, number, teacher_id, room)
SELECT g.id, $1, s.weekday, s.number, s.teacher_id, s.room
FROM unnest($2::uuid[], $3::text[], $4::int[], $5::int[], $6::uuid[], $7::text[]) AS s (group_id, subject, weekday, number, teacher_id, room)
JOIN gradebook g ON g.year_id = $1 AND g.group_id = s.group_id AND g.subject = s.subject
"""
# A gradebook in which something is written keeps its past as it was held; one without facts is laid anew whole.
_SCOPE = """
SELECT g.id, CASE WHEN EXISTS (
    SELECT FROM lesson l WHERE l.gradebook_id = g.id AND (
        l.version > 0 OR EXISTS (SELECT FROM mark m WHERE m.lesson_id = l.id)
        OR EXISTS (SELECT FROM attendance a WHERE a.lesson_id = l.id) OR EXISTS (SELECT FROM homework h WHERE h.lesson_id = l.id)
    )) THEN $2::date ELSE date '1900-01-01' END AS from_day
FROM gradebook g WHERE g.year_id = $1
"""
# The lock waits for marks being written to these lessons (their foreign key holds KEY SHARE), so that the next statement sees them.
_LOCK_SURPLUS = """
SELECT l.id FROM lesson l JOIN unnest($1::uuid[], $2::date[]) AS s (gradebook_id, from_day) ON s.gradebook_id = l.gradebook_id
LEFT JOIN unnest($3::date[]) AS d (day) ON d.day = l.day
LEFT JOIN timetable_slot t ON t.gradebook_id = l.gradebook_id AND t.weekday = extract(isodow FROM l.day)::int AND t.number = l.number
WHERE l.day >= s.from_day AND (d.day IS NULL OR t.number IS NULL)
FOR UPDATE OF l
"""
_PUT_LESSONS = """
INSERT INTO lesson (gradebook_id, year_id, organisation_id, group_id, day, number, teacher_id, room)
SELECT g.id, g.year_id, g.organisation_id, g.group_id, d.day, t.number, t.teacher_id, t.room
FROM unnest($1::uuid[], $2::date[]) AS s (gradebook_id, from_day)
JOIN gradebook g ON g.id = s.gradebook_id
JOIN timetable_slot t ON t.gradebook_id = g.id
JOIN unnest($3::date[]) AS d (day) ON extract(isodow FROM d.day)::int = t.weekday AND d.day >= s.from_day
ON CONFLICT (gradebook_id, day, number) DO UPDATE
SET teacher_id = excluded.teacher_id, room = excluded.room, off_timetable = false
WHERE (lesson.teacher_id, lesson.room, lesson.off_timetable) IS DISTINCT FROM (excluded.teacher_id, excluded.room, false)
RETURNING gradebook_id, old.id IS NULL AS added
"""
# Homework due at a lesson that falls away is due at the next one of the gradebook that stays, after the one it was given at.
_MOVE_DUE = """
UPDATE homework h SET due_lesson_id = n.id, due_day = n.day, version = h.version + 1
FROM lesson gone CROSS JOIN lesson given CROSS JOIN LATERAL (
    SELECT l.id, l.day FROM lesson l
    WHERE l.gradebook_id = gone.gradebook_id AND l.day >= gone.day AND (l.day, l.number) > (given.day, given.number) AND l.id <> ALL($1::uuid[])
    ORDER BY l.day, l.number LIMIT 1
) n
WHERE gone.id = h.due_lesson_id AND gone.id = ANY($1::uuid[]) AND given.id = h.lesson_id
"""
_DROP_SURPLUS = """
DELETE FROM lesson l WHERE l.id = ANY($1::uuid[]) AND l.version = 0
AND NOT EXISTS (SELECT FROM mark m WHERE m.lesson_id = l.id)
AND NOT EXISTS (SELECT FROM attendance a WHERE a.lesson_id = l.id)
AND NOT EXISTS (SELECT FROM homework h WHERE h.lesson_id = l.id)
AND NOT EXISTS (SELECT FROM homework h WHERE h.due_lesson_id = l.id)
RETURNING l.gradebook_id
"""
_KEEP_SURPLUS = "UPDATE lesson SET off_timetable = true WHERE id = ANY($1::uuid[]) AND NOT off_timetable RETURNING gradebook_id"
_LAID_OUT = """
SELECT g.id, g.organisation_id, g.group_id, c.name AS group_name, g.subject,
    ARRAY(SELECT t.teacher_id::text FROM teaching t WHERE t.group_id = g.group_id AND t.subject = g.subject) AS teacher_ids,
    l.ids, l.days, l.numbers, l.teachers
FROM gradebook g
JOIN student_group c ON c.id = g.group_id
LEFT JOIN LATERAL (
    SELECT array_agg(l.id::text ORDER BY l.day, l.number) AS ids, array_agg(l.day::text ORDER BY l.day, l.number) AS days,
        array_agg(l.number ORDER BY l.day, l.number) AS numbers, array_agg(l.teacher_id::text ORDER BY l.day, l.number) AS teachers
    FROM lesson l WHERE l.gradebook_id = g.id
) l ON true
WHERE g.id = ANY($1::uuid[])
"""
# A guardian's role belongs to no school: the children's school answers.
_PERIODS = f"""
WITH place AS (
    SELECT o.id, ($4::timestamptz AT TIME ZONE o.time_zone)::date AS today FROM organisation o
    WHERE o.id = CASE WHEN $2::text <> 'GUARDIAN' THEN $3::uuid ELSE (
        SELECT e.organisation_id FROM guardianship w JOIN enrolment e ON e.student_id = w.student_id
        WHERE w.guardian_id = $1::uuid AND {SEES.format("$4")} ORDER BY e.organisation_id = $3::uuid DESC, e.last_day DESC NULLS FIRST LIMIT 1) END
)
SELECT place.today, p.id, p.name, p.first_day, p.last_day FROM place
LEFT JOIN LATERAL (
    SELECT y.id FROM school_year y WHERE y.organisation_id = place.id
    ORDER BY y.year = extract(year FROM place.today - interval '7 months')::int DESC, y.year DESC LIMIT 1
) y ON true
LEFT JOIN period p ON p.year_id = y.id
ORDER BY p.first_day
"""


@dataclass(frozen=True, slots=True)
class Year:
    """A school year that is being changed; its row is locked."""

    id: UUID
    year: int


@dataclass(frozen=True)
class Laid:
    """What laying the lessons did, by gradebook of each lesson."""

    added: int
    changed: int
    removed: int
    kept: int
    gradebooks: tuple[UUID, ...]


class PlanningRepository:
    """Every query of the slice."""

    async def today(self, raw: asyncpg.Connection, organisation_id: UUID, moment: datetime) -> date | None:
        """The present school day; None for an unknown school."""
        day: date | None = await raw.fetchval(_ORGANISATION_TODAY, organisation_id, moment)
        return day

    async def put_year(self, raw: asyncpg.Connection, organisation_id: UUID, year: int) -> UUID:
        """The year, made or locked."""
        year_id: UUID = await raw.fetchval(_PUT_YEAR, organisation_id, year)
        return year_id

    async def closed_period_moved(self, raw: asyncpg.Connection, year_id: UUID, periods: Sequence[PeriodDays]) -> str | None:
        """A closed period that the new list lacks or has on other days."""
        columns = [p.name for p in periods], [p.first_day for p in periods], [p.last_day for p in periods]
        name: str | None = await raw.fetchval(_CLOSED_AND_MOVED, year_id, *columns)
        return name

    async def replace_calendar(
        self,
        raw: asyncpg.Connection,
        year_id: UUID,
        organisation_id: UUID,
        periods: Sequence[PeriodDays],
        holidays: Sequence[date],
        bells: Sequence[BellTimes],
    ) -> None:
        """Stores the periods (those with a known name keep their id), holidays and bells."""
        names = [period.name for period in periods]
        await raw.execute(_DROP_PERIODS, year_id, names)
        first, last = [period.first_day for period in periods], [period.last_day for period in periods]
        await raw.execute(_PUT_PERIODS, year_id, organisation_id, names, first, last)
        await raw.execute(_DROP_HOLIDAYS, year_id)
        await raw.execute(_PUT_HOLIDAYS, year_id, sorted(set(holidays)))
        await raw.execute(_DROP_BELLS, year_id)
        columns = [bell.number for bell in bells], [bell.starts_at for bell in bells], [bell.ends_at for bell in bells]
        await raw.execute(_PUT_BELLS, organisation_id, year_id, *columns)

    async def lock_year(self, raw: asyncpg.Connection, organisation_id: UUID, year: int) -> Year | None:
        """The school year `year`, else the latest one, locked."""
        row = await raw.fetchrow(_LOCK_YEAR, organisation_id, year)
        return Year(row["id"], row["year"]) if row else None

    async def calendar(self, raw: asyncpg.Connection, year_id: UUID) -> tuple[list[PeriodDays], list[date]]:
        """Periods and holidays."""
        periods = [PeriodDays(*row) for row in await raw.fetch(_YEAR_PERIODS, year_id)]
        return periods, [row["day"] for row in await raw.fetch(_YEAR_HOLIDAYS, year_id)]

    async def numbers(self, raw: asyncpg.Connection, year_id: UUID) -> frozenset[int]:
        """Lesson numbers that have a bell."""
        return frozenset(row["number"] for row in await raw.fetch(_YEAR_NUMBERS, year_id))

    async def groups(self, raw: asyncpg.Connection, organisation_id: UUID) -> list[tuple[UUID, str]]:
        """Groups of a school with their names."""
        return [(row["id"], row["name"]) for row in await raw.fetch(_GROUPS, organisation_id)]

    async def teachings(self, raw: asyncpg.Connection, organisation_id: UUID) -> list[Teaching]:
        """Who teaches what to whom."""
        return [Teaching(*row) for row in await raw.fetch(_TEACHINGS, organisation_id)]

    async def slots(self, raw: asyncpg.Connection, year_id: UUID) -> list[Slot]:
        """The present timetable."""
        return [Slot(*row) for row in await raw.fetch(_SLOTS, year_id)]

    async def replace_slots(self, raw: asyncpg.Connection, organisation_id: UUID, year_id: UUID, slots: Sequence[Slot]) -> None:
        """Stores the timetable and the gradebooks it needs."""
        groups, subjects = [slot.group_id for slot in slots], [slot.subject for slot in slots]
        await raw.execute(_PUT_GRADEBOOKS, organisation_id, year_id, groups, subjects)
        await raw.execute(_DROP_SLOTS, year_id)
        await raw.execute(
            _PUT_SLOTS,
            year_id,
            groups,
            subjects,
            [slot.weekday for slot in slots],
            [slot.number for slot in slots],
            [slot.teacher_id for slot in slots],
            [slot.room for slot in slots],
        )

    async def lay_lessons(self, raw: asyncpg.Connection, year_id: UUID, days: Sequence[date], today: date) -> Laid:
        """Makes the lessons follow the timetable; a lesson with facts is never deleted."""
        scope = await raw.fetch(_SCOPE, year_id, today)
        ids, starts = [row["id"] for row in scope], [row["from_day"] for row in scope]
        surplus = [row["id"] for row in await raw.fetch(_LOCK_SURPLUS, ids, starts, days)]
        put = await raw.fetch(_PUT_LESSONS, ids, starts, days)
        removed, kept = [], []
        if surplus:
            await raw.execute(_MOVE_DUE, surplus)
            removed = await raw.fetch(_DROP_SURPLUS, surplus)
            kept = await raw.fetch(_KEEP_SURPLUS, surplus)
        added = sum(row["added"] for row in put)
        touched = {row["gradebook_id"] for rows in (put, removed, kept) for row in rows}
        return Laid(added, len(put) - added, len(removed), len(kept), tuple(sorted(touched)))

    async def laid_out(self, raw: asyncpg.Connection, gradebook_ids: Sequence[UUID]) -> list[asyncpg.Record]:
        """Gradebooks with all their lessons, for the event."""
        return await raw.fetch(_LAID_OUT, gradebook_ids)

    async def periods(self, reads: asyncpg.Pool, key: tuple[UUID, str, UUID], moment: datetime) -> list[asyncpg.Record]:
        """Periods of the caller's school year; one row without a period when there is none."""
        return await reads.fetch(_PERIODS, *key, moment)
