"""The record of reads as a composition root takes it: a log to write to, a sealer to run."""

import contextlib
from dataclasses import dataclass

from myschool_kit.db import DRIVER
from myschool_kit.service import Resources
from myschool_privacy.audit.log import AccessLog
from myschool_privacy.audit.seal import Sealer


@dataclass(frozen=True)
class Audit:
    """Both halves. `sealer.run` belongs among the background work of the process that serves."""

    log: AccessLog
    sealer: Sealer

    async def close(self) -> None:
        """Writes and seals the rest; called before the database closes."""
        await self.log.close()
        with contextlib.suppress(*DRIVER):
            await self.sealer.seal()


def opened(resources: Resources) -> Audit:
    """The record of this service, closed with the process."""
    sealer = Sealer(resources.database)
    audit = Audit(AccessLog(resources.database, sealer.wake), sealer)
    resources.stack.push_async_callback(audit.close)
    return audit
