"""Parts that go away and processes that come and go, on a real PostgreSQL and a real Kafka of this suite's own."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer
from event_support import HANDLERS, relay_process, seen, until_seen, write_events
from redis.asyncio import Redis
from sample_service import SERVICE, on_message

from myschool.messaging.events.v1 import messaging_events_pb2 as events
from myschool_kit import topics
from myschool_kit.clock import now
from myschool_kit.consumer import Consumer, Event, Handlers
from myschool_kit.db import DRIVER, Database
from myschool_kit.hints import Hints, open_redis
from myschool_kit.ids import uuid7
from myschool_kit.relay import Relay
from myschool_kit.settings import Settings
from myschool_stack.fixtures import Stack, _running
from myschool_testing import Harness, running

LEADERS = """
SELECT a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
"""


@pytest.fixture(scope="module")
def parts() -> Iterator[Stack]:
    """PostgreSQL and Kafka that no other suite uses: they are stopped here."""
    with _running("faults", "postgres,valkey,kafka", {}) as stack:
        yield stack


@pytest.fixture
async def fragile(parts: Stack) -> AsyncIterator[Harness]:
    async with running(SERVICE, parts.environment["MYSCHOOL_POSTGRES_URL"], parts.environment["MYSCHOOL_REDIS_URL"]) as harness:
        yield harness


class OneDatabase(Settings):
    """Settings of a relay over the harness's own database."""

    url: str = ""

    def database_url(self, service: str) -> str:
        return self.url


def settings_of(parts: Stack, harness: Harness, prefix: str, instance: str = "0") -> OneDatabase:
    kafka = parts.environment["MYSCHOOL_KAFKA"]
    return OneDatabase(kafka=kafka, topic_prefix=prefix, topic_partitions=3, instance=instance, url=harness.database._url)


@asynccontextmanager
async def working(*jobs: Relay | Consumer) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(job.run()) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def in_order(counts: dict[str, int]) -> dict[str, list[str]]:
    return {key: [str(number) for number in range(1, count + 1)] for key, count in counts.items()}


async def leading(harness: Harness, pids: list[int]) -> int:
    """Which of the processes holds the relay's lock; exactly one does."""
    async with asyncio.timeout(60):
        while True:
            ports = [row["client_port"] for row in await harness.database.reads.fetch(LEADERS)]
            assert len(ports) <= 1
            for pid in pids:
                with suppress(psutil.NoSuchProcess):
                    if ports and ports[0] in {line.laddr.port for line in psutil.Process(pid).net_connections()}:
                        return pid
            await asyncio.sleep(0.1)


@pytest.mark.timeout(240)
async def test_two_relays_when_the_leader_is_killed_then_the_other_goes_on_in_order(parts: Stack, fragile: Harness) -> None:
    prefix, keys = f"t{uuid4().hex[:8]}.", [f"chat-{number}" for number in range(5)]
    kafka = parts.environment["MYSCHOOL_KAFKA"]
    relays = [relay_process(fragile, kafka, prefix) for _ in range(2)]
    try:
        leader = await leading(fragile, [relay.pid for relay in relays])
        async with working(Consumer(SERVICE.name, settings_of(parts, fragile, prefix), fragile.database, HANDLERS)):
            writers = asyncio.gather(*[write_events(fragile, key, 100, random.Random(key)) for key in keys])
            await asyncio.sleep(0.5)
            next(relay for relay in relays if relay.pid == leader).kill()
            other = next(relay.pid for relay in relays if relay.pid != leader)
            assert await leading(fragile, [other]) == other
            await writers
            assert await until_seen(fragile, 500, 90) == in_order(dict.fromkeys(keys, 100))
    finally:
        for relay in relays:
            relay.kill()
            relay.wait()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seconds", [5, pytest.param(60, marks=pytest.mark.slow)])
async def test_kafka_when_down_then_writes_go_on_and_the_backlog_drains_in_order(parts: Stack, fragile: Harness, seconds: float) -> None:
    settings = settings_of(parts, fragile, f"t{uuid4().hex[:8]}.")
    keys, per_key = [f"chat-{number}" for number in range(5)], 60
    async with working(Relay(SERVICE.name, settings), Consumer(SERVICE.name, settings, fragile.database, HANDLERS)):
        await asyncio.gather(*[write_events(fragile, key, per_key, random.Random(1)) for key in keys])
        await until_seen(fragile, per_key * len(keys), 60)

        async with parts.away("kafka"):
            await asyncio.gather(*[write_events(fragile, key, per_key, random.Random(2)) for key in keys])
            await asyncio.sleep(seconds)
            waiting = await fragile.database.reads.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
            assert waiting == per_key * len(keys)
        assert await until_seen(fragile, 2 * per_key * len(keys), 120) == in_order(dict.fromkeys(keys, 2 * per_key))
    assert await fragile.database.reads.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
    assert await fragile.database.reads.fetchval("SELECT count(*) FROM parked") == 0


@pytest.mark.timeout(240)
async def test_consumer_when_the_database_goes_then_it_waits_and_blames_no_event(parts: Stack, fragile: Harness) -> None:
    settings = settings_of(parts, fragile, f"t{uuid4().hex[:8]}.")
    consumer = Consumer(SERVICE.name, settings, fragile.database, HANDLERS)
    async with working(Relay(SERVICE.name, settings), consumer):
        await write_events(fragile, "chat", 50, random.Random(3))
        await until_seen(fragile, 50, 60)

        async with parts.away("postgres"):
            message = events.MessagePosted(chat_id="chat", seq=51)
            event = Event(uuid7(), "messaging.chats", "chat", message.DESCRIPTOR.full_name, message.SerializeToString(), "", now())
            with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
                await consumer.take([event])
        async with asyncio.timeout(60):
            while True:
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await consumer.take([event])
                    break
                await asyncio.sleep(0.2)
        assert await until_seen(fragile, 51, 60) == in_order({"chat": 51})
    assert await fragile.database.reads.fetchval("SELECT count(*) FROM parked") == 0


@pytest.mark.timeout(240)
async def test_service_when_it_starts_before_its_database_then_it_waits_for_it(parts: Stack, fragile: Harness) -> None:
    late = Database(fragile.database._url, pool_size=1)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await Database(f"{fragile.database._url}_none").open(60)

    async with parts.away("postgres"):
        with pytest.raises(DRIVER):
            await Database(fragile.database._url).open(0.5)
        opening = asyncio.create_task(late.open(60))
        await asyncio.sleep(1)
        assert not opening.done()
    await opening
    assert await late.reads.fetchval("SELECT 1") == 1
    await late.close()


@pytest.mark.timeout(240)
async def test_hint_when_valkey_was_restarted_then_the_first_one_arrives(parts: Stack) -> None:
    async with open_redis(parts.environment["MYSCHOOL_REDIS_URL"]) as redis:
        hints = Hints(redis)
        await asyncio.gather(*[hints.publish([("hint:chat:before", {})]) for _ in range(5)])
        async with parts.away("valkey"):
            pass
        async with Redis.from_url(parts.environment["MYSCHOOL_REDIS_URL"]) as fresh, fresh.pubsub() as listener:
            await listener.subscribe("hint:chat:after")
            assert (await listener.get_message(timeout=10))["type"] == "subscribe"
            await hints.publish([("hint:chat:after", {"seq": 1})])
            heard = await listener.get_message(ignore_subscribe_messages=True, timeout=10)
            assert heard is not None and heard["data"] == b'{"seq":1}'


@pytest.mark.timeout(240)
async def test_two_consumers_when_one_leaves_then_the_other_takes_over_and_each_effect_is_once(parts: Stack, fragile: Harness) -> None:
    prefix = f"t{uuid4().hex[:8]}."
    first, second = (
        Consumer(SERVICE.name, settings_of(parts, fragile, prefix, instance), fragile.database, HANDLERS) for instance in ("0", "1")
    )
    keys = [f"chat-{number}" for number in range(12)]
    async with working(Relay(SERVICE.name, settings_of(parts, fragile, prefix)), first):
        async with working(second):
            await asyncio.gather(*[write_events(fragile, key, 30, random.Random(4)) for key in keys])
            await until_seen(fragile, 30 * len(keys), 60)
        await asyncio.gather(*[write_events(fragile, key, 10, random.Random(5)) for key in keys])
        assert await until_seen(fragile, 40 * len(keys), 90) == in_order(dict.fromkeys(keys, 40))


async def test_value_of_the_wrong_type_is_the_events_fault_and_parks_it(parts: Stack, fragile: Harness) -> None:
    settings = settings_of(parts, fragile, f"t{uuid4().hex[:8]}.")
    await topics.ensure(settings, {"messaging.chats"})

    async def wrong(uow, message, event):
        await uow.raw.execute("INSERT INTO counter (key, value) VALUES ($1, $2)", message.chat_id, "not a number")

    consumer = Consumer(SERVICE.name, settings, fragile.database, Handlers.of(["messaging.chats"], {events.MessagePosted: wrong}))
    message = events.MessagePosted(chat_id="chat", seq=1)
    event = Event(uuid7(), "messaging.chats", "chat", message.DESCRIPTOR.full_name, message.SerializeToString(), "", now())
    await consumer.take([event])
    assert await fragile.database.reads.fetchval("SELECT count(*) FROM parked") == 1
    reader = AIOKafkaConsumer(settings.topic("messaging.chats.dlq"), bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await reader.start()
    record = await asyncio.wait_for(reader.getone(), 30)
    await reader.stop()
    headers = {name: value.decode() for name, value in record.headers}
    assert headers["ce_id"] == str(event.event_id)
    assert headers["ce_type"] == "myschool.messaging.events.v1.MessagePosted"
    assert (headers["x-attempts"], headers["x-consumer"], headers["x-original-topic"]) == ("3", "messaging", "messaging.chats")
    assert headers["x-error"].startswith("DataError")
    healed = Consumer(SERVICE.name, settings, fragile.database, Handlers.of(["messaging.chats"], {events.MessagePosted: on_message}))
    assert await healed.replay() == (1, 0)
    assert await seen(fragile) == {"chat": ["1"]}
