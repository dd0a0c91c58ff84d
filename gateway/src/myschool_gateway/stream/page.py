"""One open page: what it is allowed to hear, kept up to date until it closes."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import orjson
from google.protobuf.message import Message

from myschool.journal.v1 import diary_pb2, gradebook_pb2
from myschool.messaging.v1 import messaging_pb2
from myschool_cluster import traces
from myschool_gateway.parts import Parts
from myschool_gateway.session.model import Session
from myschool_gateway.session.store import channel_of
from myschool_gateway.stream.chats import Chats
from myschool_gateway.stream.frames import Frame, Resume, Watch
from myschool_kit import client, clock, hints
from myschool_kit.errors import DomainError
from myschool_kit.telemetry import logger

_log = logger(__name__)
_MOST_WAITING = 512
_MOST_JOBS = 256
_MOST_WATCHED = 20
_GAP_S = 0.03
_READS_STATISTICS = frozenset({"TEACHER", "DEPUTY_HEAD", "HEAD"})

_ROLE_FRAME = '{"t":"role"}'
SIGNED_OUT = 4401
POLICY = 1008
FAULT = 1011
SLOW = 1013

Job = Callable[[], Awaitable[None]]


class OpenPage:
    """Everything the gateway tells one page. `frames` is drained by the connection; `closing` names the close code."""

    def __init__(self, parts: Parts, stored: bytes) -> None:
        self._parts = parts
        self._stored = stored
        self.session = parts.principals.of(stored)[0]
        self.frames: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self.closing: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._jobs: asyncio.Queue[Job] = asyncio.Queue(_MOST_JOBS)
        self._chats = Chats(self._read_messages, self.push)
        self._catching: set[str] = set()
        self._channels: set[str] = set()
        self._watched: OrderedDict[str, None] = OrderedDict()

    # What comes in

    def hear(self, channel: str, payload: dict[str, Any], frame: str) -> None:
        """A hint of a channel this page listens to."""
        kind = payload.get("t")
        if channel == channel_of(self.session.session_id):
            self._on_session(str(kind))
        elif kind == "message":
            chat_id, seq = str(payload.get("chat_id")), int(payload["message"]["seq"])
            if chat_id in self._catching or not self._chats.heard(chat_id, seq, frame):
                self._catch_up(chat_id)
        elif kind == "role":
            # The page asks for its roles again; the one it acts in is looked at again here, which may change the session.
            self._parts.checks.start(self.session)
            self.push(_ROLE_FRAME)
        else:
            self.push(frame)

    def missed(self) -> None:
        """Hints were lost: the page is greeted anew and asks again for what it shows."""
        self.add_job(self._greet)

    def take(self, frame: Frame) -> None:
        """Something the page said."""
        if isinstance(frame, Resume):
            for chat_id, seen in frame.chats.items():
                self.add_job(partial(self._resume, str(chat_id), seen))
        elif isinstance(frame, Watch):
            self.add_job(partial(self._watch, frame))
        else:
            self.push('{"t":"pong"}')

    def push(self, frame: str) -> None:
        """Queues a frame; a page that does not take them is closed and resumes later."""
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.close(SLOW)

    def add_job(self, job: Job) -> None:
        """Queues work that needs other parts; jobs of a page run one after the other."""
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            self.close(SLOW)

    def close(self, code: int) -> None:
        """Ends the connection with this code; the first reason counts."""
        if not self.closing.done():
            self.closing.set_result(code)

    # What runs as long as the page is open

    async def work(self) -> None:
        """Runs the jobs."""
        while True:
            job = await self._jobs.get()
            try:
                await job()
            except DomainError as error:
                _log.info("stream_job_failed", reason=error.reason, session_id=self.session.session_id)
            except Exception as error:
                _log.error("stream_job_failed", error=type(error).__name__, exc_info=error)
                self.close(FAULT)

    async def watch_session(self) -> None:
        """Looks every minute whether the session lives; hints say it sooner, but may be lost."""
        while True:
            await asyncio.sleep(self._parts.settings.stream_check_seconds)
            self.add_job(self._look)

    async def open(self) -> None:
        """Subscribes and greets the page."""
        await self._listen(channel_of(self.session.session_id))
        await self._greet()

    async def leave(self) -> None:
        """Ends all subscriptions."""
        for channel in self._channels:
            await self._parts.hub.leave(channel, self)
        self._channels.clear()

    # Jobs

    async def _greet(self) -> None:
        """Subscribes to what the present role may hear, then says hello with the last sequence of each chat."""
        session = self.session
        wanted = _channels_of(session)
        if not session.missing_consents:
            wanted |= {hints.chat_channel(chat_id) for chat_id in await self._memberships()}
        wanted |= set(self._watched)
        for channel in self._channels - wanted:
            await self._parts.hub.leave(channel, self)
        self._channels &= wanted
        for channel in sorted(wanted - self._channels):
            await self._listen(channel)
        # Read again after subscribing: what was written in between is in neither otherwise.
        chats = {} if session.missing_consents else await self._memberships()
        for chat_id, last in chats.items():
            self._chats.begin(chat_id, last)
        for chat_id in self._chats.sent.keys() - chats.keys():
            self._chats.forget(chat_id)
        hello = {"t": "hello", "person_id": session.person_id, "chats": chats, "server_time": clock.epoch_ms(clock.now())}
        self.push(orjson.dumps(hello).decode())
        for chat_id, last in chats.items():
            if self._chats.sent[chat_id] < last:
                self._catch_up(chat_id)

    async def _look(self) -> None:
        """The session as it is now: gone, in another role, or the same."""
        found = await self._parts.sessions.look_by_id(self.session.session_id)
        if found is None:
            self.close(SIGNED_OUT)
        elif found.stored != self._stored:
            fresh = self._parts.principals.of(found.stored)[0]
            if fresh.role_id != self.session.role_id:
                self._watched.clear()
            if (fresh.role_id, fresh.missing_consents) != (self.session.role_id, self.session.missing_consents):
                # A consent taken back or given changes what the page may show as a change of role does.
                self.push(_ROLE_FRAME)
            self._stored = found.stored
            self.session = self._parts.principals.of(found.stored)[0]
            await self._greet()

    async def _resume(self, chat_id: str, seen: int) -> None:
        if self._chats.rewind(chat_id, seen):
            self._catch_up(chat_id)

    async def _watch(self, frame: Watch) -> None:
        """Listens to one diary or journal after the service that owns it has let the person read it."""
        if frame.student_id is not None and str(frame.student_id) not in self.session.student_ids:
            request = diary_pb2.GetDiaryWeekRequest(student_id=str(frame.student_id))
            await self._ask(self._parts.services.diary.GetDiaryWeek, request)
            await self._keep_watching(hints.student_channel(frame.student_id))
        if frame.gradebook_id is not None:
            asked = gradebook_pb2.GetGradebookPageRequest(gradebook_id=str(frame.gradebook_id))
            await self._ask(self._parts.services.gradebook.GetGradebookPage, asked)
            await self._keep_watching(hints.gradebook_channel(frame.gradebook_id))

    async def _keep_watching(self, channel: str) -> None:
        self._watched[channel] = None
        self._watched.move_to_end(channel)
        await self._listen(channel)
        while len(self._watched) > _MOST_WATCHED:
            oldest, _nothing = self._watched.popitem(last=False)
            self._channels.discard(oldest)
            await self._parts.hub.leave(oldest, self)

    def _catch_up(self, chat_id: str) -> None:
        if chat_id in self._catching:
            return  # the read that is queued already will find it
        self._catching.add(chat_id)
        self.add_job(partial(self._caught_up, chat_id))

    async def _caught_up(self, chat_id: str) -> None:
        # Hints of messages written at the same moment overtake each other: one read for all of them, not one for each.
        await asyncio.sleep(_GAP_S)
        # Cleared first: what is heard from here on is either read below or queues another turn.
        self._catching.discard(chat_id)
        await self._chats.catch_up(chat_id)

    def _on_session(self, kind: str) -> None:
        if kind == "signed_out":
            self.close(SIGNED_OUT)
        else:
            self.add_job(self._look)

    async def _listen(self, channel: str) -> None:
        self._channels.add(channel)
        await self._parts.hub.listen(channel, self)

    async def _memberships(self) -> dict[str, int]:
        reply = await self._ask(self._parts.services.chat.ListMemberships, messaging_pb2.ListMembershipsRequest())
        chats: dict[str, int] = orjson.loads(reply.body)["chats"]
        return chats

    async def _read_messages(self, request: messaging_pb2.ListMessagesRequest) -> dict[str, Any]:
        reply = await self._ask(self._parts.services.chat.ListMessages, request)
        page: dict[str, Any] = orjson.loads(reply.body)
        return page

    async def _ask(self, method: Any, request: Message) -> Any:
        token = self._parts.principals.of(self._stored)[1]
        return await client.call(method, request, token=token, traceparent=traces.continued(""))


def _channels_of(session: Session) -> set[str]:
    """What the session alone entitles to."""
    channels = {channel_of(session.session_id), hints.person_channel(session.person_id)}
    if session.missing_consents:
        return channels
    channels |= {hints.student_channel(student_id) for student_id in session.student_ids}
    if session.organisation_id and session.role_type in _READS_STATISTICS:
        channels.add(hints.organisation_channel(session.organisation_id))
    return channels
