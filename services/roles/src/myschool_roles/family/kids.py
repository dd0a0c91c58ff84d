"""Use cases: the children whom Госуслуги named, and connecting with one of them (domain.md §5.1)."""

from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.ids import is_uuid
from myschool_kit.principal import Principal
from myschool_privacy.audit.log import AccessLog
from myschool_roles.claim.model import Ask
from myschool_roles.claim.service import Claims
from myschool_roles.errors import KidNotFound, PersonNotFound, StudentAdult
from myschool_roles.family.clients import Kid, Records
from myschool_roles.family.repository import FamilyRepository
from myschool_roles.family.rules import ADULT, CONNECTED, FOUND, LIMITED, UNKNOWN, WAITING, stage_of, state_of
from myschool_roles.guardian import rules
from myschool_roles.guardian.model import Fact
from myschool_roles.guardian.service import Guardians
from myschool_roles.person.service import People


class Kids:
    """Children in the caller's account at Госуслуги."""

    def __init__(
        self, repository: FamilyRepository, records: Records, people: People, guardians: Guardians, claims: Claims, access: AccessLog
    ) -> None:
        self._repository = repository
        self._records = records
        self._people = people
        self._guardians = guardians
        self._claims = claims
        self._access = access

    async def of(self, person_id: UUID) -> list[dict[str, Any]] | None:
        """The children with what can be done about each; None while identity is away."""
        kids = await self._records.kids_or_none()
        if kids is None:
            return None
        listed = await self._listed(person_id, kids)
        shown = [_shown(kid, listed.get(kid.person_id)) for kid in kids]
        # Who stands for nobody yet reads where a child learns.
        self._access.record_each("family.kids", [one["student_id"] for one in shown if one["student_id"] and one["state"] == FOUND])
        return shown

    async def add(self, uow: UnitOfWork, principal: Principal, key: str) -> bool:
        """Connects the caller with the child: True at once, False when the child's word is awaited. Repeating is harmless.

        Raises KidNotFound, StudentAdult, what `Claims.ask` refuses, RemoteError while identity is away.
        """
        if not is_uuid(principal.person_id):
            raise PersonNotFound
        person_id = UUID(principal.person_id)
        kid = next((one for one in await self._records.kids() if one.key == key), None)
        row = (await self._listed(person_id, [kid])).get(kid.person_id) if kid is not None else None
        state = UNKNOWN if kid is None else _state(kid, row)
        if state == ADULT:
            raise StudentAdult("the child is of age")
        if kid is None or row is None or state == UNKNOWN:
            raise KidNotFound
        if state in {CONNECTED, WAITING}:
            return state == CONNECTED
        await self._people.ensure(uow, person_id, principal.display_name)
        if _stage(kid, row) == rules.FROM_14:
            await self._claims.ask(uow, principal, Ask(person_id, row["id"], row["organisation_id"], "ESIA", kid.told_day, kid.full_name))
            return False
        fact = Fact("ESIA", (principal.person_id, principal.role_type), clock.now(), day=kid.told_day)
        await self._guardians.establish(uow, (person_id, row["id"]), row["organisation_id"], fact, "esia")
        return True

    async def _listed(self, person_id: UUID, kids: list[Kid]) -> dict[UUID | None, asyncpg.Record]:
        """Where children learn, by person; whoever they are, nobody stands for themselves."""
        people = [kid.person_id for kid in kids if kid.person_id is not None and kid.person_id != person_id]
        if not people:
            return {}
        return {row["id"]: row for row in await self._repository.kids(person_id, people)}


def _stage(kid: Kid, row: asyncpg.Record | None) -> str:
    today = clock.school_day(row["time_zone"] if row is not None else rules.DEFAULT_ZONE)
    return stage_of([kid.birth_day, row["birth_date"] if row is not None else None], today)


def _state(kid: Kid, row: asyncpg.Record | None) -> str:
    stage = _stage(kid, row)
    if row is None:
        return state_of(None, stage, waits=False, is_listed=False)
    return state_of(row["standing"], stage, waits=row["waits"], is_listed=True)


def _shown(kid: Kid, row: asyncpg.Record | None) -> dict[str, Any]:
    stage, state = _stage(kid, row), _state(kid, row)
    if row is not None and row["limited"] and state in {CONNECTED, FOUND}:
        state = LIMITED
    # From 14 on a place is told by the child's word only, and to whom a court has limited not at all.
    told = row is not None and (state == CONNECTED or (state == FOUND and stage == rules.UNDER_14))
    return {
        "key": kid.key,
        "full_name": kid.full_name,
        "birth_day": kid.birth_day or "",
        "stage": stage,
        "state": state,
        "student_id": row["id"] if told and row is not None else "",
        "organisation_name": row["organisation_name"] if told and row is not None else "",
        "group_name": row["group_name"] if told and row is not None else "",
    }
