"""Follows identity's word that two records are one person."""

from uuid import UUID

from myschool_kit.db import UnitOfWork
from myschool_roles import events
from myschool_roles.guardian.service import Guardians
from myschool_roles.merging.repository import MergingRepository
from myschool_roles.person.service import People
from myschool_roles.role.service import Roles

BY_IDENTITY = ("", "SYSTEM")


class Merging:
    """What a merged person has goes to the one who stays; facts of the past keep the old id."""

    def __init__(self, repository: MergingRepository, roles: Roles, guardians: Guardians, people: People) -> None:
        self._repository = repository
        self._roles = roles
        self._guardians = guardians
        self._people = people

    async def follow(self, uow: UnitOfWork, merge_id: UUID, pair: tuple[UUID, UUID], author: tuple[str, str] = BY_IDENTITY) -> None:
        """Moves what can be moved and ends what the person has twice, notes each. Repeating finds nothing to do.

        `pair` = the one who stays, the merged one. A merge that was taken back is not followed again.
        """
        person_id, merged_id = pair
        holds, fresh = await self._repository.begin(uow.raw, merge_id, person_id, merged_id)
        if not holds:
            return
        if fresh:
            await self._repository.add_fact(uow.raw, merge_id, author)
        await self._repository.ensure(uow.raw, merge_id, person_id, merged_id)
        if await self._repository.move_papers(uow.raw, merge_id, pair):
            events.family_told(uow, person_id)
        for row in await self._repository.move_roles(uow.raw, merge_id, pair):
            await self._roles.note_merge(uow, row, row["old_status"])
        await self._move_guardianships(uow, merge_id, pair)
        await self._move_places(uow, merge_id, pair)

    async def _move_guardianships(self, uow: UnitOfWork, merge_id: UUID, pair: tuple[UUID, UUID]) -> None:
        person_id, merged_id = pair
        moved, students = set(), set()
        for row in await self._repository.guardianships(uow.raw, merged_id):
            events.guardianship_ended(uow, row["guardian_id"], row["student_id"])
            guardian = person_id if row["guardian_id"] == merged_id else row["guardian_id"]
            student = person_id if row["student_id"] == merged_id else row["student_id"]
            if await self._repository.move_guardianship(uow.raw, merge_id, pair, row["id"], (guardian, student)):
                moved.add(row["id"])
                students.add(student)
        if students:
            await self._guardians.refresh(uow, sorted(students), fresh=moved)

    async def _move_places(self, uow: UnitOfWork, merge_id: UUID, pair: tuple[UUID, UUID]) -> None:
        """Classes the person learns in, teaches and leads."""
        person_id, merged_id = pair
        name = await self._people.name(uow, person_id) or ""
        moved, ended = await self._repository.move_enrolments(uow.raw, merge_id, pair)
        for row in moved:
            events.student_moved(uow, row, (merged_id, person_id), name)
        for row in ended:
            events.student_left(uow, row["group_id"], merged_id, row["last_day"])
        taught, given_up = await self._repository.move_teachings(uow.raw, merge_id, pair)
        for row in (*taught, *given_up):
            events.teaching_ended(uow, row["group_id"], row["subject"], merged_id)
        for row in taught:
            events.teaching_assigned(uow, row["group_id"], row["organisation_id"], row["subject"], person_id, name)
        for row in await self._repository.move_homerooms(uow.raw, merge_id, pair):
            events.homeroom_assigned(uow, row["id"], row["organisation_id"], person_id, name)
