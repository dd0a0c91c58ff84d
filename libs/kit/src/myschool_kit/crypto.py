"""Encryption of personal fields and their look-up by keyed hash (DESIGN §4, privacy)."""

import base64
import contextlib
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class FieldCipher:
    """AES-256-GCM; the context binds a ciphertext to the place it belongs to. One key a line: the first encrypts, all decrypt."""

    def __init__(self, keys_base64: bytes) -> None:
        self._aeads = [AESGCM(base64.b64decode(line)) for line in keys_base64.split()]

    def encrypt(self, plain: bytes, context: str) -> bytes:
        """Nonce + ciphertext."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aeads[0].encrypt(nonce, plain, context.encode())

    def decrypt(self, sealed: bytes, context: str) -> bytes:
        """The plain bytes. Raises cryptography.exceptions.InvalidTag when changed or moved."""
        for aead in self._aeads:
            with contextlib.suppress(InvalidTag):
                return aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
        raise InvalidTag


class LookupHash:
    """HMAC-SHA-256, so that a stolen table cannot be searched by trying every СНИЛС."""

    def __init__(self, key_base64: bytes) -> None:
        self._key = base64.b64decode(key_base64)

    def of(self, value: str) -> bytes:
        """32 bytes; equal values give equal hashes."""
        return hmac.new(self._key, value.encode(), hashlib.sha256).digest()
