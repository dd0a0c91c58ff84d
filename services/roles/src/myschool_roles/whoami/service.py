"""Use case «who am I, in which roles»."""

import orjson

from myschool_kit.principal import Principal
from myschool_roles.organisation.rules import caller_id
from myschool_roles.whoami.repository import WhoAmIRepository


class WhoAmI:
    """What the page needs to know of the signed-in person's roles."""

    def __init__(self, repository: WhoAmIRepository) -> None:
        self._repository = repository

    async def roles(self, principal: Principal) -> bytes:
        """JSON with all roles of the caller that are not deleted."""
        return orjson.dumps({"roles": orjson.Fragment(await self._repository.roles(caller_id(principal)))})
