"""Entity tags of read models."""

import hashlib


def etag_of(body: bytes) -> str:
    """A strong entity tag of a body."""
    return hashlib.blake2b(body, digest_size=12).hexdigest()
