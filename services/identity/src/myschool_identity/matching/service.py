"""Use cases: find the records that may be the caller's, give one to an account, join two records, take either back."""

from uuid import UUID

import asyncpg

from myschool_identity import events
from myschool_identity.blocking.service import Blocking
from myschool_identity.errors import AccountsTwo, MergeNotLatest, RecordOfAnother, RecordTaken
from myschool_identity.matching.repository import MatchingRepository
from myschool_identity.notice import letters
from myschool_identity.profile.service import Profiles
from myschool_identity.session.service import Sessions
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import NotFound
from myschool_kit.ids import is_uuid, uuid7

_CONFIRMED, _DUPLICATE = "school", "duplicate"


class Matching:
    """Accounts and the records of schools."""

    def __init__(
        self, database: Database, repository: MatchingRepository, profiles: Profiles, sessions: Sessions, blocking: Blocking
    ) -> None:
        self._database = database
        self._repository = repository
        self._profiles = profiles
        self._sessions = sessions
        self._blocking = blocking

    async def own_records(self, person_id: UUID) -> list[UUID]:
        """Records of the person's name and day of birth that nobody has claimed."""
        return await self._repository.own(self._database.reads, person_id)

    async def link(self, uow: UnitOfWork, person_id: UUID, record_id: UUID, author: tuple[str, str]) -> None:
        """The account's person is the record from now on. Repeating is harmless.

        Raises NotFound, RecordTaken, RecordOfAnother, AccountBlocked.
        """
        person, record = await self._pair(uow, person_id, record_id)
        if person["merged_into"] == record_id:
            return
        _check_link(person, record)
        await self._join(uow, person, record, _CONFIRMED, author)

    async def merge(self, uow: UnitOfWork, record_id: UUID, merged_id: UUID, author: tuple[str, str]) -> UUID:
        """Two records are one person, `record_id` stays; answers the merge, the same again when repeated.

        Raises NotFound, AccountsTwo, RecordOfAnother, AccountBlocked.
        """
        merged, record = await self._pair(uow, merged_id, record_id)
        known = await self._repository.living(uow.raw, merged_id, record_id)
        if known is not None:
            return known
        if merged["merged_into"] is not None or record["merged_into"] is not None:
            raise NotFound("no such person")
        if merged["has_account"] and record["has_account"]:
            raise AccountsTwo("both sign in already")
        _check_numbers(merged, record)
        return await self._join(uow, merged, record, _DUPLICATE, author)

    async def _pair(self, uow: UnitOfWork, person_id: UUID, record_id: UUID) -> tuple[asyncpg.Record, asyncpg.Record]:
        found = await self._repository.lock(uow.raw, [person_id, record_id])
        if len(found) != 2:
            raise NotFound("no such person")
        return found[person_id], found[record_id]

    async def _join(self, uow: UnitOfWork, merged: asyncpg.Record, record: asyncpg.Record, reason: str, author: tuple[str, str]) -> UUID:
        merge_id, now = uuid7(), clock.now()
        for one in (merged, record):
            # A block stands at a person: joined to another it would be escaped, or would reach who was not meant.
            await self._blocking.check(uow, one["id"])
        sealed = self._profiles.move_snils(merged["snils_sealed"], merged["id"], record["id"])
        pair, moves = (merged["id"], record["id"]), merged["snils_hash"] is not None and sealed is not None
        await self._repository.add_fact(uow.raw, merge_id, pair, reason, author, now, snils_moved=moves)
        await self._repository.lead(uow.raw, *pair)
        if sealed is not None:
            await self._repository.move_snils(uow.raw, *pair, (merged["snils_hash"], sealed))
        await self._repository.move_accounts(uow.raw, merge_id, *pair)
        # What was opened as the one who is used no more must not go on: the person signs in anew, as the one who stays.
        await self._sessions.end_all(uow, merged["id"], "linked")
        await self._blocking.revoke_tokens(uow, merged["id"], now)
        await letters.follow(uow, *pair)
        events.persons_merged(uow, record["id"], merged["id"], merge_id, now)
        return merge_id

    async def unlink(self, uow: UnitOfWork, merge_id: UUID, author: tuple[str, str]) -> None:
        """The merged one is a person of their own again, with the account and the СНИЛС that came along. Repeating is harmless.

        Raises NotFound, MergeNotLatest, AccountBlocked.
        """
        merge = await self._repository.merge(uow.raw, merge_id)
        if merge is None:
            raise NotFound("no such merge")
        merged, record = await self._pair(uow, merge["merged_id"], merge["person_id"])
        merge = await self._repository.merge(uow.raw, merge_id)
        if merge is None or merge["separated"]:
            return
        if merged["merged_into"] != record["id"] or record["merged_into"] is not None:
            raise MergeNotLatest("take the later merge back first")
        await self._blocking.check(uow, record["id"])
        now = clock.now()
        await self._repository.lead(uow.raw, merged["id"], None)
        oids = await self._repository.return_accounts(uow.raw, merge_id, record["id"], merged["id"])
        await self._return_snils(uow, merge, record, oids)
        devices = await self._repository.end_devices(uow.raw, record["id"], _actor(author), now)
        if oids or devices:
            await self._sessions.end_all(uow, record["id"], "separated")
            await self._blocking.revoke_tokens(uow, record["id"], now)
        await letters.end(uow, record["id"], now)
        await self._repository.add_separation(uow.raw, merge_id, author, now)
        events.persons_separated(uow, record["id"], merged["id"], merge_id, now)

    async def _return_snils(self, uow: UnitOfWork, merge: asyncpg.Record, record: asyncpg.Record, oids: list[str]) -> None:
        if record["snils_hash"] is None:
            return
        if merge["snils_moved"] or await self._repository.is_of_accounts(uow.raw, oids, record["snils_hash"]):
            sealed = self._profiles.move_snils(record["snils_sealed"], record["id"], merge["merged_id"])
            if sealed is not None:
                await self._repository.move_snils(uow.raw, record["id"], merge["merged_id"], (record["snils_hash"], sealed))


def _actor(author: tuple[str, str]) -> UUID:
    """The nil id for the platform, which is no person."""
    return UUID(author[0]) if is_uuid(author[0]) else UUID(int=0)


def _check_link(person: asyncpg.Record, record: asyncpg.Record) -> None:
    if person["merged_into"] is not None or not person["has_account"]:
        raise NotFound("the person has no account")
    if record["merged_into"] is not None or record["has_account"]:
        raise RecordTaken("somebody signs in as this person already")
    _check_numbers(person, record)


def _check_numbers(person: asyncpg.Record, record: asyncpg.Record) -> None:
    """A number stands at one person only, so two numbers are two people. Raises RecordOfAnother."""
    if record["snils_hash"] is not None and person["snils_hash"] is not None:
        raise RecordOfAnother("the two have different СНИЛС")
