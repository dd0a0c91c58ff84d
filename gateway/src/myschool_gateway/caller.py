"""What a route works with: the session of the call and the way to the services."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request
from google.protobuf.message import Message
from starlette.responses import Response

from myschool_gateway import replies
from myschool_gateway.clients import Services
from myschool_gateway.context import Visit, visit_of
from myschool_gateway.errors import SessionRequired
from myschool_gateway.parts import parts_of
from myschool_gateway.session.model import Session
from myschool_kit import client
from myschool_kit.ids import uuid7

# An import of a whole school is one transaction of a service; everything else answers within kit's default.
IMPORT_S = 60.0


@dataclass(frozen=True, slots=True)
class Caller:
    """One call of a signed-in person. `request_id` is empty for reads."""

    services: Services
    visit: Visit
    headers: Any
    request_id: str = ""

    @property
    def session(self) -> Session:
        """The session; a Caller without one is never made."""
        if self.visit.session is None:
            raise SessionRequired("sign in first")
        return self.visit.session

    async def ask(self, method: Any, request: Message, timeout: float = client.DEFAULT_S) -> Any:
        """One call of a service as this person. Raises RemoteError."""
        return await client.call(
            method, request, token=self.visit.token, request_id=self.request_id, traceparent=self.visit.traceparent, timeout=timeout
        )

    async def ready(self, method: Any, request: Message, timeout: float = client.DEFAULT_S) -> Response:
        """One call whose ready JSON is passed through untouched."""
        return replies.ready(await self.ask(method, request, timeout), self.headers)


async def _reader(request: Request) -> Caller:
    return Caller(parts_of(request).services, visit_of(request.scope), request.headers)


async def _writer(
    request: Request,
    idempotency_key: Annotated[
        UUID | None, Header(description="Repeating a write with the same key has one effect and the same answer")
    ] = None,
) -> Caller:
    return Caller(parts_of(request).services, visit_of(request.scope), request.headers, str(idempotency_key or uuid7()))


Reader = Annotated[Caller, Depends(_reader)]
Writer = Annotated[Caller, Depends(_writer)]
