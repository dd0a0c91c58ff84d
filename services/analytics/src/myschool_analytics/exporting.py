"""One run of the export, outside of a serving process: the relay of the region sends what it leaves in the outbox."""

from myschool_analytics.aggregate.repository import AggregateRepository
from myschool_analytics.aggregate.service import Export
from myschool_analytics.settings import AnalyticsSettings
from myschool_kit.db import Database


async def run(settings: AnalyticsSettings, service: str) -> int:
    """Answers how many aggregates were told."""
    database = Database(settings.database_url(service), pool_size=1)
    await database.open(settings.start_patience_seconds)
    try:
        return await Export(settings, database, AggregateRepository()).run()
    finally:
        await database.close()
