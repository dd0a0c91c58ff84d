"""Encryption of personal fields and their look-up by keyed hash (DESIGN §4, privacy)."""

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class FieldCipher:
    """AES-256-GCM for one field or blob; the context binds a ciphertext to the place it belongs to."""

    def __init__(self, key_base64: bytes) -> None:
        self._aead = AESGCM(base64.b64decode(key_base64))

    def encrypt(self, plain: bytes, context: str) -> bytes:
        """Nonce + ciphertext."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, plain, context.encode())

    def decrypt(self, sealed: bytes, context: str) -> bytes:
        """The plain bytes. Raises cryptography.exceptions.InvalidTag when changed or moved."""
        return self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())


class LookupHash:
    """HMAC-SHA-256, so that a stolen table cannot be searched by trying every СНИЛС."""

    def __init__(self, key_base64: bytes) -> None:
        self._key = base64.b64decode(key_base64)

    def of(self, value: str) -> bytes:
        """32 bytes; equal values give equal hashes."""
        return hmac.new(self._key, value.encode(), hashlib.sha256).digest()
