"""One error type that crosses gRPC intact and becomes a problem document only at the gateway (house-style §2.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """What went wrong; the value is the gRPC code that carries it between services."""

    INVALID = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    RULE_BROKEN = "FAILED_PRECONDITION"
    STALE = "ABORTED"
    FORBIDDEN = "PERMISSION_DENIED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    TOO_MANY = "RESOURCE_EXHAUSTED"
    UNAVAILABLE = "UNAVAILABLE"
    DEADLINE = "DEADLINE_EXCEEDED"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Violation:
    """One bad field of a request: its path and what to change."""

    field: str
    message: str


class DomainError(Exception):
    """A failure the caller can understand. `reason` is stable; `params` carry every dynamic part of `detail`."""

    kind: ClassVar[Kind] = Kind.INTERNAL
    reason: str = "INTERNAL"

    def __init__(self, detail: str = "", *, reason: str | None = None, violations: Sequence[Violation] = (), **params: str | float) -> None:
        super().__init__(detail or type(self).__name__)
        self.detail = detail
        self.violations = tuple(violations)
        self.params = {name: str(value) for name, value in params.items()}
        if reason is not None:
            self.reason = reason


class Invalid(DomainError):
    """The request does not have the promised shape or values; `violations` name the fields."""

    kind = Kind.INVALID
    reason = "INVALID"


class NotFound(DomainError):
    """Absent, or not the caller's to see: the two are never told apart (DESIGN §4)."""

    kind = Kind.NOT_FOUND
    reason = "NOT_FOUND"


class AlreadyExists(DomainError):
    """Something with this identity is there already."""

    kind = Kind.ALREADY_EXISTS
    reason = "ALREADY_EXISTS"


class RuleBroken(DomainError):
    """A rule of the school forbids the act in the present state."""

    kind = Kind.RULE_BROKEN
    reason = "RULE_BROKEN"


class Stale(DomainError):
    """Somebody changed the object after the caller read it; params hold the present state."""

    kind = Kind.STALE
    reason = "STALE"


class Forbidden(DomainError):
    """The role does not hold the permission of the method."""

    kind = Kind.FORBIDDEN
    reason = "FORBIDDEN"


class Unauthenticated(DomainError):
    """No valid principal came with the call."""

    kind = Kind.UNAUTHENTICATED
    reason = "UNAUTHENTICATED"


class TooMany(DomainError):
    """A limit is used up; param `retry_after_s` says when to come back."""

    kind = Kind.TOO_MANY
    reason = "TOO_MANY"


class RemoteError(DomainError):
    """A failure that a called service reported, rebuilt on the caller's side."""

    def __init__(
        self,
        kind: Kind,
        domain: str,
        reason: str,
        detail: str = "",
        violations: Sequence[Violation] = (),
        params: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail, reason=reason, violations=violations)
        self.remote_kind = kind
        self.domain = domain
        self.params = dict(params or {})


def kind_of(error: DomainError) -> Kind:
    """The kind of an own or a rebuilt error."""
    return error.remote_kind if isinstance(error, RemoteError) else type(error).kind
