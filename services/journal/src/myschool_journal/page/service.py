"""The class page and the list of gradebooks as ready JSON."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from myschool_journal.access.log import AccessLog
from myschool_journal.attendance.rules import NAMES
from myschool_journal.authority.caller import Caller
from myschool_journal.bodies import etag_of
from myschool_journal.errors import GradebookNotFound, PeriodNotFound
from myschool_journal.gradebook import rules
from myschool_journal.page.repository import PageRepository
from myschool_kit import clock
from myschool_kit.db import Database
from myschool_kit.replies import json_body

_VALUES = ("", "1", "2", "3", "4", "5")


class Pages:
    """Reads of the class journal."""

    def __init__(self, database: Database, repository: PageRepository, access: AccessLog) -> None:
        self._database = database
        self._repository = repository
        self._access = access

    async def gradebooks(self, caller: Caller) -> bytes:
        """Gradebooks the caller teaches, those of the own class, or all of the school for its heads."""
        rows = await self._repository.gradebooks(self._database.reads, caller, clock.now())
        return json_body({"gradebooks": [_summary(row) for row in rows]})

    async def page(self, caller: Caller, gradebook_id: UUID, period_id: UUID | None) -> tuple[bytes, str]:
        """The body and its entity tag. Raises GradebookNotFound, PeriodNotFound."""
        row = await self._repository.page(self._database.reads, caller, gradebook_id, period_id, clock.now())
        if row is None:
            raise GradebookNotFound("no such gradebook")
        if row["period_id"] is None:
            raise PeriodNotFound("no such academic period")
        self._access.record(caller, "gradebook.page", object_id=gradebook_id)
        body = json_body(_page(row))
        return body, etag_of(body)


def name_in_grid(full_name: str) -> str:
    """«Абрамова Алиса» of «Абрамова Алиса Игоревна»."""
    return " ".join(full_name.split()[:2])


def _people(rows: Sequence[asyncpg.Record] | None) -> list[dict[str, object]]:
    return [{"id": person_id, "name": name} for person_id, name in rows or ()]


def _summary(row: asyncpg.Record) -> dict[str, object]:
    following = None
    if row["next_id"] is not None:
        following = {"id": row["next_id"], "day": row["next_day"], "number": row["next_number"], "starts_at": row["next_starts_at"]}
    return {
        "id": row["id"],
        "group_id": row["group_id"],
        "group_name": row["group_name"],
        "grade": row["grade"],
        "subject": row["subject"],
        "students": row["students"],
        "homeroom": row["homeroom"],
        "teachers": _people(row["teachers"]),
        "next_lesson": following,
    }


def _page(row: asyncpg.Record) -> dict[str, object]:
    lessons = row["lessons"] or ()
    students = row["students"] or ()
    weights = [rules.weight_of(lesson[7]) for lesson in lessons]
    cells = list(zip(row["mark_lines"] or (), row["mark_columns"] or (), row["mark_values"] or (), row["mark_versions"] or (), strict=True))
    weighted, total = [0] * len(students), [0] * len(students)
    for line, column, value, _version in cells:
        if value:
            weighted[line] += value * weights[column]
            total[line] += weights[column]
    periods = [{"id": p[0], "name": p[1], "first_day": p[2], "last_day": p[3]} for p in row["periods"]]
    return {
        "gradebook": {
            "id": row["id"],
            "group_id": row["group_id"],
            "group_name": row["group_name"] or "",
            "subject": row["subject"],
            "teachers": _people(row["teachers"]),
        },
        "period": next(period for period in periods if period["id"] == row["period_id"]),
        "periods": periods,
        "today": row["today"],
        "lessons": [
            {
                "id": lesson_id,
                "day": day,
                "number": number,
                "starts_at": starts_at or "",
                "ends_at": ends_at or "",
                "room": room,
                "topic": topic,
                "work_type": rules.WORK_TYPES[work_type],
                "weight": weight / 100,
                "version": version,
                "has_homework": has_homework,
            }
            for (lesson_id, day, number, starts_at, ends_at, room, topic, work_type, version, has_homework), weight in zip(
                lessons, weights, strict=True
            )
        ],
        "students": [{"id": student_id, "name": name_in_grid(name), "full_name": name} for student_id, name in students],
        # An emptied cell is sent with its version: the next write of it must name that version.
        "marks": [(line, column, _VALUES[value], version) for line, column, value, version in cells],
        "attendance": [
            (line, column, NAMES[status], minutes, version) for line, column, status, minutes, version in row["attendance"] or ()
        ],
        "averages": [rules.average(*sums) for sums in zip(weighted, total, strict=True)],
    }
