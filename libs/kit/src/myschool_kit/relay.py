"""Sends the outbox to Kafka: one leader per service, rows by id, marked only after the broker's acknowledgement."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from myschool_cluster import metrics, traces
from myschool_kit import clock, topics
from myschool_kit.db import DRIVER
from myschool_kit.settings import Settings
from myschool_kit.telemetry import logger

_log = logger(__name__)
_BATCH = 500
_POLL_S = 0.2
_RETRY_S = 1.0
_LOCK = "SELECT pg_try_advisory_lock(hashtext('myschool_relay'))"
# Never «id > last seen»: ids are taken before commit, so a late committer would be skipped (platform.md §4).
_PENDING = """
SELECT id, event_id, topic, key, type, traceparent, payload, occurred_at
FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1
"""
_SENT = "UPDATE outbox SET published_at = now() WHERE id = ANY($1::bigint[])"
# Replies hold names and marks: they are kept no longer than a client may repeat its request.
_PURGE = """
DELETE FROM outbox WHERE published_at < now() - interval '7 days';
DELETE FROM request_log WHERE at < now() - interval '7 days'
"""
_PURGE_S = 3600.0


class Relay:
    """The leader loop. Run it in the service's process or in one of its own; a second one waits for the lock."""

    def __init__(self, service: str, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Says that something was committed."""
        self._wake.set()

    async def run(self) -> None:
        """Relays until cancelled; every failure is logged and tried again."""
        while True:
            try:
                await self._lead()
            except (KafkaError, *DRIVER) as error:
                _log.warning("relay_retries", service=self._service, error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)

    async def _lead(self) -> None:
        # The lock lives as long as this connection: a killed leader frees it by dying.
        connection = await asyncpg.connect(self._settings.database_url(self._service))
        producer: AIOKafkaProducer | None = None
        try:
            while not await connection.fetchval(_LOCK):  # noqa: ASYNC110 - the lock is held by another process
                await asyncio.sleep(_RETRY_S)
            own = {topic.name for topic in topics.registry().values() if topic.producer == self._service}
            await topics.ensure(self._settings, own)
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.kafka, acks="all", enable_idempotence=True, linger_ms=2, request_timeout_ms=15_000
            )
            await producer.start()
            _log.info("relay_leads", service=self._service)
            await self._loop(connection, producer)
        finally:
            if producer is not None:
                await producer.stop()
            await connection.close()

    async def _loop(self, connection: asyncpg.Connection, producer: AIOKafkaProducer) -> None:
        purged = float("-inf")
        while True:
            self._wake.clear()
            if time.monotonic() - purged >= _PURGE_S:
                await connection.execute(_PURGE)
                purged = time.monotonic()
            records = await connection.fetch(_PENDING, _BATCH)
            if not records:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _POLL_S)
                continue
            await self._send(connection, producer, records)

    async def _send(self, connection: asyncpg.Connection, producer: AIOKafkaProducer, records: Sequence[asyncpg.Record]) -> None:
        acknowledgements = [await self._append(producer, record) for record in records]
        outcomes = await asyncio.gather(*acknowledgements, return_exceptions=True)
        failed_keys: set[str] = set()
        sent: list[int] = []
        for record, outcome in zip(records, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                failed_keys.add(record["key"])
            elif record["key"] not in failed_keys:
                sent.append(record["id"])
                metrics.count(metrics.SENT, self._service, record["topic"])
        await connection.execute(_SENT, sent)
        if failed_keys:
            # An idempotent producer that lost a batch refuses the rest of the partition: start afresh, in order.
            message = f"{len(records) - len(sent)} events were not acknowledged"
            raise KafkaError(message)

    async def _append(self, producer: AIOKafkaProducer, record: asyncpg.Record) -> "asyncio.Future[object]":
        span = traces.begin("PRODUCER", f"send {record['topic']}", record["traceparent"], messaging__system="kafka")
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(record["event_id"]).encode()),
            ("ce_type", record["type"].encode()),
            ("ce_source", f"/myschool/{self._service}".encode()),
            ("ce_time", record["occurred_at"].isoformat().encode()),
            ("ce_partitionkey", record["key"].encode()),
            ("content-type", b"application/protobuf"),
            ("traceparent", span.traceparent.encode()),
        ]
        acknowledgement: asyncio.Future[object] = await producer.send(
            self._settings.topic(record["topic"]),
            record["payload"],
            key=record["key"].encode(),
            headers=headers,
            timestamp_ms=clock.epoch_ms(record["occurred_at"]),
        )
        span.ends_with(acknowledgement)
        return acknowledgement
