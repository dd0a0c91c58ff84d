"""How requests to Госуслуги are signed. GOST by an engine or a device is another Signer, not another bridge."""

from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7

_OPTIONS = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoAttributes]


class Signer(Protocol):
    """Signs the text of a request with the key of the system."""

    def sign(self, content: bytes) -> bytes:
        """The signature in the form that the dialect of the endpoint expects."""


class RsaPkcs7Signer:
    """Detached PKCS#7 in DER, RSA with SHA-256, no signed attributes: version 1 of the endpoints."""

    def __init__(self, private_key_pem: bytes, certificate_pem: bytes) -> None:
        key = load_pem_private_key(private_key_pem, None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the key of the system is not RSA")
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(certificate_pem)

    def sign(self, content: bytes) -> bytes:
        """See `Signer.sign`."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(self._certificate, self._key, SHA256())
        return builder.sign(Encoding.DER, _OPTIONS)
