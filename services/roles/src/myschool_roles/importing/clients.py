"""Ids for people, given by the identity service."""

from collections.abc import Mapping
from itertools import islice
from uuid import UUID

from myschool.identity.v1 import identity_pb2, identity_pb2_grpc
from myschool_kit.client import call
from myschool_roles.importing.model import Human

_BATCH = 1000
_TIMEOUT_S = 20.0


class PeopleRegister:
    """Asks identity who the people of an import are."""

    def __init__(self, stub: "identity_pb2_grpc.IdentityServiceAsyncStub") -> None:
        self._stub = stub

    async def register(self, people: Mapping[str, Human]) -> dict[str, UUID]:
        """A person id for each entry; repeating gives the same ids. Raises RemoteError when identity refuses or is away."""
        found: dict[str, UUID] = {}
        remaining = iter(people.items())
        while batch := list(islice(remaining, _BATCH)):
            # Keys carry СНИЛС, so only positions travel.
            entries = [
                identity_pb2.PersonToRegister(
                    key=str(number),
                    family_name=human.family,
                    given_name=human.given,
                    middle_name=human.middle,
                    birth_date=human.birth,
                    snils=human.snils,
                )
                for number, (_handle, human) in enumerate(batch)
            ]
            reply = await call(self._stub.RegisterPeople, identity_pb2.RegisterPeopleRequest(people=entries), timeout=_TIMEOUT_S)
            found.update((batch[int(person.key)][0], UUID(person.person_id)) for person in reply.people)
        return found
