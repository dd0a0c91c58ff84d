"""Use cases: a guardian asks, the child of 14 to 17 says yes or no (domain.md §5.1). Until then the guardian sees nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.ids import uuid7
from myschool_kit.principal import Principal
from myschool_roles import events
from myschool_roles.claim.model import Ask
from myschool_roles.claim.repository import ClaimRepository
from myschool_roles.errors import ClaimChanged, ClaimDeclined, ClaimNotFound, ClaimsMany
from myschool_roles.guardian import rules
from myschool_roles.guardian.model import Fact
from myschool_roles.guardian.service import Guardians
from myschool_roles.organisation.rules import caller_id

PENDING, CONFIRMED, DECLINED, WITHDRAWN, EXPIRED = "PENDING", "CONFIRMED", "DECLINED", "WITHDRAWN", "EXPIRED"
GOOD_FOR = timedelta(days=30)
# Who was told no does not ask the same hour again.
QUIET = timedelta(days=1)
MOST_OPEN = 10


class Claims:
    """Claims of guardians to children from 14 on."""

    def __init__(self, repository: ClaimRepository, guardians: Guardians) -> None:
        self._repository = repository
        self._guardians = guardians

    async def ask(self, uow: UnitOfWork, principal: Principal, ask: Ask) -> asyncpg.Record:
        """The open claim, new or asked before. Raises ClaimDeclined within a day of the child's no, ClaimsMany."""
        now, author = clock.now(), (principal.person_id, principal.role_type)
        latest = await self._repository.latest(uow.raw, ask.guardian_id, ask.student_id)
        if latest is not None and latest["status"] == PENDING:
            if latest["expires_at"] > now:
                return latest
            await self._close(uow, latest, EXPIRED, ("", "SYSTEM"))
        elif latest is not None and latest["status"] == DECLINED and latest["decided_at"] > now - QUIET:
            raise ClaimDeclined("the child said no lately")
        if await self._repository.count_open(uow.raw, ask.guardian_id, now) >= MOST_OPEN:
            raise ClaimsMany("too many open claims", most=MOST_OPEN)
        row = await self._repository.insert(uow.raw, uuid7(), ask, now, now + GOOD_FOR)
        await self._repository.add_fact(uow.raw, row, author, now)
        events.family_told(uow, ask.student_id)
        return row

    async def decide(self, uow: UnitOfWork, principal: Principal, claim_id: UUID, expected: int, *, confirmed: bool) -> asyncpg.Record:
        """The student's word. Raises ClaimNotFound for others, ended ones and at 18; ClaimChanged."""
        row = await self._repository.lock(uow.raw, claim_id)
        status = CONFIRMED if confirmed else DECLINED
        if row is None or row["student_id"] != caller_id(principal):
            raise ClaimNotFound
        if row["status"] == status:
            return row
        _check(row, expected)
        about = await self._repository.born(uow.raw, row["student_id"], row["organisation_id"])
        if about is None or rules.stage_on(about["birth_date"], clock.school_day(about["time_zone"])) == rules.ADULT:
            raise ClaimNotFound
        author = (principal.person_id, principal.role_type)
        if confirmed:
            fact = Fact("STUDENT_CONFIRMED", author, clock.now(), day=row["source_day"])
            await self._guardians.establish(uow, (row["guardian_id"], row["student_id"]), about["organisation_id"], fact, "guardian_claim")
        closed = await self._close(uow, row, status, author)
        for person_id in (row["guardian_id"], row["student_id"]):
            events.family_told(uow, person_id)
        return closed

    async def withdraw(self, uow: UnitOfWork, principal: Principal, claim_id: UUID, expected: int) -> asyncpg.Record:
        """Takes the caller's own open claim back; done twice it is done once. Raises ClaimNotFound, ClaimChanged."""
        row = await self._repository.lock(uow.raw, claim_id)
        if row is None or row["guardian_id"] != caller_id(principal):
            raise ClaimNotFound
        if row["status"] == WITHDRAWN:
            return row
        _check(row, expected)
        closed = await self._close(uow, row, WITHDRAWN, (principal.person_id, principal.role_type))
        events.family_told(uow, row["student_id"])
        return closed

    async def of_guardian(self, guardian_id: UUID) -> list[dict[str, Any]]:
        """Open claims of the guardian, newest first; nothing of the school's data is in them."""
        return [dict(row) for row in await self._repository.of_guardian(guardian_id, clock.now())]

    async def to_student(self, student_id: UUID) -> list[dict[str, Any]]:
        """Open claims about the student, oldest first."""
        return [dict(row) for row in await self._repository.to_student(student_id, clock.now())]

    async def _close(self, uow: UnitOfWork, row: asyncpg.Record, status: str, author: tuple[str, str]) -> asyncpg.Record:
        now = clock.now()
        closed = await self._repository.decide(uow.raw, row["id"], status, now)
        await self._repository.add_fact(uow.raw, closed, author, now)
        return closed


def _check(row: asyncpg.Record, expected: int) -> None:
    if row["status"] == PENDING and row["expires_at"] <= clock.now():
        raise ClaimNotFound
    if row["status"] != PENDING or row["version"] != expected:
        raise ClaimChanged("the claim changed meanwhile", current_status=row["status"], current_version=row["version"])
