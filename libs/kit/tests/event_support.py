"""What the suites of events share: writers, a relay to kill, and what a consumer has seen."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sample_service import SERVICE, on_message

from myschool.messaging.events.v1 import messaging_events_pb2 as events
from myschool_kit.consumer import Consumer, Handlers
from myschool_kit.settings import Settings
from myschool_testing import Harness

HANDLERS = Handlers.of(["messaging.chats"], {events.MessagePosted: on_message})
COUNT = "INSERT INTO counter (key, value) VALUES ($1, 1) ON CONFLICT (key) DO UPDATE SET value = counter.value + 1 RETURNING value"


def relay_process(harness: Harness, kafka: str, prefix: str) -> subprocess.Popen[bytes]:
    url = harness.database._url
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "run_relay.py"), url, prefix],
        env={**os.environ, "MYSCHOOL_KAFKA": kafka},
        stdout=subprocess.DEVNULL,
    )


@asynccontextmanager
async def consuming(harness: Harness, kafka: str, prefix: str) -> AsyncIterator[Consumer]:
    consumer = Consumer(SERVICE.name, Settings(kafka=kafka, topic_prefix=prefix, topic_partitions=3), harness.database, HANDLERS)
    task = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def write_events(harness: Harness, key: str, count: int, rng: random.Random) -> None:
    for _ in range(count):
        async with harness.database.begin() as uow:
            seq = await uow.raw.fetchval(COUNT, key)
            uow.emit("messaging.chats", key, events.MessagePosted(chat_id=key, seq=seq))
            if rng.random() < 0.02:
                await asyncio.sleep(rng.random() / 10)


async def seen(harness: Harness) -> dict[str, list[str]]:
    rows = await harness.database.reads.fetch("SELECT key, seen FROM counter WHERE key LIKE 'seen:%'")
    return {row["key"].removeprefix("seen:"): list(row["seen"]) for row in rows}


async def until_seen(harness: Harness, total: int, seconds: float) -> dict[str, list[str]]:
    for _ in range(int(seconds * 5)):
        if sum(map(len, (await seen(harness)).values())) >= total:
            break
        await asyncio.sleep(0.2)
    return await seen(harness)
