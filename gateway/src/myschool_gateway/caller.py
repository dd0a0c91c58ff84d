"""What a route works with: the session of the call and the way to the services."""

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


class Caller(Request):
    """One call of a signed-in person. `request_id` is empty for reads.

    A request itself, so that FastAPI hands it to a route as it is: a dependency would cost a read more than its matching.
    """

    request_id = ""

    @property
    def services(self) -> Services:
        """Stubs of every service."""
        return parts_of(self).services

    @property
    def visit(self) -> Visit:
        """What the edge found out. Raises SessionRequired."""
        return visit_of(self.scope)

    @property
    def session(self) -> Session:  # type: ignore[override]  # Starlette's own sessions are not used here
        """The session; a call without one gets no further than here."""
        if self.visit.session is None:
            raise SessionRequired("sign in first")
        return self.visit.session

    async def ask(self, method: Any, request: Message, timeout: float = client.DEFAULT_S) -> Any:
        """One call of a service as this person. Raises RemoteError."""
        visit = self.visit
        return await client.call(
            method, request, token=visit.token, request_id=self.request_id, traceparent=visit.traceparent, timeout=timeout
        )

    async def ready(self, method: Any, request: Message, timeout: float = client.DEFAULT_S) -> Response:
        """One call whose ready JSON is passed through untouched."""
        return replies.ready(await self.ask(method, request, timeout), self.headers)


async def _writer(
    request: Request,
    idempotency_key: Annotated[
        UUID | None, Header(description="Repeating a write with the same key has one effect and the same answer")
    ] = None,
) -> Caller:
    visit_of(request.scope)  # no write runs without a session by oversight
    caller = Caller(request.scope, request.receive)
    caller.request_id = str(idempotency_key or uuid7())
    return caller


Reader = Caller
Writer = Annotated[Caller, Depends(_writer)]
