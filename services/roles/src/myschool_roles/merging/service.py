"""Follows identity's word that two records are one person."""

from uuid import UUID

from myschool_kit.db import UnitOfWork
from myschool_roles import events
from myschool_roles.guardian.service import Guardians
from myschool_roles.merging.repository import MergingRepository
from myschool_roles.role.service import Roles


class Merging:
    """Roles and guardianship of a merged person go to the one who stays; facts of the past keep the old id."""

    def __init__(self, repository: MergingRepository, roles: Roles, guardians: Guardians) -> None:
        self._repository = repository
        self._roles = roles
        self._guardians = guardians

    async def follow(self, uow: UnitOfWork, person_id: UUID, merged_id: UUID) -> None:
        """Moves what can be moved and ends what the person has twice; doing it again finds nothing to do."""
        await self._repository.ensure(uow.raw, person_id, merged_id)
        for row in await self._repository.move_roles(uow.raw, person_id, merged_id):
            await self._roles.note_merge(uow, row, row["status"])
        for row in await self._repository.end_roles(uow.raw, merged_id):
            await self._roles.note_merge(uow, row, row["old_status"])
        await self._move_guardianships(uow, person_id, merged_id)

    async def _move_guardianships(self, uow: UnitOfWork, person_id: UUID, merged_id: UUID) -> None:
        moved, students = set(), set()
        for row in await self._repository.guardianships(uow.raw, merged_id):
            events.guardianship_ended(uow, row["guardian_id"], row["student_id"])
            guardian = person_id if row["guardian_id"] == merged_id else row["guardian_id"]
            student = person_id if row["student_id"] == merged_id else row["student_id"]
            if await self._repository.move_guardianship(uow.raw, row["id"], guardian, student):
                moved.add(row["id"])
                students.add(student)
        if students:
            await self._guardians.refresh(uow, sorted(students), fresh=moved)
