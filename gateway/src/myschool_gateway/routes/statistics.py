"""Teacher activity and parent engagement."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from myschool.analytics.v1 import analytics_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Reader
from myschool_gateway.schemas import statistics
from myschool_gateway.schemas.common import IsoDay, PageToken

reads = routing.reads("statistics", "/statistics")
federation_reads = routing.reads("statistics", "/federation")
routers = (reads, federation_reads)

Day = Annotated[IsoDay | None, Query()]


@reads.get("/teacher", response_model=statistics.TeacherStatistics)
async def get_teacher_statistics(caller: Reader, first_day: Day = None, last_day: Day = None) -> Response:
    """The teacher's own activity; the last eight weeks by default."""
    request = analytics_pb2.GetTeacherStatisticsRequest(first_day=first_day or "", last_day=last_day or "")
    return await caller.ready(caller.services.statistics.GetTeacherStatistics, request)


@reads.get("/school", response_model=statistics.SchoolStatistics)
async def get_school_statistics(caller: Reader, first_day: Day = None, last_day: Day = None) -> Response:
    """The school's activity: totals, per week, per teacher."""
    request = analytics_pb2.GetSchoolStatisticsRequest(first_day=first_day or "", last_day=last_day or "")
    return await caller.ready(caller.services.statistics.GetSchoolStatistics, request)


@reads.get("/lessons", response_model=statistics.LessonsBehind)
async def list_lessons_behind(
    caller: Reader,
    indicator: statistics.Indicator,
    first_day: Day = None,
    last_day: Day = None,
    teacher_id: UUID | None = None,
    page_size: Annotated[int, Query(ge=1, le=200)] = 50,
    page_token: PageToken = "",
) -> Response:
    """The lessons behind one number."""
    request = analytics_pb2.ListLessonsBehindRequest(
        indicator=indicator,
        first_day=first_day or "",
        last_day=last_day or "",
        teacher_id="" if teacher_id is None else str(teacher_id),
        page_size=page_size,
        page_token=page_token,
    )
    return await caller.ready(caller.services.statistics.ListLessonsBehind, request)


@federation_reads.get("", response_model=statistics.Federation)
async def get_federation(caller: Reader, first_day: Day = None) -> Response:
    """All regions side by side in the week of that Monday; by default the newest week that any region has told."""
    return await caller.ready(caller.services.federation.GetFederation, analytics_pb2.GetFederationRequest(first_day=first_day or ""))
