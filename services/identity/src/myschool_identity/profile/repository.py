"""Every query about ESIA profiles. Sensitive parts are one ciphertext bound to the person's oid."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import asyncpg
import orjson

from myschool_identity.profile.model import Document, EsiaProfile, Kid, Organisation
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash

_SAVE = """
INSERT INTO esia_profile (esia_oid, family_name, given_name, middle_name, birth_date, gender, level, trusted, has_email,
                          snils_hash, sealed, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (esia_oid) DO UPDATE SET
    family_name = excluded.family_name, given_name = excluded.given_name, middle_name = excluded.middle_name,
    birth_date = excluded.birth_date, gender = excluded.gender, level = excluded.level, trusted = excluded.trusted,
    has_email = excluded.has_email, snils_hash = excluded.snils_hash, sealed = excluded.sealed, updated_at = excluded.updated_at
"""
_READ = "SELECT * FROM esia_profile WHERE esia_oid = $1"
_LOCK = f"{_READ} FOR UPDATE"


class ProfileRepository:
    """Writes and reads profiles; holds the keys of the sensitive fields."""

    def __init__(self, cipher: EnvelopeCipher, lookup: LookupHash) -> None:
        self._cipher = cipher
        self._lookup = lookup

    def hash_of(self, snils: str) -> bytes | None:
        """Keyed hash by which people are matched; None without a СНИЛС."""
        return self._lookup.of(snils) if snils else None

    def other_hash_of(self, snils: str) -> bytes | None:
        """The hash a neighbour may have written while `lookup.key` is replaced; None at all other times."""
        return self._lookup.other(snils) if snils else None

    def hashes_of(self, numbers: Iterable[str]) -> dict[bytes, str]:
        """Every hash that may stand for one of the СНИЛС."""
        return self._lookup.all_of(numbers)

    def kid_key(self, person_id: object, kid: Kid) -> str:
        """32 hexadecimal digits, the same for the same person and child as long as `lookup.key` is."""
        about = kid.snils or f"{kid.family_name}|{kid.given_name}|{kid.middle_name}|{kid.birth_date}"
        return self._lookup.of(f"kid:{person_id}:{about}")[:16].hex()

    def seal_snils(self, snils: str, person_id: object) -> bytes | None:
        """Ciphertext for the row of this person; None without a СНИЛС."""
        return self._cipher.encrypt(snils.encode(), f"person:{person_id}") if snils else None

    def move_snils(self, sealed: bytes | None, from_person: object, to_person: object) -> bytes | None:
        """The ciphertext of one person's row made anew for another's."""
        if sealed is None:
            return None
        return self._cipher.encrypt(self._cipher.decrypt(sealed, f"person:{from_person}"), f"person:{to_person}")

    async def save(self, connection: asyncpg.Connection | asyncpg.Pool, profile: EsiaProfile) -> None:
        """Inserts or replaces the profile of one person."""
        sensitive = {
            "snils": profile.snils,
            "email": profile.email,
            "phone": profile.phone,
            "organisations": [asdict(organisation) for organisation in profile.organisations],
            "kids": [asdict(kid) for kid in profile.kids],
            "documents": [asdict(document) for document in profile.documents],
        }
        await connection.execute(
            _SAVE,
            profile.esia_oid,
            profile.family_name,
            profile.given_name,
            profile.middle_name,
            profile.birth_date,
            profile.gender,
            profile.level,
            profile.trusted,
            bool(profile.email),
            self.hash_of(profile.snils),
            self._cipher.encrypt(orjson.dumps(sensitive), f"esia:{profile.esia_oid}"),
            profile.updated_at,
        )

    async def lock(self, connection: asyncpg.Connection, esia_oid: str) -> EsiaProfile | None:
        """The profile, held against other sign-ins of the same person until the transaction ends."""
        row = await connection.fetchrow(_LOCK, esia_oid)
        return None if row is None else self._profile(dict(row))

    async def read(self, reads: asyncpg.Pool, esia_oid: str) -> EsiaProfile | None:
        """The profile, not held."""
        row = await reads.fetchrow(_READ, esia_oid)
        return None if row is None else self._profile(dict(row))

    def _profile(self, row: Mapping[str, Any]) -> EsiaProfile:
        sensitive = orjson.loads(self._cipher.decrypt(row["sealed"], f"esia:{row['esia_oid']}"))
        return EsiaProfile(
            esia_oid=row["esia_oid"],
            family_name=row["family_name"],
            given_name=row["given_name"],
            middle_name=row["middle_name"],
            birth_date=row["birth_date"],
            gender=row["gender"],
            level=row["level"],
            trusted=row["trusted"],
            snils=sensitive["snils"],
            email=sensitive["email"],
            phone=sensitive["phone"],
            organisations=tuple(Organisation(**item) for item in sensitive["organisations"]),
            kids=tuple(_kid(item) for item in sensitive["kids"]),
            updated_at=row["updated_at"],
            # Profiles that were stored before documents were read have none.
            documents=_documents(sensitive),
        )


def _kid(stored: Mapping[str, Any]) -> Kid:
    return Kid(**{**stored, "documents": _documents(stored)})


def _documents(stored: Mapping[str, Any]) -> tuple[Document, ...]:
    return tuple(Document(**item) for item in stored.get("documents", ()))
