"""A small certificate authority for suites: folders as cert-manager mounts them."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from myschool_kit import clock

_USES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


class Authority:
    """Issues certificates that processes of one cell trust."""

    def __init__(self, name: str = "cell") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        moment = clock.now()
        self.certificate = (
            self._builder(self._name, self._key.public_key(), moment - dt.timedelta(hours=1), moment + dt.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def issue(self, folder: Path, name: str, lives: dt.timedelta = dt.timedelta(hours=1), also: Sequence[str] = ()) -> Path:
        """Writes certificate, key and authority of the process `name`, known by other names `also`; a negative life: it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        moment = clock.now()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            self._builder(subject, key.public_key(), moment - dt.timedelta(minutes=30), moment + lives)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(known) for known in (name, *also)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage(_USES), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        files = {
            "tls.key": key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain),
            "tls.crt": certificate.public_bytes(pem),
            "ca.crt": self.certificate.public_bytes(pem),
        }
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            # As a mounted secret does it: a reader finds the old file or the new one, whole.
            fresh = folder / f".{file}"
            fresh.write_bytes(content)
            fresh.replace(folder / file)
        return folder

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, since: dt.datetime, until: dt.datetime
    ) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder(issuer_name=self._name, subject_name=subject, public_key=key)
        return made.serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until)
