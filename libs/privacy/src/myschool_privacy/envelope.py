"""Personal fields under an envelope: each value has a data key of its own, and only that is wrapped by the key of `field.key`.

A sealed value is  mark · id of the wrapping key · wrapped data key · nonce and ciphertext.  Replacing the wrapping key rewrites
the 68 bytes in front; the value itself is neither opened nor encrypted anew.
"""

import base64
import contextlib
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from myschool_kit.crypto import FieldCipher

_MARK = b"\xe1MS2"
_ID, _NONCE, _KEY, _TAG = 4, 12, 32, 16
_WRAPPED = _NONCE + _KEY + _TAG
_HEAD = len(_MARK) + _ID + _WRAPPED


class EnvelopeCipher:
    """AES-256-GCM twice. One wrapping key a line of `field.key`: the first wraps, all unwrap; the context binds a value to its place."""

    def __init__(self, keys_base64: bytes) -> None:
        keys = [base64.b64decode(line) for line in keys_base64.split()]
        self._keys = {_id_of(key): AESGCM(key) for key in keys}
        self._present = _id_of(keys[0])
        # What was sealed before envelopes is read until `reseal` has put it into one.
        self._before = FieldCipher(keys_base64)

    def encrypt(self, plain: bytes, context: str) -> bytes:
        """The value in an envelope of its own."""
        key, nonce = os.urandom(_KEY), os.urandom(_NONCE)
        return self._wrap(key, context) + nonce + AESGCM(key).encrypt(nonce, plain, context.encode())

    def decrypt(self, sealed: bytes, context: str) -> bytes:
        """The plain bytes. Raises cryptography.exceptions.InvalidTag when changed, moved, or of a key that is gone."""
        if sealed.startswith(_MARK):
            with contextlib.suppress(InvalidTag, ValueError):
                key, body = self._unwrap(sealed, context), sealed[_HEAD:]
                return AESGCM(key).decrypt(body[:_NONCE], body[_NONCE:], context.encode())
        try:
            return self._before.decrypt(sealed, context)
        except ValueError as error:  # too short to hold a nonce
            raise InvalidTag from error

    def rewrap(self, sealed: bytes, context: str) -> bytes | None:
        """The same value under the present wrapping key; None when it is already. Raises InvalidTag like `decrypt`."""
        if not sealed.startswith(_MARK):
            return self.encrypt(self._before.decrypt(sealed, context), context)
        if sealed[len(_MARK) : len(_MARK) + _ID] == self._present:
            return None
        return self._wrap(self._unwrap(sealed, context), context) + sealed[_HEAD:]

    def _wrap(self, key: bytes, context: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return _MARK + self._present + nonce + self._keys[self._present].encrypt(nonce, key, _bound(context))

    def _unwrap(self, sealed: bytes, context: str) -> bytes:
        start = len(_MARK) + _ID
        wrapping = self._keys.get(sealed[len(_MARK) : start])
        if wrapping is None:
            raise InvalidTag
        return wrapping.decrypt(sealed[start : start + _NONCE], sealed[start + _NONCE : _HEAD], _bound(context))


def _id_of(key: bytes) -> bytes:
    """Tells the keys of a file apart without telling anything of them."""
    return hashlib.sha256(b"myschool wrapping key" + key).digest()[:_ID]


def _bound(context: str) -> bytes:
    return b"key of " + context.encode()
