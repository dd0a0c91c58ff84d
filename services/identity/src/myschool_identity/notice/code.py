"""Codes that confirm an address: reckoned from its id and their number, so that they are stored nowhere. Pure."""

from uuid import UUID

from myschool_privacy.lookup import LookupHash


class Codes:
    """Six digits, which need `lookup.key`."""

    def __init__(self, lookup: LookupHash) -> None:
        self._lookup = lookup

    def of(self, address_id: UUID, number: int) -> str:
        """The same again for the same address and number."""
        return _digits(self._lookup.of(_named(address_id, number)))

    def fits(self, typed: str, address_id: UUID, number: int) -> bool:
        """Whether it is the code, also as it was before the key was replaced."""
        return typed in {_digits(hashed) for hashed in self._lookup.all_of([_named(address_id, number)])}


def _named(address_id: UUID, number: int) -> str:
    return f"notice-code {address_id} {number}"


def _digits(hashed: bytes) -> str:
    return f"{int.from_bytes(hashed, 'big') % 1_000_000:06}"
