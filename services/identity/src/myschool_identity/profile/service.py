"""What other slices ask of the profile from Госуслуги."""

import asyncpg

from myschool_identity.profile.model import EsiaProfile
from myschool_identity.profile.repository import ProfileRepository


class Profiles:
    """The stored profile and the protection of its СНИЛС."""

    def __init__(self, repository: ProfileRepository) -> None:
        self._repository = repository

    async def lock(self, connection: asyncpg.Connection, esia_oid: str) -> EsiaProfile | None:
        """The profile, locked until the transaction ends; None when the bridge never stored one."""
        return await self._repository.lock(connection, esia_oid)

    def hash_of(self, snils: str) -> bytes | None:
        """Keyed hash for look-ups; None for an empty СНИЛС."""
        return self._repository.hash_of(snils)

    def other_hash_of(self, snils: str) -> bytes | None:
        """The hash under the next or the former key while `lookup.key` is replaced; None at all other times."""
        return self._repository.other_hash_of(snils)

    def seal_snils(self, snils: str, person_id: object) -> bytes | None:
        """Ciphertext bound to the person; None for an empty СНИЛС."""
        return self._repository.seal_snils(snils, person_id)

    def move_snils(self, sealed: bytes | None, from_person: object, to_person: object) -> bytes | None:
        """The ciphertext bound to another person; None stays None."""
        return self._repository.move_snils(sealed, from_person, to_person)
