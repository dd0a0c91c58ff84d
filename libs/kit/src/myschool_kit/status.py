"""DomainError ⇄ google.rpc.Status: the one table between error kinds and gRPC codes (house-style §2.7)."""

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from myschool_kit.errors import DomainError, Kind, RemoteError, Violation, kind_of
from myschool_kit.telemetry import logger

_log = logger(__name__)

# For the two edges that speak HTTP: the gateway and the library's provider API (house-style §2.7).
HTTP: dict[Kind, int] = {
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.ALREADY_EXISTS: 409,
    Kind.RULE_BROKEN: 409,
    Kind.STALE: 409,
    Kind.FORBIDDEN: 403,
    Kind.UNAUTHENTICATED: 401,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
    Kind.DEADLINE: 504,
    Kind.INTERNAL: 500,
}
CODES = {kind: grpc.StatusCode[kind.value] for kind in Kind}
_KINDS = {code: kind for kind, code in CODES.items()}


class Away(DomainError):
    """A part this service needs does not answer; the caller may try again."""

    kind = Kind.UNAVAILABLE
    reason = "UNAVAILABLE"


class Expired(DomainError):
    """The deadline of the call has passed."""

    kind = Kind.DEADLINE
    reason = "DEADLINE_EXCEEDED"


def of(error: DomainError, domain: str) -> grpc.Status:
    """The status with ErrorInfo and BadRequest details; a rebuilt error keeps the domain it came from."""
    kind = kind_of(error)
    if isinstance(error, RemoteError):
        domain = error.domain or domain
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=domain, metadata=error.params)
    details = [_pack(info)]
    if error.violations:
        fields = [error_details_pb2.BadRequest.FieldViolation(field=item.field, description=item.message) for item in error.violations]
        details.append(_pack(error_details_pb2.BadRequest(field_violations=fields)))
    code = code_pb2.Code.Value(CODES[kind].name)
    status: grpc.Status = rpc_status.to_status(status_pb2.Status(code=code, message=error.detail, details=details))
    return status


def error_of(error: grpc.aio.AioRpcError) -> RemoteError:
    """The error that the called service raised."""
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    rich = rpc_status.from_call(error)
    for detail in rich.details if rich is not None else ():
        detail.Unpack(info)
        detail.Unpack(bad)
    told = error.details() or ""
    if not info.reason:
        # Not a word of the service but of the transport, which names addresses: for the log only.
        _log.warning("call_failed", code=error.code().name, told=told)
        told = ""
    kind = _KINDS.get(error.code(), Kind.UNAVAILABLE)
    if kind is Kind.INTERNAL and not info.reason and error.code() is not grpc.StatusCode.INTERNAL:
        kind = Kind.UNAVAILABLE
    violations = [Violation(item.field, item.description) for item in bad.field_violations]
    return RemoteError(kind, info.domain, info.reason or kind.name, told, violations, dict(info.metadata))


def _pack(message: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
