"""Limits of courts that end by themselves: rights come back on the day after, at the school's midnight."""

import asyncio

from myschool_kit.db import DRIVER, Database
from myschool_kit.telemetry import logger
from myschool_roles.guardian.service import Guardians

_log = logger(__name__)
_EVERY_S = 60.0


class LimitEndings:
    """Looks while the process serves; several may, the first to lock a student's guardianships lifts. Until then the limit holds."""

    def __init__(self, database: Database, guardians: Guardians) -> None:
        self._database = database
        self._guardians = guardians

    async def run(self) -> None:
        """Lifts what has ended, minute by minute."""
        while True:
            try:
                await self.lift()
            except DRIVER as error:
                _log.warning("limits_wait", error=type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def lift(self) -> int:
        """Each student in a transaction with its events; answers how many students that were."""
        students = await self._guardians.limits_over()
        for student_id in students:
            async with self._database.begin() as uow:
                await self._guardians.lift_over(uow, student_id)
        return len(students)
