"""How long a test waits, and for what."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

_Found = TypeVar("_Found")
_MOST = 6.0


def patience() -> float:
    """The product's promises in seconds hold for a machine that is not overrun; a busier one gets as much more as it is busier."""
    return min(_MOST, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))


async def eventually(look: Callable[[], Awaitable[_Found]], seconds: float, what: str = "it") -> _Found:
    """The first truthy answer of `look`; the test fails when none comes within the promised time."""
    began = time.monotonic()
    while True:
        found = await look()
        if found:
            return found
        if time.monotonic() - began > seconds * patience():
            pytest.fail(f"{what} did not come within {seconds} s (patience {patience():.1f}); last seen: {found!r}")
        await asyncio.sleep(0.1)


def within(seconds: float) -> float:
    """The same promise as a timeout in milliseconds for the browser's own waiting."""
    return seconds * patience() * 1000
