"""Personal fields and look-up hashes under new keys, while sign-ins go on. Both commands may be stopped and started again."""

from collections.abc import Callable

import orjson

from myschool_identity.reseal.repository import BATCH, PLACES, Place, ResealRepository
from myschool_kit.db import Database
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash

Change = Callable[[Place, object, bytes, bytes | None], tuple[bytes, bytes | None] | None]


async def reseal(database: Database, cipher: EnvelopeCipher, *, anew: bool = False) -> dict[str, int]:
    """Rows rewritten per table: new envelopes under the first key of `field.key`, or with `anew` new ciphertexts as well.

    Raises InvalidTag when a key is missing.
    """

    def change(place: Place, key: object, sealed: bytes, hashed: bytes | None) -> tuple[bytes, bytes | None] | None:
        context = place.context(key)
        fresh = cipher.encrypt(cipher.decrypt(sealed, context), context) if anew else cipher.rewrap(sealed, context)
        return None if fresh is None else (fresh, hashed)

    return {place.table: await _walk(database, place, change) for place in PLACES}


async def rehash(database: Database, cipher: EnvelopeCipher, lookup: LookupHash) -> dict[str, int]:
    """Rows per table whose hash became that of the present generation of `lookup.key`. Raises InvalidTag when a key is missing."""

    def change(place: Place, key: object, sealed: bytes, hashed: bytes | None) -> tuple[bytes, bytes | None] | None:
        plain = cipher.decrypt(sealed, place.context(key))
        snils = str(orjson.loads(plain)["snils"]) if place.is_document else plain.decode()
        present = lookup.of(snils) if snils else None
        return None if present == hashed else (sealed, present)

    return {place.table: await _walk(database, place, change) for place in PLACES if place.is_hashed}


async def _walk(database: Database, place: Place, change: Change) -> int:
    count, after = 0, ""
    while True:
        # Short transactions: a person who signs in waits for one batch at most.
        async with database.begin() as uow:
            rows = await ResealRepository.page(uow.raw, place, after)
            for row in rows:
                changed = change(place, row["key"], row["sealed"], row["hash"])
                if changed is not None:
                    await ResealRepository.write(uow.raw, place, row["key"], *changed)
                    count += 1
        if len(rows) < BATCH:
            return count
        after = str(rows[-1]["key"])
