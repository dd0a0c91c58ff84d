"""Hints to open pages through Redis publish/subscribe: lost ones cost freshness, never data (DESIGN §3)."""

from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from myschool_kit.telemetry import logger

_log = logger(__name__)


def student_channel(student_id: object) -> str:
    """Changes in one student's diary."""
    return f"hint:student:{student_id}"


def gradebook_channel(gradebook_id: object) -> str:
    """Changes in one class journal."""
    return f"hint:gradebook:{gradebook_id}"


def chat_channel(chat_id: object) -> str:
    """Messages of one chat."""
    return f"hint:chat:{chat_id}"


def person_channel(person_id: object) -> str:
    """Things for all open pages of one person."""
    return f"hint:person:{person_id}"


def organisation_channel(organisation_id: object) -> str:
    """New statistics of one organisation."""
    return f"hint:organisation:{organisation_id}"


class Hints:
    """Publishes hints after commit; a failing Redis is logged and forgiven."""

    def __init__(self, redis: "Redis | None") -> None:
        self._redis = redis

    async def publish(self, hints: list[tuple[str, dict[str, Any]]]) -> None:
        """Sends each payload to its channel as JSON, in order, in one round trip."""
        if self._redis is None or not hints:
            return
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for channel, payload in hints:
                pipeline.publish(channel, orjson.dumps(payload))
            await pipeline.execute()
        except RedisError as error:
            _log.warning("hints_lost", count=len(hints), error=type(error).__name__)
