"""The edge of every RPC: errors > deadline > principal > permission > validation > transaction, in this order."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
import grpc
import protovalidate
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from myschool.common.v1 import options_pb2
from myschool_cluster import metrics, traces
from myschool_cluster.tls import callers_in
from myschool_kit import status
from myschool_kit.context import Call, serving
from myschool_kit.db import Database, is_away
from myschool_kit.errors import DomainError, Forbidden, Invalid, Stale, Unauthenticated, Violation, kind_of
from myschool_kit.principal import Principal, PrincipalVerifier
from myschool_kit.telemetry import logger

_log = logger(__name__)
_SLOW_S = 1.0
_LEAST_S = 0.02
_PREFIX = len("ROLE_TYPE_")
_USUAL_CALLERS = ("gateway",)

Handler = Callable[[Message, Any], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Method:
    """What a method's options promise."""

    name: str
    permission: str
    roles: frozenset[str]
    callers: frozenset[str]
    is_read: bool
    reply: type[Message]


def describe(full_method: str) -> Method:
    """Options of «/package.Service/Method» read back from the descriptor. Raises LookupError without a permission."""
    service, name = full_method.strip("/").split("/")
    descriptor: MethodDescriptor = descriptor_pool.Default().FindServiceByName(service).FindMethodByName(name)
    options = descriptor.GetOptions()
    access = options.Extensions[options_pb2.access]
    if not access.permission:
        raise LookupError(f"{full_method} has no permission")
    roles = frozenset(options_pb2.RoleType.Name(role)[_PREFIX:] for role in access.roles)
    is_read = options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    callers = frozenset(access.callers or _USUAL_CALLERS)
    return Method(full_method, access.permission, roles, callers, is_read, GetMessageClass(descriptor.output_type))


def require(method: Method, principal: Principal) -> None:
    """Raises Forbidden unless the principal's role type holds the method's permission."""
    if method.roles and principal.role_type not in method.roles:
        raise Forbidden("the role does not hold the permission", reason="PERMISSION_MISSING", permission=method.permission)


def validate(request: Message) -> None:
    """Raises Invalid with a violation per bad field (rules stand in the proto files)."""
    try:
        protovalidate.validate(request)
    except protovalidate.ValidationError as error:
        violations = [Violation(_path(item.proto.field), item.proto.message) for item in error.violations]
        raise Invalid("the request has bad fields", violations=violations) from error


def _path(field: Any) -> str:
    """Dotted path of a bad field; empty when a rule of the whole message was broken."""
    return ".".join(part.field_name for part in field.elements) if field is not None else ""


class Edge(grpc.aio.ServerInterceptor):
    """Wraps each unary method of our own services; health and reflection pass through."""

    def __init__(self, service: str, verifier: PrincipalVerifier, database: Database, *, knows_callers: bool = False) -> None:
        self._knows_callers = knows_callers
        self._service, self._domain = service, f"{service}.myschool"
        self._verifier = verifier
        self._database = database
        self._wrapped: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        """The wrapped handler of the method, made at its first call."""
        known = self._wrapped.get(details.method)
        if known is not None:
            return known
        handler = await continuation(details)
        if handler is None or not details.method.startswith("/myschool."):
            return handler
        method = describe(details.method)
        wrapped = grpc.unary_unary_rpc_method_handler(
            self._around(method, handler.unary_unary), handler.request_deserializer, handler.response_serializer
        )
        self._wrapped[details.method] = wrapped
        return wrapped

    def _around(self, method: Method, handler: Handler) -> Handler:
        name = method.name.rpartition(".")[2]  # «GradebookService/SetMark»: one service has one package

        async def serve(request: Message, context: grpc.aio.ServicerContext[Any, Any]) -> Message:
            started = time.perf_counter()
            metadata = {name: str(value) for name, value in context.invocation_metadata() or ()}
            span = traces.begin("SERVER", name, metadata.get("traceparent", ""), rpc__system="grpc", rpc__method=name)
            call = Call(method.name, span.traceparent, _NOBODY, metadata.get("x-principal", ""))
            call.request_id = metadata.get("x-request-id", "")[:100]
            outcome = code = "OK"
            with serving(call):
                try:
                    self._admit(method, request, context, call)
                    if method.is_read:
                        return await handler(request, context)
                    return await self._write(method, partial(handler, request, context), request, call)
                except DomainError as error:
                    outcome, code = error.reason, kind_of(error).value
                    await context.abort_with_status(status.of(error, self._domain))
                except (asyncio.CancelledError, grpc.aio.AbortError):
                    code = "CANCELLED"
                    raise
                except Exception as error:
                    told = _translate(error)
                    outcome, code = type(error).__name__, kind_of(told).value
                    await context.abort_with_status(status.of(told, self._domain))
                finally:
                    seconds = time.perf_counter() - started
                    metrics.observe(metrics.RPC, seconds, self._service, name, code, trace=span.recorded)
                    span.end(code)
                    if outcome != "OK" or seconds > _SLOW_S:
                        _log.info("rpc", outcome=outcome, ms=round(seconds * 1000, 1))
            raise AssertionError  # abort_with_status never returns

        return serve

    def _admit(self, method: Method, request: Message, context: grpc.aio.ServicerContext[Any, Any], call: Call) -> None:
        if self._knows_callers and method.callers.isdisjoint(callers_in(context)):
            raise Forbidden("this process may not call the method", reason="CALLER_UNKNOWN", permission=method.permission)
        remaining = context.time_remaining()
        if remaining is not None:
            if remaining < _LEAST_S:
                raise TimeoutError
            call.deadline = asyncio.get_running_loop().time() + remaining
        if not call.token:
            raise Unauthenticated("no principal came with the call")
        call.principal = self._verifier.verify(call.token)
        require(method, call.principal)
        validate(request)

    async def _write(self, method: Method, handle: Callable[[], Awaitable[Message]], request: Message, call: Call) -> Message:
        async with self._database.begin(call.traceparent) as uow:
            if call.request_id:
                body = request.SerializeToString(deterministic=True)
                known = await uow.claim(call.principal.person_id, call.request_id, method.name, body)
                if known is not None:
                    return method.reply.FromString(known)
            call.uow = uow
            reply = await handle()
            if call.request_id:
                uow.answer(reply.SerializeToString())
            return reply


_NOBODY = Principal("", "", "")


def _translate(error: Exception) -> DomainError:
    """Known failures of the database and of time; everything else is logged and told as «internal error» only."""
    if isinstance(error, TimeoutError):
        return status.Expired("the time allowed for the call was used up")
    if isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError | asyncpg.LockNotAvailableError):
        return Stale("somebody else is changing the same object", reason="BUSY")
    if isinstance(error, asyncpg.CharacterNotInRepertoireError):
        return Invalid("a text holds a NUL character", reason="TEXT_HAS_NUL")
    if is_away(error):
        _log.warning("database_away", error=type(error).__name__)
        return status.Away("the database does not answer", reason="DATABASE_AWAY")
    _log.error("unexpected", error=type(error).__name__, exc_info=error)
    return DomainError("internal error")
