"""Hints to open pages through Redis publish/subscribe: lost ones cost freshness, never data (DESIGN §3)."""

from typing import Any

import orjson
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError

from myschool_kit.telemetry import logger

_log = logger(__name__)

# Channel names by the id of what changed: a diary, a class journal, a chat, all pages of a person, a school's statistics.
student_channel = "hint:student:{}".format
gradebook_channel = "hint:gradebook:{}".format
chat_channel = "hint:chat:{}".format
person_channel = "hint:person:{}".format
organisation_channel = "hint:organisation:{}".format


def open_redis(url: str, **options: Any) -> Redis:
    """A client that answers or gives up within seconds, and takes fresh connections after a restart of Valkey."""
    retry = Retry(ExponentialBackoff(0.2, 0.02), 2)
    return Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, retry=retry, **options)


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
        except (RedisError, RuntimeError) as error:  # the latter: reset while it was being opened (uvloop)
            _log.warning("hints_lost", count=len(hints), error=type(error).__name__)
