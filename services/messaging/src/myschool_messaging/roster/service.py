"""Members of chats follow the roster: facts at once, chats once per batch of events."""

from dataclasses import dataclass, field
from uuid import UUID

from myschool_kit.db import UnitOfWork
from myschool_messaging.roster.repository import Guardian, RosterRepository


@dataclass(slots=True)
class Changed:
    """Whose chats a batch of events has touched."""

    groups: set[UUID] = field(default_factory=set)
    students: set[UUID] = field(default_factory=set)


class Roster:
    """Takes in one fact each; the order of facts about different things does not matter."""

    def __init__(self, repository: RosterRepository) -> None:
        self._repository = repository

    def _changed(self, uow: UnitOfWork) -> Changed:
        return uow.buffer(Changed, self._follow)

    async def _follow(self, uow: UnitOfWork, changed: Changed) -> None:
        groups = set(changed.groups)
        if changed.students:
            groups |= await self._repository.groups_of(uow.raw, changed.students)
        await self._repository.reconcile(uow.raw, groups)

    async def register_organisation(self, uow: UnitOfWork, organisation_id: UUID, short_name: str) -> None:
        """A school and how it is called."""
        await self._repository.organisation(uow.raw, organisation_id, short_name)

    async def form_group(self, uow: UnitOfWork, group_id: UUID, organisation_id: UUID, name: str, *, is_class: bool) -> None:
        """A group was formed or renamed."""
        await self._repository.group(uow.raw, group_id, organisation_id, name, is_class=is_class)
        self._changed(uow).groups.add(group_id)

    async def enrol(self, uow: UnitOfWork, group_id: UUID, student_id: UUID, name: str) -> None:
        """A student joined the group."""
        await self._repository.enrol(uow.raw, group_id, student_id, name)
        self._changed(uow).groups.add(group_id)

    async def leave(self, uow: UnitOfWork, group_id: UUID, student_id: UUID) -> None:
        """A student left the group."""
        await self._repository.leave(uow.raw, group_id, student_id)
        self._changed(uow).groups.add(group_id)

    async def assign_teaching(self, uow: UnitOfWork, group_id: UUID, teacher_id: UUID, subject: str, name: str) -> None:
        """A teacher got a subject in the group."""
        await self._repository.teach(uow.raw, group_id, teacher_id, subject, name)
        self._changed(uow).groups.add(group_id)

    async def end_teaching(self, uow: UnitOfWork, group_id: UUID, teacher_id: UUID, subject: str) -> None:
        """A teacher lost a subject in the group."""
        await self._repository.stop_teaching(uow.raw, group_id, teacher_id, subject)
        self._changed(uow).groups.add(group_id)

    async def assign_homeroom(self, uow: UnitOfWork, group_id: UUID, teacher_id: UUID, name: str) -> None:
        """The class got a homeroom teacher in place of the former one."""
        await self._repository.homeroom(uow.raw, group_id, teacher_id, name)
        self._changed(uow).groups.add(group_id)

    async def establish_guardianship(self, uow: UnitOfWork, student_id: UUID, guardian: Guardian) -> None:
        """A guardian stands for the student from now on, in the chats only with that right."""
        await self._repository.guard(uow.raw, student_id, guardian)
        self._changed(uow).students.add(student_id)

    async def end_guardianship(self, uow: UnitOfWork, student_id: UUID, guardian_id: UUID) -> None:
        """A guardian stands for the student no more."""
        await self._repository.stop_guarding(uow.raw, student_id, guardian_id)
        self._changed(uow).students.add(student_id)
