"""Rebuilds the projections beside the living ones from the first event on, compares, and takes their place.

The swap locks the live tables, so that the consumer waits; events it had taken meanwhile are read too before the comparison.
"""

import asyncio

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from myschool_analytics.activity.repository import ActivityRepository
from myschool_analytics.consumers import handlers
from myschool_analytics.rebuild_repository import TABLES, RebuildRepository
from myschool_kit.consumer import Consumer, Event
from myschool_kit.db import Database
from myschool_kit.settings import Settings
from myschool_kit.telemetry import logger

_log = logger(__name__)
_SCHEMA = "rebuild"
_BATCH = 1000
_QUIET_S = 20.0

Report = dict[str, tuple[int, int, int]]


class Incomplete(RuntimeError):
    """Kafka no longer holds events that the live tables have seen: the rebuilt state would be poorer."""


async def run(settings: Settings, service: str, url: str | None = None) -> Report:
    """Rebuilds and swaps. Answers per table: rows live, rows rebuilt, rows that differed. Raises Incomplete."""
    address = url or settings.database_url(service)
    admin = await asyncpg.connect(address)
    repository = RebuildRepository(admin, _SCHEMA, service)
    await repository.prepare()
    shadow = Database(address, pool_size=2, search_path=_SCHEMA)
    await shadow.open()
    try:
        return await _rebuild(settings, service, shadow, repository)
    finally:
        await shadow.close()
        await repository.drop()
        await admin.close()


async def _rebuild(settings: Settings, service: str, shadow: Database, repository: RebuildRepository) -> Report:
    table = handlers(ActivityRepository(shadow.reads))
    applier = Consumer(service, settings, shadow, table)
    reader = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await reader.start()
    try:
        partitions = [
            TopicPartition(settings.topic(topic), number)
            for topic in sorted(table.topics)
            for number in sorted(await _partitions(reader, settings.topic(topic)))
        ]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        await _read_to(reader, applier, await reader.end_offsets(partitions))
        async with repository.swapping() as swap:
            await _catch_up(reader, applier, swap)
            report = {name: await swap.compare(name) for name in TABLES}
            await swap.replace()
        return report
    finally:
        await reader.stop()


async def _partitions(reader: AIOKafkaConsumer, topic: str) -> set[int]:
    metadata = await reader._client.fetch_all_metadata()  # noqa: SLF001 - the public call answers only for subscribed topics
    return set(metadata.partitions_for_topic(topic) or ())


async def _read_to(reader: AIOKafkaConsumer, applier: Consumer, ends: dict[TopicPartition, int]) -> None:
    while any([await reader.position(partition) < end for partition, end in ends.items()]):
        await _take(reader, applier)


async def _take(reader: AIOKafkaConsumer, applier: Consumer) -> None:
    fetched = await reader.getmany(timeout_ms=200, max_records=_BATCH)
    events: list[Event] = [applier.event(record) for records in fetched.values() for record in records]
    if events:
        await applier.take(events)


async def _catch_up(reader: AIOKafkaConsumer, applier: Consumer, swap: RebuildRepository) -> None:
    """Reads on until every event that the live tables have seen is in the rebuilt ones."""
    deadline = asyncio.get_running_loop().time() + _QUIET_S
    while missing := await swap.missing():
        if asyncio.get_running_loop().time() > deadline:
            message = f"{missing} events of the live tables are no longer in Kafka; the live tables stay"
            raise Incomplete(message)
        await _take(reader, applier)
