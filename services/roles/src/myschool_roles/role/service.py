"""Use cases over structural roles."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from myschool_kit.db import UnitOfWork
from myschool_kit.errors import Violation
from myschool_kit.ids import uuid7
from myschool_kit.principal import Principal
from myschool_roles import events
from myschool_roles.errors import (
    GrantForbidden,
    PersonNotFound,
    RoleChanged,
    RoleExists,
    RoleNotActive,
    RoleNotFound,
    RoleNotTerminated,
    RolePlaceInvalid,
    SingleRole,
    TransitionForbidden,
)
from myschool_roles.group.service import Groups
from myschool_roles.organisation.rules import caller_id, scope_of
from myschool_roles.organisation.service import Organisations
from myschool_roles.person.service import People
from myschool_roles.role.model import Author
from myschool_roles.role.repository import RoleRepository
from myschool_roles.role.rules import ACTIVE, PENDING, TERMINATED, can_change, manages, place_problem

_DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role to be granted. `display_name` makes a person known who was not."""

    person_id: UUID
    role_type: str
    organisation_id: UUID | None
    region_code: str
    status: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A role somebody may act in now."""

    role_id: UUID
    role_type: str
    organisation_id: UUID | None
    organisation_name: str
    region_code: str
    student_ids: list[UUID]


class Roles:
    """Granting, changing and entering structural roles."""

    def __init__(self, repository: RoleRepository, organisations: Organisations, people: People, groups: Groups) -> None:
        self._repository = repository
        self._organisations = organisations
        self._people = people
        self._groups = groups

    async def enter(self, principal: Principal, role_id: UUID) -> Entered:
        """The caller's own ACTIVE role. Raises RoleNotFound for another's, RoleNotActive in other statuses."""
        person_id = caller_id(principal)
        row = await self._repository.own(role_id, person_id)
        if row is None:
            raise RoleNotFound
        if row["status"] != ACTIVE:
            raise RoleNotActive("the role is not active", status=row["status"])
        students = [person_id] if row["type"] == "STUDENT" else [UUID(child) for child in row["children"].split()]
        return Entered(row["id"], row["type"], row["organisation_id"], row["organisation_name"], row["region_code"], students)

    async def grant(self, uow: UnitOfWork, principal: Principal, wish: Grant) -> asyncpg.Record:
        """Grants the role; the same live role in the same status is answered as it is, in another one refused."""
        if not manages(principal.role_type, wish.role_type):
            raise GrantForbidden("the caller may not grant this role", role_type=wish.role_type)
        problem = place_problem(wish.role_type, has_organisation=wish.organisation_id is not None, has_region=bool(wish.region_code))
        if problem:
            raise RolePlaceInvalid(problem, violations=[Violation("organisation_id", problem)])
        if wish.status not in (PENDING, ACTIVE):
            raise RolePlaceInvalid("a role starts as PENDING or ACTIVE", violations=[Violation("status", "PENDING or ACTIVE")])
        if wish.organisation_id is not None:
            await self._organisations.visible(principal, wish.organisation_id)
        name = await self._name_of(uow, principal, wish)
        author = Author(principal.person_id, principal.role_type)
        return await self._insert(uow, wish, name, author)

    async def ensure(self, uow: UnitOfWork, person_id: UUID, role_type: str, organisation_id: UUID, author: Author) -> None:
        """The known person holds this role at the school; a suspended one stays suspended."""
        name = await self._people.name(uow, person_id)
        if name is None:
            raise PersonNotFound
        live = await self._repository.find_live(uow.raw, person_id, role_type, organisation_id, "")
        if live is not None and live["status"] == PENDING:
            await self._move(uow, live, ACTIVE, author)
        elif live is None:
            await self._insert(uow, Grant(person_id, role_type, organisation_id, "", ACTIVE, name), name, author)

    async def note_merge(self, uow: UnitOfWork, row: asyncpg.Record, old_status: str, reason: str = "merged") -> None:
        """Notes and tells a role that went over to another person, was ended because that person has it already, or came back."""
        await self._repository.add_fact(uow.raw, row, old_status, row["status"], Author("", "SYSTEM", reason))
        events.role_changed(uow, row, await self._people.name(uow, row["person_id"]) or "")

    async def _name_of(self, uow: UnitOfWork, principal: Principal, wish: Grant) -> str:
        name = await self._people.name(uow, wish.person_id)
        if name is not None:
            return name
        if principal.role_type == "SYSTEM" and wish.display_name.strip():
            return await self._people.ensure(uow, wish.person_id, wish.display_name)
        raise PersonNotFound

    async def _insert(self, uow: UnitOfWork, wish: Grant, name: str, author: Author) -> asyncpg.Record:
        region_code = wish.region_code if wish.organisation_id is None else ""
        place = (wish.person_id, wish.role_type, wish.organisation_id, region_code)
        row = await self._repository.insert(uow.raw, uuid7(), *place, wish.status)
        if row is None:
            known = await self._repository.find_live(uow.raw, *place)
            if known is None:
                raise RoleChanged("the role changed at this moment; try again")
            if known["status"] != wish.status:
                present = {"role_id": str(known["id"]), "status": known["status"], "version": known["version"]}
                raise RoleExists("the person holds this role already", **present)
            return known
        await self._repository.add_fact(uow.raw, row, "", wish.status, author)
        events.role_changed(uow, row, name)
        return row

    async def change_status(
        self, uow: UnitOfWork, principal: Principal, role_id: UUID, status: str, reason: str, expected: int
    ) -> asyncpg.Record:
        """Moves a role one step of its life cycle. Raises RoleChanged when the caller saw another version."""
        row = await self._locked(uow, principal, role_id, expected)
        if not can_change(row["status"], status):
            raise TransitionForbidden("the life cycle has no such step", from_status=row["status"], to_status=status)
        return await self._move(uow, row, status, Author(principal.person_id, principal.role_type, reason))

    async def _move(self, uow: UnitOfWork, row: asyncpg.Record, status: str, author: Author) -> asyncpg.Record:
        changed = await self._repository.set_status(uow.raw, row["id"], status)
        await self._repository.add_fact(uow.raw, changed, row["status"], status, author)
        events.role_changed(uow, changed, await self._people.name(uow, row["person_id"]) or "")
        if status == TERMINATED and row["type"] == "TEACHER":
            await self._groups.end_teaching(uow, row["organisation_id"], row["person_id"])
        return changed

    async def delete(self, uow: UnitOfWork, principal: Principal, role_id: UUID, expected: int) -> None:
        """Removes a TERMINATED role that is not the person's single one; its facts stay."""
        row = await self._locked(uow, principal, role_id, expected)
        if row["status"] != TERMINATED:
            raise RoleNotTerminated("only a terminated role can be deleted", status=row["status"])
        if await self._repository.lock_all_of(uow.raw, row["person_id"]) <= 1:
            raise SingleRole("the single role of a person cannot be removed")
        await self._repository.delete(uow.raw, role_id)
        await self._repository.add_fact(uow.raw, row, TERMINATED, _DELETED, Author(principal.person_id, principal.role_type))

    async def _locked(self, uow: UnitOfWork, principal: Principal, role_id: UUID, expected: int) -> asyncpg.Record:
        row = await self._repository.lock(uow.raw, role_id)
        if row is None or not scope_of(principal).holds(row["organisation_id"], row["region_code"]):
            raise RoleNotFound
        if not manages(principal.role_type, row["type"]):
            raise GrantForbidden("the caller may not change roles of this type", role_type=row["type"])
        if row["version"] != expected:
            raise RoleChanged("the role changed meanwhile", current_status=row["status"], current_version=row["version"])
        return row

    async def welcome(self, uow: UnitOfWork, person_id: UUID, display_name: str, places: list[tuple[str, bool]]) -> None:
        """First sign-in: the chief of a known school becomes its head, a waiting teacher of it is approved (domain.md §4.4).

        `places` = (ОГРН, is chief) as Госуслуги told them; unknown organisations are passed over.
        """
        name = await self._people.ensure(uow, person_id, display_name)
        author = Author(person_id="", role_type="SYSTEM", reason="Госуслуги")
        for ogrn, chief in sorted(places):
            organisation = await self._organisations.by_ogrn(uow, ogrn)
            if organisation is not None:
                await self._welcome_at(uow, person_id, organisation["id"], name, "HEAD" if chief else "TEACHER", author)

    async def _welcome_at(self, uow: UnitOfWork, person_id: UUID, organisation_id: UUID, name: str, role_type: str, author: Author) -> None:
        live = await self._repository.find_live(uow.raw, person_id, role_type, organisation_id, "")
        if live is not None and live["status"] == PENDING:
            await self._move(uow, live, ACTIVE, author)
        elif live is None and role_type == "HEAD":
            await self._insert(uow, Grant(person_id, "HEAD", organisation_id, "", ACTIVE, name), name, author)
