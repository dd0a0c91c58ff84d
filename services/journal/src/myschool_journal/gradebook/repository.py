"""SQL of marks: the current row and its facts, written together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from myschool_journal.authority.caller import MAY_READ, MAY_WRITE, Caller
from myschool_journal.events import Place

_WEIGHT = "CASE l.work_type WHEN 2 THEN 150 WHEN 3 THEN 200 ELSE 100 END"
# The lesson, whether its cell may be written, and what the student has besides this cell in the same period.
_CELL = f"""
SELECT l.gradebook_id, l.organisation_id, l.day, {_WEIGHT} AS weight, coalesce(p.closed, false) AS closed,
    ($6::timestamptz AT TIME ZONE o.time_zone)::date AS today,
    EXISTS (SELECT FROM enrolment e WHERE e.group_id = l.group_id AND e.student_id = $5 AND (e.last_day IS NULL OR e.last_day >= l.day)) AS enrolled,
    r.weighted, r.weights
FROM lesson l
JOIN gradebook g ON g.id = l.gradebook_id
JOIN organisation o ON o.id = l.organisation_id
LEFT JOIN period p ON p.year_id = l.year_id AND l.day BETWEEN p.first_day AND p.last_day
LEFT JOIN LATERAL (
    SELECT sum(m.value * {_WEIGHT.replace("l.", "x.")})::int AS weighted, sum({_WEIGHT.replace("l.", "x.")})::int AS weights
    FROM mark m JOIN lesson x ON x.id = m.lesson_id
    WHERE m.student_id = $5 AND m.gradebook_id = l.gradebook_id AND m.lesson_id <> l.id AND m.value IS NOT NULL
        AND x.day BETWEEN p.first_day AND p.last_day
) r ON true
WHERE l.id = $4 AND {MAY_WRITE}
"""
# Optimistic lock and first-insert race in one statement: the unique key makes rivals wait for each other, and the loser's
# version condition then fails. A row is never deleted (an empty cell keeps its version), so EXISTS stays true. Rows are
# taken in one order, so that two bulk saves cannot deadlock.
_WRITE = """
WITH wanted AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::int[], $6::text[])
        AS w (lesson_id, student_id, gradebook_id, value, expected, comment)
), written AS (
    INSERT INTO mark (lesson_id, student_id, gradebook_id, value, version, author_id, author_name, comment, changed_at)
    SELECT w.lesson_id, w.student_id, w.gradebook_id, w.value, least(w.expected, 2147483646) + 1, $7, $8, w.comment, $9 FROM wanted w
    WHERE w.expected = 0 AND w.value IS NOT NULL
        OR EXISTS (SELECT FROM mark m WHERE m.lesson_id = w.lesson_id AND m.student_id = w.student_id)
    ORDER BY w.lesson_id, w.student_id
    ON CONFLICT (lesson_id, student_id) DO UPDATE
    SET value = excluded.value, previous_value = mark.value, version = excluded.version, author_id = excluded.author_id,
        author_name = excluded.author_name, comment = excluded.comment, changed_at = excluded.changed_at
    WHERE mark.version = excluded.version - 1
        AND (mark.value IS DISTINCT FROM excluded.value OR excluded.comment <> '' AND mark.comment <> excluded.comment)
    RETURNING lesson_id, student_id, previous_value, value, version, comment
), fact AS (
    INSERT INTO mark_change
        (lesson_id, student_id, version, old_value, new_value, author_id, author_name, author_role, comment, at, trace)
    SELECT lesson_id, student_id, version, previous_value, value, $7, $8, $10, comment, $9, $11 FROM written
)
SELECT lesson_id, student_id, previous_value, version FROM written
"""
_PRESENT = """
SELECT m.lesson_id, m.student_id, m.value, m.version, m.author_name, m.changed_at
FROM mark m JOIN unnest($1::uuid[], $2::uuid[]) AS w (lesson_id, student_id) ON w.lesson_id = m.lesson_id AND w.student_id = m.student_id
"""
_WRITABLE_GRADEBOOK = f"""
SELECT g.group_id, g.organisation_id, ($5::timestamptz AT TIME ZONE o.time_zone)::date AS today
FROM gradebook g JOIN organisation o ON o.id = g.organisation_id WHERE g.id = $4 AND {MAY_WRITE}
"""
_LESSONS = """
SELECT l.id, l.day, p.id AS period_id, coalesce(p.closed, false) AS closed
FROM lesson l LEFT JOIN period p ON p.year_id = l.year_id AND l.day BETWEEN p.first_day AND p.last_day
WHERE l.gradebook_id = $1 AND l.id = ANY($2::uuid[])
"""
_ENROLMENTS = "SELECT student_id, max(coalesce(last_day, 'infinity')) AS last_day FROM enrolment WHERE group_id = $1 GROUP BY student_id"
_SUMS = f"""
SELECT m.student_id, p.id AS period_id, sum(m.value * {_WEIGHT})::int AS weighted, sum({_WEIGHT})::int AS weights
FROM mark m
JOIN lesson l ON l.id = m.lesson_id
LEFT JOIN period p ON p.year_id = l.year_id AND l.day BETWEEN p.first_day AND p.last_day
WHERE m.gradebook_id = $1 AND m.student_id = ANY($2::uuid[]) AND m.value IS NOT NULL
GROUP BY m.student_id, p.id
"""
_HISTORY = f"""
SELECT h.old_value, h.new_value, h.author_name, h.at, h.comment, h.version
FROM lesson l JOIN gradebook g ON g.id = l.gradebook_id LEFT JOIN mark_change h ON h.lesson_id = l.id AND h.student_id = $5
WHERE l.id = $4 AND {MAY_READ}
    AND EXISTS (SELECT FROM enrolment e WHERE e.group_id = l.group_id AND e.student_id = $5)
ORDER BY h.version
"""


@dataclass(frozen=True, slots=True)
class MarkWrite:
    """A cell to be written: value None removes the mark."""

    lesson_id: UUID
    student_id: UUID
    value: int | None
    expected_version: int
    comment: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, when, in which traced request."""

    caller: Caller
    at: datetime
    trace: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What a single write needs to know. `weighted` and `weights` are sums over the student's other marks of the period."""

    place: Place
    weight: int
    closed: bool
    today: date
    enrolled: bool
    weighted: int
    weights: int


@dataclass(frozen=True, slots=True)
class Written:
    """A cell that was written."""

    previous_value: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Present:
    """A cell as it stands."""

    value: int | None
    version: int
    author_name: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """A gradebook that may be written. `last_days` holds the last day of each student, date.max while enrolled."""

    group_id: UUID
    organisation_id: UUID
    today: date


Key = tuple[UUID, UUID]


class MarkRepository:
    """Writes of marks and the history of a cell."""

    async def cell(self, raw: asyncpg.Connection, caller: Caller, lesson_id: UUID, student_id: UUID, moment: datetime) -> Cell | None:
        """The cell a caller may write, with its surroundings; None when the lesson is not the caller's."""
        row = await raw.fetchrow(_CELL, *caller.key, lesson_id, student_id, moment)
        if row is None:
            return None
        place = Place(row["gradebook_id"], row["organisation_id"], lesson_id, row["day"])
        return Cell(place, row["weight"], row["closed"], row["today"], row["enrolled"], row["weighted"] or 0, row["weights"] or 0)

    async def write(self, raw: asyncpg.Connection, gradebook_id: UUID, cells: Sequence[MarkWrite], author: Author) -> dict[Key, Written]:
        """Writes the cells whose expected version is the present one, with a fact each; answers only those."""
        rows = await raw.fetch(
            _WRITE,
            [cell.lesson_id for cell in cells],
            [cell.student_id for cell in cells],
            [gradebook_id] * len(cells),
            [cell.value for cell in cells],
            [cell.expected_version for cell in cells],
            [cell.comment for cell in cells],
            author.caller.person_id,
            author.caller.name,
            author.at,
            author.caller.role,
            author.trace,
        )
        return {(row[0], row[1]): Written(row[2], row[3]) for row in rows}

    async def present(self, raw: asyncpg.Connection, keys: Sequence[Key]) -> dict[Key, Present]:
        """Cells as they stand; one that never had a mark is left out."""
        rows = await raw.fetch(_PRESENT, [key[0] for key in keys], [key[1] for key in keys])
        return {(row[0], row[1]): Present(row[2], row[3], row[4], row[5]) for row in rows}

    async def sheet(self, raw: asyncpg.Connection, caller: Caller, gradebook_id: UUID, moment: datetime) -> Sheet | None:
        """A gradebook the caller may write; None for any other."""
        row = await raw.fetchrow(_WRITABLE_GRADEBOOK, *caller.key, gradebook_id, moment)
        return Sheet(*row) if row else None

    async def lessons(self, raw: asyncpg.Connection, gradebook_id: UUID, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
        """Those of the lessons that belong to the gradebook: id, day, period_id, closed."""
        return {row["id"]: row for row in await raw.fetch(_LESSONS, gradebook_id, ids)}

    async def last_days(self, raw: asyncpg.Connection, group_id: UUID) -> dict[UUID, date]:
        """Students the group has or had, with their last day in it; date.max while they are in it."""
        return {row["student_id"]: row["last_day"] for row in await raw.fetch(_ENROLMENTS, group_id)}

    async def sums(
        self, raw: asyncpg.Connection, gradebook_id: UUID, students: Sequence[UUID]
    ) -> dict[tuple[UUID, UUID | None], tuple[int, int]]:
        """Weighted sum and weights per student and period."""
        rows = await raw.fetch(_SUMS, gradebook_id, students)
        return {(row["student_id"], row["period_id"]): (row["weighted"], row["weights"]) for row in rows}

    async def history(self, reads: asyncpg.Pool, caller: Caller, lesson_id: UUID, student_id: UUID) -> list[asyncpg.Record]:
        """Facts of a cell, oldest first; no row at all when it is not the caller's, one empty row when it has no facts."""
        return await reads.fetch(_HISTORY, *caller.key, lesson_id, student_id)
