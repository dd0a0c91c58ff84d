"""Use cases over people."""

from uuid import UUID

from myschool_kit.db import UnitOfWork
from myschool_kit.principal import Principal
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog
from myschool_roles.organisation.rules import caller_id, word_patterns
from myschool_roles.person.repository import PersonRepository


def split_name(full_name: str) -> tuple[str, str, str]:
    """Family, given and middle name of «Фамилия Имя Отчество»; what is missing is empty."""
    family, _, rest = " ".join(full_name.split()).partition(" ")
    given, _, middle = rest.partition(" ")
    return family, given, middle


class People:
    """People by id and name."""

    def __init__(self, repository: PersonRepository, access: AccessLog) -> None:
        self._repository = repository
        self._access = access

    async def search(self, principal: Principal, query: str) -> bytes:
        """JSON of at most ten people of the caller's school whose names have words that begin like those of the query."""
        found = []
        patterns = word_patterns(query)
        if principal.organisation_id and patterns:
            teacher_id = caller_id(principal) if principal.role_type == "TEACHER" else None
            found = await self._repository.search(UUID(principal.organisation_id), patterns, teacher_id)
        self._access.record_each("people.search", [row["id"] for row in found])
        return json_body({"people": found})

    async def name(self, uow: UnitOfWork, person_id: UUID) -> str | None:
        """Full name of a known person, None for an unknown one."""
        return await self._repository.name(uow.raw, person_id)

    async def ensure(self, uow: UnitOfWork, person_id: UUID, display_name: str) -> str:
        """Makes the person known; answers the full name as stored."""
        full_name = " ".join(display_name.split())
        await self._repository.ensure(uow.raw, person_id, split_name(full_name), full_name)
        return await self._repository.name(uow.raw, person_id) or full_name
