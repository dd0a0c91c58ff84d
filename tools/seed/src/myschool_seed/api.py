"""The platform as the seed sees it: the services' own APIs and nothing else."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

import grpc
import httpx
import orjson
from google.protobuf.message import Message

from myschool.identity.v1.consent_pb2_grpc import ConsentServiceStub
from myschool.identity.v1.identity_pb2_grpc import IdentityServiceStub
from myschool.journal.v1.attendance_pb2_grpc import AttendanceServiceStub
from myschool.journal.v1.gradebook_pb2_grpc import GradebookServiceStub
from myschool.journal.v1.lesson_pb2_grpc import LessonServiceStub
from myschool.journal.v1.planning_pb2_grpc import PlanningServiceStub
from myschool.library.v1.library_pb2_grpc import LibraryServiceStub
from myschool.messaging.v1.messaging_pb2_grpc import ChatServiceStub
from myschool.roles.v1.roles_pb2_grpc import RolesServiceStub
from myschool_kit.client import call, open_channel
from myschool_kit.errors import RemoteError
from myschool_kit.principal import LIFETIME_S, Principal, PrincipalSigner
from myschool_seed.settings import SeedSettings

SYSTEM = Principal(str(uuid5(NAMESPACE_URL, "myschool:seed")), "Загрузка демонстрационного региона", "SYSTEM")
_ATTEMPTS = 5
_TIMEOUT_S = 60.0
_Result = TypeVar("_Result")
_Stub = TypeVar("_Stub")


class SeedError(Exception):
    """The region cannot be loaded; the text says what to do."""


@dataclass(slots=True)
class _Token:
    text: str
    until: float


class Platform:
    """Calls to the services with a signed principal; a repeated call has one effect."""

    def __init__(self, settings: SeedSettings, stack: AsyncExitStack, http: httpx.AsyncClient) -> None:
        self.settings = settings
        self._stack = stack
        self._http = http
        self._signer = PrincipalSigner(settings.key("principal.key"))
        self._tokens: dict[Principal, _Token] = {}
        self._channels: dict[str, grpc.aio.Channel] = {}
        self.identity: IdentityServiceStub
        self.consents: ConsentServiceStub
        self.roles: RolesServiceStub
        self.planning: PlanningServiceStub
        self.lessons: LessonServiceStub
        self.gradebooks: GradebookServiceStub
        self.attendance: AttendanceServiceStub
        self.library: LibraryServiceStub
        self.chats: ChatServiceStub

    async def connect(self) -> None:
        """Opens a channel to each service."""
        self.identity = await self._stub("identity", IdentityServiceStub)
        self.consents = await self._stub("identity", ConsentServiceStub)
        self.roles = await self._stub("roles", RolesServiceStub)
        self.planning = await self._stub("journal", PlanningServiceStub)
        self.lessons = await self._stub("journal", LessonServiceStub)
        self.gradebooks = await self._stub("journal", GradebookServiceStub)
        self.attendance = await self._stub("journal", AttendanceServiceStub)
        self.library = await self._stub("library", LibraryServiceStub)
        self.chats = await self._stub("messaging", ChatServiceStub)

    async def _stub(self, service: str, stub: Callable[[grpc.aio.Channel], _Stub]) -> _Stub:
        if service not in self._channels:
            self._channels[service] = await self._stack.enter_async_context(
                open_channel(self.settings.address_of(service), service, self.settings.certificates())
            )
        return stub(self._channels[service])

    async def call(self, method: Any, request: Message, principal: Principal = SYSTEM, *, once: bool = True) -> Any:
        """One call. With `once` the request's own content is its Idempotency-Key."""
        body = request.DESCRIPTOR.full_name.encode() + request.SerializeToString(deterministic=True)
        request_id = str(uuid5(NAMESPACE_URL, body.hex())) if once else ""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await call(method, request, token=self._token(principal), request_id=request_id, timeout=_TIMEOUT_S)
            except RemoteError as error:
                if error.reason not in ("BUSY", "UNAVAILABLE") or attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(0.2 * attempt)
        raise AssertionError

    async def read(self, method: Any, request: Message, principal: Principal = SYSTEM) -> Any:
        """The JSON body of a read."""
        reply = await self.call(method, request, principal, once=False)
        return orjson.loads(gzip.decompress(reply.body) if reply.gzip else reply.body)

    def _token(self, principal: Principal) -> str:
        known = self._tokens.get(principal)
        if known is None or known.until < time.monotonic():
            known = _Token(self._signer.sign(principal), time.monotonic() + LIFETIME_S / 2)
            self._tokens[principal] = known
        return known.text

    async def provider_token(self) -> str:
        """A machine token of the demo content provider from Keycloak."""
        settings = self.settings
        secret = settings.key(f"provider-{settings.provider}.secret").decode().strip()
        address = f"{settings.keycloak_url.rstrip('/')}/realms/{settings.keycloak_realm}/protocol/openid-connect/token"
        form = {"grant_type": "client_credentials", "client_id": f"provider-{settings.provider}", "client_secret": secret}
        try:
            answer = await self._http.post(address, data=form)
        except httpx.HTTPError as error:
            raise SeedError(f"Keycloak does not answer at MYSCHOOL_KEYCLOAK_URL ({settings.keycloak_url}): start it first.") from error
        if answer.status_code != httpx.codes.OK:
            raise SeedError(f"Keycloak refused the provider's service account ({answer.status_code}): reconcile the realm first.")
        return str(answer.json()["access_token"])

    async def provider(self, method: str, path: str, token: str, **request: Any) -> Any:
        """One call of the library's provider API."""
        address = f"{self.settings.library_http_url.rstrip('/')}/provider/v1/{path}"
        answer = await self._http.request(method, address, headers={"Authorization": f"Bearer {token}"}, **request)
        if answer.status_code != httpx.codes.OK:
            raise SeedError(f"The library's provider API answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()


@asynccontextmanager
async def connected(settings: SeedSettings) -> AsyncIterator[Platform]:
    """The platform with open connections."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=_TIMEOUT_S))
        platform = Platform(settings, stack, http)
        await platform.connect()
        yield platform


async def eventually(what: str, attempt: Callable[[], Awaitable[_Result | None]], seconds: float = 90.0) -> _Result:
    """Repeats until an answer comes: events need a moment to arrive. Raises SeedError when they never do."""
    deadline = time.monotonic() + seconds
    while True:
        found = await attempt()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise SeedError(f"{what} did not come true within {seconds:.0f} s: look at the logs of the relay and the consumers.")
        await asyncio.sleep(0.25)
