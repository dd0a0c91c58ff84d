"""A system registered in the technical portal, with its certificates and what it may ask for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from myschool_esia_simulator import gost

Registered = Callable[[], tuple[x509.Certificate, ...]]


@dataclass(frozen=True)
class Client:
    """`certificates` answers with those registered now: while a key is replaced, the former and the new one count."""

    mnemonic: str
    certificates: Registered
    redirect_uris: frozenset[str]
    logout_prefixes: tuple[str, ...]
    scopes: frozenset[str]
    pkce_required: bool = False

    def by_serial(self, serial: int) -> x509.Certificate | None:
        """The registered certificate with this serial number."""
        return next((item for item in self.certificates() if item.serial_number == serial), None)

    def by_hash(self, wanted: str) -> x509.Certificate | None:
        """The registered certificate with this ГОСТ Р 34.11-2012 hash of its DER form, in hex of any case."""
        return next((item for item in self.certificates() if certificate_hash(item) == wanted.lower()), None)


def certificate_hash(certificate: x509.Certificate) -> str:
    """64 hex digits."""
    return gost.streebog(certificate.public_bytes(Encoding.DER)).hex()


class CertificateFiles:
    """Certificates `esia-client*.crt` of a folder, read anew when one changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: object = None
        self._found: tuple[x509.Certificate, ...] = ()
        self()

    def __call__(self) -> tuple[x509.Certificate, ...]:
        """The certificates of now."""
        paths = sorted(self._folder.glob("esia-client*.crt"))
        stamp = tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in paths)
        if stamp != self._stamp:
            self._found, self._stamp = tuple(_read(paths)), stamp
        return self._found


def _read(paths: Iterable[Path]) -> Iterable[x509.Certificate]:
    for path in paths:
        try:
            yield from x509.load_pem_x509_certificates(path.read_bytes())
        except ValueError:
            continue  # half written: the next request reads it again
