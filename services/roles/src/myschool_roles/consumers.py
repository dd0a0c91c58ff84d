"""What roles takes from other services."""

from uuid import UUID

from myschool.identity.events.v1 import identity_events_pb2
from myschool_kit.consumer import Event, Handlers
from myschool_kit.db import UnitOfWork
from myschool_roles.role.service import Roles


def handlers(roles: Roles) -> Handlers:
    """Event handlers of the service."""

    async def account_created(uow: UnitOfWork, message: identity_events_pb2.AccountCreated, _event: Event) -> None:
        places = [(organisation.ogrn, organisation.chief) for organisation in message.organisations]
        await roles.welcome(uow, UUID(message.person_id), message.display_name, places)

    return Handlers.of(["identity.accounts"], {identity_events_pb2.AccountCreated: account_created})
