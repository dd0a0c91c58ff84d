"""Keyed hashes by which people are found, and how their key is replaced.

`lookup.key` holds one key a line, oldest first; a hash is the chain of all of them: HMAC(kₙ, … HMAC(k₁, value)). A service that never
stored the value (roles) can therefore carry its hashes on to a new key, and whoever knows an earlier key and a stolen table learns nothing.
The last line may end in ` announced` (known, not written yet) or ` used` (written; the former hash is still looked for).
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence

_STATES = ("", "announced", "used")


class LookupHash:
    """HMAC-SHA-256, so that a stolen table cannot be searched by trying every СНИЛС."""

    def __init__(self, lines: bytes) -> None:
        read = [[*line.split(), b""][:2] for line in lines.splitlines() if line.strip()]
        self._keys = [base64.b64decode(key) for key, _ in read]
        state = read[-1][1].decode() if read else "no key"
        if state not in _STATES or any(word for _, word in read[:-1]):
            message = "lookup.key: one key a line, only the last may be «announced» or «used»"
            raise ValueError(message)
        self._state = state
        self.generation = len(self._keys) - (state == "announced")

    @property
    def changing(self) -> bool:
        """Whether hashes of two generations are about."""
        return bool(self._state)

    def of(self, value: str) -> bytes:
        """32 bytes; equal values give equal hashes. This one is written."""
        return self.carry(value.encode(), 0, self.generation)

    def other(self, value: str) -> bytes | None:
        """The hash a neighbour may have written while the key is replaced: of the next generation or of the former; else None."""
        if not self._state:
            return None
        return self.carry(value.encode(), 0, self.generation + (1 if self._state == "announced" else -1))

    def all_of(self, values: Iterable[str]) -> dict[bytes, str]:
        """Every hash that may stand for one of the values."""
        found: dict[bytes, str] = {}
        for value in values:
            found[self.of(value)] = value
            if (other := self.other(value)) is not None:
                found[other] = value
        return found

    def carry(self, hashed: bytes, generation: int, to: int) -> bytes:
        """A hash of one generation as one of a later generation; the value itself is not needed."""
        for key in self._chain(generation, to):
            hashed = hmac.new(key, hashed, hashlib.sha256).digest()
        return hashed

    def _chain(self, generation: int, to: int) -> Sequence[bytes]:
        return self._keys[generation:to]
