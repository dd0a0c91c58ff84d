"""Events leave in the transaction that made them true: rows of the outbox, sent on by the relay."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg
from google.protobuf.message import Message

from myschool_kit import clock
from myschool_kit.ids import uuid7

_INSERT = """
INSERT INTO outbox (event_id, topic, key, type, traceparent, payload, occurred_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[])
"""


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event on its way: topic of the registry, key of the aggregate whose order matters, protobuf message."""

    topic: str
    key: str
    message: Message
    occurred_at: datetime

    @classmethod
    def of(cls, topic: str, key: object, message: Message) -> "Emitted":
        """An event that happens now."""
        return cls(topic, str(key), message, clock.now())


async def write(connection: asyncpg.Connection, events: list[Emitted], traceparent: str) -> None:
    """Inserts the events in order. Called by the unit of work while the aggregate's lock is still held."""
    await connection.execute(
        _INSERT,
        [uuid7() for _ in events],
        [event.topic for event in events],
        [event.key for event in events],
        [event.message.DESCRIPTOR.full_name for event in events],
        [traceparent] * len(events),
        [event.message.SerializeToString() for event in events],
        [event.occurred_at for event in events],
    )
