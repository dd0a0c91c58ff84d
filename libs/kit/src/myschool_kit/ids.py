"""UUIDv7 (RFC 9562): ids that sort by time of creation; the standard library has it only from Python 3.14."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """A new UUIDv7 from the wall clock in milliseconds and 74 random bits."""
    millis = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    return UUID(int=value | 0b10 << 62 | random & (1 << 62) - 1)


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in any of its usual spellings."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
