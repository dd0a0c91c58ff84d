"""Use cases: find the records that may be the caller's, give one to an account."""

from uuid import UUID

import asyncpg

from myschool_identity import events
from myschool_identity.errors import RecordOfAnother, RecordTaken
from myschool_identity.matching.repository import MatchingRepository
from myschool_identity.profile.service import Profiles
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import NotFound
from myschool_kit.ids import uuid7

_CONFIRMED = "school"


class Matching:
    """Accounts and the records of schools."""

    def __init__(self, database: Database, repository: MatchingRepository, profiles: Profiles) -> None:
        self._database = database
        self._repository = repository
        self._profiles = profiles

    async def own_records(self, person_id: UUID) -> list[UUID]:
        """Records of the person's name and day of birth that nobody has claimed."""
        return await self._repository.own(self._database.reads, person_id)

    async def link(self, uow: UnitOfWork, person_id: UUID, record_id: UUID, author: tuple[str, str]) -> None:
        """The account's person is the record from now on. Raises NotFound, RecordTaken, RecordOfAnother; repeating is harmless."""
        found = await self._repository.lock(uow.raw, [person_id, record_id])
        if len(found) != 2:
            raise NotFound("no such person")
        person, record = found[person_id], found[record_id]
        if person["merged_into"] == record_id:
            return
        _check(person, record)
        snils = (person["snils_hash"], self._profiles.move_snils(person["snils_sealed"], person_id, record_id))
        await self._repository.link(uow.raw, person_id, record_id, snils)
        now = clock.now()
        await self._repository.add_fact(uow.raw, uuid7(), (person_id, record_id), _CONFIRMED, author, now)
        events.persons_merged(uow, record_id, person_id, now)


def _check(person: asyncpg.Record, record: asyncpg.Record) -> None:
    if person["merged_into"] is not None or not person["has_account"]:
        raise NotFound("the person has no account")
    if record["merged_into"] is not None or record["has_account"]:
        raise RecordTaken("somebody signs in as this person already")
    if record["snils_hash"] is not None and record["snils_hash"] != person["snils_hash"]:
        raise RecordOfAnother("the school registered this person with another СНИЛС")
