"""The class page and the list of gradebooks as ready JSON."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from myschool_journal.attendance.rules import NAMES
from myschool_journal.authority.caller import Caller
from myschool_journal.bodies import Bodies, Body
from myschool_journal.errors import GradebookNotFound, PeriodNotFound
from myschool_journal.gradebook import rules
from myschool_journal.page.repository import PageRepository, Position
from myschool_kit import clock
from myschool_kit.db import Database
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog

_DEFAULT_PAGE = 100
_VALUES = ("", "1", "2", "3", "4", "5")


class Pages:
    """Reads of the class journal."""

    def __init__(self, database: Database, repository: PageRepository, access: AccessLog, bodies: Bodies) -> None:
        self._database = database
        self._repository = repository
        self._access = access
        self._bodies = bodies

    async def gradebooks(self, caller: Caller, query: str, size: int, token: str) -> bytes:
        """A page of the gradebooks the caller teaches, those of the own class, or all of the school for its heads. Raises Invalid."""
        size = size or _DEFAULT_PAGE
        words = query.casefold().replace("ё", "е").split()
        after = _position(token, words)
        rows = await self._repository.gradebooks(
            self._database.reads, caller, clock.now(), [_begins(word) for word in words], after, size + 1
        )
        shown = rows[:size]
        following = ""
        if len(rows) > size:
            last = shown[-1]
            following = encode_token([last["rank"], last["grade"], last["group_name"], last["sorted"], last["id"]], words)
        return json_body({"gradebooks": [_summary(row) for row in shown], "next_page_token": following})

    async def page(self, caller: Caller, gradebook_id: UUID, period_id: UUID | None) -> Body:
        """The page of one period. Raises GradebookNotFound, PeriodNotFound."""
        now, slot = clock.now(), ("page", gradebook_id, period_id)
        kept = self._bodies.kept(slot)
        if kept is not None:
            state = await self._repository.state(self._database.reads, caller, gradebook_id, now)
            if state is None:
                raise GradebookNotFound("no such gradebook")
            if state == kept.made_of:
                self._access.record("gradebook.page", object_id=gradebook_id)
                return kept.body
        row = await self._repository.page(self._database.reads, caller, gradebook_id, period_id, now)
        if row is None:
            raise GradebookNotFound("no such gradebook")
        if row["period_id"] is None:
            raise PeriodNotFound("no such academic period")
        self._access.record("gradebook.page", object_id=gradebook_id)
        return self._bodies.keep(slot, (row["today"], row["stamp"]), json_body(_page(row)))


def _position(token: str, words: list[str]) -> Position | None:
    """Where a page goes on. Raises Invalid for a token of another list."""
    position = decode_token(token, words)
    if position is None:
        return None
    try:
        rank, grade, name, subject, gradebook_id = position
        if not (0 <= int(rank) <= 1 and 0 <= int(grade) < 100):
            raise foreign_token()
        return int(rank), int(grade), str(name), str(subject), UUID(gradebook_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise foreign_token() from error


def _begins(word: str) -> str:
    """A LIKE pattern for text with a word that begins so."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"% {escaped}%"


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
    cells = zip(row["mark_lines"] or (), row["mark_columns"] or (), row["mark_values"] or (), row["mark_versions"] or (), strict=True)
    weighted, total = [0] * len(students), [0] * len(students)
    marks = []
    for line, column, value, version in cells:
        # An emptied cell is sent with its version: the next write of it must name that version.
        marks.append((line, column, _VALUES[value], version))
        if value:
            weight = weights[column]
            weighted[line] += value * weight
            total[line] += weight
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
        "marks": marks,
        "attendance": [
            (line, column, NAMES[status], minutes, version) for line, column, status, minutes, version in row["attendance"] or ()
        ],
        "averages": [rules.average(*sums) for sums in zip(weighted, total, strict=True)],
    }
