"""The sequence stays dense and nothing acknowledged is lost when the process is killed in the midst of it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from messaging_world import World

from myschool.messaging.events.v1 import messaging_events_pb2
from myschool.messaging.v1 import messaging_pb2 as pb
from myschool.messaging.v1.messaging_pb2_grpc import ChatServiceStub
from myschool_kit.client import call, open_channel
from myschool_kit.errors import RemoteError
from myschool_messaging.testing import Classroom, new_id
from myschool_testing import key_pair, token_of


class Process:
    """Messaging on the suite's database, started and killed at will on one address."""

    def __init__(self, world: World, redis_url: str, keys: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        (keys / "principal.pub").write_bytes(key_pair()[1])
        self._environment = {"MYSCHOOL_MESSAGING_ADDRESS": self.address, "MYSCHOOL_KEYS_DIR": str(keys), "MYSCHOOL_REDIS_URL": redis_url}
        self._url = world.harness.database._url
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *words: str) -> None:
        command = [sys.executable, str(Path(__file__).parents[1] / "run_messaging.py"), self._url, *words]
        self.process = subprocess.Popen(command, env={**os.environ, **self._environment}, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(20)

    @asynccontextmanager
    async def channel(self):
        async with open_channel(self.address) as channel:
            await asyncio.wait_for(channel.channel_ready(), 60)
            yield channel


@pytest.fixture
def process(world: World, redis_url: str, tmp_path: Path):
    process = Process(world, redis_url, tmp_path)
    yield process
    process.kill()


async def stored(world: World, chat: str) -> list[tuple[int, str]]:
    rows = await world.harness.database.reads.fetch("SELECT seq, client_message_id FROM message WHERE chat_id = $1 ORDER BY seq", chat)
    return [(row["seq"], str(row["client_message_id"])) for row in rows]


async def test_post_when_killed_between_commit_and_hint_then_repeated_once_and_found_by_resuming(world: World, process: Process) -> None:
    room = Classroom()
    await world.take(room.whole())
    chat, who, client_id = await world.chat_id(room, "STUDENTS"), world.student(room.students[0]), new_id()
    request = pb.PostMessageRequest(chat_id=chat, client_message_id=client_id, body="привет")
    process.start("die")
    async with process.channel() as channel:
        with pytest.raises(RemoteError):
            await call(ChatServiceStub(channel).PostMessage, request, token=token_of(who), request_id=client_id, timeout=20)
    assert await stored(world, chat) == [(1, client_id)]  # committed, although nobody was told
    process.kill()
    process.start()
    async with process.channel() as channel:
        again = await call(ChatServiceStub(channel).PostMessage, request, token=token_of(who), request_id=client_id, timeout=20)
        assert again.seq == 1
        resumed = await world.messages(world.student(room.students[1]), chat, forward=True, after_seq=0)
    assert [message["client_message_id"] for message in resumed["messages"]] == [client_id]
    assert len(await world.harness.outbox()) == 1


@pytest.mark.timeout(300)  # three starts of a process on a busy machine
async def test_post_when_killed_again_and_again_then_dense_and_each_message_once(world: World, process: Process) -> None:
    people = tuple(new_id() for _ in range(6))
    room = Classroom(students=people, guardians=tuple(new_id() for _ in people))
    await world.take(room.whole())
    chat = await world.chat_id(room, "STUDENTS")
    process.start()
    acknowledged: dict[str, int] = {}

    async def write(person: str) -> None:
        """Sends each message until it is acknowledged, as a page does; each try on a connection of its own, for gRPC waits longer and longer."""
        token = token_of(world.student(person))
        for number in range(8):
            client_id = new_id()
            request = pb.PostMessageRequest(chat_id=chat, client_message_id=client_id, body=str(number))
            while client_id not in acknowledged:
                async with open_channel(process.address) as channel:
                    try:
                        reply = await call(ChatServiceStub(channel).PostMessage, request, token=token, request_id=client_id, timeout=5)
                        acknowledged[client_id] = reply.seq
                    except RemoteError:
                        await asyncio.sleep(0.3)

    async with process.channel():
        pass
    writers = asyncio.gather(*map(write, people))
    for goal in (5, 20):
        while len(acknowledged) < goal:
            await asyncio.sleep(0.005)
        await asyncio.to_thread(process.kill)
        process.start()
    await writers
    found = await stored(world, chat)
    assert [seq for seq, _ in found] == list(range(1, 49))
    assert {client_id: seq for seq, client_id in found} == acknowledged
    events = [messaging_events_pb2.MessagePosted.FromString(row["payload"]).seq for row in await world.harness.outbox()]
    assert events == list(range(1, 49))


async def test_messages_when_the_application_tries_to_change_them_then_refused(world: World) -> None:
    room = Classroom()
    await world.take(room.whole())
    await world.post(world.student(room.students[0]), await world.chat_id(room, "STUDENTS"), "сказано")
    for statement in ("UPDATE message SET body = 'другое'", "DELETE FROM message"):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await world.harness.database.reads.execute(statement)
