"""A service as small as can be, on the chat contract: PostMessage counts up, ListMessages reads, events are counted."""

import asyncio
from functools import partial
from pathlib import Path

import orjson

from myschool.common.v1 import json_pb2
from myschool.messaging.events.v1 import messaging_events_pb2 as events
from myschool.messaging.v1 import messaging_pb2, messaging_pb2_grpc
from myschool_kit import context
from myschool_kit.consumer import Event, Handlers
from myschool_kit.db import UnitOfWork
from myschool_kit.errors import RuleBroken, Stale, Violation
from myschool_kit.service import App, Resources, Service

COUNT = "INSERT INTO counter (key, value) VALUES ($1, 1) ON CONFLICT (key) DO UPDATE SET value = counter.value + 1 RETURNING value"


class ChatServicer(messaging_pb2_grpc.ChatServiceServicer):
    def __init__(self, resources: Resources) -> None:
        self._database = resources.database

    async def PostMessage(self, request, _context):
        uow = context.unit_of_work()
        value = await uow.raw.fetchval(COUNT, request.chat_id)
        if request.body == "stale":
            raise Stale("changed", reason="MARK_CHANGED", current_value="4")
        if request.body == "bug":
            raise ZeroDivisionError
        if request.body == "rule":
            raise RuleBroken("closed", reason="CLOSED", violations=[Violation("body", "say less")])
        if request.body == "wait":
            await asyncio.sleep(2)
        if request.body == "slow":
            await asyncio.sleep(5)
        uow.emit("messaging.chats", request.chat_id, events.MessagePosted(chat_id=request.chat_id, seq=value))
        return messaging_pb2.PostMessageResponse(message_id=request.client_message_id, seq=value)

    async def ListMessages(self, request, _context):
        value = await self._database.reads.fetchval("SELECT value FROM counter WHERE key = $1", request.chat_id)
        return json_pb2.JsonReply(body=orjson.dumps({"value": value or 0}))


async def on_message(uow: UnitOfWork, message: events.MessagePosted, event: Event) -> None:
    if message.author_id == "poison":
        raise ValueError("poison")
    await uow.raw.execute(
        "INSERT INTO counter (key, value, seen) VALUES ($1, 1, ARRAY[$2]) "
        "ON CONFLICT (key) DO UPDATE SET value = counter.value + 1, seen = counter.seen || $2",
        f"seen:{message.chat_id}",
        str(message.seq),
    )


async def build(resources: Resources) -> App:
    add = partial(messaging_pb2_grpc.add_ChatServiceServicer_to_server, ChatServicer(resources))
    return App((add,), Handlers.of(["messaging.chats"], {events.MessagePosted: on_message}))


SERVICE = Service("messaging", Path(__file__).parent / "sample", build)
