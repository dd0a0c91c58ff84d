"""Use cases over student groups."""

from typing import Any
from uuid import UUID

import asyncpg
import orjson

from myschool_kit.db import UnitOfWork
from myschool_kit.principal import Principal
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog
from myschool_roles import events
from myschool_roles.errors import GroupNotFound
from myschool_roles.group.repository import GroupRepository
from myschool_roles.organisation.rules import caller_id, scope_of
from myschool_roles.person.service import People

_INTERNAL = ("organisation_id", "region_code", "homeroom_teacher_id", "teaches")


def _may_read(principal: Principal, row: asyncpg.Record) -> bool:
    """A teacher reads the groups taught or led, a head those of the own school."""
    if not scope_of(principal).holds(row["organisation_id"], row["region_code"]):
        return False
    if principal.role_type != "TEACHER":
        return True
    return bool(row["teaches"]) or str(row["homeroom_teacher_id"]) == principal.person_id


class Groups:
    """Classes with their rosters."""

    def __init__(self, repository: GroupRepository, people: People, access: AccessLog) -> None:
        self._repository = repository
        self._people = people
        self._access = access

    async def get(self, principal: Principal, group_id: UUID) -> bytes:
        """JSON of a group with roster, guardians and teachers. Raises GroupNotFound for unrelated callers."""
        row = await self._repository.page(group_id, caller_id(principal))
        if row is None or not _may_read(principal, row):
            raise GroupNotFound
        self._access.record("group.roster", object_id=group_id)
        body: dict[str, Any] = {name: value for name, value in row.items() if name not in _INTERNAL}
        body["students"], body["teachers"] = orjson.Fragment(body["students"]), orjson.Fragment(body["teachers"])
        return json_body(body)

    async def end_teaching(self, uow: UnitOfWork, organisation_id: UUID, teacher_id: UUID) -> None:
        """A teacher whose role ended teaches no class of the organisation any more."""
        for row in await self._repository.end_teachings(uow.raw, organisation_id, teacher_id):
            events.teaching_ended(uow, row["group_id"], row["subject"], teacher_id)
