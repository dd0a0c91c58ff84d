"""Events through a real Kafka: nothing lost, order per key kept, each effect once, whoever is killed."""

import asyncio
import random
from collections import defaultdict
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from event_support import HANDLERS, consuming, relay_process, seen, until_seen, write_events
from sample_service import SERVICE, on_message

from myschool.messaging.events.v1 import messaging_events_pb2 as events
from myschool_kit import relay
from myschool_kit.clock import now
from myschool_kit.consumer import Consumer, Event, Handlers
from myschool_kit.ids import uuid7
from myschool_kit.settings import Settings
from myschool_testing import Harness

OLD_AND_NEW = """
DELETE FROM outbox; DELETE FROM request_log;
INSERT INTO request_log (person_id, request_id, method, fingerprint, at) VALUES
    ('p', 'old reply', 'm', '', now() - interval '8 days'), ('p', 'new reply', 'm', '', now() - interval '6 days');
INSERT INTO outbox (event_id, topic, key, type, traceparent, payload, occurred_at, published_at) VALUES
    (gen_random_uuid(), 'messaging.chats', 'old event', 't', '', '', now(), now() - interval '8 days'),
    (gen_random_uuid(), 'messaging.chats', 'new event', 't', '', '', now(), now())
"""
KEPT = "SELECT array_agg(what ORDER BY what) FROM (SELECT key AS what FROM outbox UNION ALL SELECT request_id FROM request_log) AS kept"


@pytest.mark.timeout(180)
async def test_relay_when_killed_five_times_over_5000_events_then_nothing_is_lost(sample: Harness, kafka_bootstrap: str) -> None:
    rng, prefix = random.Random(5), f"t{uuid4().hex[:8]}."
    keys = [f"chat-{number}" for number in range(20)]
    process = relay_process(sample, kafka_bootstrap, prefix)
    try:
        async with consuming(sample, kafka_bootstrap, prefix):
            writers = asyncio.gather(*[write_events(sample, key, 250, rng) for key in keys])
            for _ in range(5):
                await asyncio.sleep(1.5)
                process.kill()
                process.wait()
                process = relay_process(sample, kafka_bootstrap, prefix)
            await writers
            state = await until_seen(sample, 5000, 90)
        expected = [str(number) for number in range(1, 251)]
        assert {key: state[key] == expected for key in keys} == dict.fromkeys(keys, True)
        assert await sample.database.reads.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
    finally:
        process.kill()
        process.wait()


async def test_relay_when_it_leads_then_old_replies_and_sent_events_go_and_later_ones_too(
    sample: Harness, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "_PURGE_S", 0.2)
    monkeypatch.setattr(Settings, "database_url", lambda *_: sample.database._url)
    task = asyncio.create_task(relay.Relay(SERVICE.name, Settings(kafka=kafka_bootstrap, topic_prefix=f"t{uuid4().hex[:8]}.")).run())
    try:
        for _ in range(2):
            await sample.database.reads.execute(OLD_AND_NEW)
            async with asyncio.timeout(20):
                while await sample.database.reads.fetchval(KEPT) != ["new event", "new reply"]:
                    await asyncio.sleep(0.1)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


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
