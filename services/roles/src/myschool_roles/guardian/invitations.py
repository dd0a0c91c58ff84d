"""Use cases: a parent lets somebody stand in, and that person takes it up."""

from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.ids import is_uuid, uuid7
from myschool_kit.principal import Principal
from myschool_roles.errors import AlreadyGuardian, GuardianshipNotFound, InvitationNotFound, InvitationsMany, OwnGuardian, PersonNotFound
from myschool_roles.guardian import rules
from myschool_roles.guardian.code import Codes
from myschool_roles.guardian.model import Fact
from myschool_roles.guardian.repository import GuardianRepository
from myschool_roles.guardian.service import Guardians, access_of, is_adult, is_parent
from myschool_roles.invitation.service import FullInvitations
from myschool_roles.organisation.rules import caller_id
from myschool_roles.person.service import People
from myschool_roles.role.model import Author
from myschool_roles.role.service import Roles

GOOD_FOR = timedelta(days=3)
MOST_OPEN = 10
_OF_FAMILIES = frozenset({"GUARDIAN", "STUDENT"})


class Invitations:
    """Invitations of parents to those who stand in for them; the way in for every kind of code."""

    def __init__(
        self, repository: GuardianRepository, codes: Codes, guardians: Guardians, roles: Roles, people: People, full: FullInvitations
    ) -> None:
        self._repository = repository
        self._codes = codes
        self._guardians = guardians
        self._roles = roles
        self._people = people
        self._full = full

    async def invite(
        self, uow: UnitOfWork, principal: Principal, student_id: UUID, rights: frozenset[str], last_day: str
    ) -> tuple[UUID, datetime]:
        """Id and end of a new invitation. Raises GuardianshipNotFound unless a parent asks, Invalid, InvitationsMany."""
        caller = caller_id(principal)
        # The parent's own row is the aggregate: two invitations at once are counted one after the other.
        await self._repository.lock_students(uow.raw, [student_id])
        own = await self._repository.of_pair(uow.raw, caller, student_id)
        if own is None or not is_parent(own) or is_adult(own):
            raise GuardianshipNotFound
        grant = rules.grant_of(rights, last_day, access_of(own), clock.school_day(own["time_zone"]))
        now = clock.now()
        if await self._repository.count_open(uow.raw, caller, now) >= MOST_OPEN:
            raise InvitationsMany("too many open invitations", most=MOST_OPEN)
        invitation_id, expires_at = uuid7(), now + GOOD_FOR
        await self._repository.put_invitation(uow.raw, invitation_id, (student_id, caller), (sorted(grant[0]), grant[1]), (now, expires_at))
        return invitation_id, expires_at

    async def revoke(self, uow: UnitOfWork, principal: Principal, invitation_id: UUID) -> None:
        """Makes the code worthless; for a foreign or used one raises InvitationNotFound."""
        if principal.role_type not in _OF_FAMILIES:
            await self._full.revoke(uow, principal, invitation_id)
        elif not await self._repository.revoke(uow.raw, invitation_id, caller_id(principal), clock.now()):
            raise InvitationNotFound

    async def accept(self, uow: UnitOfWork, principal: Principal, code: str) -> tuple[str, date | None]:
        """The student's name and the last day, None for a parent.

        Raises InvitationNotFound for whatever cannot be taken up, AlreadyGuardian, OwnGuardian.
        """
        if not is_uuid(principal.person_id):
            raise PersonNotFound
        person_id, invitation_id = UUID(principal.person_id), self._codes.read(code)
        invitation = await self._repository.lock_invitation(uow.raw, invitation_id) if invitation_id else None
        if invitation is None:
            raise InvitationNotFound
        if invitation["kind"] != rules.TRUSTED:
            name, fresh = await self._full.take_up(uow, principal, invitation)
            if fresh:
                await self._repository.use(uow.raw, invitation["id"], clock.now(), person_id)
            return name, None
        inviter = await self._inviter(uow, invitation, person_id)
        if invitation["used_by"] is None:
            await self._take_up(uow, principal, invitation, inviter)
        return inviter["student_name"], invitation["last_day"]

    async def _inviter(self, uow: UnitOfWork, invitation: asyncpg.Record, person_id: UUID) -> asyncpg.Record:
        """The parent who invited; an invitation is worth as much as that parent's own access is now."""
        usable = invitation["used_by"] == person_id or (
            invitation["used_by"] is None and invitation["revoked_at"] is None and invitation["expires_at"] > clock.now()
        )
        inviter = await self._repository.of_pair(uow.raw, invitation["created_by"], invitation["student_id"]) if usable else None
        if inviter is None or not is_parent(inviter) or clock.school_day(inviter["time_zone"]) > invitation["last_day"]:
            raise InvitationNotFound
        return inviter

    async def _take_up(self, uow: UnitOfWork, principal: Principal, invitation: asyncpg.Record, inviter: asyncpg.Record) -> None:
        person_id, student_id, now = UUID(principal.person_id), invitation["student_id"], clock.now()
        if person_id == student_id:
            raise OwnGuardian("nobody stands for themselves")
        await self._people.ensure(uow, person_id, principal.display_name)
        grant, author = (invitation["rights"], invitation["last_day"]), (str(invitation["created_by"]), "GUARDIAN")
        fresh, version = uuid7(), 1
        if not await self._repository.insert(uow.raw, fresh, (person_id, student_id), rules.TRUSTED, *grant):
            await self._repository.lock_students(uow.raw, [student_id])
            known = await self._repository.of_pair(uow.raw, person_id, student_id)
            if known is None or known["kind"] == rules.FULL:
                raise AlreadyGuardian("the caller stands for the student already")
            fresh, version = known["id"], await self._repository.grant(uow.raw, known["id"], *grant)
        fact = Fact("TRUSTED", author, now, tuple(grant[0]), grant[1])
        await self._repository.add_fact(uow.raw, fresh, version, fact)
        await self._repository.use(uow.raw, invitation["id"], now, person_id)
        if inviter["organisation_id"] is not None:
            await self._roles.ensure(uow, person_id, "GUARDIAN", inviter["organisation_id"], Author(*author, "invitation"))
        await self._guardians.refresh(uow, [student_id], fresh={fresh})
