"""Which consent opens and closes the content for a person."""

from uuid import UUID

from myschool.identity.events.v1 import identity_events_pb2 as identity
from myschool_kit.consumer import Event, Handlers
from myschool_kit.db import UnitOfWork
from myschool_library.consent.repository import ConsentRepository
from myschool_library.consent.rules import PURPOSES

# The erasure of people comes beside these in the composition root.
SUBJECTS = "identity.subjects"
TOPICS = ("identity.accounts",)


class _Handlers:
    def __init__(self, consents: ConsentRepository) -> None:
        self._consents = consents

    async def given(self, uow: UnitOfWork, message: identity.ConsentGiven, _event: Event) -> None:
        if message.purpose in PURPOSES:
            await self._consents.allow(uow.raw, UUID(message.person_id), message.purpose)

    async def withdrawn(self, uow: UnitOfWork, message: identity.ConsentWithdrawn, event: Event) -> None:
        if message.purpose in PURPOSES:
            await self._consents.withhold(uow.raw, UUID(message.person_id), message.purpose, event.occurred_at)


def handlers(consents: ConsentRepository) -> Handlers:
    """What the library takes in."""
    on = _Handlers(consents)
    return Handlers.of(TOPICS, {identity.ConsentGiven: on.given, identity.ConsentWithdrawn: on.withdrawn})
