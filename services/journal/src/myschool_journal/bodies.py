"""JSON bodies of read models."""

import hashlib
from typing import Any

import orjson


def dump(body: Any) -> bytes:
    """The body as JSON; asyncpg's own UUID class is told as text."""
    return orjson.dumps(body, default=str)


def etag_of(body: bytes) -> str:
    """A strong entity tag of a body."""
    return hashlib.blake2b(body, digest_size=12).hexdigest()
