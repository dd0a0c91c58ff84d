"""Keys of the simulator itself: replaced on demand, as the real ones are about once a year, and published without key ids."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID
from joserfc.jwk import RSAKey

from myschool_esia_simulator.testing_keys import gost_pair

_KNOWN = 3


class KeyRing:
    """The first key signs; tokens of the former ones are still read. With `gost` a ГОСТ key signs instead."""

    def __init__(self, private_pem: bytes, *, gost: bool = False) -> None:
        key = load_pem_private_key(private_pem, None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the key of the simulator is not RSA")
        self._keys = [key]
        self.gost = [gost_pair()] if gost else []
        self._renewed()

    def rotate(self) -> None:
        """A new key signs from now on; nobody is told, as in life."""
        self._keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048), *self._keys][:_KNOWN]
        self.gost = [gost_pair(), *self.gost][:_KNOWN] if self.gost else []
        self._renewed()

    def archive(self) -> bytes:
        """What the real one publishes at /public/esia.zip: the certificates of the present keys in DER."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as opened:
            opened.writestr("RSA_STAND.cer", _certificate(self._keys[0]).public_bytes(Encoding.DER))
            if self.gost:
                opened.writestr("GOST_STAND.cer", self.gost[0].der)
        return packed.getvalue()

    def public_pem(self) -> bytes:
        """The present public key."""
        return self._keys[0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def _renewed(self) -> None:
        pems = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in self._keys]
        self.all = [RSAKey.import_key(pem) for pem in pems]

    @property
    def current(self) -> RSAKey:
        """The key that signs."""
        return self.all[0]


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ESIA simulator")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    return builder.not_valid_after(now + timedelta(days=400)).sign(key, SHA256())
