"""Use cases over guardianship: who stands for whom, what follows, court limits, the adult student's word."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

import asyncpg

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.errors import Invalid, Violation
from myschool_kit.ids import is_uuid, uuid7
from myschool_kit.principal import Principal
from myschool_roles import events
from myschool_roles.errors import GuardianshipChanged, GuardianshipNotFound
from myschool_roles.guardian import rules
from myschool_roles.guardian.model import CourtLimit, Fact
from myschool_roles.guardian.repository import GuardianRepository
from myschool_roles.organisation.rules import caller_id
from myschool_roles.role.model import Author
from myschool_roles.role.service import Roles


class Guardians:
    """Guardians of students. Whatever changes ends in `refresh`, which tells every reader what follows."""

    def __init__(self, repository: GuardianRepository, roles: Roles) -> None:
        self._repository = repository
        self._roles = roles

    async def establish(self, uow: UnitOfWork, pair: tuple[UUID, UUID], organisation_id: UUID, fact: Fact, reason: str) -> bool:
        """Guardian and student of `pair`: all rights, and a guardian's role at the school; who stood in becomes a parent.

        Court limits stay. Answers False where the guardian was a parent before; `reason` is noted at the role.
        """
        guardian_id, student_id = pair
        new_id, granted = uuid7(), sorted(rules.ALL)
        is_new = await self._repository.insert(uow.raw, new_id, pair, rules.FULL, granted, None)
        fresh = (new_id, 1) if is_new else await self._repository.promote(uow.raw, pair, granted)
        if fresh is not None:
            await self._repository.add_fact(uow.raw, *fresh, fact)
        await self._roles.ensure(uow, guardian_id, "GUARDIAN", organisation_id, Author(*fact.author, reason))
        await self.refresh(uow, [student_id], fresh=() if fresh is None else {fresh[0]})
        return fresh is not None

    async def is_full(self, uow: UnitOfWork, guardian_id: UUID, student_id: UUID) -> bool:
        """Whether the guardian is a parent already, whatever a court has limited."""
        row = await self._repository.of_pair(uow.raw, guardian_id, student_id)
        return row is not None and row["kind"] == rules.FULL

    async def refresh(self, uow: UnitOfWork, students: Sequence[UUID], fresh: Collection[UUID] = ()) -> None:
        """Works out anew what the students' guardians may do until when; tells what changed and the `fresh` guardianships."""
        effects = []
        for row in await self._repository.lock_students(uow.raw, students):
            access = access_of(row)
            ends_at = access.ends_at(row["time_zone"])
            changed = frozenset(row["denied"]) != access.denied or row["ends_at"] != ends_at
            if changed:
                effects.append((row["id"], ",".join(sorted(access.denied)), ends_at))
            if changed or row["id"] in fresh:
                events.guardianship_established(
                    uow, row["guardian_id"], row["guardian_name"], row["student_id"], sorted(access.denied), ends_at
                )
        if effects:
            await self._repository.put_effects(uow.raw, effects)

    async def end(self, uow: UnitOfWork, principal: Principal, guardianship_id: UUID, expected: int) -> None:
        """Ends it now. A parent ends whoever stands in, who stands in ends the own, an adult student any; for others it is not there."""
        row = await self._repository.lock(uow.raw, guardianship_id)
        if row is None or not await self._may_end(uow, principal, row):
            raise GuardianshipNotFound
        check_version(row, expected)
        now = clock.now()
        version = await self._repository.end(uow.raw, guardianship_id, now)
        await self._repository.add_fact(uow.raw, guardianship_id, version, Fact("ENDED", _author(principal), now))
        events.guardianship_ended(uow, row["guardian_id"], row["student_id"])

    async def _may_end(self, uow: UnitOfWork, principal: Principal, row: asyncpg.Record) -> bool:
        caller = caller_id(principal)
        if principal.role_type == "STUDENT":
            return bool(row["student_id"] == caller) and is_adult(row)
        if row["kind"] != rules.TRUSTED:
            return False
        if row["guardian_id"] == caller:
            return True
        own = await self._repository.of_pair(uow.raw, caller, row["student_id"])
        return own is not None and is_parent(own)

    async def extend(self, uow: UnitOfWork, principal: Principal, guardianship_id: UUID, expected: int, last_day: str) -> int:
        """The adult student lets the guardian go on until a day; a day that has passed takes it back. Answers the next version."""
        row = await self._repository.lock(uow.raw, guardianship_id)
        if row is None or row["student_id"] != caller_id(principal) or not is_adult(row):
            raise GuardianshipNotFound
        check_version(row, expected)
        day, today = rules.day_of(last_day), clock.school_day(row["time_zone"])
        if day is None or day > today + rules.LONGEST:
            raise _bad_day("last_day", "a day at most a year ahead")
        wanted = day if day >= today else None
        version = await self._repository.extend(uow.raw, guardianship_id, wanted)
        fact = Fact("EXTENDED" if wanted else "NOT_EXTENDED", _author(principal), clock.now(), day=wanted)
        await self._repository.add_fact(uow.raw, guardianship_id, version, fact)
        await self.refresh(uow, [row["student_id"]])
        return version

    async def limit(self, uow: UnitOfWork, principal: Principal, guardianship_id: UUID, expected: int, wish: CourtLimit) -> int:
        """Records what a court has limited (nothing lifts it). Answers the next version."""
        row = await self._repository.lock(uow.raw, guardianship_id)
        if row is None or not is_uuid(principal.organisation_id) or str(row["organisation_id"]) != principal.organisation_id:
            raise GuardianshipNotFound
        check_version(row, expected)
        today, document_day = clock.school_day(row["time_zone"]), rules.day_of(wish.document_day)
        if document_day is None or document_day > today:
            raise rules.limit_invalid("document_day", "the day of the document, not in the future")
        if not wish.basis.strip():
            raise rules.limit_invalid("basis", "say which decision of which court")
        last_day, limited = rules.limit_end(wish.last_day, wish.rights, today), tuple(sorted(wish.rights))
        version = await self._repository.limit(uow.raw, guardianship_id, limited, last_day)
        act = "LIMITED" if limited else "LIFTED"
        fact = Fact(act, _author(principal), clock.now(), limited, document_day, wish.basis.strip(), last_day)
        await self._repository.add_fact(uow.raw, guardianship_id, version, fact)
        await self.refresh(uow, [row["student_id"]])
        return version

    async def limits_over(self) -> list[UUID]:
        """Students with a guardian whose limit has ended by itself and is still in force for readers; at most a thousand."""
        return await self._repository.limits_over()

    async def lift_over(self, uow: UnitOfWork, student_id: UUID) -> None:
        """Lifts what has ended on the school's date; repeating finds nothing to do."""
        for row in await self._repository.lock_students(uow.raw, [student_id]):
            if row["limited_until"] is not None and row["limited_until"] < clock.school_day(row["time_zone"]):
                version = await self._repository.limit(uow.raw, row["id"], (), None)
                fact = Fact("LIMIT_OVER", ("", "SYSTEM"), clock.now(), tuple(sorted(row["limited"])))
                await self._repository.add_fact(uow.raw, row["id"], version, fact)
        await self.refresh(uow, [student_id])


def access_of(row: asyncpg.Record) -> rules.Access:
    """What the guardian of a row may do."""
    return rules.access_of(frozenset(row["rights"]), row["until_day"], limited_now(row), row["birth_date"], row["extended_day"])


def limited_now(row: asyncpg.Record) -> frozenset[str]:
    """What a court denies the guardian of a row today at the school."""
    return rules.limit_on(frozenset(row["limited"]), row["limited_until"], clock.school_day(row["time_zone"]))


def is_active(row: asyncpg.Record, today: date | None = None) -> bool:
    """Whether the guardian sees the student today at the school."""
    access = access_of(row)
    return rules.SEE not in access.denied and (access.last_day is None or (today or clock.school_day(row["time_zone"])) <= access.last_day)


def is_parent(row: asyncpg.Record) -> bool:
    """Whether the guardian acts for the student in full, today."""
    return bool(row["kind"] == rules.FULL) and is_active(row)


def is_adult(row: asyncpg.Record) -> bool:
    """Whether the student is of age today at the school."""
    return rules.stage_on(row["birth_date"], clock.school_day(row["time_zone"])) == rules.ADULT


def check_version(row: asyncpg.Record, expected: int) -> None:
    """Raises GuardianshipChanged when the caller saw another version."""
    if row["version"] != expected:
        raise GuardianshipChanged("the guardianship changed meanwhile", current_version=row["version"])


def _author(principal: Principal) -> tuple[str, str]:
    return principal.person_id, principal.role_type


def _bad_day(field: str, message: str) -> Invalid:
    return Invalid("this cannot be recorded", reason="GRANT_INVALID", violations=[Violation(field, message)])
