"""Takes events in: inbox row and effect in one transaction, offset after the commit; a poisonous key is parked."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from google.protobuf.message import Message

from myschool_cluster import metrics, traces
from myschool_kit import topics
from myschool_kit.db import DRIVER, Database, UnitOfWork, is_away
from myschool_kit.settings import Settings
from myschool_kit.telemetry import logger

_log = logger(__name__)
_ATTEMPTS = 3
_RETRY_S = 0.2
_BATCH = 500
_SEEN = """
INSERT INTO inbox (consumer, event_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id
"""
_PARKED_KEYS = "SELECT DISTINCT topic, key FROM parked WHERE consumer = $1"
_PARK = """
INSERT INTO parked (consumer, event_id, topic, key, type, payload, traceparent, occurred_at, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
"""
_REPLAY = "SELECT id, topic, key, event_id, type, payload, traceparent, occurred_at FROM parked WHERE consumer = $1 ORDER BY id"


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it arrived. `occurred_at` is UTC."""

    event_id: UUID
    topic: str
    key: str
    type: str
    payload: bytes
    traceparent: str
    occurred_at: datetime


Handle = Callable[[UnitOfWork, Any, Event], Awaitable[None]]


@dataclass(frozen=True)
class Handlers:
    """Which message type is handled by what; events of other types are passed over."""

    topics: frozenset[str]
    by_type: Mapping[str, tuple[type[Message], Handle]] = field(default_factory=dict)

    @classmethod
    def of(cls, topic_names: Sequence[str], table: Mapping[type[Message], Handle]) -> "Handlers":
        """A table from message class to handler."""
        return cls(frozenset(topic_names), {cls_.DESCRIPTOR.full_name: (cls_, handle) for cls_, handle in table.items()})


class Consumer:
    """One consumer of a service; its group is named after the service, its membership is static."""

    def __init__(self, service: str, settings: Settings, database: Database, handlers: Handlers) -> None:
        self._service = service
        self._settings = settings
        self._database = database
        self._handlers = handlers
        self._parked: set[tuple[str, str]] = set()
        self._reader: Any = None

    async def run(self) -> None:
        """Consumes until cancelled; a broker or database that is away is waited for."""
        metrics.sample(self._lag)
        while True:
            try:
                await self._consume()
            except (KafkaError, *DRIVER) as error:
                _log.warning("consumer_retries", service=self._service, error=type(error).__name__)
                await asyncio.sleep(1)

    async def _consume(self) -> None:
        await topics.ensure(self._settings, set(self._handlers.topics))
        parked = await self._database.reads.fetch(_PARKED_KEYS, self._service)
        self._parked = {(row["topic"], row["key"]) for row in parked}
        group = self._settings.topic(self._service)
        consumer = AIOKafkaConsumer(
            *[self._settings.topic(name) for name in sorted(self._handlers.topics)],
            bootstrap_servers=self._settings.kafka,
            group_id=group,
            group_instance_id=f"{group}-{self._settings.instance}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=15_000,
            fetch_max_wait_ms=100,
        )
        await consumer.start()
        self._reader = consumer
        try:
            while True:
                fetched = await consumer.getmany(timeout_ms=200, max_records=_BATCH)
                events = [self.event(record) for records in fetched.values() for record in records]
                if events:
                    await self.take(events)
                    await consumer.commit()
        finally:
            await consumer.stop()

    async def _lag(self) -> None:
        lags: dict[str, int] = dict.fromkeys(self._handlers.topics, 0)
        reader = self._reader
        for place in reader.assignment() if reader else ():
            end = reader.highwater(place)
            lags[place.topic.removeprefix(self._settings.topic_prefix)] += end - await reader.position(place) if end else 0
        for topic, lag in lags.items():
            metrics.show(metrics.LAG, lag, self._service, topic)

    def event(self, record: Any) -> Event:
        """The event inside a Kafka record."""
        headers = {name: value.decode() for name, value in record.headers}
        return Event(
            event_id=UUID(headers["ce_id"]),
            topic=record.topic.removeprefix(self._settings.topic_prefix),
            key=(record.key or b"").decode(),
            type=headers["ce_type"],
            payload=record.value,
            traceparent=headers.get("traceparent", ""),
            occurred_at=datetime.fromisoformat(headers["ce_time"]),
        )

    async def take(self, events: Sequence[Event]) -> None:
        """Applies a batch in one transaction; when that fails, each event by itself, so that one bad key stays alone."""
        known = [event for event in events if event.type in self._handlers.by_type]
        if not known:
            return
        if not any((event.topic, event.key) in self._parked for event in known):
            with contextlib.suppress(Exception):
                await self._apply(known)
                return
        for event in known:
            await self._take_one(event)

    async def _apply(self, events: Sequence[Event]) -> None:
        async with self._database.begin(events[0].traceparent) as uow:
            fresh = {row["event_id"] for row in await uow.raw.fetch(_SEEN, self._service, [event.event_id for event in events])}
            for event in events:
                if event.event_id in fresh:
                    fresh.discard(event.event_id)
                    await self._handle(uow, event)
        for event in events:
            metrics.count(metrics.APPLIED, self._service, event.type, "applied")

    async def _handle(self, uow: UnitOfWork, event: Event) -> None:
        message_type, handle = self._handlers.by_type[event.type]
        span, outcome = traces.begin("CONSUMER", f"process {event.topic}", event.traceparent, messaging__system="kafka"), "INTERNAL"
        try:
            await handle(uow, message_type.FromString(event.payload), event)
            outcome = "OK"
        finally:
            span.end(outcome, event__type=event.type)

    async def _take_one(self, event: Event) -> None:
        if (event.topic, event.key) in self._parked:
            await self._park(event, "an earlier event of this key is parked")
            return
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._apply([event])
            except Exception as error:
                if is_away(error):
                    raise
                _log.warning("event_failed", type=event.type, attempt=attempt, error=type(error).__name__, exc_info=error)
                if attempt == _ATTEMPTS:
                    await self._park(event, f"{type(error).__name__}: {error}")
                    return
                await asyncio.sleep(_RETRY_S * attempt)
            else:
                return

    async def _park(self, event: Event, error: str) -> None:
        await self._database.reads.execute(_PARK, self._service, *astuple(event), error[:1000])
        self._parked.add((event.topic, event.key))
        metrics.count(metrics.APPLIED, self._service, event.type, "parked")
        await self._dead_letter(event, error)

    async def _dead_letter(self, event: Event, error: str) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._settings.kafka, acks="all")
        await producer.start()
        try:
            headers = [
                ("ce_id", str(event.event_id).encode()),
                ("ce_type", event.type.encode()),
                ("x-error", error[:500].encode()),
                ("x-attempts", str(_ATTEMPTS).encode()),
                ("x-original-topic", event.topic.encode()),
                ("x-consumer", self._service.encode()),
            ]
            await producer.send_and_wait(self._settings.topic(event.topic + ".dlq"), event.payload, key=event.key.encode(), headers=headers)
        finally:
            await producer.stop()

    async def replay(self) -> tuple[int, int]:
        """Tries the parked events again in order. Answers how many were applied and how many stay parked."""
        applied, stuck = 0, set[tuple[str, str]]()
        rows = await self._database.reads.fetch(_REPLAY, self._service)
        for row in rows:
            event = Event(**{name: row[name] for name in Event.__slots__})
            if (event.topic, event.key) in stuck:
                continue
            try:
                await self._apply([event])
            except Exception as error:
                _log.warning("replay_failed", type=event.type, error=type(error).__name__, exc_info=error)
                stuck.add((event.topic, event.key))
                continue
            await self._database.reads.execute("DELETE FROM parked WHERE id = $1", row["id"])
            applied += 1
        self._parked = stuck
        return applied, len(rows) - applied
