"""Bodies of the two big pages: packed once, kept while nothing they show has changed."""

import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

# The stamps of classes and schools taken together: another value after whatever changes their pages (migration 0003).
STAMP = "coalesce((SELECT bit_xor(s.stamp) FROM page_stamp s WHERE s.scope IN ({})), 0)"
_MOST_BYTES = 64 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Body:
    """A read model as it travels: JSON in gzip, with a strong entity tag."""

    packed: bytes
    etag: str

    @classmethod
    def of(cls, body: bytes) -> "Body":
        """The body packed."""
        packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
        packed = packer.compress(body) + packer.flush()
        return cls(packed, hashlib.blake2b(body, digest_size=12).hexdigest())


@dataclass(frozen=True, slots=True)
class Kept:
    """A body and what it was made of: it is shown again only to one who may see it, and only while that is still so."""

    made_of: tuple[object, ...]
    body: Body


class Bodies:
    """The bodies read latest, so many as fit. Whether one may be shown is asked of the database at every read."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def kept(self, slot: Hashable) -> Kept | None:
        """What was last kept here, or None."""
        found = self._kept.get(slot)
        if found is not None:
            self._kept.move_to_end(slot)
        return found

    def keep(self, slot: Hashable, made_of: tuple[object, ...], body: bytes) -> Body:
        """Packs a body and keeps it in the place of the former one."""
        self._drop(slot)
        kept = Kept(made_of, Body.of(body))
        self._kept[slot] = kept
        self._bytes += _size(kept)
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))
        return kept.body

    def _drop(self, slot: Hashable) -> None:
        dropped = self._kept.pop(slot, None)
        if dropped is not None:
            self._bytes -= _size(dropped)


def _size(kept: Kept) -> int:
    # Some hundred bytes go to what it was made of and to the table.
    return len(kept.body.packed) + 1024
