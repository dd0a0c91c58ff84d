"""Who can verify a bare signature: one verifier per kind of key, chosen by the certificate and allowed by settings."""

from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from myschool_esia_simulator import gost


class SignatureError(ValueError):
    """The bytes are no signature, or it does not fit the content and key."""


class Verifier(Protocol):
    """Checks bare signatures by one public key."""

    name: str

    def verify(self, signature: bytes, content: bytes) -> None:
        """Raises SignatureError."""


class RsaVerifier:
    """RSA with SHA-256, PKCS#1 v1.5: test systems only, the real one stopped taking RSA in 2025."""

    name = "rsa"

    def __init__(self, key: rsa.RSAPublicKey) -> None:
        self._key = key

    def verify(self, signature: bytes, content: bytes) -> None:
        """See `Verifier.verify`."""
        try:
            self._key.verify(signature, content, padding.PKCS1v15(), SHA256())
        except InvalidSignature as error:
            raise SignatureError("the signature does not fit") from error


class Ed25519Verifier:
    """Ed25519: test systems only."""

    name = "ed25519"

    def __init__(self, key: ed25519.Ed25519PublicKey) -> None:
        self._key = key

    def verify(self, signature: bytes, content: bytes) -> None:
        """See `Verifier.verify`."""
        try:
            self._key.verify(signature, content)
        except InvalidSignature as error:
            raise SignatureError("the signature does not fit") from error


class GostVerifier:
    """ГОСТ Р 34.10-2012 with 256 bits."""

    name = "gost"

    def __init__(self, key: gost.GostKey) -> None:
        self._key = key

    def verify(self, signature: bytes, content: bytes) -> None:
        """See `Verifier.verify`."""
        if not self._key.verify(signature, content):
            raise SignatureError("the signature does not fit")


def verifier_of(certificate: x509.Certificate, allowed: frozenset[str]) -> Verifier:
    """The verifier for the certificate's key; raises SignatureError when there is none or it is not allowed."""
    found = _find(certificate)
    if found is None or found.name not in allowed:
        raise SignatureError("keys of this kind are not accepted")
    return found


def _find(certificate: x509.Certificate) -> Verifier | None:
    key = gost.key_of(certificate.public_bytes(Encoding.DER))
    if key is not None:
        return GostVerifier(key)
    try:
        public = certificate.public_key()
    except UnsupportedAlgorithm:
        return None
    if isinstance(public, rsa.RSAPublicKey):
        return RsaVerifier(public)
    return Ed25519Verifier(public) if isinstance(public, ed25519.Ed25519PublicKey) else None
