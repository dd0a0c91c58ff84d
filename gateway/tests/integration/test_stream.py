"""The WebSocket of an open page, over a real socket with real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from myschool_kit.errors import NotFound
from myschool_kit.hints import chat_channel, gradebook_channel, person_channel, student_channel

from .conftest import Gateway, ready


@asynccontextmanager
async def page(gateway: Gateway, secret: str, origin: str = "") -> AsyncIterator[ClientConnection]:
    headers = {"Cookie": f"__Host-myschool={secret}", "Origin": origin or gateway.parts.settings.origin}
    async with connect(gateway.stream_url(), additional_headers=headers, proxy=None) as socket:
        yield socket


async def told(socket: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = orjson.loads(await asyncio.wait_for(socket.recv(), 5))
    return frame


async def close_code(socket: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await asyncio.wait_for(socket.recv(), 5)
    return closed.value.rcvd.code if closed.value.rcvd else None


async def say(socket: ClientConnection, **frame: Any) -> None:
    await socket.send(orjson.dumps(frame).decode())


async def settled(socket: ClientConnection) -> None:
    """Waits until everything said before has been dealt with."""
    await say(socket, t="ping")
    assert await told(socket) == {"t": "pong"}


class Chat:
    """One chat of the stand-in messaging service."""

    def __init__(self, gateway: Gateway, count: int) -> None:
        self.id = str(uuid4())
        self.count = count
        self._redis = gateway.parts.redis
        gateway.services.answers["ListMemberships"] = lambda _request: orjson.dumps({"chats": {self.id: self.count}})
        gateway.services.answers["ListMessages"] = self._list

    def message(self, seq: int) -> dict[str, Any]:
        return {"id": str(uuid4()), "seq": seq, "body": f"№ {seq}"}

    def _list(self, request: Any) -> bytes:
        assert request.forward
        seqs = range(request.after_seq + 1, self.count + 1)
        taken = [self.message(seq) for seq in seqs][: request.limit]
        return orjson.dumps({"messages": taken, "last_seq": self.count, "read_seq": 0, "has_more": len(seqs) > request.limit})

    async def post(self, *, hint: bool = True) -> None:
        self.count += 1
        if hint:
            frame = {"t": "message", "chat_id": self.id, "message": self.message(self.count)}
            await self._redis.publish(chat_channel(self.id), orjson.dumps(frame))


async def seqs(socket: ClientConnection, count: int) -> list[int]:
    return [(await told(socket))["message"]["seq"] for _ in range(count)]


async def test_foreign_origin_is_refused_before_the_handshake(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    for origin in ("https://evil.example", "null"):
        with pytest.raises(InvalidStatus):
            async with page(gateway, secret, origin):
                pass


async def test_without_session_it_closes_4401(gateway: Gateway) -> None:
    async with page(gateway, "x" * 43) as socket:
        assert await told(socket) == {"t": "signed_out"}
        assert await close_code(socket) == 4401


async def test_hello_then_messages_once_and_in_order(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    chat = Chat(gateway, 3)
    async with page(gateway, secret) as socket:
        hello = await told(socket)
        assert (hello["t"], hello["person_id"], hello["chats"]) == ("hello", session.person_id, {chat.id: 3})
        for _ in range(3):
            await chat.post()
        assert await seqs(socket, 3) == [4, 5, 6]


async def test_resume_sends_what_was_missed(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    chat = Chat(gateway, 450)
    async with page(gateway, secret) as socket:
        await told(socket)
        await say(socket, t="resume", chats={chat.id: 40, str(uuid4()): 1})
        assert await seqs(socket, 410) == list(range(41, 451))
        await chat.post()
        assert await seqs(socket, 1) == [451]


async def test_lost_and_repeated_hints_leave_no_gap_and_no_double(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    chat = Chat(gateway, 1)
    async with page(gateway, secret) as socket:
        await told(socket)
        await chat.post(hint=False)
        await chat.post(hint=False)
        await chat.post()
        assert await seqs(socket, 3) == [2, 3, 4]
        repeated = {"t": "message", "chat_id": chat.id, "message": chat.message(3)}
        await gateway.parts.redis.publish(chat_channel(chat.id), orjson.dumps(repeated))
        await chat.post()
        assert await seqs(socket, 1) == [5]


async def test_diary_of_own_child_comes_and_watching_needs_permission(gateway: Gateway) -> None:
    child, foreign, gradebook = str(uuid4()), str(uuid4()), str(uuid4())
    _session, secret = await gateway.sign_in(role_type="GUARDIAN", student_ids=(child,))
    gateway.services.answers["ListMemberships"] = ready({"chats": {}})
    gateway.services.answers["GetDiaryWeek"] = NotFound("no such student", reason="STUDENT_NOT_FOUND")
    redis = gateway.parts.redis
    async with page(gateway, secret) as socket:
        await told(socket)
        await say(socket, t="watch", student_id=foreign)
        await say(socket, t="watch", gradebook_id=gradebook)
        channel = gradebook_channel(gradebook)
        async with asyncio.timeout(5):
            while not dict(await redis.pubsub_numsub(channel))[channel.encode()]:
                await asyncio.sleep(0.02)
        for name, frame in (
            (student_channel(foreign), {"t": "diary", "student_id": foreign}),
            (student_channel(child), {"t": "diary", "student_id": child}),
            (channel, {"t": "gradebook", "gradebook_id": gradebook}),
        ):
            await redis.publish(name, orjson.dumps(frame))
        assert await told(socket) == {"t": "diary", "student_id": child}
        assert await told(socket) == {"t": "gradebook", "gradebook_id": gradebook}


async def test_sign_out_reaches_every_tab(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    gateway.services.answers["ListMemberships"] = ready({"chats": {}})
    async with page(gateway, secret) as first, page(gateway, secret) as second:
        await told(first), await told(second)
        await gateway.call("POST", "/auth/logout", secret)
        for socket in (first, second):
            assert await told(socket) == {"t": "signed_out"}
            assert await close_code(socket) == 4401


async def test_ended_session_is_noticed_without_a_hint(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    gateway.services.answers["ListMemberships"] = ready({"chats": {}})
    async with page(gateway, secret) as socket:
        await told(socket)
        await gateway.parts.redis.delete(f"session-id:{session.session_id}")
        assert await close_code(socket) == 4401


async def test_nonsense_and_flood_are_closed(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    gateway.services.answers["ListMemberships"] = ready({"chats": {}})
    for bad in ("{", "[]", '{"t":"what"}', '{"t":"watch","student_id":"1"}', '{"t":"resume","chats":{"a":1}}', '{"t":"ping","x":1}'):
        async with page(gateway, secret) as socket:
            await socket.send(bad)
            assert await close_code(socket) == 1008
    async with page(gateway, secret) as socket:
        await told(socket)
        with pytest.raises(ConnectionClosed):
            for _ in range(2_000):
                await say(socket, t="ping")
            assert await close_code(socket) == 1008
            await socket.recv()


async def test_page_that_goes_while_it_opens_harms_no_other(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    chat = Chat(gateway, 0)
    async with page(gateway, secret) as quiet:
        await told(quiet)
        for number in range(60):
            async with page(gateway, secret) as socket:
                await asyncio.sleep(number % 20 * 0.0005)
                await socket.send("{")
                assert await close_code(socket) == 1008
        await chat.post()
        assert await seqs(quiet, 1) == [1]
    async with asyncio.timeout(5):
        while gateway.parts.hub.pages:
            await asyncio.sleep(0.01)


async def test_eleventh_page_of_a_person_is_refused(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    gateway.services.answers["ListMemberships"] = ready({"chats": {}})
    from contextlib import AsyncExitStack

    async with AsyncExitStack() as stack:
        for _ in range(10):
            await told(await stack.enter_async_context(page(gateway, secret)))
        async with page(gateway, secret) as socket:
            assert await close_code(socket) == 4429
    async with page(gateway, secret) as socket:
        await settled_hello(socket)


async def test_lost_role_is_told_to_the_open_page_and_the_session_falls_back(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in(role_type="HEAD")
    gateway.services.answers["ListMemberships"] = ready({"chats": {}})
    async with page(gateway, secret) as first, page(gateway, secret) as second:
        await told(first), await told(second)
        gateway.services.answers["EnterRole"] = NotFound("terminated", reason="ROLE_NOT_FOUND")
        await gateway.parts.redis.publish(person_channel(session.person_id), b'{"t":"role"}')
        for socket in (first, second):
            # Once because the roles changed, once more because the session acts in another one now.
            kinds = [(await told(socket))["t"] for _ in range(3)]
            assert kinds == ["role", "role", "hello"]
    await gateway.call("GET", "/api/v1/day", secret)
    assert gateway.services.seen[-1][2].role_type == "PERSON"


async def settled_hello(socket: ClientConnection) -> None:
    assert (await told(socket))["t"] == "hello"
    await settled(socket)


async def test_page_hears_nothing_of_chats_without_consent(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in(missing_consents=("personal_data",))
    Chat(gateway, 5)
    async with page(gateway, secret) as socket:
        assert (await told(socket))["chats"] == {}
    assert gateway.services.named("ListMemberships") == []
