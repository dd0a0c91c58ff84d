"""Use cases: list, add, confirm, choose and remove the addresses of a person."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import orjson

from myschool_identity.errors import (
    AddressKnown,
    AddressNotConfirmed,
    CodeTooSoon,
    MailOff,
    NoticeChanged,
    TooManyAddresses,
    TooManyLetters,
)
from myschool_identity.notice import letters, rules
from myschool_identity.notice.code import Codes
from myschool_identity.notice.repository import NewAddress, NoticeRepository
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import NotFound
from myschool_kit.ids import uuid7
from myschool_kit.replies import json_body
from myschool_privacy.envelope import EnvelopeCipher

_DAY = timedelta(days=1)


class Notices:
    """A person's addresses. Nothing is told of other people's: one mailbox may stand at several accounts."""

    def __init__(self, database: Database, repository: NoticeRepository, cipher: EnvelopeCipher, codes: Codes, *, sends: bool) -> None:
        self._database = database
        self._repository = repository
        self._cipher = cipher
        self._codes = codes
        self._sends = sends

    async def look(self, person_id: UUID) -> bytes:
        """JSON: whether letters are sent, the person's addresses, and what Госуслуги gave as a suggestion."""
        rows = await self._repository.of_person(self._database.reads, person_id)
        shown = [self._shown(row) for row in rows]
        suggested = await self._suggested(person_id) if self._sends and not rows else ""
        return json_body({"sends": self._sends, "suggested": suggested, "most": rules.MOST, "addresses": shown})

    async def add(self, uow: UnitOfWork, person_id: UUID, typed: str) -> UUID:
        """Id of the new address, to which a code is on its way. Raises MailOff, Invalid, AddressKnown, TooManyAddresses, TooManyLetters."""
        self._check_mail()
        address, now = rules.address(typed), clock.now()
        await self._hold(uow, person_id)
        rows = await self._repository.of_person(uow.raw, person_id)
        if any(rules.same(self._opened(row), address) for row in rows):
            raise AddressKnown("the address is in the list")
        if len(rows) >= rules.MOST:
            raise TooManyAddresses("remove one of the addresses first", most=rules.MOST)
        address_id = uuid7()
        sealed = self._cipher.encrypt(address.encode(), rules.context(address_id))
        await self._repository.insert(uow.raw, NewAddress(address_id, person_id, sealed, list(rules.KINDS), now))
        await self._make_code(uow, person_id, address_id)
        return address_id

    async def send_code(self, uow: UnitOfWork, person_id: UUID, address_id: UUID) -> None:
        """Another code. Raises MailOff, NotFound, CodeTooSoon, TooManyLetters."""
        self._check_mail()
        row = await self._held(uow, person_id, address_id)
        if row["confirmed_at"] is not None:
            return
        wait = row["code_times"][-1] + rules.CODE_AGAIN - clock.now()
        if wait > timedelta():
            raise CodeTooSoon("a code has just been sent", seconds=int(wait.total_seconds()) + 1)
        await self._make_code(uow, person_id, address_id)

    async def confirm(self, uow: UnitOfWork, person_id: UUID, address_id: UUID, typed: str) -> tuple[bool, int]:
        """Whether it is confirmed, and how many tries are left. Raises NotFound."""
        row, now = await self._held(uow, person_id, address_id), clock.now()
        if row["confirmed_at"] is not None:
            return True, 0
        left = rules.TRIES - row["tries"]
        if left <= 0 or row["code_times"][-1] + rules.CODE_GOOD_FOR <= now:
            return False, 0
        if not self._codes.fits(typed, address_id, row["codes"]):
            await self._repository.note_try(uow.raw, address_id)
            return False, left - 1
        await self._repository.confirm(uow.raw, address_id, now)
        await letters.address_confirmed(uow, person_id, address_id, now)
        return True, 0

    async def change_kinds(self, uow: UnitOfWork, person_id: UUID, address_id: UUID, kinds: list[str], expected: int) -> int:
        """The next version. Raises NotFound, AddressNotConfirmed, NoticeChanged."""
        row = await self._held(uow, person_id, address_id)
        if row["confirmed_at"] is None:
            raise AddressNotConfirmed("confirm the address first")
        version = await self._repository.change_kinds(uow.raw, address_id, expected, sorted(set(kinds)))
        if version is None:
            raise NoticeChanged("the address was changed meanwhile", current_version=row["version"])
        return version

    async def remove(self, uow: UnitOfWork, person_id: UUID, address_id: UUID) -> None:
        """Takes the address and its waiting letters away; one that is gone, or another's, is no error and tells nothing."""
        await self._hold(uow, person_id)
        if await self._repository.one(uow.raw, address_id, person_id) is not None:
            await self._repository.remove(uow.raw, address_id, clock.now())

    async def _make_code(self, uow: UnitOfWork, person_id: UUID, address_id: UUID) -> None:
        now = clock.now()
        if await self._repository.count_codes(uow.raw, person_id, now - _DAY) >= rules.CODES_A_DAY:
            raise TooManyLetters("no more codes today", most=rules.CODES_A_DAY)
        await self._repository.new_code(uow.raw, address_id, now)
        await letters.code_made(uow, person_id, address_id, now)

    async def _hold(self, uow: UnitOfWork, person_id: UUID) -> None:
        if not await self._repository.hold(uow.raw, person_id):
            raise NotFound("no such person")

    async def _held(self, uow: UnitOfWork, person_id: UUID, address_id: UUID) -> asyncpg.Record:
        await self._hold(uow, person_id)
        row = await self._repository.one(uow.raw, address_id, person_id)
        if row is None:
            raise NotFound("no such address")
        return row

    async def _suggested(self, person_id: UUID) -> str:
        row = await self._repository.of_gosuslugi(self._database.reads, person_id)
        if row is None:
            return ""
        return str(orjson.loads(self._cipher.decrypt(row["sealed"], f"esia:{row['esia_oid']}"))["email"])

    def _check_mail(self) -> None:
        if not self._sends:
            raise MailOff("this region sends no letters")

    def _opened(self, row: asyncpg.Record) -> str:
        return self._cipher.decrypt(row["sealed"], rules.context(row["id"])).decode()

    def _shown(self, row: asyncpg.Record) -> dict[str, object]:
        waiting = row["confirmed_at"] is None
        return {
            "id": str(row["id"]),
            "address": rules.shown(self._opened(row)),
            "confirmed": not waiting,
            "code_until_ms": clock.epoch_ms(row["code_times"][-1] + rules.CODE_GOOD_FOR) if waiting else 0,
            "failed_at_ms": clock.epoch_ms(row["failed_at"]) if row["failed_at"] else 0,
            "kinds": list(row["kinds"]),
            "version": row["version"],
        }
