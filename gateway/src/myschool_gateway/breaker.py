"""A service that lets calls wait in vain is asked by one call in a few seconds; the others are refused at once (platform.md, test 20).

Without it everybody who asks a silent service waits a whole deadline, again and again. What is refused quickly anyway (a service
that is gone, an error in words) saves no time and does not count: the channel's own throttle keeps its retries small.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import grpc

from myschool_cluster import metrics
from myschool_kit.telemetry import logger

_log = logger(__name__)
CALLS: Final = 5
WINDOW_S: Final = 15.0
REST_S: Final = 3.0
# More than the attempts at a service that is gone take together, even on a busy machine.
LONG_S: Final = 2.0
_IN_VAIN: Final = (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)
# With it the service has spoken, whatever it said.
_TOLD: Final = "grpc-status-details-bin"


class Breaker:
    """Opens after CALLS calls in a row, within WINDOW_S, that waited longer than LONG_S for nothing; any answer closes it."""

    def __init__(self, name: str, now: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._now = now
        self._vain = 0
        self._first_at = 0.0
        self._again_at: float | None = None
        self._probing = False
        metrics.show(metrics.BREAKER, 0, name)

    @property
    def is_open(self) -> bool:
        """Whether calls are refused."""
        return self._again_at is not None

    def admit(self) -> bool:
        """Lets a call through; True for the one that finds out whether the service is back. Raises AioRpcError for all others."""
        if self._again_at is None:
            return False
        if self._probing or self._now() < self._again_at:
            nothing = grpc.aio.Metadata()
            raise grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, nothing, nothing, f"{self._name} lets calls wait in vain")
        self._probing = True
        return True

    def answered(self, *, probe: bool) -> None:
        """The service spoke, or refused quickly."""
        self._vain = 0
        self._probing = self._probing and not probe
        if self._again_at is not None:
            self._again_at, self._probing = None, False
            metrics.show(metrics.BREAKER, 0, self._name)
            _log.info("breaker_closed", part=self._name)

    def waited(self, *, probe: bool) -> None:
        """A call waited in vain."""
        now = self._now()
        self._probing = self._probing and not probe
        if self._vain == 0 or now - self._first_at > WINDOW_S:
            self._vain, self._first_at = 0, now
        self._vain += 1
        if self._again_at is not None:
            self._again_at = now + REST_S
        elif self._vain >= CALLS:
            self._again_at = now + REST_S
            metrics.show(metrics.BREAKER, 1, self._name)
            _log.warning("breaker_open", part=self._name, calls=self._vain)

    def gave_up(self, *, probe: bool) -> None:
        """The caller went away before there was an answer: nothing is known, the next call finds out."""
        self._probing = self._probing and not probe


class Guarded:
    """A channel whose calls of one request pass a breaker."""

    def __init__(self, channel: Any, breaker: Breaker) -> None:
        self._channel = channel
        self._breaker = breaker

    def unary_unary(self, *shape: Any, **options: Any) -> Callable[..., Any]:
        """A method as generated stubs bind it."""
        method, breaker = self._channel.unary_unary(*shape, **options), self._breaker

        async def invoke(request: Any, **how: Any) -> Any:
            probe = breaker.admit()
            began = time.monotonic()
            try:
                reply = await method(request, **how)
            except grpc.aio.AioRpcError as error:
                if _in_vain(error, time.monotonic() - began):
                    breaker.waited(probe=probe)
                else:
                    breaker.answered(probe=probe)
                raise
            except asyncio.CancelledError:
                breaker.gave_up(probe=probe)
                raise
            breaker.answered(probe=probe)
            return reply

        return invoke


def _in_vain(error: grpc.aio.AioRpcError, seconds: float) -> bool:
    told = any(name == _TOLD for name, _value in error.trailing_metadata() or ())
    return error.code() in _IN_VAIN and not told and seconds >= LONG_S
