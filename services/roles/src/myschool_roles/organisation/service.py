"""Use cases over organisations."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg
import orjson

from myschool_kit.db import UnitOfWork
from myschool_kit.errors import Invalid, Violation
from myschool_kit.ids import is_uuid, uuid7
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_kit.principal import Principal
from myschool_kit.replies import json_body
from myschool_roles import events
from myschool_roles.errors import OrganisationNotFound
from myschool_roles.organisation.repository import OrganisationRepository
from myschool_roles.organisation.rules import Scope, like, scope_of

_DEFAULT_PAGE = 50


def _place(position: list[Any]) -> tuple[str, UUID]:
    """Short name and id a page goes on after. Raises Invalid for a token of another list."""
    if len(position) != 2 or not is_uuid(str(position[1])):
        raise foreign_token()
    return str(position[0]), UUID(str(position[1]))


class Organisations:
    """Organisations as far as the caller's scope reaches."""

    def __init__(self, repository: OrganisationRepository) -> None:
        self._repository = repository

    async def list_page(self, principal: Principal, query: str, size: int, token: str) -> bytes:
        """JSON of one page of the caller's organisations."""
        scope = scope_of(principal)
        pattern, size = like(query), size or _DEFAULT_PAGE
        position = decode_token(token, pattern)
        after = _place(position) if position is not None else None
        found = await self._repository.page(scope, pattern, after, size + 1) if scope != Scope() else []
        total = found[0]["total"] if found else 0
        shown = [{name: value for name, value in row.items() if name != "total"} for row in found[:size]]
        following = encode_token([shown[-1]["short_name"], shown[-1]["id"]], pattern) if len(found) > size else ""
        return json_body({"organisations": shown, "total": total, "next_page_token": following})

    async def get(self, principal: Principal, organisation_id: UUID) -> bytes:
        """JSON of one organisation with its groups and staff. Raises OrganisationNotFound outside of the scope."""
        row = await self._repository.get_page(organisation_id)
        if row is None or not scope_of(principal).holds(row["id"], row["region_code"]):
            raise OrganisationNotFound
        body: dict[str, Any] = dict(row)
        del body["region_code"]
        body["groups"], body["staff"] = orjson.Fragment(body["groups"]), orjson.Fragment(body["staff"])
        return json_body(body)

    async def visible(self, principal: Principal, organisation_id: UUID) -> asyncpg.Record:
        """The organisation's own fields. Raises OrganisationNotFound outside of the caller's scope."""
        row = await self._repository.get(organisation_id)
        if row is None or not scope_of(principal).holds(row["id"], row["region_code"]):
            raise OrganisationNotFound
        return row

    async def exists(self, organisation_id: UUID) -> bool:
        """Whether there is such an organisation, in whoever's scope."""
        return await self._repository.get(organisation_id) is not None

    async def lock(self, uow: UnitOfWork, organisation_id: UUID) -> asyncpg.Record:
        """The organisation, locked till the transaction's end; changes of one school wait for each other."""
        row = await self._repository.lock(uow.raw, organisation_id)
        if row is None:
            raise OrganisationNotFound
        return row

    async def by_ogrn(self, uow: UnitOfWork, ogrn: str) -> asyncpg.Record | None:
        """The organisation with this ОГРН, locked; None when it is not known."""
        return await self._repository.lock_by_ogrn(uow.raw, ogrn)

    async def register(self, uow: UnitOfWork, principal: Principal, values: tuple[str, str, str, str, str]) -> UUID:
        """Registers by ОГРН or renames; `values` = ogrn, full name, short name, region code, IANA zone."""
        ogrn, _full_name, _short_name, region_code, time_zone = values
        try:
            ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise Invalid("no such time zone", violations=[Violation("time_zone", "use an IANA zone, e.g. Europe/Moscow")]) from error
        known = await self._repository.lock_by_ogrn(uow.raw, ogrn)
        region = known["region_code"] if known else region_code
        if not scope_of(principal).holds(UUID(int=0), region):
            raise OrganisationNotFound
        if known and (*tuple(known)[1:4], known["time_zone"]) == (*values[:3], time_zone):
            return UUID(str(known["id"]))
        row = await self._repository.upsert(uow.raw, uuid7(), values)
        events.organisation_registered(uow, row)
        return UUID(str(row["id"]))
