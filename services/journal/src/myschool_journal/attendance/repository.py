"""SQL of attendance: the current row and its facts, written together (see gradebook/repository.py for the locking)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from myschool_journal.authority.caller import MAY_WRITE, Caller
from myschool_journal.events import Place

_CELLS = f"""
SELECT l.id, l.gradebook_id, l.organisation_id, l.day, coalesce(p.closed, false) AS closed,
    ($6::timestamptz AT TIME ZONE o.time_zone)::date AS today,
    ARRAY(SELECT DISTINCT e.student_id FROM enrolment e WHERE e.group_id = l.group_id AND e.student_id = ANY($5::uuid[])
        AND (e.last_day IS NULL OR e.last_day >= l.day)) AS students
FROM lesson l
JOIN gradebook g ON g.id = l.gradebook_id
JOIN organisation o ON o.id = l.organisation_id
LEFT JOIN period p ON p.year_id = l.year_id AND l.day BETWEEN p.first_day AND p.last_day
WHERE l.id = ANY($4::uuid[]) AND {MAY_WRITE}
"""
_MAY_WRITE_GRADEBOOK = f"SELECT true FROM gradebook g WHERE g.id = $4 AND {MAY_WRITE}"
_WRITE = """
WITH wanted AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::smallint[], $6::int[])
        AS w (lesson_id, student_id, gradebook_id, status, minutes_late, expected)
), written AS (
    INSERT INTO attendance
        (lesson_id, student_id, gradebook_id, status, previous_status, minutes_late, version, author_id, author_name, changed_at)
    SELECT w.lesson_id, w.student_id, w.gradebook_id, w.status, 1, w.minutes_late, least(w.expected, 2147483646) + 1, $7, $8, $9 FROM wanted w
    WHERE w.expected = 0 AND w.status <> 1
        OR EXISTS (SELECT FROM attendance a WHERE a.lesson_id = w.lesson_id AND a.student_id = w.student_id)
    ORDER BY w.lesson_id, w.student_id
    ON CONFLICT (lesson_id, student_id) DO UPDATE
    SET status = excluded.status, previous_status = attendance.status, minutes_late = excluded.minutes_late,
        version = excluded.version, author_id = excluded.author_id, author_name = excluded.author_name, changed_at = excluded.changed_at
    WHERE attendance.version = excluded.version - 1
        AND (attendance.status, attendance.minutes_late) <> (excluded.status, excluded.minutes_late)
    RETURNING lesson_id, student_id, previous_status, status, minutes_late, version
), fact AS (
    INSERT INTO attendance_change
        (lesson_id, student_id, version, old_status, new_status, minutes_late, author_id, author_name, author_role, at, trace)
    SELECT lesson_id, student_id, version, previous_status, status, minutes_late, $7, $8, $10, $9, $11 FROM written
)
SELECT lesson_id, student_id, previous_status, version FROM written
"""
_PRESENT = """
SELECT a.lesson_id, a.student_id, a.status, a.minutes_late, a.version, a.author_name, a.changed_at
FROM attendance a
JOIN unnest($1::uuid[], $2::uuid[]) AS w (lesson_id, student_id) ON w.lesson_id = a.lesson_id AND w.student_id = a.student_id
"""

Key = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class AttendanceWrite:
    """A cell to be written."""

    lesson_id: UUID
    student_id: UUID
    status: int
    minutes_late: int
    expected_version: int

    @property
    def key(self) -> Key:
        """What the cell is unique by."""
        return self.lesson_id, self.student_id


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, when, in which traced request."""

    caller: Caller
    at: datetime
    trace: str


@dataclass(frozen=True, slots=True)
class LessonCells:
    """A lesson the caller may write, and which of the asked students are in its class."""

    place: Place
    closed: bool
    today: date
    students: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Written:
    """A cell that was written."""

    previous_status: int
    version: int


@dataclass(frozen=True, slots=True)
class Present:
    """A cell as it stands."""

    status: int
    minutes_late: int
    version: int
    author_name: str
    changed_at: datetime


class AttendanceRepository:
    """Every query of the slice."""

    async def lessons(
        self, raw: asyncpg.Connection, caller: Caller, wanted: Sequence[AttendanceWrite], moment: datetime
    ) -> dict[UUID, LessonCells]:
        """The lessons of the wanted cells that the caller may write."""
        ids, students = list({cell.lesson_id for cell in wanted}), list({cell.student_id for cell in wanted})
        return {
            row["id"]: LessonCells(
                Place(row["gradebook_id"], row["organisation_id"], row["id"], row["day"]),
                row["closed"],
                row["today"],
                frozenset(row["students"]),
            )
            for row in await raw.fetch(_CELLS, *caller.key, ids, students, moment)
        }

    async def may_write(self, raw: asyncpg.Connection, caller: Caller, gradebook_id: UUID) -> bool:
        """Whether the caller may write cells of the gradebook."""
        return bool(await raw.fetchval(_MAY_WRITE_GRADEBOOK, *caller.key, gradebook_id))

    async def write(
        self, raw: asyncpg.Connection, cells: Sequence[AttendanceWrite], lessons: dict[UUID, LessonCells], author: Author
    ) -> dict[Key, Written]:
        """Writes the cells whose expected version is the present one, with a fact each; answers only those."""
        rows = await raw.fetch(
            _WRITE,
            [cell.lesson_id for cell in cells],
            [cell.student_id for cell in cells],
            [lessons[cell.lesson_id].place.gradebook_id for cell in cells],
            [cell.status for cell in cells],
            [cell.minutes_late for cell in cells],
            [cell.expected_version for cell in cells],
            author.caller.person_id,
            author.caller.name,
            author.at,
            author.caller.role,
            author.trace,
        )
        return {(row[0], row[1]): Written(row[2], row[3]) for row in rows}

    async def present(self, raw: asyncpg.Connection, keys: Sequence[Key]) -> dict[Key, Present]:
        """Cells as they stand; one that never had a status is left out."""
        rows = await raw.fetch(_PRESENT, [key[0] for key in keys], [key[1] for key in keys])
        return {(row[0], row[1]): Present(*row[2:]) for row in rows}
