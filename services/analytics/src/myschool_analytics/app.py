"""Composition root of analytics."""

from functools import partial
from pathlib import Path

from myschool.analytics.v1.analytics_pb2_grpc import add_StatisticsServiceServicer_to_server
from myschool_analytics.activity.repository import ActivityRepository
from myschool_analytics.activity.service import Activity
from myschool_analytics.activity.servicer import StatisticsServicer
from myschool_analytics.consumers import handlers
from myschool_kit.service import App, Resources, Service


async def build(resources: Resources) -> App:
    """Repositories → services → servicers."""
    repository = ActivityRepository(resources.database.reads)
    servicer = StatisticsServicer(Activity(repository))
    return App((partial(add_StatisticsServiceServicer_to_server, servicer),), handlers(repository))


SERVICE = Service("analytics", Path(__file__).parent, build)
