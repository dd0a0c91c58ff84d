"""The port: what a dialect asks of whoever holds the key."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Form(Enum):
    """PKCS7: a detached signature in DER without attributes (version 1). RAW: the bare value of the signature (versions 2 and 3)."""

    PKCS7 = "pkcs7"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature with the certificate (DER) of the key that made it: while a key is replaced, both change together."""

    value: bytes
    certificate: bytes


class SigningFailed(Exception):
    """No signature could be had; the text is for the log and holds nothing secret."""


class Signer(Protocol):
    """Signs the text of a request with the present key of the system."""

    async def sign(self, content: bytes, form: Form) -> Signature:
        """Raises SigningFailed."""
