"""proto ↔ service for the statistics."""

from myschool.analytics.v1 import analytics_pb2, analytics_pb2_grpc
from myschool.common.v1 import json_pb2
from myschool_analytics.activity.service import Activity
from myschool_kit import context
from myschool_kit.replies import json_reply


class StatisticsServicer(analytics_pb2_grpc.StatisticsServiceServicer):
    """StatisticsService of analytics.proto."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity

    async def GetTeacherStatistics(self, request: analytics_pb2.GetTeacherStatisticsRequest, _context: object) -> json_pb2.JsonReply:
        """See analytics.proto."""
        return json_reply(await self._activity.teacher(context.principal(), request.first_day, request.last_day))

    async def GetSchoolStatistics(self, request: analytics_pb2.GetSchoolStatisticsRequest, _context: object) -> json_pb2.JsonReply:
        """See analytics.proto."""
        return json_reply(await self._activity.school(context.principal(), request.first_day, request.last_day))

    async def ListLessonsBehind(self, request: analytics_pb2.ListLessonsBehindRequest, _context: object) -> json_pb2.JsonReply:
        """See analytics.proto."""
        return json_reply(
            await self._activity.lessons_behind(
                context.principal(),
                request.indicator,
                request.first_day,
                request.last_day,
                request.teacher_id,
                request.page_size,
                request.page_token,
            )
        )
