"""Use cases over people."""

from uuid import UUID

from myschool_kit.context import current
from myschool_kit.db import UnitOfWork
from myschool_kit.principal import Principal
from myschool_kit.replies import json_body
from myschool_roles.organisation.rules import caller_id, like
from myschool_roles.person.repository import PersonRepository


def split_name(full_name: str) -> tuple[str, str, str]:
    """Family, given and middle name of «Фамилия Имя Отчество»; what is missing is empty."""
    family, _, rest = " ".join(full_name.split()).partition(" ")
    given, _, middle = rest.partition(" ")
    return family, given, middle


class People:
    """People by id and name."""

    def __init__(self, repository: PersonRepository) -> None:
        self._repository = repository

    async def search(self, principal: Principal, query: str) -> bytes:
        """JSON of at most ten people of the caller's school whose name holds the query."""
        found = []
        if principal.organisation_id and query.strip():
            teacher_id = caller_id(principal) if principal.role_type == "TEACHER" else None
            found = await self._repository.search(UUID(principal.organisation_id), like(query), teacher_id)
        if found:
            await self.log_access(principal, "search", ",".join(str(row["id"]) for row in found))
        return json_body({"people": found})

    async def log_access(self, principal: Principal, kind: str, object_id: str) -> None:
        """Leaves the audit row of a read of other people's data."""
        reader = (principal.person_id, principal.role_type)
        await self._repository.log_access(reader, kind, object_id, current().trace_id)

    async def name(self, uow: UnitOfWork, person_id: UUID) -> str | None:
        """Full name of a known person, None for an unknown one."""
        return await self._repository.name(uow.raw, person_id)

    async def ensure(self, uow: UnitOfWork, person_id: UUID, display_name: str) -> str:
        """Makes the person known; answers the full name as stored."""
        full_name = " ".join(display_name.split())
        await self._repository.ensure(uow.raw, person_id, split_name(full_name), full_name)
        return await self._repository.name(uow.raw, person_id) or full_name
