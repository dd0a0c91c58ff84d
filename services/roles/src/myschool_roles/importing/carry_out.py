"""Writes a plan in the caller's transaction and emits what follows from it."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from myschool_kit.db import UnitOfWork
from myschool_kit.ids import uuid7
from myschool_roles import events
from myschool_roles.importing.compare import Handle, Plan, is_new
from myschool_roles.importing.model import Human
from myschool_roles.importing.repository import ImportRepository
from myschool_roles.importing.rules import first_school_day


@dataclass(frozen=True, slots=True)
class Hashes:
    """Keyed hashes of a plan's keys, and the generation of their key."""

    of: dict[str, bytes]
    generation: int


class Execution:
    """One run of one plan for one school."""

    def __init__(self, repository: ImportRepository, uow: UnitOfWork, organisation_id: UUID, plan: Plan) -> None:
        self._repository = repository
        self._uow = uow
        self._organisation_id = organisation_id
        self._plan = plan
        self._ids: dict[Handle, UUID] = {}
        self._names: dict[UUID, str] = {}
        self._groups: dict[str, UUID] = {}
        # Students whose guardians' rights have to be worked out anew, and the guardianships that nobody was told of yet.
        self.touched: set[UUID] = set()
        self.fresh: set[UUID] = set()

    async def run(self, ids: dict[Handle, UUID], hashes: Hashes, author: tuple[str, str], today: date) -> None:
        """Writes everything. `ids` are of new people, `author` = person id and role, today the school's."""
        self._ids = ids
        await self._people(hashes)
        await self._form_groups()
        await self._grant_roles(author)
        await self._enrol(today)
        await self._assign_homerooms()
        await self._establish_guardianships()
        await self._assign_teaching()
        await self._tell_new_names()

    def _id(self, handle: Handle) -> UUID:
        return self._ids[handle] if is_new(handle) else UUID(handle)

    async def _people(self, hashes: Hashes) -> None:
        wanted: dict[UUID, Human] = {}
        for handle, human in {**self._plan.people, **self._plan.renamed}.items():
            wanted.setdefault(self._id(handle), human)
        rows = [(person, human.family, human.given, human.middle, human.full_name) for person, human in wanted.items()]
        keys = [(hashes.of[key], self._id(handle)) for key, handle in self._plan.keys.items()]
        await self._repository.put_people(self._uow.raw, rows, keys, hashes.generation)
        births = {self._id(handle): date.fromisoformat(day) for handle, day in self._plan.births.items()}
        self.touched.update(await self._repository.put_births(self._uow.raw, sorted(births.items())))
        handles = {*self._plan.homerooms.values(), *self._plan.enrolled, *(place[2] for place in self._plan.teachings)}
        handles |= {pair[0] for pair in self._plan.guardianships}
        for row in await self._repository.names(self._uow.raw, list({self._id(handle) for handle in handles})):
            self._names[row["id"]] = Human(row["family_name"], row["given_name"], row["middle_name"]).full_name

    async def _form_groups(self) -> None:
        wanted = [(uuid7(), name, grade) for name, grade in self._plan.groups.items()]
        if wanted:
            for row in await self._repository.put_groups(self._uow.raw, self._organisation_id, wanted):
                events.group_formed(self._uow, row["id"], self._organisation_id, row["name"], row["grade"])
        self._groups = await self._repository.group_ids(self._uow.raw, self._organisation_id)

    async def _grant_roles(self, author: tuple[str, str]) -> None:
        wanted = dict.fromkeys((self._id(handle), role) for handle, role in self._plan.roles)
        rows = [(uuid7(), person, role) for person, role in wanted]
        if rows:
            for row in await self._repository.put_roles(self._uow.raw, self._organisation_id, rows, author):
                events.role_changed(self._uow, row, row["full_name"])

    async def _enrol(self, today: date) -> None:
        if self._plan.moved:
            movers = [self._id(handle) for handle in self._plan.moved]
            yesterday = today - timedelta(days=1)
            for row in await self._repository.end_enrolments(self._uow.raw, self._organisation_id, movers, yesterday):
                events.student_left(self._uow, row["group_id"], row["student_id"], row["last_day"])
        rows = []
        for handle, (group, from_day) in self._plan.enrolled.items():
            usual = today if handle in self._plan.moved else first_school_day(today)
            first = date.fromisoformat(from_day) if from_day and handle not in self._plan.moved else usual
            rows.append((uuid7(), self._groups[group], self._id(handle), first))
        if rows:
            await self._repository.put_enrolments(self._uow.raw, self._organisation_id, rows)
        for _id, group_id, student, first in rows:
            events.student_enrolled(self._uow, group_id, self._organisation_id, student, self._names[student], first)

    async def _assign_homerooms(self) -> None:
        rows = [(group, self._id(handle)) for group, handle in self._plan.homerooms.items()]
        if rows:
            await self._repository.set_homerooms(self._uow.raw, self._organisation_id, rows)
        for group, teacher in rows:
            events.homeroom_assigned(self._uow, self._groups[group], self._organisation_id, teacher, self._names[teacher])

    async def _establish_guardianships(self) -> None:
        rows = [(uuid7(), self._id(guardian), self._id(child)) for guardian, child in self._plan.guardianships]
        if rows:
            await self._repository.put_guardianships(self._uow.raw, rows)
        # What the guardians may do until when is worked out by their own slice, which tells it.
        self.fresh.update(row[0] for row in rows)
        self.touched.update(row[2] for row in rows)

    async def _assign_teaching(self) -> None:
        ended = [(self._groups[group], subject, self._id(handle)) for group, subject, handle in self._plan.ended]
        if ended:
            await self._repository.end_teachings(self._uow.raw, ended)
        for place in ended:
            events.teaching_ended(self._uow, *place)
        rows = [(uuid7(), self._groups[group], subject, self._id(handle)) for group, subject, handle in self._plan.teachings]
        if rows:
            await self._repository.put_teachings(self._uow.raw, self._organisation_id, rows)
        for _id, group_id, subject, teacher in rows:
            events.teaching_assigned(self._uow, group_id, self._organisation_id, subject, teacher, self._names[teacher])

    async def _tell_new_names(self) -> None:
        """Other services keep names beside ids, so a new name is told with each fact that shows it."""
        if not self._plan.renamed:
            return
        shown = await self._repository.of_renamed(self._uow.raw, [self._id(handle) for handle in self._plan.renamed])
        for row in shown["enrolments"]:
            events.student_enrolled(
                self._uow, row["group_id"], row["organisation_id"], row["student_id"], row["full_name"], row["from_day"]
            )
        for row in shown["teachings"]:
            events.teaching_assigned(
                self._uow, row["group_id"], row["organisation_id"], row["subject"], row["teacher_id"], row["full_name"]
            )
        for row in shown["homerooms"]:
            events.homeroom_assigned(self._uow, row["id"], row["organisation_id"], row["homeroom_teacher_id"], row["full_name"])
        for row in shown["guardianships"]:
            events.guardianship_established(
                self._uow, row["guardian_id"], row["full_name"], row["student_id"], row["denied"], row["ends_at"]
            )
        for row in shown["roles"]:
            events.role_changed(self._uow, row, row["full_name"])
