"""Tells the federation what may be told: each measure of the weeks that are over, once, and again when it has changed."""

from datetime import date, datetime

from myschool_analytics import events
from myschool_analytics.aggregate import rules
from myschool_analytics.aggregate.model import Count, Told
from myschool_analytics.aggregate.repository import AggregateRepository
from myschool_analytics.settings import AnalyticsSettings
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork

# Rosters know only today: of an older week the number of pupils stays what it was when the week was told.
_OF_THE_MOMENT = frozenset({"pupils"})


class Export:
    """One week is one transaction: what was told and the events that tell it."""

    def __init__(self, settings: AnalyticsSettings, database: Database, repository: AggregateRepository) -> None:
        self._settings = settings
        self._database = database
        self._repository = repository

    async def run(self) -> int:
        """Looks at the weeks that are over; answers how many measures were told."""
        told = 0
        for first_day in rules.told_weeks(clock.now().date(), self._settings.aggregate_settle_days, self._settings.aggregate_weeks):
            async with self._database.begin() as uow:
                told += await self._week(uow, first_day)
        return told

    async def _week(self, uow: UnitOfWork, first_day: date) -> int:
        await self._repository.alone(uow.raw)
        known = await self._repository.latest(uow.raw, first_day)
        moment, told = clock.now(), 0
        for count in await self._repository.counts(uow.raw, first_day):
            fresh = self._fresh(first_day, count, known.get((count.breakdown, count.measure)), moment)
            if fresh is not None:
                await self._repository.keep(uow.raw, fresh)
                events.published(uow, fresh)
                told += 1
        return told

    def _fresh(self, first_day: date, count: Count, before: Told | None, moment: datetime) -> Told | None:
        """The next version; None when the last one says the same or is to stay."""
        if before is not None and count.measure in _OF_THE_MOMENT:
            return None
        least = self._settings.aggregate_least_people
        figures = rules.publishable(count.total, count.parts, least)
        if before is not None and before.figures == figures:
            return None
        version = before.version + 1 if before is not None else 1
        return Told(first_day, count.breakdown, count.measure, version, figures, least, moment)
