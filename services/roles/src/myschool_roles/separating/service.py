"""Follows identity's word that two records, once merged, are two people after all."""

from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit.db import UnitOfWork
from myschool_roles import events
from myschool_roles.guardian.service import Guardians
from myschool_roles.merging.service import BY_IDENTITY
from myschool_roles.person.service import People
from myschool_roles.role.service import Roles
from myschool_roles.separating.repository import SeparatingRepository


class Separating:
    """What a merge has moved goes back where it is unchanged since; the rest stays and is named."""

    def __init__(self, repository: SeparatingRepository, roles: Roles, guardians: Guardians, people: People) -> None:
        self._repository = repository
        self._roles = roles
        self._guardians = guardians
        self._people = people

    async def separate(self, uow: UnitOfWork, merge_id: UUID, author: tuple[str, str] = BY_IDENTITY) -> list[dict[str, Any]]:
        """Undoes what the merge has moved where it is unchanged since; answers what stays as it is. Repeating finds nothing to do."""
        merged_id = await self._repository.begin(uow.raw, merge_id, author)
        if merged_id is None:
            return []
        kept, back = [], _Back(self._repository, self._roles, uow, await self._people.name(uow, merged_id) or "")
        for move in await self._repository.moves(uow.raw, merge_id):
            returned = await back.of(move)
            await self._repository.note(uow.raw, merge_id, move["id"], returned=returned)
            if not returned and move["what"] != "KEY":
                kept.append(await self._repository.name(uow.raw, move))
        if back.students:
            await self._guardians.refresh(uow, sorted(back.students), fresh=back.guardianships)
        for person_id in sorted(back.told):
            events.family_told(uow, person_id)
        return kept


class _Back:
    """One separation: undoes move by move and tells what follows."""

    def __init__(self, repository: SeparatingRepository, roles: Roles, uow: UnitOfWork, name: str) -> None:
        self._repository = repository
        self._roles = roles
        self._uow = uow
        self._name = name
        self.students: set[UUID] = set()
        self.guardianships: set[UUID] = set()
        self.told: set[UUID] = set()

    async def of(self, move: asyncpg.Record) -> bool:
        """Whether the move was undone."""
        if move["what"] == "KEY":
            return await self._repository.key(self._uow.raw, move) is not None
        by_kind = {
            "ROLE": self._role,
            "GUARDIANSHIP": self._guardianship,
            "ENROLMENT": self._enrolment,
            "TEACHING": self._teaching,
            "HOMEROOM": self._homeroom,
            "CLAIM": self._paper,
            "INVITATION": self._paper,
            "REQUEST": self._paper,
        }
        return await by_kind[move["what"]](move)

    async def _role(self, move: asyncpg.Record) -> bool:
        row = await self._repository.role(self._uow.raw, move)
        if row is not None:
            await self._roles.note_merge(self._uow, row, row["old_status"], "separated")
        return row is not None

    async def _guardianship(self, move: asyncpg.Record) -> bool:
        row = await self._repository.guardianship(self._uow.raw, move)
        if row is None:
            return False
        if not move["ended"]:
            events.guardianship_ended(self._uow, row["old_guardian_id"], row["old_student_id"])
        self.students.add(row["student_id"])
        self.guardianships.add(row["id"])
        return True

    async def _enrolment(self, move: asyncpg.Record) -> bool:
        row = await self._repository.enrolment(self._uow.raw, move)
        if row is not None:
            events.student_moved(self._uow, row, (None if move["ended"] else move["to_id"], move["from_id"]), self._name)
        return row is not None

    async def _teaching(self, move: asyncpg.Record) -> bool:
        row = await self._repository.teaching(self._uow.raw, move)
        if row is None:
            return False
        if not move["ended"]:
            events.teaching_ended(self._uow, row["group_id"], row["subject"], move["to_id"])
        events.teaching_assigned(self._uow, row["group_id"], row["organisation_id"], row["subject"], move["from_id"], self._name)
        return True

    async def _homeroom(self, move: asyncpg.Record) -> bool:
        row = await self._repository.homeroom(self._uow.raw, move)
        if row is not None:
            events.homeroom_assigned(self._uow, row["id"], row["organisation_id"], move["from_id"], self._name)
        return row is not None

    async def _paper(self, move: asyncpg.Record) -> bool:
        """What a family or a school has asked for; both people's open pages look again."""
        returned = await self._repository.paper(self._uow.raw, move)
        if returned:
            self.told |= {move["from_id"], move["to_id"]}
        return returned
