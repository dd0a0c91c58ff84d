"""Use case: whose family has read the week."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from myschool_journal.acknowledgement.repository import AcknowledgementRepository
from myschool_journal.authority.caller import Caller
from myschool_journal.diary.rules import Week
from myschool_journal.errors import ClassNotFound
from myschool_kit import clock
from myschool_kit.db import Database
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog


class Acknowledgements:
    """What the class teacher and the heads of the school see of «ознакомлен»."""

    def __init__(self, database: Database, repository: AcknowledgementRepository, access: AccessLog) -> None:
        self._database = database
        self._repository = repository
        self._access = access

    async def of_class(self, caller: Caller, group_id: UUID, day: date | None) -> bytes:
        """JSON of a class in the week of a day; no day means the present week. Raises ClassNotFound, Invalid."""
        if day is not None:
            Week.of(day)
        row = await self._repository.of_class(self._database.reads, caller, group_id, day, clock.now())
        if row is None:
            raise ClassNotFound("no such class")
        self._access.record("diary.acknowledgements", object_id=group_id)
        week = Week(row["monday"])
        return json_body(
            {
                "group": {"id": group_id, "name": row["name"]},
                "week": {"monday": week.monday, "sunday": week.sunday, "previous": week.previous, "next": week.next},
                "today": row["today"],
                "students": [_student(*student) for student in row["students"] or ()],
            }
        )


def _student(student_id: str, full_name: str, can_sign: bool, signatures: list[asyncpg.Record] | None) -> dict[str, Any]:
    signed = [{"by": by, "at_ms": clock.epoch_ms(at)} for by, at in signatures or ()]
    return {"id": student_id, "full_name": full_name, "can_sign": can_sign, "signed": signed}
