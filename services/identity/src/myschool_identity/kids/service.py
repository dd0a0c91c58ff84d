"""Use cases: whom Госуслуги call the caller's children, and whether what a family says about a child fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from myschool_identity.account.rules import birth_day
from myschool_identity.kids.repository import KidsRepository
from myschool_identity.kids.rules import Certificate, card_snils, certificate_of, is_same, same_name
from myschool_identity.profile.model import EsiaProfile, Kid
from myschool_identity.profile.service import Profiles
from myschool_kit.db import Database


@dataclass(frozen=True, slots=True)
class Card:
    """What a family says about a child, as written; what is not said is empty."""

    family_name: str
    birth_date: str
    snils: str
    certificate_series: str
    certificate_number: str


class Kids:
    """Children of accounts. A СНИЛС is compared by its keyed hash and leaves never."""

    def __init__(self, database: Database, repository: KidsRepository, profiles: Profiles) -> None:
        self._database = database
        self._repository = repository
        self._profiles = profiles

    async def own(self, person_id: UUID) -> tuple[datetime | None, list[tuple[str, Kid, UUID | None]]]:
        """When Госуслуги told, and for each child a key, what they told, and the person with the same СНИЛС."""
        profile = await self._profile(person_id)
        if profile is None:
            return None, []
        people = await self._people([kid.snils for kid in profile.kids])
        return profile.updated_at, [
            (self._profiles.kid_key(person_id, kid), kid, _same_child(kid, people.get(kid.snils))) for kid in profile.kids
        ]

    async def check(self, person_id: UUID, card: Card) -> tuple[UUID | None, bool]:
        """The person whom СНИЛС, family name and day of birth fit, and whether Госуслуги named the certificate. Raises Invalid."""
        snils, born = card_snils(card.snils), birth_day(card.birth_date, "birth_date")
        certificate = certificate_of(card.certificate_series, card.certificate_number)
        row = (await self._people([snils])).get(snils)
        fits = row is not None and born is not None and row["birth_date"] == born and same_name(row["family_name"], card.family_name)
        return row["id"] if row is not None and fits else None, await self._named(person_id, card.family_name, born, certificate)

    async def signs_in(self, person_id: UUID) -> bool:
        """Whether the person has an account."""
        return await self._repository.signs_in(self._database.reads, person_id)

    async def _named(self, person_id: UUID, family_name: str, born: date | None, certificate: Certificate | None) -> bool:
        if certificate is None or born is None or (profile := await self._profile(person_id)) is None:
            return False
        return any(
            kid.birth_date == born.isoformat() and same_name(kid.family_name, family_name) and _has(kid, certificate)
            for kid in profile.kids
        )

    async def _profile(self, person_id: UUID) -> EsiaProfile | None:
        oid = await self._repository.oid_of(self._database.reads, person_id)
        return None if oid is None else await self._profiles.read(self._database.reads, oid)

    async def _people(self, numbers: Sequence[str]) -> dict[str, asyncpg.Record]:
        """People by СНИЛС, whichever generation of the key their hash is of."""
        hashes = self._profiles.hashes_of(number for number in numbers if number)
        if not hashes:
            return {}
        found = await self._repository.by_hashes(self._database.reads, list(hashes))
        return {hashes[one]: row for one, row in found.items()}


def _has(kid: Kid, wanted: Certificate) -> bool:
    return any(is_same(one.kind, one.series, one.number, wanted) for one in kid.documents)


def _same_child(kid: Kid, row: asyncpg.Record | None) -> UUID | None:
    """Another day of birth under the same СНИЛС is somebody's mistake: the school has to look."""
    if row is None or (row["birth_date"] is not None and row["birth_date"].isoformat() != kid.birth_date):
        return None
    found: UUID = row["id"]
    return found
