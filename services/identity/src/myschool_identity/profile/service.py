"""What other slices ask of the profile from Госуслуги."""

from collections.abc import Iterable

import asyncpg

from myschool_identity.profile.model import EsiaProfile, Kid
from myschool_identity.profile.repository import ProfileRepository


class Profiles:
    """The stored profile and the protection of its СНИЛС."""

    def __init__(self, repository: ProfileRepository) -> None:
        self._repository = repository

    async def lock(self, connection: asyncpg.Connection, esia_oid: str) -> EsiaProfile | None:
        """The profile, locked until the transaction ends; None when the bridge never stored one."""
        return await self._repository.lock(connection, esia_oid)

    async def read(self, reads: asyncpg.Pool, esia_oid: str) -> EsiaProfile | None:
        """The profile as it is, not held."""
        return await self._repository.read(reads, esia_oid)

    def hashes_of(self, numbers: Iterable[str]) -> dict[bytes, str]:
        """Every keyed hash that may stand for one of the СНИЛС."""
        return self._repository.hashes_of(numbers)

    def kid_key(self, person_id: object, kid: Kid) -> str:
        """Names the child to this person again, and says nothing by itself."""
        return self._repository.kid_key(person_id, kid)

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
