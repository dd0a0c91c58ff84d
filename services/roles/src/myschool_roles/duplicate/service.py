"""Use cases: find records that look like one person, join them, part them again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from myschool_kit.db import UnitOfWork
from myschool_kit.ids import is_uuid
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_kit.principal import Principal
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog
from myschool_roles.account.clients import AccountBook
from myschool_roles.account.model import AccountState
from myschool_roles.duplicate.repository import DuplicateRepository
from myschool_roles.duplicate.rules import alike
from myschool_roles.errors import AccountProtected, MergeNotFound, NotAlike, PersonNotFound
from myschool_roles.merging.service import Merging
from myschool_roles.organisation.rules import scope_of
from myschool_roles.separating.service import Separating

_PAGE = 20
_MERGES = 50


class Duplicates:
    """Whose records they are is decided here for every id: a head's own school, a coordinator's region."""

    def __init__(
        self, repository: DuplicateRepository, merging: Merging, separating: Separating, book: AccountBook, access: AccessLog
    ) -> None:
        self._repository = repository
        self._merging = merging
        self._separating = separating
        self._book = book
        self._access = access

    async def list_page(self, principal: Principal, size: int, token: str, *, judged: bool) -> bytes:
        """JSON of one page of pairs, each side with what is to be compared."""
        scope, size = scope_of(principal), size or _PAGE
        filters = [scope.region_code, scope.organisation_id, judged]
        after = _pair_place(decode_token(token, filters))
        found = await self._repository.pairs(scope, after, size + 1, judged=judged)
        shown = found[:size]
        people = list(dict.fromkeys(person for row in shown for person in (row["first_id"], row["second_id"])))
        sides, states = await self._repository.sides(people), await self._book.states(people)
        self._access.record_each("duplicates", people)
        for person, side in sides.items():
            side["has_account"] = states.get(person, AccountState()).has_account
        pairs = [{"first": sides[row["first_id"]], "second": sides[row["second_id"]]} for row in shown]
        last = shown[-1] if len(found) > size else None
        following = encode_token([last["search"], last["first_id"], last["second_id"]], filters) if last else ""
        return json_body({"pairs": pairs, "next_page_token": following})

    async def judge(self, uow: UnitOfWork, principal: Principal, pair: tuple[UUID, UUID], *, different: bool) -> None:
        """Remembers that the two are different people, or that this is open again. Raises PersonNotFound."""
        await self._check(principal, pair)
        await self._repository.judge(uow.raw, pair, _author(principal), different=different)

    async def merge(self, uow: UnitOfWork, principal: Principal, person_id: UUID, merged_id: UUID) -> UUID:
        """The two are one person, `person_id` stays. Raises PersonNotFound, NotAlike, AccountProtected and what identity refuses."""
        await self._check(principal, (person_id, merged_id))
        merge_id = await self._book.merge(person_id, merged_id)
        # Identity has said so, and its event would bring the same: done here too, the answer shows it.
        await self._merging.follow(uow, merge_id, (person_id, merged_id), _author(principal))
        return merge_id

    async def _check(self, principal: Principal, pair: tuple[UUID, UUID]) -> None:
        standing = await self._repository.standing(scope_of(principal), list(pair))
        rows = [standing.get(person) for person in pair]
        first, second = rows
        if pair[0] == pair[1] or first is None or second is None or not (first["in_scope"] and second["in_scope"]):
            raise PersonNotFound
        if first["is_protected"] or second["is_protected"]:
            raise AccountProtected("an operator of the system decides about a coordinator")
        if not alike((first["search"], first["birth_date"]), (second["search"], second["birth_date"])):
            raise NotAlike("names or days of birth differ")

    async def merges(self, principal: Principal, size: int, token: str) -> bytes:
        """JSON of one page of merges, taken back ones too."""
        scope, size = scope_of(principal), size or _MERGES
        filters = [scope.region_code, scope.organisation_id, "merges"]
        found = await self._repository.merges(scope, _merge_place(decode_token(token, filters)), size + 1)
        shown = [{name: value for name, value in row.items() if name != "merged_at"} for row in found[:size]]
        following = encode_token([found[size - 1]["merged_at"].isoformat(), found[size - 1]["id"]], filters) if len(found) > size else ""
        return json_body({"merges": shown, "next_page_token": following})

    async def separate(self, uow: UnitOfWork, principal: Principal, merge_id: UUID) -> bytes:
        """JSON of what stays as it is. Raises MergeNotFound, AccountProtected and what identity refuses."""
        in_scope, is_protected = await self._repository.may_separate(scope_of(principal), merge_id)
        if not in_scope:
            raise MergeNotFound
        if is_protected:
            raise AccountProtected("an operator of the system decides about a coordinator")
        kept = await self._separating.separate(uow, merge_id, _author(principal))
        # Last: what identity has parted stays parted, and its event finds it done here.
        await self._book.unlink(merge_id)
        return json_body({"kept": kept})


def _author(principal: Principal) -> tuple[str, str]:
    return principal.person_id, principal.role_type


def _pair_place(position: list[Any] | None) -> tuple[str, UUID, UUID] | None:
    """Name and ids a page goes on after. Raises Invalid for a token of another list."""
    if position is None:
        return None
    if len(position) != 3 or not (is_uuid(str(position[1])) and is_uuid(str(position[2]))):
        raise foreign_token()
    return str(position[0]), UUID(str(position[1])), UUID(str(position[2]))


def _merge_place(position: list[Any] | None) -> tuple[datetime, UUID] | None:
    if position is None:
        return None
    try:
        moment, merge_id = position
        return datetime.fromisoformat(str(moment)), UUID(str(merge_id))
    except ValueError as error:
        raise foreign_token() from error
