"""ГОСТ Р 34.10-2012 (256 bits) and ГОСТ Р 34.11-2012, so that a stand verifies them without any engine of OpenSSL."""

from dataclasses import dataclass
from typing import Any, ClassVar

from asn1crypto import core, x509  # type: ignore[import-untyped]
from gostcrypto import gosthash, gostsignature

ALGORITHM = "1.2.643.7.1.1.1.1"
DIGEST = "1.2.643.7.1.1.2.2"
_HALF = 32
# The older CryptoPro names mean the same curves as three of TC 26 (RFC 7836, R 1323565.1.024-2019).
_CURVES = {
    "1.2.643.7.1.2.1.1.1": "id-tc26-gost-3410-2012-256-paramSetA",
    "1.2.643.7.1.2.1.1.2": "id-tc26-gost-3410-2012-256-paramSetB",
    "1.2.643.7.1.2.1.1.3": "id-tc26-gost-3410-2012-256-paramSetC",
    "1.2.643.7.1.2.1.1.4": "id-tc26-gost-3410-2012-256-paramSetD",
    "1.2.643.2.2.35.1": "id-tc26-gost-3410-2012-256-paramSetB",
    "1.2.643.2.2.35.2": "id-tc26-gost-3410-2012-256-paramSetC",
    "1.2.643.2.2.35.3": "id-tc26-gost-3410-2012-256-paramSetD",
    "1.2.643.2.2.36.0": "id-tc26-gost-3410-2012-256-paramSetB",
    "1.2.643.2.2.36.1": "id-tc26-gost-3410-2012-256-paramSetD",
}


class _Parameters(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[list[Any]] = [("curve", core.ObjectIdentifier), ("digest", core.ObjectIdentifier, {"optional": True})]


class _Algorithm(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[list[Any]] = [("algorithm", core.ObjectIdentifier), ("parameters", _Parameters, {"optional": True})]


class PublicKeyInfo(core.Sequence):  # type: ignore[misc]
    """SubjectPublicKeyInfo with ГОСТ parameters, which asn1crypto does not know."""

    _fields: ClassVar[list[Any]] = [("algorithm", _Algorithm), ("public_key", core.OctetBitString)]


@dataclass(frozen=True)
class GostKey:
    """A public key: name of the curve, both coordinates big-endian, one after the other."""

    curve: str
    point: bytes

    def verify(self, signature: bytes, content: bytes) -> bool:
        """Whether `signature` (s, then r, each 32 bytes big-endian, as openssl writes it) is of this key over `content`."""
        if len(signature) != 2 * _HALF:
            return False
        # The library takes r before s, and the digest as a number that begins with the last byte of the hash.
        turned = bytearray(signature[_HALF:] + signature[:_HALF])
        scheme = gostsignature.new(gostsignature.MODE_256, gostsignature.CURVES_R_1323565_1_024_2019[self.curve])
        return bool(scheme.verify(bytearray(self.point), bytearray(streebog(content)[::-1]), turned))


def streebog(content: bytes) -> bytes:
    """ГОСТ Р 34.11-2012, 256 bits."""
    return bytes(gosthash.new("streebog256", data=bytearray(content)).digest())


def key_of(certificate_der: bytes) -> GostKey | None:
    """The key of a certificate; None when it is of another kind."""
    info = PublicKeyInfo.load(x509.Certificate.load(certificate_der)["tbs_certificate"]["subject_public_key_info"].dump())
    if info["algorithm"]["algorithm"].dotted != ALGORITHM:
        return None
    curve = _CURVES.get(info["algorithm"]["parameters"]["curve"].dotted)
    stored = bytes(core.OctetString.load(bytes(info["public_key"])))
    if curve is None or len(stored) != 2 * _HALF:
        return None
    # In the certificate both coordinates are little-endian.
    return GostKey(curve, stored[:_HALF][::-1] + stored[_HALF:][::-1])


def sign(curve: str, private: bytes, content: bytes) -> bytes:
    """For tests that have no engine: never for a key that protects anything (its time depends on the key)."""
    scheme: Any = gostsignature.new(gostsignature.MODE_256, gostsignature.CURVES_R_1323565_1_024_2019[curve])
    made = bytes(scheme.sign(bytearray(private), bytearray(streebog(content)[::-1])))
    return made[_HALF:] + made[:_HALF]
