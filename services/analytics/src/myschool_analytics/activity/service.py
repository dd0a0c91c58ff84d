"""Use cases of the statistics: a teacher's own activity, a school's, and the lessons behind a number."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from myschool_analytics.activity import rules
from myschool_analytics.activity.repository import INDICATORS, ActivityRepository, Asked
from myschool_kit import clock
from myschool_kit.errors import Invalid, NotFound, Violation
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_kit.principal import Principal
from myschool_privacy.audit.log import AccessLog

_DEFAULT_PAGE = 50
_LESSON_NUMBERS = ("lessons", "described", "homework", "marks", "attendance")
# Where a day begins first: no day that has begun anywhere is refused.
_EASTERNMOST = "Etc/GMT-14"
_OF_ALL = frozenset({"total", "today"})
_ACTS = {"message": "messages", "opening": "item_openings", "session": "sessions"}


@dataclass(frozen=True, slots=True)
class Days:
    """The asked days; `since` and `until` are the instants at which the first begins and the last ends at the school."""

    first: date
    last: date
    since: datetime
    until: datetime


class Activity:
    """Reads of the projections, scoped to what the caller may see."""

    def __init__(self, repository: ActivityRepository, access: AccessLog) -> None:
        self._repository = repository
        self._access = access

    async def teacher(self, principal: Principal, first_day: str, last_day: str) -> dict[str, Any]:
        """The teacher's own activity. Body of GET /statistics/teacher."""
        person_id = UUID(principal.person_id)
        asked = _asked(first_day, last_day)
        rows = await self._repository.totals(asked, person_id, _organisation(principal))
        days = _days(asked, rows[0]["today"], rows[0]["zone"])
        acts = await self._repository.teacher_acts(person_id, days.since, days.until)
        return {**_frame(days, acts), "totals": {**_totals(rows), **_acts(acts)}, "weeks": _weeks(rows), "gradebooks": _gradebooks(rows)}

    async def school(self, principal: Principal, first_day: str, last_day: str) -> dict[str, Any]:
        """The whole organisation's activity. Body of GET /statistics/school. Raises NotFound for a role without one."""
        organisation_id = _organisation(principal)
        if organisation_id is None:
            raise NotFound("the role belongs to no organisation")
        asked = _asked(first_day, last_day)
        rows = await self._repository.totals(asked, None, organisation_id)
        days = _days(asked, rows[0]["today"], rows[0]["zone"])
        acts = await self._repository.school_acts(organisation_id, days.since, days.until, rules.NOWHERE)
        teachers = _teachers(rows, acts)
        self._access.record("statistics.teachers", object_id=organisation_id)
        totals = {
            **_totals(rows),
            **_acts(acts),
            "teachers_active": sum(1 for teacher in teachers if teacher["last_act_at_ms"] is not None),
            "families_active": len({row["person_id"] for row in acts if row["what"] == "family"}),
        }
        return {**_frame(days, acts), "totals": totals, "weeks": _weeks(rows), "teachers": teachers}

    async def lessons_behind(
        self, principal: Principal, indicator: str, first_day: str, last_day: str, teacher_id: str, page_size: int, page_token: str
    ) -> dict[str, Any]:
        """The lessons behind one number. Body of GET /statistics/lessons. Raises Invalid for an unknown indicator."""
        if indicator not in INDICATORS:
            raise _invalid("indicator", f"use one of {', '.join(INDICATORS)}")
        asked = _asked(first_day, last_day)
        teacher = _uuid("teacher_id", teacher_id) if teacher_id else None
        if principal.role_type == "TEACHER":
            if teacher not in {None, UUID(principal.person_id)}:
                raise NotFound("no such teacher")
            teacher = UUID(principal.person_id)
        elif teacher is not None:
            self._access.record("statistics.lessons", subject_id=teacher)
        filters = [indicator, first_day, last_day, str(teacher)]
        position = decode_token(page_token, filters)
        offset = _offset(position) if position is not None else 0
        limit = page_size or _DEFAULT_PAGE
        rows = await self._repository.lessons_behind(indicator, asked, teacher, _organisation(principal), offset, limit)
        today = rows[0]["today"] if rows else clock.school_day(_EASTERNMOST)
        _period(asked, today)
        if position and rows and position[1] != str(today):
            raise foreign_token()  # the day has turned, and with it the days that are meant by default
        total = rows[0]["total"] if rows else 0
        following = encode_token([offset + limit, str(today)], filters) if offset + limit < total else ""
        return {
            "lessons": [{name: value for name, value in row.items() if name not in _OF_ALL} for row in rows],
            "total": total,
            "next_page_token": following,
        }


def _asked(first_day: str, last_day: str) -> Asked:
    """What was asked for. Raises Invalid when it makes no sense whatever day it is."""
    asked = _day("first_day", first_day), _day("last_day", last_day), clock.now()
    if asked[1] is not None:
        _period(asked, asked[1])
    return asked


def _period(asked: Asked, today: date) -> tuple[date, date]:
    """The days meant, at a school where it is `today`. Raises Invalid."""
    try:
        return rules.period(asked[0], asked[1], today)
    except ValueError as error:
        raise _invalid(str(error), "give at most a year, first day before the last") from error


def _days(asked: Asked, today: date, zone: str) -> Days:
    first, last = _period(asked, today)
    return Days(first, last, *rules.instants(first, last, zone))


def _organisation(principal: Principal) -> UUID | None:
    return UUID(principal.organisation_id) if principal.organisation_id else None


def _invalid(field: str, message: str) -> Invalid:
    return Invalid("the request has bad fields", violations=[Violation(field, message)])


def _uuid(field: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise _invalid(field, "give an id") from error


def _day(field: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise _invalid(field, "give a day like 2026-11-24") from error


def _offset(position: list[Any]) -> int:
    """How many lessons the pages before took; the day of asking stands beside it."""
    if len(position) != 2 or not isinstance(position[0], int) or not 0 <= position[0] < 2**31 or not isinstance(position[1], str):
        raise foreign_token()
    return position[0]


def _frame(days: Days, acts: list[asyncpg.Record]) -> dict[str, Any]:
    fresh = next((row["last_at"] for row in acts if row["what"] == "fresh"), None)
    return {"first_day": days.first, "last_day": days.last, "updated_at_ms": clock.epoch_ms(fresh) if fresh else 0}


def _numbers(row: asyncpg.Record) -> dict[str, int]:
    return {name: row[name] for name in _LESSON_NUMBERS}


def _totals(rows: list[asyncpg.Record]) -> dict[str, int]:
    for row in rows:
        if not (row["by_week"] or row["by_teacher"] or row["by_gradebook"]):
            return _numbers(row)
    return dict.fromkeys(_LESSON_NUMBERS, 0)


def _weeks(rows: list[asyncpg.Record]) -> list[dict[str, Any]]:
    weeks = [{"week": row["week"], **_numbers(row)} for row in rows if row["by_week"]]
    return sorted(weeks, key=lambda week: week["week"])


def _gradebooks(rows: list[asyncpg.Record]) -> list[dict[str, Any]]:
    found = [
        {"gradebook_id": row["gradebook_id"], "group_name": row["group_name"], "subject": row["subject"], **_numbers(row)}
        for row in rows
        if row["by_gradebook"]
    ]
    return sorted(found, key=lambda gradebook: (gradebook["group_name"], gradebook["subject"]))


def _acts(acts: list[asyncpg.Record]) -> dict[str, int]:
    numbers = dict.fromkeys([*_ACTS.values(), "acknowledgements"], 0)
    for row in acts:
        if row["what"] == "acts" and row["kind"] in _ACTS:
            numbers[_ACTS[row["kind"]]] += row["n"]
        elif row["what"] == "acknowledgements":
            numbers["acknowledgements"] = row["n"]
    return numbers


def _teachers(rows: list[asyncpg.Record], acts: list[asyncpg.Record]) -> list[dict[str, Any]]:
    lessons = {row["teacher_id"]: _numbers(row) for row in rows if row["by_teacher"] and row["teacher_id"]}
    messages: dict[UUID, int] = defaultdict(int)
    last_at: dict[UUID, int] = {}
    for row in acts:
        if row["what"] == "acts" and row["kind"] != "session":
            messages[row["person_id"]] += row["n"] if row["kind"] == "message" else 0
            last_at[row["person_id"]] = max(last_at.get(row["person_id"], 0), clock.epoch_ms(row["last_at"]))
    teachers = []
    for row in acts:
        if row["what"] == "teacher":
            person_id = row["person_id"]
            numbers = lessons.get(person_id, dict.fromkeys(_LESSON_NUMBERS, 0))
            share = numbers["described"] / numbers["lessons"] if numbers["lessons"] else 0.0
            teachers.append(
                {
                    "teacher_id": person_id,
                    "name": row["name"],
                    **numbers,
                    "described_share": round(share, 3),
                    "messages": messages[person_id],
                    "last_act_at_ms": last_at.get(person_id),
                }
            )
    return sorted(teachers, key=lambda teacher: teacher["name"])
