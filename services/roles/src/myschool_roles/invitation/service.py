"""Use cases: a school invites the parents of its pupils, a student from 14 on invites a parent, and somebody takes it up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.ids import is_uuid, uuid7
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_kit.principal import Principal
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog
from myschool_roles.errors import (
    AlreadyGuardian,
    GroupNotFound,
    InvitationNotFound,
    InvitationsMany,
    OrganisationNotFound,
    OwnGuardian,
    PersonNotFound,
    StudentAdult,
    StudentInvitationsMany,
    StudentTooYoung,
)
from myschool_roles.guardian import rules
from myschool_roles.guardian.code import Codes
from myschool_roles.guardian.model import Fact
from myschool_roles.guardian.service import Guardians
from myschool_roles.invitation.repository import Batch, InvitationRepository
from myschool_roles.organisation.rules import caller_id
from myschool_roles.person.service import People

STUDENT, SCHOOL = "STUDENT", "SCHOOL"
GOOD_FOR = {STUDENT: timedelta(days=3), SCHOOL: timedelta(days=14)}
# Two parents, a second sheet because the first was lost.
MOST_OPEN_EACH = 5
_ACT = {STUDENT: "STUDENT_INVITATION", SCHOOL: "SCHOOL_INVITATION"}
_PAGE = 50


class FullInvitations:
    """Invitations whose taker stands for the student in full."""

    def __init__(self, repository: InvitationRepository, codes: Codes, guardians: Guardians, people: People, access: AccessLog) -> None:
        self._repository = repository
        self._codes = codes
        self._guardians = guardians
        self._people = people
        self._access = access

    async def invite_family(self, uow: UnitOfWork, principal: Principal, students: Sequence[UUID]) -> list[tuple[UUID, UUID, datetime]]:
        """Id, student and end of each new invitation. Raises PersonNotFound, StudentAdult, StudentInvitationsMany: all or none."""
        organisation_id = _school(principal)
        pupils = {row["id"]: row for row in await self._repository.pupils(uow.raw, organisation_id, students, caller_id(principal))}
        if any(one not in pupils or not (pupils[one]["led"] or principal.role_type != "TEACHER") for one in students):
            raise PersonNotFound
        if any(_stage(row) == rules.ADULT for row in pupils.values()):
            raise StudentAdult("a pupil is of age")
        return await self._make(uow, principal, organisation_id, students, SCHOOL)

    async def invite_parent(self, uow: UnitOfWork, principal: Principal) -> tuple[UUID, UUID, datetime]:
        """The student's own invitation. Raises PersonNotFound for who learns nowhere, StudentTooYoung, StudentAdult, InvitationsMany."""
        organisation_id, student_id = _school(principal), caller_id(principal)
        found = await self._repository.pupils(uow.raw, organisation_id, [student_id], student_id)
        if not found:
            raise PersonNotFound
        stage = _stage(found[0])
        if stage == rules.ADULT:
            raise StudentAdult("the student is of age")
        if stage != rules.FROM_14:
            raise StudentTooYoung("the student is not 14 yet")
        [made] = await self._make(uow, principal, organisation_id, [student_id], STUDENT)
        return made

    async def _make(
        self, uow: UnitOfWork, principal: Principal, organisation_id: UUID, students: Sequence[UUID], kind: str
    ) -> list[tuple[UUID, UUID, datetime]]:
        now = clock.now()
        if await self._repository.most_open(uow.raw, students, kind, now) >= MOST_OPEN_EACH:
            many = StudentInvitationsMany if kind == SCHOOL else InvitationsMany
            raise many("too many open invitations", most=MOST_OPEN_EACH)
        made, expires_at = [(uuid7(), student) for student in students], now + GOOD_FOR[kind]
        await self._repository.insert(uow.raw, made, Batch(kind, caller_id(principal), organisation_id, now, expires_at))
        return [(invitation_id, student_id, expires_at) for invitation_id, student_id in made]

    async def codes(self, principal: Principal, ids: Sequence[UUID]) -> list[tuple[asyncpg.Record, str, str]]:
        """Each open invitation with its code and the code to be typed, in the order asked. Raises InvitationNotFound for others."""
        school, teacher_id = _reach(principal)
        found = await self._repository.readable(ids, clock.now(), caller_id(principal), school, teacher_id)
        if len(found) < len(ids):
            raise InvitationNotFound
        self._access.record_each("invitation.codes", [found[one]["student_id"] for one in ids])
        return [(found[one], self._codes.of(one), self._codes.spelled(one)) for one in ids]

    async def revoke(self, uow: UnitOfWork, principal: Principal, invitation_id: UUID) -> None:
        """Makes a code of the school worthless. Raises InvitationNotFound for foreign and used ones."""
        school, teacher_id = _reach(principal)
        if school is None or not await self._repository.revoke(uow.raw, invitation_id, clock.now(), school, teacher_id):
            raise InvitationNotFound

    async def list_page(self, principal: Principal, group_id: UUID, size: int, token: str) -> bytes:
        """JSON: the pupils of the class, and a page of invitations for them. Raises GroupNotFound unless it is the caller's to see."""
        school, teacher_id = _reach(principal)
        group = await self._repository.group(group_id, school) if school is not None else None
        if group is None or (teacher_id is not None and group["homeroom_teacher_id"] != teacher_id):
            raise GroupNotFound
        now, size, filters = clock.now(), size or _PAGE, [str(group_id)]
        rows = await self._repository.page(group_id, now, _place(decode_token(token, filters)), size + 1)
        shown = [{name: value for name, value in row.items() if name != "place"} for row in rows[:size]]
        following = encode_token([rows[size - 1]["place"].isoformat(), rows[size - 1]["id"]], filters) if len(rows) > size else ""
        students = await self._repository.students(group_id, now)
        self._access.record("invitation.list", object_id=group_id)
        return json_body(
            {
                "group_name": group["name"],
                "students": [
                    {name: row[name] for name in ("id", "full_name", "parents", "open")} | {"stage": _stage(row)} for row in students
                ],
                "invitations": shown,
                "next_page_token": following,
            }
        )

    async def take_up(self, uow: UnitOfWork, principal: Principal, invitation: asyncpg.Record) -> tuple[str, bool]:
        """The student's name, and whether it is to be noted as used: repeating is harmless. `invitation` is locked.

        Raises InvitationNotFound for whatever cannot be taken up (now), AlreadyGuardian, OwnGuardian.
        """
        person_id, student_id, now = caller_id(principal), invitation["student_id"], clock.now()
        is_open = invitation["used_by"] is None and invitation["revoked_at"] is None and invitation["expires_at"] > now
        if not is_open and invitation["used_by"] != person_id:
            raise InvitationNotFound
        found = await self._repository.pupils(uow.raw, invitation["organisation_id"], [student_id], student_id)
        if not found or not _may_be_taken(invitation["kind"], _stage(found[0])):
            raise InvitationNotFound
        if not is_open:
            return found[0]["full_name"], False
        if person_id == student_id:
            raise OwnGuardian("nobody stands for themselves")
        await self._people.ensure(uow, person_id, principal.display_name)
        author = (str(invitation["created_by"]), "STUDENT" if invitation["kind"] == STUDENT else "SCHOOL")
        fact = Fact(_ACT[invitation["kind"]], author, now)
        if not await self._guardians.establish(uow, (person_id, student_id), invitation["organisation_id"], fact, "invitation"):
            raise AlreadyGuardian("the caller stands for the student already")
        return found[0]["full_name"], True


def _may_be_taken(kind: str, stage: str) -> bool:
    return stage != rules.ADULT and (kind == SCHOOL or stage == rules.FROM_14)


def _stage(row: asyncpg.Record) -> str:
    return rules.stage_on(row["birth_date"], clock.school_day(row["time_zone"]))


def _school(principal: Principal) -> UUID:
    if not is_uuid(principal.organisation_id):
        raise OrganisationNotFound
    return UUID(principal.organisation_id)


def _reach(principal: Principal) -> tuple[UUID | None, UUID | None]:
    """The school whose invitations are the caller's to see, and the teacher whose led class bounds that."""
    if principal.role_type not in {"HEAD", "DEPUTY_HEAD", "TEACHER"} or not is_uuid(principal.organisation_id):
        return None, None
    return UUID(principal.organisation_id), caller_id(principal) if principal.role_type == "TEACHER" else None


def _place(position: list[Any] | None) -> tuple[datetime, UUID] | None:
    """Moment and id a page goes on after. Raises Invalid for a token of another list."""
    if position is None:
        return None
    try:
        moment, invitation_id = position
        return datetime.fromisoformat(str(moment)), UUID(str(invitation_id))
    except ValueError as error:
        raise foreign_token() from error
