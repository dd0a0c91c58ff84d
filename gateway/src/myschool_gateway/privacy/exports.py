"""«Скачать мои данные»: a job that collects a person's data over all services, and the finished archive for a day.

State and archive lie in Valkey under the cookie's cipher, so that any process of the gateway answers for them. One job a person at a
time: a lock that its process renews tells a running job from one whose process is gone.
"""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from redis.asyncio import Redis

from myschool.common.v1 import subject_pb2
from myschool_gateway.clients import NAMES, Services
from myschool_gateway.errors import ExportNotFound
from myschool_gateway.privacy.document import PartData, write
from myschool_gateway.session.principals import Principals
from myschool_kit import client, clock
from myschool_kit.crypto import FieldCipher
from myschool_kit.errors import DomainError, Kind, RemoteError
from myschool_kit.ids import uuid7
from myschool_kit.principal import Principal
from myschool_kit.telemetry import logger

_log = logger(__name__)
KEPT_S = 24 * 3600
_LOCK_S = 30
_BEAT_S = 10
_CHUNK = 512 * 1024
# What a person can have written and been marked in a school life is a tenth of it.
_MOST_BYTES = 64 * 1024 * 1024
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Export:
    """A job as the page sees it. `done` of `total` services have answered; times are epoch milliseconds, UTC."""

    id: str
    state: str
    done: int
    total: int
    rows: int
    bytes: int
    started_at_ms: int
    expires_at_ms: int


class TooMuchError(Exception):
    """The person's data are larger than an archive may be."""


class Exports:
    """Jobs and archives."""

    def __init__(self, redis: Redis, cipher: FieldCipher, services: Services, principals: Principals) -> None:
        self._redis = redis
        self._cipher = cipher
        self._services = services
        self._principals = principals
        self._running: set[asyncio.Task[None]] = set()

    async def start(self, person: Principal) -> Export:
        """Starts collecting; a job that runs already is answered as it is."""
        now = clock.epoch_ms(clock.now())
        export = Export(str(uuid7()), "RUNNING", 0, len(NAMES), 0, 0, now, now + KEPT_S * 1000)
        if not await self._redis.set(_lock(person.person_id), export.id, nx=True, ex=_LOCK_S):
            return await self.latest(person.person_id) or export
        await self._keep(person.person_id, export)
        task = asyncio.create_task(self._run(person, export))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return export

    async def latest(self, person_id: str) -> Export | None:
        """The person's newest job; one whose process is gone has failed."""
        stored = await self._stored(_state(person_id))
        if stored is None:
            return None
        export = Export(**orjson.loads(self._cipher.decrypt(stored, _state(person_id))))
        if export.state == "RUNNING" and await self._redis.get(_lock(person_id)) != export.id.encode():
            return replace(export, state="FAILED")
        return export

    async def archive(self, person_id: str, export_id: str) -> tuple[Export, AsyncIterator[bytes]]:
        """The finished archive in pieces. Raises ExportNotFound for somebody else's, an expired or an unfinished one."""
        export = await self.latest(person_id)
        if export is None or export.id != export_id or export.state != "READY":
            raise ExportNotFound("no such archive")
        return export, self._pieces(person_id, export)

    async def finish(self) -> None:
        """Ends the jobs of this process; they count as failed and can be started again."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _pieces(self, person_id: str, export: Export) -> AsyncIterator[bytes]:
        for number in range(-(-export.bytes // _CHUNK)):
            sealed = await self._stored(_piece(person_id, export.id, number))
            if sealed is None:  # expired while it was being sent: the length does not fit, and the browser says so
                return
            yield self._cipher.decrypt(sealed, _piece(person_id, export.id, number))

    async def _run(self, person: Principal, export: Export) -> None:
        beating = asyncio.create_task(self._beat(person.person_id))
        try:
            await self._collect(person, export)
        except (Exception, asyncio.CancelledError) as error:
            _log.warning("export_failed", error=type(error).__name__)
            state = "TOO_LARGE" if isinstance(error, TooMuchError) else "FAILED"
            with contextlib.suppress(Exception):
                await self._keep(person.person_id, replace(export, state=state))
        finally:
            beating.cancel()
            with contextlib.suppress(Exception):
                await self._redis.delete(_lock(person.person_id))

    async def _beat(self, person_id: str) -> None:
        while True:
            await asyncio.sleep(_BEAT_S)
            await self._redis.expire(_lock(person_id), _LOCK_S)

    async def _collect(self, person: Principal, export: Export) -> None:
        parts: list[PartData] = []
        left = _MOST_BYTES
        for number, service in enumerate(NAMES, 1):
            async for part in self._parts(service, person):
                left -= sum(len(page) for page in part.pages)
                if left < 0:
                    raise TooMuchError
                parts.append(part)
            await self._keep(person.person_id, replace(export, done=number))
        made = clock.now().strftime("%d.%m.%Y %H:%M")
        target = io.BytesIO()
        rows = await asyncio.to_thread(write, target, person.display_name, made, parts)
        content = target.getvalue()
        for number, start in enumerate(range(0, len(content), _CHUNK)):
            key = _piece(person.person_id, export.id, number)
            await self._redis.set(key, self._cipher.encrypt(content[start : start + _CHUNK], key), ex=KEPT_S)
        await self._keep(person.person_id, replace(export, state="READY", done=len(NAMES), rows=rows, bytes=len(content)))

    async def _parts(self, service: str, person: Principal) -> AsyncIterator[PartData]:
        token, name, title, pages = "", "", "", list[bytes]()
        while True:
            reply = await self._ask(service, person, token)
            if reply.part != name and name:
                yield PartData(service, name, title, tuple(pages))
                pages = []
            name, title = reply.part, reply.title
            pages.append(reply.rows)
            token = reply.next_page_token
            if not token:
                break
        if name:
            yield PartData(service, name, title, tuple(pages))

    async def _ask(self, service: str, person: Principal, token: str) -> subject_pb2.GetSubjectDataResponse:
        """A page; a service that is away for moments is asked again, for the job has time."""
        request = subject_pb2.GetSubjectDataRequest(page_token=token)
        for attempt in range(1, _TRIES + 1):
            try:
                signed = self._principals.token(person)
                reply: subject_pb2.GetSubjectDataResponse = await client.call(
                    self._services.subjects[service].GetSubjectData, request, token=signed, timeout=20
                )
            except RemoteError as error:
                if error.remote_kind is not Kind.UNAVAILABLE or attempt == _TRIES:
                    raise
                await asyncio.sleep(attempt)
            else:
                return reply
        raise DomainError("unreachable")

    async def _stored(self, key: str) -> bytes | None:
        found: Any = await self._redis.get(key)
        return None if found is None else bytes(found)

    async def _keep(self, person_id: str, export: Export) -> None:
        await self._redis.set(_state(person_id), self._cipher.encrypt(orjson.dumps(asdict(export)), _state(person_id)), ex=KEPT_S)


def _state(person_id: str) -> str:
    return f"export:{person_id}"


def _lock(person_id: str) -> str:
    return f"export:{person_id}:lock"


def _piece(person_id: str, export_id: str, number: int) -> str:
    return f"export:{person_id}:{export_id}:{number}"
