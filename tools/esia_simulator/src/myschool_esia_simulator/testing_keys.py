"""For tests and stands: keys and certificates of every kind that a system, or the simulator itself, may sign with."""

import secrets
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import core, parser  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import NameOID
from gostcrypto import gostsignature

from myschool_esia_simulator import gost

_CURVE = "id-tc26-gost-3410-2012-256-paramSetB"
_CURVE_OID = "1.2.643.7.1.2.1.1.2"
_HALF = 32
# version, serial, algorithm, issuer, validity, subject, key
_KEY_PLACE = 6


@dataclass(frozen=True)
class GostPair:
    """A ГОСТ key as a bare number (big-endian) with its certificate in PEM."""

    private: bytes
    certificate: bytes

    @property
    def der(self) -> bytes:
        """The certificate in DER."""
        return x509.load_pem_x509_certificate(self.certificate).public_bytes(serialization.Encoding.DER)

    def sign(self, content: bytes) -> bytes:
        """64 bytes, in the order that openssl writes."""
        return gost.sign(_CURVE, self.private, content)


def new_key() -> rsa.RSAPrivateKey:
    """A fresh RSA key of 2048 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def self_signed(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> x509.Certificate:
    """A certificate for a day."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "myschool test")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    """PKCS#8 without a password."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def write_pair(folder: Path, key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, stem: str = "esia-client") -> None:
    """Key and certificate of a client as two files."""
    (folder / f"{stem}.key").write_bytes(pem(key))
    (folder / f"{stem}.crt").write_bytes(self_signed(key).public_bytes(serialization.Encoding.PEM))


def gost_pair() -> GostPair:
    """Made without openssl: nobody looks at the signature of a certificate that is registered as it is."""
    scheme: Any = gostsignature.new(gostsignature.MODE_256, gostsignature.CURVES_R_1323565_1_024_2019[_CURVE])
    private = b"\x01" + secrets.token_bytes(_HALF - 1)  # less than the order of the curve
    point = bytes(scheme.public_key_generate(bytearray(private)))
    return GostPair(private, _certificate(point))


def write_gost_pair_by_engine(folder: Path, stem: str = "esia-client") -> None:
    """Key and certificate made by the OpenSSL engine, as an operator makes them."""
    command = ["openssl", "req", "-x509", "-engine", "gost", "-newkey", "gost2012_256", "-pkeyopt", "paramset:A", "-nodes"]
    command += ["-md_gost12_256", "-keyout", str(folder / f"{stem}.key"), "-out", str(folder / f"{stem}.crt")]
    subprocess.run([*command, "-subj", "/CN=myschool test", "-days", "1"], check=True, capture_output=True)


def _certificate(point: bytes) -> bytes:
    """A self-signed RSA certificate with its key replaced by the point."""
    donor = self_signed(new_key())
    stored = core.OctetString(point[:_HALF][::-1] + point[_HALF:][::-1]).dump()
    info = gost.PublicKeyInfo(
        {"algorithm": {"algorithm": gost.ALGORITHM, "parameters": {"curve": _CURVE_OID, "digest": gost.DIGEST}}, "public_key": stored}
    )
    parts = _parts(donor.tbs_certificate_bytes)
    parts[_KEY_PLACE] = info.dump()
    _, algorithm, signature = _parts(donor.public_bytes(serialization.Encoding.DER))
    der = _sequence(_sequence(b"".join(parts)) + algorithm + signature)
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)


def _parts(der: bytes) -> list[bytes]:
    """The elements of a sequence, whole."""
    content, parts = parser.parse(der)[4], []
    while content:
        size = parser.peek(content)
        parts.append(content[:size])
        content = content[size:]
    return parts


def _sequence(content: bytes) -> bytes:
    size = len(content)
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return b"\x30" + (raw if size < 0x80 else bytes([0x80 | len(raw)]) + raw) + content
