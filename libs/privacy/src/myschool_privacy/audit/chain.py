"""The hash of a row, which holds the hash of the row before: pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

# Columns of access_entry in the order in which they are hashed.
COLUMNS = (
    *("id", "at", "reader_id", "reader_name", "role_type", "organisation_id"),
    *("what", "permission", "subject_id", "object_id", "request"),
)


def sealed(before: bytes, entry: Sequence[Any]) -> bytes:
    """SHA-256 over the former hash and every column of the row; `entry` in the order of COLUMNS."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in entry]
    return hashlib.sha256(before + orjson.dumps(plain, default=str)).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many rows, and the hash of the last."""

    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash.hex()}"

    @classmethod
    def of(cls, text: str) -> "Head":
        """Read back from `str`. Raises ValueError."""
        seq, _, digest = text.strip().partition(":")
        return cls(int(seq), bytes.fromhex(digest))
