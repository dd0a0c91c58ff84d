"""What every request passes before a route: trace, size, origin, session, rate, consents; and problems on the way back."""

import asyncio
from typing import Final

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from myschool_cluster.asgi import traceparent
from myschool_gateway import context, problems
from myschool_gateway.context import Visit
from myschool_gateway.cookies import SESSION
from myschool_gateway.csrf import check_origin
from myschool_gateway.errors import BodyTooLarge, ConsentRequired, HeadTooLarge, MediaTypeUnsupported, SessionRequired
from myschool_gateway.load import Load
from myschool_gateway.parts import parts_of
from myschool_gateway.session.store import Visited
from myschool_kit.errors import DomainError
from myschool_kit.telemetry import logger

_log = logger(__name__)
API: Final = "/api/"
_OPEN = frozenset({"/api/v1/session"})
# Calls of the page about signing in and out: nobody else's page may make them.
_SIGNING = frozenset({"/auth/logout", "/auth/child", "/auth/device"})
# Besides what leads to the consent: a person's own data are theirs without one (152-ФЗ, articles 14 and 21).
_WITHOUT_CONSENT = (*("/api/v1/session", "/api/v1/consents", "/api/v1/profile"), *("/api/v1/export", "/api/v1/erasure", "/api/v1/access"))
_IMPORTS = "/api/v1/imports"
LARGEST_BODY = 1024 * 1024
_LONGEST_ADDRESS = 8 * 1024
_LARGEST_HEAD = 32 * 1024
_MOST_DRAINED = 64 * 1024 * 1024
_DRAINED_S = 10
# The file itself may have 8 MB; the multipart frame around it needs a little more.
LARGEST_IMPORT = 8 * 1024 * 1024 + 64 * 1024


class Edge:
    """Pure ASGI middleware: one pass, no copy of the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves HTTP; other kinds of connection pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            # Whatever can be read can be asked for its headers alone; the server leaves the body out.
            scope = {**scope, "method": "GET"}
        visit = Visit(traceparent(scope))
        context.put(scope, visit)
        load = parts_of(Request(scope)).load
        answer = _Answer(send, visit, load)
        try:
            _check_head(scope)
            body = _Body(receive, _limit(scope["path"]), scope)
            with load.call(scope["method"], scope["path"]):
                await self._admit(scope, visit)
                await self._app(scope, body.receive, answer.send)
        except DomainError as error:
            await _refuse(error, visit, scope, receive, answer)
        except Exception as error:
            _log.error("unexpected", path=scope["path"], trace=visit.instance, error=type(error).__name__, exc_info=error)
            await _refuse(DomainError("internal error"), visit, scope, receive, answer)

    async def _admit(self, scope: Scope, visit: Visit) -> None:
        path: str = scope["path"]
        if not path.startswith(API) and path not in _SIGNING:
            return
        request = Request(scope)
        parts = parts_of(request)
        if authorization := request.headers.get("authorization"):
            await self._admit_bearer(request, visit, authorization)
            return
        check_origin(request.method, request.headers, parts.settings.origin)
        found = await self._found(request)
        if found is None:
            if path in _OPEN or not path.startswith(API):
                return
            raise SessionRequired("sign in first")
        visit.session, visit.token = parts.principals.of(found.stored)
        visit.ends_at_ms, visit.until_ms = found.ends_at_ms, found.until_ms
        if visit.session.missing_consents and path.startswith(API) and not path.startswith(_WITHOUT_CONSENT):
            raise ConsentRequired("give the missing consents first")
        if found.check_due:
            parts.checks.start(visit.session)
        if path.startswith(API):
            _check_media_type(path, request)

    @staticmethod
    async def _found(request: Request) -> Visited | None:
        secret = SESSION.read(request)
        if not secret:
            return None
        sessions = parts_of(request).sessions
        if request.url.path in _OPEN and request.method == "GET":
            return await sessions.look(secret, rated=True)
        return await sessions.visit(secret)

    @staticmethod
    async def _admit_bearer(request: Request, visit: Visit, authorization: str) -> None:
        """A call with a personal token or as a system of the region; a cookie beside it counts for nothing.

        No other site can make a browser send this header, so nothing else need prove where the call comes from.
        """
        parts, address = parts_of(request), request.client.host if request.client is not None else ""
        method, path = request.method, request.url.path
        if token := _of_machine(authorization):
            stored = await parts.machines.session(method, path, token, address)
        else:
            stored = await parts.bearers.session(method, path, authorization, address, visit.traceparent)
        visit.session, visit.token = parts.principals.of(stored)
        _check_media_type(path, request)
        if visit.session.missing_consents:
            raise ConsentRequired("give the missing consents first")


class _Body:
    """Stops a body that is longer than allowed, whether its length was announced or not."""

    def __init__(self, receive: Receive, limit: int, scope: Scope) -> None:
        self._receive = receive
        self._limit = limit
        self._left = limit
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > limit:
            raise BodyTooLarge("the body is too large", limit_bytes=limit)

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                if message.get("more_body"):
                    await _drain(self._receive)
                raise BodyTooLarge("the body is too large", limit_bytes=self._limit)
        return message


class _Answer:
    """Adds what every answer carries, and remembers whether it has begun."""

    def __init__(self, send: Send, visit: Visit, load: Load) -> None:
        self._send = send
        self._visit = visit
        self._load = load
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(raw=message["headers"])
            headers["X-Request-Id"] = self._visit.instance
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "same-origin"
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            if self._load.leaving:
                headers["Connection"] = "close"
        await self._send(message)


def _of_machine(authorization: str) -> str:
    """The signed token of a machine account; empty for anything else."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.count(".") == 2 else ""


def _check_head(scope: Scope) -> None:
    """Raises HeadTooLarge: the parser before us takes headers of any length."""
    address = len(scope["raw_path"]) + len(scope["query_string"])
    if address > _LONGEST_ADDRESS or sum(len(name) + len(value) for name, value in scope["headers"]) > _LARGEST_HEAD:
        raise HeadTooLarge("address or headers are too long")


def _check_media_type(path: str, request: Request) -> None:
    """Raises MediaTypeUnsupported for a body that the route could only misread."""
    headers = request.headers
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    wanted = "multipart/form-data" if path == _IMPORTS else "application/json"
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != wanted or headers.get("content-encoding", "identity") != "identity":
        raise MediaTypeUnsupported(f"the body must be {wanted}, not compressed", media_type=wanted)


def _limit(path: str) -> int:
    return LARGEST_IMPORT if path == _IMPORTS else LARGEST_BODY


async def _refuse(error: DomainError, visit: Visit, scope: Scope, receive: Receive, answer: _Answer) -> None:
    if answer.begun:
        return
    response = problems.response(error, visit.instance)
    if isinstance(error, BodyTooLarge):
        await _drain(receive)
    await response(scope, receive, answer.send)


async def _drain(receive: Receive) -> None:
    """Lets the rest of a refused body pass, within reason: a client that is still sending could not read the answer."""
    left = _MOST_DRAINED
    try:
        async with asyncio.timeout(_DRAINED_S):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return


async def on_domain_error(request: Request, error: Exception) -> Response:
    """Failures that a route raised."""
    if not isinstance(error, DomainError):
        raise error
    return problems.response(error, _instance(request))


async def on_validation_error(request: Request, error: Exception) -> Response:
    """A body, path or query of the wrong shape."""
    if not isinstance(error, RequestValidationError):
        raise error
    return problems.response(problems.of_validation(error), _instance(request))


async def on_http_error(request: Request, error: Exception) -> Response:
    """What Starlette refuses by itself."""
    if not isinstance(error, HTTPException):
        raise error
    # FastAPI wraps what went wrong while it was reading the body.
    known = error.__cause__ if isinstance(error.__cause__, DomainError) else problems.of_http(error)
    response = problems.response(known, _instance(request))
    response.headers.update({name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"})
    return response


def _instance(request: Request) -> str:
    visit = context.any_visit(request.scope)
    return "" if visit is None else visit.instance
