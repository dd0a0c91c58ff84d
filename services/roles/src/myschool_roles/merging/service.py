"""Follows identity's word that two records are one person, or are two after all."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit.db import UnitOfWork
from myschool_roles import events
from myschool_roles.guardian.service import Guardians
from myschool_roles.merging.repository import MergingRepository
from myschool_roles.merging.returning import ReturningRepository
from myschool_roles.person.service import People
from myschool_roles.role.service import Roles

BY_IDENTITY = ("", "SYSTEM")


class Merging:
    """What a merged person has goes to the one who stays, and back; facts of the past keep the old id."""

    def __init__(
        self, repository: MergingRepository, returning: ReturningRepository, roles: Roles, guardians: Guardians, people: People
    ) -> None:
        self._repository = repository
        self._returning = returning
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
            await self._repository.add_fact(uow.raw, merge_id, "MERGED", author)
        await self._repository.ensure(uow.raw, merge_id, person_id, merged_id)
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
            _moved_student(uow, row, (merged_id, person_id), name)
        for row in ended:
            events.student_left(uow, row["group_id"], merged_id, row["last_day"])
        taught, given_up = await self._repository.move_teachings(uow.raw, merge_id, pair)
        for row in (*taught, *given_up):
            events.teaching_ended(uow, row["group_id"], row["subject"], merged_id)
        for row in taught:
            events.teaching_assigned(uow, row["group_id"], row["organisation_id"], row["subject"], person_id, name)
        for row in await self._repository.move_homerooms(uow.raw, merge_id, pair):
            events.homeroom_assigned(uow, row["id"], row["organisation_id"], person_id, name)

    async def separate(self, uow: UnitOfWork, merge_id: UUID, author: tuple[str, str] = BY_IDENTITY) -> list[dict[str, Any]]:
        """Undoes what the merge has moved where it is unchanged since; answers what stays as it is. Repeating finds nothing to do."""
        merge = await self._repository.lock(uow.raw, merge_id)
        if merge is None or merge["separated_at"] is not None:
            return []
        await self._repository.separated(uow.raw, merge_id)
        await self._repository.add_fact(uow.raw, merge_id, "SEPARATED", author)
        kept, back = [], _Back(self._returning, self._roles, uow, await self._people.name(uow, merge["merged_id"]) or "")
        for move in await self._returning.moves(uow.raw, merge_id):
            returned = await back.of(move)
            await self._returning.note(uow.raw, merge_id, move["id"], returned=returned)
            if not returned and move["what"] != "KEY":
                kept.append(await self._returning.name(uow.raw, move))
        if back.students:
            await self._guardians.refresh(uow, sorted(back.students), fresh=back.guardianships)
        return kept


class _Back:
    """One separation: undoes move by move and tells what follows."""

    def __init__(self, repository: ReturningRepository, roles: Roles, uow: UnitOfWork, name: str) -> None:
        self._repository = repository
        self._roles = roles
        self._uow = uow
        self._name = name
        self.students: set[UUID] = set()
        self.guardianships: set[UUID] = set()

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
            _moved_student(self._uow, row, (None if move["ended"] else move["to_id"], move["from_id"]), self._name)
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


def _moved_student(uow: UnitOfWork, row: asyncpg.Record, people: tuple[UUID | None, UUID], name: str) -> None:
    """A place in a class goes from one student (None: from nobody) to another."""
    before, now = people
    if before is not None:
        left_on: date = row["left_on"]
        events.student_left(uow, row["group_id"], before, left_on)
    events.student_enrolled(uow, row["group_id"], row["organisation_id"], now, name, row["from_day"])
