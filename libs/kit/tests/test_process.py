"""A service as a process: what it says about wrong settings and schemas, and how it stops."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import asyncpg
import grpc
import pytest
from aiokafka import AIOKafkaConsumer
from grpc_health.v1 import health_pb2, health_pb2_grpc
from sample_service import SERVICE

from myschool.messaging.v1 import messaging_pb2 as pb
from myschool.messaging.v1 import messaging_pb2_grpc
from myschool_kit import migrate
from myschool_kit.client import call, open_channel
from myschool_kit.errors import RemoteError, RuleBroken
from myschool_kit.settings import Settings
from myschool_testing import a_principal, create_database, drop_database, key_pair, token_of

CHAT = "0192d3b2-8a64-7000-8000-00000000c4a7"


def post(body: str) -> pb.PostMessageRequest:
    return pb.PostMessageRequest(chat_id=CHAT, client_message_id=CHAT, body=body)


def check_config(**wrong: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "myschool_messaging", "check-config"]
    return subprocess.run(command, env=os.environ | wrong, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MYSCHOOL_POOL_SIZE", "many"),
        ("MYSCHOOL_POOL_SIZE", "0"),
        ("MYSCHOOL_LOG_LEVEL", "LOUD"),
        ("MYSCHOOL_KAFKA", "nowhere"),
        ("MYSCHOOL_ROLES_ADDRESS", "127.0.0.1:port-s3cret"),
        ("MYSCHOOL_INSTANCE", "a b"),
    ],
)
def test_setting_when_wrong_then_one_sentence_names_it_and_nothing_starts(name: str, value: str) -> None:
    done = check_config(**{name: value})
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"{name} is wrong: ") and done.stderr.count("\n") == 1
    assert "s3cret" not in done.stderr


def test_settings_when_printed_then_secrets_are_hidden() -> None:
    done = check_config(MYSCHOOL_POSTGRES_URL="postgresql://u:s3cret@127.0.0.1:1")
    assert done.returncode == 0
    assert "pool_size = 5" in done.stdout and "s3cret" not in done.stdout


async def test_migrations_when_two_run_at_once_then_both_end_well(postgres_url: str) -> None:
    url = f"{postgres_url}/test_migrate_{os.getpid()}"
    try:
        await asyncio.gather(*(migrate.upgrade(url, SERVICE.package_dir) for _ in range(2)))
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
        await connection.close()
    finally:
        await drop_database(url)


async def test_schema_when_older_then_refused_and_when_newer_then_served(postgres_url: str) -> None:
    url = await create_database(postgres_url, SERVICE, Settings())
    pool = await asyncpg.create_pool(url, min_size=1, max_size=1)
    try:
        await migrate.require_head(pool, SERVICE.package_dir)
        await pool.execute("UPDATE alembic_version SET version_num = 'of_a_later_release'")
        await migrate.require_head(pool, SERVICE.package_dir)
        await pool.execute("DROP TABLE alembic_version")
        with pytest.raises(RuleBroken) as refused:
            await migrate.require_head(pool, SERVICE.package_dir)
        assert (refused.value.reason, "run `migrate`" in refused.value.detail) == ("SCHEMA_TOO_OLD", True)
    finally:
        await pool.close()
        await drop_database(url)


def spawn(url: str, port: int, keys: Path, redis_url: str, *more: str, **settings: str) -> subprocess.Popen[bytes]:
    environment = {
        "MYSCHOOL_MESSAGING_ADDRESS": f"127.0.0.1:{port}",
        "MYSCHOOL_KEYS_DIR": str(keys),
        "MYSCHOOL_REDIS_URL": redis_url,
        "MYSCHOOL_DRAIN_SECONDS": "10",
    }
    script = Path(__file__).parent / "run_service.py"
    return subprocess.Popen([sys.executable, str(script), url, *more], env=os.environ | environment | settings, stdout=subprocess.DEVNULL)


async def test_service_when_told_to_stop_then_says_so_first_and_finishes_what_it_does(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    (tmp_path / "principal.pub").write_bytes(key_pair()[1])
    url = await create_database(postgres_url, SERVICE, Settings())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = spawn(url, port, tmp_path, redis_url)
    token = token_of(a_principal("TEACHER"))
    try:
        async with open_channel(f"127.0.0.1:{port}") as channel:
            stub, health = messaging_pb2_grpc.ChatServiceStub(channel), health_pb2_grpc.HealthStub(channel)
            watch = health.Watch(health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=60)
            states = aiter(watch)
            assert (await anext(states)).status == health_pb2.HealthCheckResponse.SERVING
            under_way = asyncio.create_task(call(stub.PostMessage, post("wait"), token=token, timeout=20))
            await asyncio.sleep(0.7)
            process.send_signal(signal.SIGTERM)
            assert (await asyncio.wait_for(anext(states), 5)).status == health_pb2.HealthCheckResponse.NOT_SERVING
            assert not under_way.done()
            watch.cancel()
            assert (await under_way).seq == 1
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as later:
            with pytest.raises((RemoteError, grpc.aio.AioRpcError)):
                await call(messaging_pb2_grpc.ChatServiceStub(later).PostMessage, post("late"), token=token, timeout=2)
        assert await asyncio.to_thread(process.wait, 15) == 0
    finally:
        process.kill()
        process.wait()
        await drop_database(url)


MEMBER = """
import asyncio, sys
from aiokafka import AIOKafkaConsumer
async def main():
    consumer = AIOKafkaConsumer(sys.argv[3], bootstrap_servers=sys.argv[1], group_id=sys.argv[2], group_instance_id="frozen", session_timeout_ms=60_000)
    await consumer.start()
    print("in", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def member(*place: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", MEMBER, *place], stdout=subprocess.PIPE)


@pytest.mark.timeout(180)
async def test_consumer_when_told_to_stop_while_its_group_waits_for_a_frozen_member_then_ends_in_time(
    postgres_url: str, redis_url: str, kafka_bootstrap: str, tmp_path: Path
) -> None:
    (tmp_path / "principal.pub").write_bytes(key_pair()[1])
    url = await create_database(postgres_url, SERVICE, Settings())
    prefix = f"t{uuid4().hex[:8]}."
    group, topic = f"{prefix}{SERVICE.name}", f"{prefix}messaging.chats"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    kafka = {"MYSCHOOL_KAFKA": kafka_bootstrap, "MYSCHOOL_TOPIC_PREFIX": prefix}
    process = spawn(url, port, tmp_path, redis_url, "consume", **kafka)
    frozen = None
    newcomer = AIOKafkaConsumer(topic, bootstrap_servers=kafka_bootstrap, group_id=group)
    try:
        async with open_channel(f"127.0.0.1:{port}") as channel:
            watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=60)
            assert (await anext(aiter(watch))).status == health_pb2.HealthCheckResponse.SERVING
        await asyncio.sleep(5)
        frozen = member(kafka_bootstrap, group, topic)
        assert frozen.stdout is not None
        assert await asyncio.to_thread(frozen.stdout.readline) == b"in\n"
        await asyncio.sleep(4)
        frozen.send_signal(signal.SIGSTOP)
        joining = asyncio.create_task(newcomer.start())
        await asyncio.sleep(6)  # by now the service has heard of the newcomer and waits for the frozen one
        assert not joining.done()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 15) == 0
        joining.cancel()
    finally:
        for one in (process, frozen):
            if one is not None:
                one.kill()
                one.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3):
                await newcomer.stop()
        await drop_database(url)
