"""PlanningService: proto ↔ planning."""

from datetime import date, time
from typing import Any
from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.journal.v1 import planning_pb2, planning_pb2_grpc
from myschool_journal.authority.caller import Caller
from myschool_journal.planning.rules import BellTimes, PeriodDays
from myschool_journal.planning.service import Calendar, Planning
from myschool_kit import context as kit_context
from myschool_kit.errors import Invalid, Violation


class PlanningServicer(planning_pb2_grpc.PlanningServiceServicer):
    """Thin."""

    def __init__(self, planning: Planning) -> None:
        self._planning = planning

    async def SetUpYear(self, request: planning_pb2.SetUpYearRequest, context: Any) -> planning_pb2.SetUpYearResponse:
        """Creates or replaces periods, holidays and bells."""
        calendar = Calendar(
            year=request.year,
            periods=[
                PeriodDays(
                    item.name.strip(),
                    parse_day(item.first_day, f"periods.{index}.first_day"),
                    parse_day(item.last_day, f"periods.{index}.last_day"),
                )
                for index, item in enumerate(request.periods)
            ],
            holidays=[parse_day(day, f"holidays.{index}") for index, day in enumerate(request.holidays)],
            bells=[
                BellTimes(item.number, _time(item.starts_at, f"bells.{index}.starts_at"), _time(item.ends_at, f"bells.{index}.ends_at"))
                for index, item in enumerate(request.bells)
            ],
        )
        caller = Caller.of(kit_context.principal())
        year_id = await self._planning.set_up_year(kit_context.unit_of_work(), caller, UUID(request.organisation_id), calendar)
        return planning_pb2.SetUpYearResponse(year_id=str(year_id))

    async def ImportTimetable(self, request: planning_pb2.ImportTimetableRequest, context: Any) -> json_pb2.JsonReply:
        """Replaces the timetable by a sheet and lays the lessons."""
        caller = Caller.of(kit_context.principal())
        body = await self._planning.import_timetable(
            kit_context.unit_of_work(), caller, UUID(request.organisation_id), request.file_name, request.content
        )
        return json_pb2.JsonReply(body=body)

    async def ListPeriods(self, request: planning_pb2.ListPeriodsRequest, context: Any) -> json_pb2.JsonReply:
        """Periods of the caller's school year."""
        return json_pb2.JsonReply(body=await self._planning.periods(Caller.of(kit_context.principal())))


def parse_day(text: str, field: str) -> date:
    """A school day from ISO 8601. Raises Invalid with the field's path."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("not a day", violations=[Violation(field, "use a day of the calendar as 2026-11-24")]) from error


def _time(text: str, field: str) -> str:
    try:
        return time.fromisoformat(text).strftime("%H:%M")
    except ValueError as error:
        raise Invalid("not a time", violations=[Violation(field, "use a time of day as 08:30")]) from error
