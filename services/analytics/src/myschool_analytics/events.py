"""The only builder of event messages of analytics (topic analytics.aggregates, key = aggregate)."""

from myschool.analytics.events.v1.analytics_events_pb2 import AggregateGroup, AggregatePublished
from myschool_analytics.aggregate import rules
from myschool_analytics.aggregate.model import Told
from myschool_kit import clock
from myschool_kit.db import UnitOfWork

TOPIC = "analytics.aggregates"


def published(uow: UnitOfWork, told: Told) -> None:
    """A measure of a week was told, for the first time or anew."""
    aggregate = rules.key(told.first_day, told.breakdown, told.measure)
    message = AggregatePublished(
        aggregate=aggregate,
        first_day=told.first_day.isoformat(),
        breakdown=told.breakdown,
        measure=told.measure,
        version=told.version,
        groups=[AggregateGroup(name=figure.name, value=figure.value) for figure in told.figures],
        least_people=told.least_people,
        computed_at_ms=clock.epoch_ms(told.computed_at),
    )
    uow.emit(TOPIC, aggregate, message)
