"""What roles takes from other services."""

from uuid import UUID, uuid5

from myschool.identity.events.v1 import identity_events_pb2
from myschool_kit.consumer import Event, Handlers
from myschool_kit.db import UnitOfWork
from myschool_roles.merging.service import Merging
from myschool_roles.role.service import Roles
from myschool_roles.separating.service import Separating

# The erasure of people comes beside these in the composition root.
SUBJECTS = "identity.subjects"


def handlers(roles: Roles, merging: Merging, separating: Separating) -> Handlers:
    """Event handlers of the service."""

    async def account_created(uow: UnitOfWork, message: identity_events_pb2.AccountCreated, _event: Event) -> None:
        places = [(organisation.ogrn, organisation.chief) for organisation in message.organisations]
        await roles.welcome(uow, UUID(message.person_id), message.display_name, places)

    async def persons_merged(uow: UnitOfWork, message: identity_events_pb2.PersonsMerged, _event: Event) -> None:
        pair = (UUID(message.person_id), UUID(message.merged_id))
        # Events of before merges could be taken back name none.
        merge_id = UUID(message.merge_id) if message.merge_id else uuid5(pair[0], message.merged_id)
        await merging.follow(uow, merge_id, pair)

    async def persons_separated(uow: UnitOfWork, message: identity_events_pb2.PersonsSeparated, _event: Event) -> None:
        await separating.separate(uow, UUID(message.merge_id))

    return Handlers.of(
        ["identity.accounts"],
        {
            identity_events_pb2.AccountCreated: account_created,
            identity_events_pb2.PersonsMerged: persons_merged,
            identity_events_pb2.PersonsSeparated: persons_separated,
        },
    )
