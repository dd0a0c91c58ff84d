"""Codes for humans: made from the pairing's id, read in whatever way a child types them. Pure."""

from typing import Final
from uuid import UUID

from myschool_privacy.lookup import LookupHash

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 and O, 1, I and L, which look alike: 31 signs, so that eight of them are 31⁸ ≈ 8.5·10¹¹ codes (39.6 bits)."""

LENGTH: Final = 8
_HALF = LENGTH // 2
# What a Russian keyboard gives for the same shapes.
_SAME_SHAPE = str.maketrans("АВЕКМНРСТУХЗ", "ABEKMHPCTYX3")
_BETWEEN = str.maketrans("", "", " -–—‑\u00a0\t")


class Codes:
    """Codes and their hashes; both need `lookup.key`, so that neither can be had from the table alone."""

    def __init__(self, lookup: LookupHash) -> None:
        self._lookup = lookup

    def of(self, pairing_id: UUID) -> str:
        """Eight signs, the same again for the same id."""
        number = int.from_bytes(self._lookup.of(f"pairing {pairing_id}"), "big")
        signs = []
        for _ in range(LENGTH):
            number, place = divmod(number, len(ALPHABET))
            signs.append(ALPHABET[place])
        return "".join(signs)

    def hash_of(self, code: str) -> bytes:
        """What is stored of a code."""
        return self._lookup.of(f"pairing-code {code}")

    def hashes_of(self, typed: str) -> list[bytes]:
        """Every hash under which a typed code may be stored; none for what cannot be a code."""
        code = read(typed)
        return list(self._lookup.all_of([f"pairing-code {code}"])) if code else []


def shown(code: str) -> str:
    """XXXX-XXXX."""
    return f"{code[:_HALF]}-{code[_HALF:]}"


def read(typed: str) -> str:
    """The code that was meant, or empty: small letters, spaces, dashes and Russian letters of the same shape do not matter."""
    code = typed.translate(_BETWEEN).upper().translate(_SAME_SHAPE)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""
