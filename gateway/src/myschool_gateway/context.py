"""What the edge found out about a request before any route runs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.types import Scope

from myschool_gateway.errors import SessionRequired

if TYPE_CHECKING:
    from myschool_gateway.session.model import Session

_KEY = "myschool.visit"
_TRACE = slice(3, 35)


@dataclass(slots=True)
class Visit:
    """One request: its trace, and the session with the principal token when there is one."""

    traceparent: str
    session: "Session | None" = None
    token: str = ""
    ends_at_ms: int = 0
    until_ms: int = 0

    @property
    def instance(self) -> str:
        """The number a person quotes to support: the trace id that all logs of the request carry."""
        return self.traceparent[_TRACE]


def put(scope: Scope, visit: Visit) -> None:
    """Leaves the visit for the routes."""
    scope[_KEY] = visit


def any_visit(scope: Scope) -> Visit | None:
    """The visit, or None where the edge did not run."""
    visit: Visit | None = scope.get(_KEY)
    return visit


def visit_of(scope: Scope) -> Visit:
    """The visit of a signed-in person. Raises SessionRequired: no route runs without a session by oversight."""
    visit = any_visit(scope)
    if visit is None or visit.session is None:
        raise SessionRequired("sign in first")
    return visit
