"""The school year: its calendar, its timetable, the lessons laid from both."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from myschool_journal import events
from myschool_journal.authority.caller import Caller
from myschool_journal.errors import OrganisationNotFound, PeriodClosed, YearNotSetUp
from myschool_journal.planning import rules, sheet
from myschool_journal.planning.repository import Laid, PlanningRepository
from myschool_journal.planning.rules import BellTimes, PeriodDays, RowVerdict
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import Invalid
from myschool_kit.replies import json_body

# An answer stays readable: whoever has more mistakes mends these first.
_MOST_ROWS = 500
_NOTHING = Laid(0, 0, 0, 0, ())


@dataclass(frozen=True, slots=True)
class Calendar:
    """A school year as asked for."""

    year: int
    periods: Sequence[PeriodDays]
    holidays: Sequence[date]
    bells: Sequence[BellTimes]


class Planning:
    """Use cases of the slice."""

    def __init__(self, database: Database, repository: PlanningRepository) -> None:
        self._database = database
        self._repository = repository

    async def set_up_year(self, uow: UnitOfWork, caller: Caller, organisation_id: UUID, calendar: Calendar) -> UUID:
        """Stores the calendar and lays the lessons again when there is a timetable. Raises Invalid, PeriodClosed."""
        today = await self._own_today(uow, caller, organisation_id)
        violations = rules.year_violations(calendar.year, calendar.periods, calendar.bells)
        if violations:
            raise Invalid("the year does not fit together", violations=violations)
        year_id = await self._repository.put_year(uow.raw, organisation_id, calendar.year)
        moved = await self._repository.closed_period_moved(uow.raw, year_id, calendar.periods)
        if moved is not None:
            raise PeriodClosed("a closed period cannot be removed or moved", period=moved)
        await self._repository.replace_calendar(uow.raw, year_id, organisation_id, calendar.periods, calendar.holidays, calendar.bells)
        if await self._repository.slots(uow.raw, year_id):
            await self._lay(uow, year_id, today)
        return year_id

    async def import_timetable(self, uow: UnitOfWork, caller: Caller, organisation_id: UUID, file_name: str, content: bytes) -> bytes:
        """A verdict per row; unless a row is invalid, the timetable is replaced and the lessons are laid. Raises BadFile."""
        today = await self._own_today(uow, caller, organisation_id)
        rows = await asyncio.to_thread(sheet.read, file_name, content)
        year = await self._repository.lock_year(uow.raw, organisation_id, rules.school_year_of(today))
        numbers = await self._repository.numbers(uow.raw, year.id) if year else frozenset[int]()
        if year is None or not numbers:
            raise YearNotSetUp("set up periods and bells first")
        present = await self._repository.slots(uow.raw, year.id)
        school = rules.School(
            groups={rules.fold_group(name): group_id for group_id, name in await self._repository.groups(uow.raw, organisation_id)},
            teachings=await self._repository.teachings(uow.raw, organisation_id),
            numbers=numbers,
            slots={slot.place: slot for slot in present},
        )
        verdicts = await asyncio.to_thread(rules.judge, rows, school)
        slots = [verdict.slot for verdict in verdicts if verdict.slot is not None]
        # Half a timetable would take away the lessons of the rows that have mistakes.
        applied = len(slots) == len(verdicts)
        laid = _NOTHING
        if applied:
            await self._repository.replace_slots(uow.raw, organisation_id, year.id, slots)
            laid = await self._lay(uow, year.id, today)
        return _timetable_body(verdicts, laid, applied=applied)

    async def periods(self, caller: Caller) -> bytes:
        """The caller's school year as JSON."""
        rows = await self._repository.periods(self._database.reads, caller.key, clock.now())
        if not rows:
            raise OrganisationNotFound("no school belongs to this role")
        return json_body({"periods": [period_body(row) for row in rows if row["id"]], "today": rows[0]["today"]})

    async def _own_today(self, uow: UnitOfWork, caller: Caller, organisation_id: UUID) -> date:
        own = caller.role == "SYSTEM" or caller.organisation_id == organisation_id
        today = await self._repository.today(uow.raw, organisation_id, clock.now()) if own else None
        if today is None:
            raise OrganisationNotFound("no such school")
        return today

    async def _lay(self, uow: UnitOfWork, year_id: UUID, today: date) -> Laid:
        periods, holidays = await self._repository.calendar(uow.raw, year_id)
        laid = await self._repository.lay_lessons(uow.raw, year_id, rules.school_days(periods, holidays), today)
        for record in await self._repository.laid_out(uow.raw, laid.gradebooks):
            events.gradebook_laid_out(uow, record)
        return laid


def period_body(row: Any) -> dict[str, object]:
    """An academic period as in the REST contract."""
    return {"id": row["id"], "name": row["name"], "first_day": row["first_day"], "last_day": row["last_day"]}


def _row_body(verdict: RowVerdict) -> dict[str, object]:
    return {
        "line": verdict.row.line,
        "action": verdict.action,
        "label": verdict.row.label,
        "errors": [{"field": error.field, "code": error.code, "message": error.message} for error in verdict.errors],
    }


def _timetable_body(verdicts: Sequence[RowVerdict], laid: Laid, *, applied: bool) -> bytes:
    """Counts of all rows and the first of them, those with errors before the others."""
    counted = Counter(verdict.action for verdict in verdicts)
    shown = sorted(verdicts, key=lambda verdict: verdict.action != "INVALID")[:_MOST_ROWS]
    return json_body(
        {
            "applied": applied,
            "counts": {
                "rows": len(verdicts),
                "create": counted["CREATE"],
                "update": counted["UPDATE"],
                "unchanged": counted["NONE"],
                "invalid": counted["INVALID"],
            },
            "lessons": {"added": laid.added, "changed": laid.changed, "removed": laid.removed, "kept": laid.kept},
            "gradebooks": len(laid.gradebooks),
            "rows": [_row_body(verdict) for verdict in shown],
        }
    )
