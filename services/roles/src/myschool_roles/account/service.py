"""Use cases over accounts of a region's people."""

from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from myschool_kit.ids import is_uuid
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_kit.principal import Principal
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog
from myschool_roles.account.clients import AccountBook
from myschool_roles.account.model import AccountState
from myschool_roles.account.repository import AccountRepository
from myschool_roles.errors import AccountOwn, AccountProtected, PersonNotFound
from myschool_roles.organisation.rules import caller_id, scope_of, word_patterns

_PAGE = 50
# Who has signed in is known to identity alone: people are asked about in batches, and a page gives up after so many.
_BATCH, _MOST_BATCHES = 200, 10

Place = tuple[str, UUID]
Listed = list[tuple[asyncpg.Record, AccountState]]


class _Find(NamedTuple):
    """Whom a list is about: everybody of the region whose name fits, or of those named."""

    region: str
    patterns: list[str]
    only: list[UUID] | None


class Accounts:
    """Who may not sign in, as far as the caller's region reaches; whose account it is, is decided here for every id."""

    def __init__(self, repository: AccountRepository, book: AccountBook, access: AccessLog) -> None:
        self._repository = repository
        self._book = book
        self._access = access

    async def list_page(self, principal: Principal, query: str, size: int, token: str, *, blocked: bool, never: bool) -> bytes:
        """JSON of one page of the region's people with the state of their accounts; a page of those who `never` signed in may be short."""
        region, patterns, size = scope_of(principal).region_code, word_patterns(query), size or _PAGE
        filters = [region, patterns, blocked, never]
        after = _place(decode_token(token, filters))
        only = await self._book.blocked_now() if blocked else None
        find = _Find(region, patterns, only)
        listing = self._never if never else self._all
        shown, place = await listing(find, after, size) if region and only != [] else ([], None)
        self._access.record_each("account.list", [row["id"] for row, _ in shown])
        own = caller_id(principal)
        people = [_shown(row, state, own=row["id"] == own) for row, state in shown]
        return json_body({"accounts": people, "next_page_token": encode_token(list(place), filters) if place else ""})

    async def _all(self, find: _Find, after: Place | None, size: int) -> tuple[Listed, Place | None]:
        found = await self._repository.page(*find, after, size + 1)
        shown = await self._with_states(found[:size])
        return shown, _of(found[size - 1]) if len(found) > size else None

    async def _never(self, find: _Find, after: Place | None, size: int) -> tuple[Listed, Place | None]:
        shown: Listed = []
        for _ in range(_MOST_BATCHES):
            found = await self._repository.page(*find, after, _BATCH)
            shown += [(row, state) for row, state in await self._with_states(found) if not state.has_account]
            if len(shown) > size:
                return shown[:size], _of(shown[size - 1][0])
            if len(found) < _BATCH:
                return shown, None
            after = _of(found[-1])
        return shown, after

    async def _with_states(self, rows: list[asyncpg.Record]) -> Listed:
        states = await self._book.states([row["id"] for row in rows])
        return [(row, states.get(row["id"]) or AccountState()) for row in rows]

    async def history(self, principal: Principal, person_id: UUID) -> bytes:
        """JSON of every block and its end. Raises PersonNotFound outside of the region."""
        await self._check(principal, person_id)
        self._access.record("account.history", subject_id=person_id)
        return await self._book.history(person_id)

    async def block(self, principal: Principal, person_id: UUID, reason: str, words: str, expected: int) -> int:
        """The next version. Raises PersonNotFound, AccountOwn, AccountProtected and what identity refuses."""
        is_protected = await self._check(principal, person_id)
        if person_id == caller_id(principal):
            raise AccountOwn("nobody blocks themselves")
        if is_protected:
            raise AccountProtected("an operator of the system blocks a coordinator")
        return await self._book.block(person_id, reason, words, expected)

    async def unblock(self, principal: Principal, person_id: UUID, words: str, expected: int) -> int:
        """The next version. Raises PersonNotFound, AccountProtected and what identity refuses."""
        if await self._check(principal, person_id):
            raise AccountProtected("an operator of the system unblocks a coordinator")
        return await self._book.unblock(person_id, words, expected)

    async def _check(self, principal: Principal, person_id: UUID) -> bool:
        """Whether only an operator may act. Raises PersonNotFound for people of other regions."""
        region = scope_of(principal).region_code
        is_of_region, is_protected = await self._repository.standing(region, person_id) if region else (False, False)
        if not is_of_region:
            raise PersonNotFound
        return is_protected


def _shown(row: asyncpg.Record, state: AccountState, *, own: bool) -> dict[str, Any]:
    roles = orjson.Fragment(row["roles"])
    return {"person_id": row["id"], "full_name": row["full_name"], "roles": roles, "own": own, **asdict(state)}


def _of(row: asyncpg.Record) -> Place:
    return row["search"], row["id"]


def _place(position: list[Any] | None) -> Place | None:
    """Name and id a page goes on after. Raises Invalid for a token of another list."""
    if position is None:
        return None
    if len(position) != 2 or not is_uuid(str(position[1])):
        raise foreign_token()
    return str(position[0]), UUID(str(position[1]))
