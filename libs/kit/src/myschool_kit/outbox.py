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
_ANSWER = "UPDATE request_log SET response = $3 WHERE person_id = $1 AND request_id = $2"
# Both in one round trip: the usual write has one event and one reply.
_BOTH = f"WITH answered AS (UPDATE request_log SET response = $10 WHERE person_id = $8 AND request_id = $9) {_INSERT}"

# Person, request id and the reply to keep under them.
Answer = tuple[str, str, bytes]


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


async def write(connection: asyncpg.Connection, events: list[Emitted], traceparent: str, answer: Answer | None = None) -> None:
    """Inserts the events in order, and the reply of the request. Called while the aggregate's lock is still held."""
    if not events:
        if answer is not None:
            await connection.execute(_ANSWER, *answer)
        return
    await connection.execute(
        _INSERT if answer is None else _BOTH,
        [uuid7() for _ in events],
        [event.topic for event in events],
        [event.key for event in events],
        [event.message.DESCRIPTOR.full_name for event in events],
        [traceparent] * len(events),
        [event.message.SerializeToString() for event in events],
        [event.occurred_at for event in events],
        *(answer or ()),
    )
