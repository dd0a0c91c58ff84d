"""The only place where letters begin: rows in the transaction of the act they tell of."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from myschool_identity.notice.repository import LetterRepository, NoticeRepository
from myschool_identity.notice.rules import ACCOUNT, SIGN_IN
from myschool_kit.db import UnitOfWork

_KNOWN_FOR = timedelta(days=90)
_LETTERS: Final = LetterRepository()
_ADDRESSES: Final = NoticeRepository()


async def signed_in(uow: UnitOfWork, person_id: UUID, session_id: UUID, device: str, at: datetime) -> None:
    """A sign-in on a device that was not used in the last 90 days."""
    await _LETTERS.signed_in(uow.raw, (person_id, SIGN_IN), session_id, device, at, at - _KNOWN_FOR)


async def told(uow: UnitOfWork, person_id: UUID, act: str, at: datetime, **facts: str) -> None:
    """Something happened to the person's account; `act` is a key of `texts.ACTS`."""
    await _LETTERS.tell(uow.raw, (person_id, ACCOUNT), act, facts, at)


async def address_confirmed(uow: UnitOfWork, person_id: UUID, address_id: UUID, at: datetime) -> None:
    """Told to every other address: whoever took over an account would add one first."""
    await _LETTERS.tell(uow.raw, (person_id, ACCOUNT), "address", {}, at, but=address_id)


async def code_made(uow: UnitOfWork, person_id: UUID, address_id: UUID, at: datetime) -> None:
    """The one letter an unconfirmed address gets; the code itself is reckoned when it is sent."""
    await _LETTERS.tell_code(uow.raw, person_id, address_id, at)


async def follow(uow: UnitOfWork, person_id: UUID, to: UUID) -> None:
    """Addresses and letters follow the account to the person it belongs to now."""
    await _ADDRESSES.move(uow.raw, person_id, to)


async def end(uow: UnitOfWork, person_id: UUID, at: datetime) -> None:
    """Every address is taken away: nobody knows any more whose mailbox it is. Whoever it is adds it again."""
    await _ADDRESSES.remove_all(uow.raw, person_id, at)
