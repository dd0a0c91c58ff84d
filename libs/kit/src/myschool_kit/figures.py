"""Figures of a service's process that stand in its database: what waits in the outbox, what is parked."""

from functools import partial

from myschool_cluster import metrics
from myschool_cluster.process import watch_pool
from myschool_kit.db import Database

_OUTBOX = """
SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float8 AS age FROM outbox WHERE published_at IS NULL
"""
_PARKED = "SELECT count(*) FROM parked WHERE consumer = $1"


def watch(service: str, database: Database, *, relay: bool, consume: bool) -> None:
    """Shows them while somebody looks."""
    for name, pool in database.pools.items():
        watch_pool(service, name, pool)
    if relay:
        metrics.sample(partial(_outbox, service, database))
    if consume:
        metrics.sample(partial(_parked, service, database))


async def _outbox(service: str, database: Database) -> None:
    for waiting, age in await database.reads.fetch(_OUTBOX):
        metrics.show(metrics.OUTBOX, waiting, service)
        metrics.show(metrics.OUTBOX_AGE, age, service)


async def _parked(service: str, database: Database) -> None:
    metrics.show(metrics.PARKED, await database.reads.fetchval(_PARKED, service), service)
