"""What is known of the call being served: principal, deadline, trace and unit of work."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from myschool_kit.principal import Principal
from myschool_kit.telemetry import served

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
        raise RuntimeError("no call is being served")
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
        raise RuntimeError("this method is declared as a read (NO_SIDE_EFFECTS) and has no unit of work")
    return uow


@contextmanager
def serving(call: Call) -> Iterator[Call]:
    """Makes `call` the current one inside the block."""
    token, logged = _current.set(call), served.set((call.trace_id, call.method))
    try:
        yield call
    finally:
        _current.reset(token)
        served.reset(logged)
