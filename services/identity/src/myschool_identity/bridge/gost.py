"""Signatures of Госуслуги's tokens by ГОСТ Р 34.10-2012, 256 bits: only verified here, never made (ADR 0013)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from asn1crypto import core, x509  # type: ignore[import-untyped]
from gostcrypto import gosthash, gostsignature

# What the head of such a token says (esia.md §5).
ALGORITHM = "GOST3410_2012_256"
_KEY_KIND = "1.2.643.7.1.1.1.1"
_HALF = 32
_SETS = "id-tc26-gost-3410-2012-256-paramSet"
# The older names of CryptoPro mean the same curves as three of TC 26 (RFC 7836, R 1323565.1.024-2019).
_CURVES = {
    **{f"1.2.643.7.1.2.1.1.{number}": f"{_SETS}{letter}" for number, letter in enumerate("ABCD", 1)},
    **{f"1.2.643.2.2.35.{number}": f"{_SETS}{letter}" for number, letter in enumerate("BCD", 1)},
    "1.2.643.2.2.36.0": f"{_SETS}B",
    "1.2.643.2.2.36.1": f"{_SETS}D",
}


class _Parameters(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[list[Any]] = [("curve", core.ObjectIdentifier), ("digest", core.ObjectIdentifier, {"optional": True})]


class _Kind(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[list[Any]] = [("algorithm", core.ObjectIdentifier), ("parameters", _Parameters, {"optional": True})]


class _KeyInfo(core.Sequence):  # type: ignore[misc]
    """SubjectPublicKeyInfo with ГОСТ parameters."""

    _fields: ClassVar[list[Any]] = [("algorithm", _Kind), ("public_key", core.OctetBitString)]


@dataclass(frozen=True, slots=True)
class GostKey:
    """A public key: name of the curve, both coordinates big-endian, one after the other."""

    curve: str
    point: bytes

    def verify(self, signature: bytes, content: bytes) -> bool:
        """Whether the 64 bytes are of this key over `content`; taken as openssl writes them, or last byte first as CryptoPro does.

        Takes some 50 ms of one core in either order.
        """
        return len(signature) == 2 * _HALF and (self._fits(signature, content) or self._fits(signature[::-1], content))

    def _fits(self, signature: bytes, content: bytes) -> bool:
        # The library takes r before s, and the digest as a number that begins with the last byte of the hash.
        turned = bytearray(signature[_HALF:] + signature[:_HALF])
        digest = bytearray(bytes(gosthash.new("streebog256", data=bytearray(content)).digest())[::-1])
        scheme = gostsignature.new(gostsignature.MODE_256, gostsignature.CURVES_R_1323565_1_024_2019[self.curve])
        try:
            return bool(scheme.verify(bytearray(self.point), digest, turned))
        except (gostsignature.GOSTSignatureError, ArithmeticError):
            return False


def key_of(certificate_der: bytes) -> GostKey | None:
    """The key of a certificate; None when it is of another kind or no certificate."""
    try:
        info = _KeyInfo.load(x509.Certificate.load(certificate_der)["tbs_certificate"]["subject_public_key_info"].dump())
        if info["algorithm"]["algorithm"].dotted != _KEY_KIND:
            return None
        curve = _CURVES.get(info["algorithm"]["parameters"]["curve"].dotted)
        stored = bytes(core.OctetString.load(bytes(info["public_key"])))
    except (ValueError, TypeError):
        return None
    if curve is None or len(stored) != 2 * _HALF:
        return None
    # In the certificate both coordinates are little-endian.
    return GostKey(curve, stored[:_HALF][::-1] + stored[_HALF:][::-1])
