"""Composition root of analytics."""

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from myschool.analytics.v1.analytics_pb2_grpc import add_FederationServiceServicer_to_server, add_StatisticsServiceServicer_to_server
from myschool_analytics.activity.repository import ActivityRepository
from myschool_analytics.activity.service import Activity
from myschool_analytics.activity.servicer import StatisticsServicer
from myschool_analytics.consumers import SUBJECTS, federal_handlers, handlers
from myschool_analytics.federation.model import Cell, register
from myschool_analytics.federation.repository import FederationRepository
from myschool_analytics.federation.service import Federation
from myschool_analytics.federation.servicer import FederationServicer
from myschool_analytics.settings import AnalyticsSettings
from myschool_analytics.subject.repository import HOLDING
from myschool_kit.consumer import Consumer
from myschool_kit.service import App, Resources, Service
from myschool_privacy.audit.opened import opened
from myschool_privacy.subject.service import Subjects
from myschool_privacy.subject.servicer import adding, also_erasing

_FOLDER = Path(__file__).parent


async def build(resources: Resources) -> App:
    """Repositories → services → servicers."""
    reads = resources.database.reads
    activity, audit = ActivityRepository(reads), opened(resources)
    subjects = Subjects(resources.database, HOLDING)
    servicers = (
        partial(add_StatisticsServiceServicer_to_server, StatisticsServicer(Activity(activity, audit.log))),
        partial(add_FederationServiceServicer_to_server, FederationServicer(Federation(_cells(resources), FederationRepository(reads)))),
        adding(subjects),
    )
    return App(servicers, also_erasing(handlers(activity), SUBJECTS, subjects), (audit.sealer.run, *_beside(resources)))


async def build_federal(resources: Resources) -> App:
    """The process that takes in what the mirrors of the cells bring."""
    cells = _cells(resources)
    if not cells:
        raise SystemExit("MYSCHOOL_CELLS_FILE is wrong: the federal process needs a register with at least one cell.")
    return App((), federal_handlers(cells, FederationRepository(resources.database.reads)))


def _beside(resources: Resources) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
    settings = resources.settings
    if not isinstance(settings, AnalyticsSettings) or not settings.federal_beside_serve:
        return ()
    table = federal_handlers(_cells(resources), FederationRepository(resources.database.reads))
    return (Consumer(FEDERAL.consumer, settings, resources.database, table).run,)


def _cells(resources: Resources) -> tuple[Cell, ...]:
    settings = resources.settings
    return register(settings.cells_file) if isinstance(settings, AnalyticsSettings) else ()


SERVICE = Service("analytics", _FOLDER, build, AnalyticsSettings)
# The same database, and a consumer of its own: a rebuild of the region's projections does not touch what other cells have told.
FEDERAL = Service("analytics", _FOLDER, build_federal, AnalyticsSettings, consumer="analytics-federal")
