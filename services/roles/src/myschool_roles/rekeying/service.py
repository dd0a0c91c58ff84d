"""Sealed imports and look-up hashes under new keys. Both commands may be stopped and started again."""

from uuid import UUID

from myschool_kit.db import Database
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_roles.rekeying.repository import BATCH, RekeyingRepository


async def reseal(database: Database, cipher: EnvelopeCipher) -> int:
    """Kept imports that got an envelope of the first key of `field.key`. Raises InvalidTag when a key is missing."""
    count, after = 0, UUID(int=0)
    while True:
        async with database.begin() as uow:
            rows = await RekeyingRepository.imports(uow.raw, after)
            for row in rows:
                sealed = cipher.rewrap(row["sealed"], f"import:{row['id']}")
                if sealed is not None:
                    await RekeyingRepository.rewrap(uow.raw, row["id"], sealed)
                    count += 1
        if not rows:
            return count
        after = rows[-1]["id"]


async def rehash(database: Database, lookup: LookupHash) -> int:
    """Hashes that became those of the present generation; nothing but the hash itself is needed for it."""
    count, after, present = 0, b"", lookup.generation
    while True:
        async with database.begin() as uow:
            rows = await RekeyingRepository.former(uow.raw, present, after)
            carried = [lookup.carry(row["hash"], row["generation"], present) for row in rows]
            people = [row["person_id"] for row in rows]
            await RekeyingRepository.carry(uow.raw, [row["hash"] for row in rows], carried, people, present)
        count += len(rows)
        if len(rows) < BATCH:
            return count
        after = rows[-1]["hash"]
