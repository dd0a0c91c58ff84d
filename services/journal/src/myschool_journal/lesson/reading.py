"""One lesson and the teacher's day as ready JSON."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import asyncpg
import orjson

from myschool_journal.authority.caller import Caller
from myschool_journal.errors import LessonNotFound, OrganisationNotFound
from myschool_journal.gradebook.rules import WORK_TYPES
from myschool_journal.lesson import rules
from myschool_journal.lesson.repository import LessonRepository
from myschool_journal.planning.rules import week_number
from myschool_kit import clock
from myschool_kit.db import Database
from myschool_kit.replies import json_body


class LessonReads:
    """Reads of the slice."""

    def __init__(self, database: Database, repository: LessonRepository) -> None:
        self._database = database
        self._repository = repository

    async def lesson(self, caller: Caller, lesson_id: UUID) -> bytes:
        """One lesson. Raises LessonNotFound."""
        row = await self._repository.lesson(self._database.reads, caller, lesson_id)
        if row is None:
            raise LessonNotFound("no such lesson")
        following = {"id": row["next_id"], "day": row["next_day"], "number": row["next_number"]} if row["next_id"] else None
        return json_body(
            {
                "id": row["id"],
                "gradebook_id": row["gradebook_id"],
                "group_name": row["group_name"] or "",
                "subject": row["subject"],
                "day": row["day"],
                "number": row["number"],
                "starts_at": row["starts_at"] or "",
                "ends_at": row["ends_at"] or "",
                "room": row["room"],
                "topic": row["topic"],
                "work_type": WORK_TYPES[row["work_type"]],
                "version": row["version"],
                "homework": _homework(row["given"]),
                "due": _homework(row["due"]),
                "next_lesson": following,
                "teacher_name": row["teacher_name"] or "",
                "load": [{"day": day, "minutes": minutes} for day, minutes in row["load"] or ()],
            }
        )

    async def day(self, caller: Caller, day: date | None) -> bytes:
        """The caller's own lessons of a day, what waits, and mark density. Raises OrganisationNotFound."""
        now = clock.now()
        rows = await self._repository.day(self._database.reads, caller, day, now)
        if not rows:
            raise OrganisationNotFound("no school belongs to this role")
        density = await self._repository.density(self._database.reads, caller, rules.ENOUGH_MARKS, now)
        first = rows[0]
        period_first_day = first["period_first_day"]
        return json_body(
            {
                "date": first["asked"],
                "today": first["today"],
                "period_name": first["period_name"] or "",
                "week_number": week_number(first["asked"], period_first_day) if period_first_day else 0,
                "lessons": _lessons(rows),
                "waiting": [*_waiting(rows), *_thin(density)],
                "density": [
                    {
                        "gradebook_id": row["id"],
                        "group_name": row["group_name"],
                        "subject": row["subject"],
                        "with_enough": row["with_enough"],
                        "students": row["students"],
                    }
                    for row in density
                ],
            }
        )


def _homework(row: asyncpg.Record | None) -> dict[str, object] | None:
    if row is None:
        return None
    homework_id, lesson_id, text, minutes, items, due_lesson_id, due_day, version, author_name, changed_at = row
    return {
        "id": homework_id,
        "lesson_id": lesson_id,
        "text": text,
        "minutes": minutes,
        "items": orjson.Fragment(items),
        "due_lesson_id": due_lesson_id,
        "due_day": due_day,
        "version": version,
        "author_name": author_name,
        "changed_at_ms": clock.epoch_ms(changed_at),
    }


def _lessons(rows: Sequence[asyncpg.Record]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    next_found = False
    for row in reversed(rows):
        if row["id"] is None or row["day"] != row["asked"]:
            continue
        times = row["starts_at"] or "", row["ends_at"] or ""
        state = rules.state_of(row["day"], row["today"], times, row["now"], next_found=next_found)
        next_found = next_found or state == "next"
        found.append(
            {
                "id": row["id"],
                "gradebook_id": row["gradebook_id"],
                "group_name": row["group_name"] or "",
                "subject": row["subject"],
                "number": row["number"],
                "starts_at": times[0],
                "ends_at": times[1],
                "room": row["room"],
                "topic": row["topic"],
                "homework_due": row["homework_due"] or "",
                "has_topic": bool(row["topic"]),
                "has_homework": row["has_homework"],
                "marks": row["marks"],
                "absent": row["absent"],
                "students": row["students"],
                "state": state,
            }
        )
    return found


def _waiting(rows: Sequence[asyncpg.Record]) -> list[dict[str, object]]:
    held = [
        rules.Held(
            key=index,
            gradebook=row["gradebook_id"],
            ended=row["day"] < row["today"] or (row["day"] == row["today"] and (row["ends_at"] or "") <= row["now"]),
            has_topic=bool(row["topic"]),
            has_homework=row["has_homework"],
        )
        for index, row in enumerate(rows)
        if row["id"] is not None
    ]
    return [
        {
            "kind": kind,
            "lesson_id": rows[index]["id"],
            "gradebook_id": rows[index]["gradebook_id"],
            "group_name": rows[index]["group_name"] or "",
            "subject": rows[index]["subject"],
            "day": rows[index]["day"],
            "starts_at": rows[index]["starts_at"] or "",
        }
        for kind, index in rules.waiting(held)
    ]


def _thin(density: Sequence[asyncpg.Record]) -> list[dict[str, object]]:
    return [
        {
            "kind": "density",
            "lesson_id": "",
            "gradebook_id": row["id"],
            "group_name": row["group_name"],
            "subject": row["subject"],
            "day": "",
            "starts_at": "",
        }
        for row in density
        if rules.is_thin(row["with_enough"], row["students"], row["first_day"], row["last_day"], row["today"])
    ]
