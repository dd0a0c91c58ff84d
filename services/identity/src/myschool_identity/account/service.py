"""Use cases: sign in with Госуслуги, register a school's people, show the profile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from myschool_identity import events
from myschool_identity.account.repository import AccountRepository, PersonRow
from myschool_identity.account.rules import birth_day, display_name, snils_digits
from myschool_identity.blocking.service import Blocking
from myschool_identity.consent.service import Consents
from myschool_identity.errors import ProfileUnknown
from myschool_identity.profile.model import EsiaProfile
from myschool_identity.profile.service import Profiles
from myschool_identity.session.service import Sessions
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import NotFound
from myschool_kit.ids import uuid7


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the gateway needs to open the page."""

    person_id: UUID
    display_name: str
    created: bool
    missing_consents: list[str]
    trusted: bool


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person of an import; `key` is the caller's own, texts as they stood in the sheet."""

    key: str
    family_name: str
    given_name: str
    middle_name: str
    birth_date: str
    snils: str


@dataclass(frozen=True, slots=True)
class Registered:
    """The id a newcomer got, and whether it is new."""

    key: str
    person_id: UUID
    created: bool


class Accounts:
    """People and their accounts."""

    def __init__(
        self,
        database: Database,
        repository: AccountRepository,
        profiles: Profiles,
        sessions: Sessions,
        consents: Consents,
        blocking: Blocking,
    ) -> None:
        self._database = database
        self._repository = repository
        self._profiles = profiles
        self._sessions = sessions
        self._consents = consents
        self._blocking = blocking

    async def sign_in(self, uow: UnitOfWork, esia_oid: str, session_id: UUID, device: str) -> SignedIn:
        """Finds or creates the account, takes over fresh data of Госуслуги, opens the session. Raises ProfileUnknown, AccountBlocked."""
        profile = await self._profiles.lock(uow.raw, esia_oid)
        if profile is None:
            raise ProfileUnknown("nobody with this oid has come through the bridge")
        known = await self._repository.id_by_oid(uow.raw, esia_oid)
        await self._settle(uow, [profile.snils])
        name = display_name(profile.family_name, profile.given_name, profile.middle_name)
        person_id = known or await self._new_account(uow, profile, name)
        person_id = await self._admitted(uow, esia_oid, person_id)
        await self._repository.refresh(uow.raw, self._row(person_id, profile))
        await self._sessions.open(uow, person_id, session_id, device)
        missing = await self._consents.missing_purposes(uow.raw, person_id)
        return SignedIn(person_id, name, created=known is None, missing_consents=missing, trusted=profile.trusted)

    async def _admitted(self, uow: UnitOfWork, esia_oid: str, person_id: UUID) -> UUID:
        """The account's person, held until the sign-in is done. Raises AccountBlocked."""
        await self._blocking.check(uow, person_id)
        # Who waited for a merge, or for one to be taken back, finds the account with another person.
        settled = await self._repository.id_by_oid(uow.raw, esia_oid)
        if settled is None or settled == person_id:
            return person_id
        await self._blocking.check(uow, settled)
        return settled

    async def register(self, uow: UnitOfWork, people: Sequence[Newcomer]) -> list[Registered]:
        """An id for each, the same again for a known СНИЛС; two rows with one СНИЛС are one person."""
        rows = [self._newcomer(index, person) for index, person in enumerate(people)]
        await self._settle(uow, [snils_digits(person.snils, f"people[{index}].snils") for index, person in enumerate(people)])
        first = {row.snils_hash or row.id: row for row in rows}
        # Sorted, so that two imports at once take the locks in one order.
        ordered = sorted(first.values(), key=lambda row: row.snils_hash or row.id.bytes)
        created = await self._repository.insert_people(uow.raw, ordered)
        hashes = [row.snils_hash for row in rows if row.snils_hash is not None]
        known = await self._repository.ids_by_hash(uow.raw, hashes)
        ids = [row.id if row.snils_hash is None else known[row.snils_hash] for row in rows]
        return [Registered(person.key, person_id, created=person_id in created) for person, person_id in zip(people, ids, strict=True)]

    async def profile(self, person_id: UUID) -> bytes:
        """JSON of the page «Настройки аккаунта»."""
        row = await self._repository.profile(self._database.reads, person_id)
        if row is None:
            raise NotFound("no such person")
        body: dict[str, Any] = {
            "person_id": str(row["id"]),
            "display_name": display_name(row["family_name"], row["given_name"], row["middle_name"]),
            "family_name": row["family_name"],
            "given_name": row["given_name"],
            "middle_name": row["middle_name"],
            "birth_date": row["birth_date"].isoformat() if row["birth_date"] else "",
            "trusted": bool(row["trusted"]),
            "esia_updated_at_ms": clock.epoch_ms(row["updated_at"]) if row["updated_at"] else 0,
            "consents": orjson.loads(row["consents"]),
            "has_email": bool(row["has_email"]),
        }
        return orjson.dumps(body)

    async def _new_account(self, uow: UnitOfWork, profile: EsiaProfile, name: str) -> UUID:
        """The person the school has registered by СНИЛС already, else a new one."""
        row = self._row(uuid7(), profile)
        created = await self._repository.insert_people(uow.raw, [row])
        person_id = row.id
        if not created and row.snils_hash is not None:
            person_id = (await self._repository.ids_by_hash(uow.raw, [row.snils_hash]))[row.snils_hash]
        now = clock.now()
        await self._repository.insert_account(uow.raw, profile.esia_oid, person_id, now)
        events.account_created(uow, person_id, name, profile.organisations, now)
        return person_id

    async def _settle(self, uow: UnitOfWork, numbers: Sequence[str]) -> None:
        """Does nothing unless `lookup.key` is being replaced."""
        hashes = [(self._profiles.hash_of(snils), self._profiles.other_hash_of(snils)) for snils in dict.fromkeys(numbers)]
        await self._repository.settle_hashes(uow.raw, [(one, other) for one, other in hashes if one is not None and other is not None])

    def _row(self, person_id: UUID, profile: EsiaProfile) -> PersonRow:
        return PersonRow(
            id=person_id,
            family_name=profile.family_name,
            given_name=profile.given_name,
            middle_name=profile.middle_name,
            birth_date=profile.birth_date,
            snils_hash=self._profiles.hash_of(profile.snils),
            snils_sealed=self._profiles.seal_snils(profile.snils, person_id),
        )

    def _newcomer(self, index: int, person: Newcomer) -> PersonRow:
        person_id = uuid7()
        snils = snils_digits(person.snils, f"people[{index}].snils")
        return PersonRow(
            id=person_id,
            family_name=person.family_name.strip(),
            given_name=person.given_name.strip(),
            middle_name=person.middle_name.strip(),
            birth_date=birth_day(person.birth_date, f"people[{index}].birth_date"),
            snils_hash=self._profiles.hash_of(snils),
            snils_sealed=self._profiles.seal_snils(snils, person_id),
        )
