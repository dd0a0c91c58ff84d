"""Use cases: where a family stands, what it asks, what the school answers."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.errors import Invalid, Violation
from myschool_kit.ids import is_uuid, uuid7
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_kit.principal import Principal
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog
from myschool_roles import events
from myschool_roles.claim.model import Ask
from myschool_roles.claim.service import Claims
from myschool_roles.errors import (
    CardChecksMany,
    FamilyRequestChanged,
    FamilyRequestNotFound,
    FamilyRequestsMany,
    OrganisationNotFound,
    OwnGuardian,
    PersonNotFound,
)
from myschool_roles.family.clients import Records
from myschool_roles.family.kids import Kids
from myschool_roles.family.repository import FamilyRepository
from myschool_roles.family.rules import (
    CERTIFICATE,
    CHILD,
    CONFIRMED,
    MOST_COMPARED,
    MOST_OPEN,
    PENDING,
    REFUSED,
    SELF,
    SNILS,
    WITHDRAWN,
    Wish,
    stage_of,
)
from myschool_roles.guardian.model import Fact
from myschool_roles.guardian.rules import FROM_14
from myschool_roles.guardian.service import Guardians
from myschool_roles.organisation.rules import like
from myschool_roles.organisation.service import Organisations
from myschool_roles.person.service import People

_PAGE = 50


class Families:
    """Requests of families to schools."""

    def __init__(
        self,
        repository: FamilyRepository,
        organisations: Organisations,
        people: People,
        records: Records,
        guardians: Guardians,
        claims: Claims,
        kids: Kids,
        access: AccessLog,
    ) -> None:
        self._repository = repository
        self._organisations = organisations
        self._people = people
        self._records = records
        self._guardians = guardians
        self._claims = claims
        self._kids = kids
        self._access = access

    async def start(self, principal: Principal) -> bytes:
        """JSON: the caller's requests, children, claims, and where records of the caller's name and day of birth were found."""
        person_id = _person(principal)
        records = await self._records.own()
        found = await self._repository.places(records) if records else []
        requests = await self._repository.own(person_id)
        kids, claims = await self._kids.of(person_id), await self._claims.of_guardian(person_id)
        complete = records is not None and kids is not None
        return json_body({"requests": requests, "found": found, "kids": kids or [], "claims": claims, "complete": complete})

    async def find_schools(self, query: str) -> bytes:
        """JSON of at most ten schools whose name or ОГРН holds the text."""
        return json_body({"schools": await self._repository.schools(like(query))})

    async def send(self, uow: UnitOfWork, principal: Principal, wish: Wish) -> asyncpg.Record:
        """The open request that asks this, new or sent before. Raises OrganisationNotFound, PersonNotFound, FamilyRequestsMany."""
        person_id = _person(principal)
        if not await self._organisations.exists(wish.organisation_id):
            raise OrganisationNotFound
        if wish.record_id is not None:
            await self._check_found(wish)
        await self._people.ensure(uow, person_id, principal.display_name)
        count, same = await self._repository.open_of(uow.raw, person_id, wish)
        if same is not None:
            return await self._repository.get(uow.raw, same)
        if count >= MOST_OPEN:
            raise FamilyRequestsMany("too many open requests", most=MOST_OPEN)
        now = clock.now()
        if wish.kind == CHILD and not wish.card.is_empty:
            wish = await self._compared(uow, person_id, wish, now)
        row = await self._repository.insert(uow.raw, uuid7(), person_id, wish, now)
        await self._repository.add_fact(uow.raw, row, "", (principal.person_id, principal.role_type), now)
        return row

    async def _compared(self, uow: UnitOfWork, person_id: UUID, wish: Wish, now: datetime) -> Wish:
        """The wish with what fits: a record counts only where it learns at this school. The asker is told nothing of it."""
        if await self._repository.count_compared(uow.raw, person_id, now) >= MOST_COMPARED:
            raise CardChecksMany("too many comparisons in a day", most=MOST_COMPARED)
        record_id, certificate = await self._records.compare(wish, wish.card)
        if record_id is not None and not (await self._repository.is_of(uow.raw, record_id, wish.organisation_id))["learns"]:
            record_id = None
        evidence = [name for name, fits in ((SNILS, record_id is not None), (CERTIFICATE, certificate)) if fits]
        return replace(wish, record_id=record_id, evidence=tuple(evidence))

    async def _check_found(self, wish: Wish) -> None:
        """A record is asked for only where it was found: an id from elsewhere is nobody's."""
        records = await self._records.own() or []
        places = await self._repository.places(records) if wish.record_id in records else []
        if not any(place["record_id"] == wish.record_id and place["organisation_id"] == wish.organisation_id for place in places):
            raise PersonNotFound

    async def withdraw(self, uow: UnitOfWork, principal: Principal, request_id: UUID, expected: int) -> asyncpg.Record:
        """Takes the caller's own open request back; done twice it is done once."""
        row = await self._repository.lock(uow.raw, request_id)
        if row is None or row["person_id"] != _person(principal):
            raise FamilyRequestNotFound
        if row["status"] == WITHDRAWN:
            return row
        _check_version(row, expected)
        return await self._close(uow, principal, row, WITHDRAWN)

    async def list_page(self, principal: Principal, size: int, token: str, *, decided: bool) -> bytes:
        """JSON of one page of the school's requests."""
        organisation_id, size = _school(principal), size or _PAGE
        filters = [str(organisation_id), decided]
        found = await self._repository.page(organisation_id, _place(decode_token(token, filters)), size + 1, decided=decided)
        shown = [_shown(row) for row in found[:size]]
        following = encode_token([found[size - 1]["place"].isoformat(), found[size - 1]["id"]], filters) if len(found) > size else ""
        self._access.record_each("family.requests", [row["person_id"] for row in found[:size]])
        waiting = found[0]["waiting"] if found else 0
        return json_body({"requests": shown, "waiting": waiting, "next_page_token": following})

    async def refuse(self, uow: UnitOfWork, principal: Principal, request_id: UUID, expected: int, reason: str) -> asyncpg.Record:
        """Refuses; the family reads the reason. Raises FamilyRequestNotFound, FamilyRequestChanged, Invalid."""
        if not reason.strip():
            raise Invalid("a reason is needed", reason="REASON_NEEDED", violations=[Violation("reason", "say why, and what to do")])
        row = await self._locked(uow, principal, request_id, expected)
        return await self._close(uow, principal, row, REFUSED, reason=reason.strip())

    async def confirm(self, uow: UnitOfWork, principal: Principal, request_id: UUID, expected: int, record_id: UUID) -> asyncpg.Record:
        """Confirms that the request means this person of the school. Raises PersonNotFound, OwnGuardian and what identity refuses."""
        row = await self._locked(uow, principal, request_id, expected)
        about = await self._repository.is_of(uow.raw, record_id, row["organisation_id"])
        if not (about["learns"] or (about["acts"] and row["kind"] == SELF)):
            raise PersonNotFound
        if record_id == row["person_id"]:
            raise OwnGuardian("the request would connect a person with themselves")
        if row["kind"] == CHILD:
            await self._connect(uow, principal, row, record_id, about)
        closed = await self._close(uow, principal, row, CONFIRMED, record_id)
        if row["kind"] == SELF:
            # Last: what identity has linked stays linked, and confirming again finds it done.
            await self._records.link(row["person_id"], record_id)
        return closed

    async def _connect(self, uow: UnitOfWork, principal: Principal, row: asyncpg.Record, record_id: UUID, about: asyncpg.Record) -> None:
        """A child from 14 on who signs in has a word of their own; for the others the school's is enough."""
        pair, organisation_id = (row["person_id"], record_id), row["organisation_id"]
        stage = stage_of([about["birth_date"]], clock.school_day(about["time_zone"]))
        if stage == FROM_14 and not await self._guardians.is_full(uow, *pair) and await self._records.signs_in(record_id):
            await self._claims.ask(uow, principal, Ask(*pair, organisation_id, "SCHOOL", None, row["child_name"]))
            return
        fact = Fact("ESTABLISHED", (principal.person_id, principal.role_type), clock.now())
        await self._guardians.establish(uow, pair, organisation_id, fact, "family_request")

    async def _locked(self, uow: UnitOfWork, principal: Principal, request_id: UUID, expected: int) -> asyncpg.Record:
        row = await self._repository.lock(uow.raw, request_id)
        if row is None or row["organisation_id"] != _school(principal):
            raise FamilyRequestNotFound
        _check_version(row, expected)
        return row

    async def _close(
        self, uow: UnitOfWork, principal: Principal, row: asyncpg.Record, status: str, record_id: UUID | None = None, reason: str = ""
    ) -> asyncpg.Record:
        now = clock.now()
        closed = await self._repository.decide(uow.raw, row["id"], status, record_id, reason, now)
        await self._repository.add_fact(uow.raw, closed, reason, (principal.person_id, principal.role_type), now)
        events.family_told(uow, row["person_id"])
        return closed


def _check_version(row: asyncpg.Record, expected: int) -> None:
    if row["status"] != PENDING or row["version"] != expected:
        raise FamilyRequestChanged("the request changed meanwhile", current_status=row["status"], current_version=row["version"])


def _person(principal: Principal) -> UUID:
    if not is_uuid(principal.person_id):
        raise PersonNotFound
    return UUID(principal.person_id)


def _school(principal: Principal) -> UUID:
    if not is_uuid(principal.organisation_id):
        raise OrganisationNotFound
    return UUID(principal.organisation_id)


def _shown(row: asyncpg.Record) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name not in {"person_id", "place", "waiting", "candidates", "record_id"}}
    shown["child_birth_day"] = row["child_birth_day"] or ""
    shown["record_id"] = row["record_id"] or ""
    shown["candidates"] = orjson.Fragment(row["candidates"])
    return shown


def _place(position: list[Any] | None) -> tuple[datetime, UUID] | None:
    """Moment and id a page goes on after. Raises Invalid for a token of another list."""
    if position is None:
        return None
    try:
        moment, request_id = position
        return datetime.fromisoformat(str(moment)), UUID(str(request_id))
    except ValueError as error:
        raise foreign_token() from error
