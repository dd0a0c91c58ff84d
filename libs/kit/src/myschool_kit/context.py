"""What is known of the call being served: principal, deadline, trace and unit of work."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from myschool_kit.principal import Principal

if TYPE_CHECKING:
    from myschool_kit.db import UnitOfWork


@dataclass(slots=True)
class Call:
    """One call. `deadline` is in the running loop's time, None when the caller set none."""

    method: str
    traceparent: str
    principal: Principal
    token: str = ""
    request_id: str = ""
    deadline: float | None = None
    uow: "UnitOfWork | None" = None

    @property
    def trace_id(self) -> str:
        """The 32 hex digits by which all logs of one user action are found."""
        return self.traceparent[3:35]

    def seconds_left(self) -> float | None:
        """Seconds until the deadline; None when there is none."""
        return None if self.deadline is None else self.deadline - asyncio.get_running_loop().time()


_current: ContextVar[Call | None] = ContextVar("myschool_call", default=None)


def current() -> Call:
    """The call being served. Raises RuntimeError outside of one."""
    call = _current.get()
    if call is None:
        message = "no call is being served"
        raise RuntimeError(message)
    return call


def current_or_none() -> Call | None:
    """The call being served, or None."""
    return _current.get()


def principal() -> Principal:
    """Who made the call being served."""
    return current().principal


def unit_of_work() -> "UnitOfWork":
    """The open transaction of the write being served."""
    uow = current().uow
    if uow is None:
        message = "this method is declared as a read (NO_SIDE_EFFECTS) and has no unit of work"
        raise RuntimeError(message)
    return uow


@contextmanager
def serving(call: Call) -> Iterator[Call]:
    """Makes `call` the current one inside the block."""
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


def new_traceparent(parent: str = "") -> str:
    """A W3C traceparent: a child of `parent`, or a new trace."""
    trace = parent[3:35] if len(parent) == 55 else secrets.token_hex(16)
    return f"00-{trace}-{secrets.token_hex(8)}-01"
