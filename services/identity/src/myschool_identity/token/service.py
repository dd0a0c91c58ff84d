"""Use cases: make, show, end and resolve personal tokens."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson

from myschool_identity.account.rules import display_name
from myschool_identity.consent.service import Consents
from myschool_identity.errors import TokenUnknown, TooManyTokens
from myschool_identity.notice import letters
from myschool_identity.token.repository import NewToken, TokenRepository
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import Invalid, NotFound, Violation
from myschool_kit.ids import uuid7

MOST = 10
_SHOWN_AFTER_END = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a token acts for, in which role, and what keeps them out."""

    token_id: UUID
    person_id: UUID
    display_name: str
    role_id: UUID
    missing_consents: list[str]


class Tokens:
    """Personal tokens; their secrets are never here."""

    def __init__(self, database: Database, repository: TokenRepository, consents: Consents) -> None:
        self._database = database
        self._repository = repository
        self._consents = consents

    async def create(self, uow: UnitOfWork, person_id: UUID, role_id: UUID, name: str, days: int, token_hash: bytes) -> tuple[UUID, int]:
        """Id and end (epoch ms) of a new token in this role. Raises Invalid, TooManyTokens."""
        if not name.strip():
            raise Invalid("the name is empty", violations=[Violation("name", "say what the token is for")])
        now = clock.now()
        if await self._repository.count(uow.raw, person_id, now) >= MOST:
            raise TooManyTokens("end one of the tokens first", most=MOST)
        new = NewToken(uuid7(), person_id, role_id, name.strip(), token_hash, now, now + timedelta(days=days))
        await self._repository.insert(uow.raw, new)
        await letters.told(uow, person_id, "token", now, name=new.name)
        return new.id, clock.epoch_ms(new.expires_at)

    async def of_person(self, person_id: UUID) -> bytes:
        """JSON with the person's tokens, newest first; those expired in the last month too, so that a silence explains itself."""
        rows = await self._repository.of_person(self._database.reads, person_id, clock.now() - _SHOWN_AFTER_END)
        tokens = [
            {
                "id": str(row["id"]),
                "name": row["name"],
                "created_at_ms": clock.epoch_ms(row["created_at"]),
                "expires_at_ms": clock.epoch_ms(row["expires_at"]),
                "used_at_ms": clock.epoch_ms(row["used_at"]) if row["used_at"] else 0,
            }
            for row in rows
        ]
        return orjson.dumps({"tokens": tokens})

    async def revoke(self, uow: UnitOfWork, person_id: UUID, token_id: UUID) -> bytes:
        """The hash to be forgotten. Raises NotFound for another's token."""
        found = await self._repository.revoke(uow.raw, token_id, person_id, clock.now())
        if found is None:
            raise NotFound("no such token")
        return found

    async def resolve(self, uow: UnitOfWork, token_hash: bytes) -> Holder:
        """Who stands behind the token. Raises TokenUnknown."""
        row = await self._repository.use(uow.raw, token_hash, clock.now())
        if row is None:
            raise TokenUnknown("the token is unknown, expired or revoked")
        name = display_name(row["family_name"], row["given_name"], row["middle_name"])
        missing = await self._consents.missing_purposes(uow.raw, row["person_id"])
        return Holder(row["id"], row["person_id"], name, row["role_id"], missing)
