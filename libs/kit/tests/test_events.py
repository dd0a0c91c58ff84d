"""Events through a real Kafka: nothing lost, order per key kept, each effect once, whoever is killed."""

import asyncio
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from sample_service import SERVICE, on_message

from myschool.messaging.events.v1 import messaging_events_pb2 as events
from myschool_kit.clock import now
from myschool_kit.consumer import Consumer, Event, Handlers
from myschool_kit.ids import uuid7
from myschool_kit.settings import Settings
from myschool_kit.testing import Harness

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


@pytest.mark.timeout(180)
async def test_relay_when_killed_five_times_over_5000_events_then_nothing_is_lost(sample: Harness, kafka_bootstrap: str) -> None:
    rng, prefix = random.Random(5), f"t{uuid4().hex[:8]}."
    keys = [f"chat-{number}" for number in range(20)]
    relay = relay_process(sample, kafka_bootstrap, prefix)
    try:
        async with consuming(sample, kafka_bootstrap, prefix):
            writers = asyncio.gather(*[write_events(sample, key, 250, rng) for key in keys])
            for _ in range(5):
                await asyncio.sleep(1.5)
                relay.kill()
                relay.wait()
                relay = relay_process(sample, kafka_bootstrap, prefix)
            await writers
            state = await until_seen(sample, 5000, 90)
        expected = [str(number) for number in range(1, 251)]
        assert {key: state[key] == expected for key in keys} == dict.fromkeys(keys, True)
        assert await sample.database.reads.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
    finally:
        relay.kill()
        relay.wait()


def event_of(key: str, seq: int, author: str = "") -> Event:
    message = events.MessagePosted(chat_id=key, seq=seq, author_id=author)
    return Event(uuid7(), "messaging.chats", key, message.DESCRIPTOR.full_name, message.SerializeToString(), "", now())


async def test_consumer_when_events_come_three_times_then_each_has_one_effect(sample: Harness, kafka_bootstrap: str) -> None:
    consumer = Consumer(SERVICE.name, Settings(kafka=kafka_bootstrap), sample.database, HANDLERS)
    batch = [event_of(f"k{number % 5}", number) for number in range(100)]
    for _ in range(3):
        await consumer.take(batch)
    state = await seen(sample)
    grouped: dict[str, list[str]] = defaultdict(list)
    for number in range(100):
        grouped[f"k{number % 5}"].append(str(number))
    assert state == grouped


async def test_consumer_when_one_event_is_poison_then_its_key_waits_and_others_go_on(
    sample: Harness, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = f"t{uuid4().hex[:8]}."
    settings = Settings(kafka=kafka_bootstrap, topic_prefix=prefix, topic_partitions=1)
    consumer = Consumer(SERVICE.name, settings, sample.database, HANDLERS)
    from myschool_kit import topics

    await topics.ensure(settings, {"messaging.chats"})
    await consumer.take([event_of("bad", 1, "poison"), event_of("good", 1), event_of("bad", 2), event_of("good", 2)])
    assert await seen(sample) == {"good": ["1", "2"]}
    parked = await sample.database.reads.fetch("SELECT key, error FROM parked ORDER BY id")
    assert [row["key"] for row in parked] == ["bad", "bad"]
    assert "poison" in parked[0]["error"]
    reader = AIOKafkaConsumer(f"{prefix}messaging.chats.dlq", bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest")
    await reader.start()
    first = await reader.getone()
    await reader.stop()
    headers = dict(first.headers)
    assert headers["x-original-topic"] == b"messaging.chats"
    assert b"poison" in headers["x-error"]

    async def mended(uow, message, event):
        message.author_id = ""
        await on_message(uow, message, event)

    healed = Consumer(SERVICE.name, settings, sample.database, Handlers.of(["messaging.chats"], {events.MessagePosted: mended}))
    assert await healed.replay() == (2, 0)
    assert await seen(sample) == {"good": ["1", "2"], "bad": ["1", "2"]}
