"""Many who ask one silent service: who waits, who is told at once, and when it is served again."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from failures import Probe, Seen, asked
from moments import patience

ASKERS = 8
SILENT_S = 14.0
# Together below the rate that one session may ask.
_EVERY_S = 0.5
_QUICK_S = 1.0
_BACK_S = 60.0


@dataclass
class Crowd:
    """One silent service: when each call was asked, how long it took, and its status."""

    part: str
    calls: list[tuple[float, float, int]] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    back_s: float = 0.0

    @property
    def waited(self) -> int:
        """Calls that took long and got nothing."""
        return sum(took >= _QUICK_S and status >= 400 for _at, took, status in self.calls)

    @property
    def quick(self) -> list[float]:
        """When calls were refused at once."""
        return sorted(at for at, took, status in self.calls if took < _QUICK_S and status >= 400)

    def line(self) -> str:
        """A row of the table in docs/failure-modes.md."""
        first = f"{self.quick[0]:.1f}" if self.quick else "never"
        return f"| {self.part} | {len(self.calls)} | {self.waited} | {len(self.quick)} | {first} | {self.back_s:.1f} |"


async def ask(part: str, fault: AbstractAsyncContextManager[None], probe: Probe) -> Crowd:
    """Everybody asks during the fault; afterwards one asks until it is served."""
    crowd = Crowd(part)
    async with fault:
        began = time.monotonic()
        await asyncio.gather(*(_asker(crowd, probe, began) for _ in range(ASKERS)))
    began = time.monotonic()
    while (await asked(crowd.seen, probe))[0] >= 400:
        if time.monotonic() - began > _BACK_S * patience():
            crowd.seen.wrong.append("did not come back")
            break
        await asyncio.sleep(_EVERY_S)
    crowd.back_s = time.monotonic() - began
    return crowd


async def _asker(crowd: Crowd, probe: Probe, began: float) -> None:
    while (at := time.monotonic() - began) < SILENT_S:
        status, _code = await asked(crowd.seen, probe)
        crowd.calls.append((at, time.monotonic() - began - at, status))
        await asyncio.sleep(_EVERY_S)
