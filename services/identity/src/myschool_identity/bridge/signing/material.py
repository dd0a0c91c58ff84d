"""Key and certificate as files that may be replaced under a running process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from myschool_identity.bridge.signing.port import SigningFailed
from myschool_kit.telemetry import logger

_log = logger(__name__)
_Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Material:
    """A certificate and, unless a device keeps it, the private key to it; both PEM."""

    certificate: bytes
    key: bytes = b""

    @property
    def der(self) -> bytes:
        """The certificate in the form that is hashed. Raises SigningFailed."""
        try:
            return load_pem_x509_certificate(self.certificate).public_bytes(Encoding.DER)
        except ValueError as error:
            raise SigningFailed("the certificate is not readable") from error


class Files:
    """Reads the pair anew when a file changes; two files never change at one instant, so a pair that does not fit is not taken yet."""

    def __init__(self, certificate: Path, key: Path | None, fits: Callable[[Material], bool]) -> None:
        self._certificate = certificate
        self._key = key
        self._fits = fits
        self._seen: _Stamp = ()
        self._material: Material | None = None

    def current(self) -> Material:
        """The newest pair that fits. Raises SigningFailed when there was none yet."""
        try:
            stamp = self._stamp()
            if stamp != self._seen:
                self._take(stamp)
        except OSError as error:
            _log.warning("key files not readable", error=type(error).__name__)
        if self._material is None:
            raise SigningFailed("key and certificate of the system do not fit together or cannot be read")
        return self._material

    def _take(self, stamp: _Stamp) -> None:
        material = Material(self._certificate.read_bytes(), self._key.read_bytes() if self._key is not None else b"")
        if self._fits(material):
            self._material, self._seen = material, stamp
            _log.info("key of the system taken")
        else:
            _log.warning("key and certificate of the system do not fit together: the former pair stays")

    def _stamp(self) -> _Stamp:
        paths = (self._certificate, *(() if self._key is None else (self._key,)))
        return tuple((stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in (path.stat() for path in paths))
