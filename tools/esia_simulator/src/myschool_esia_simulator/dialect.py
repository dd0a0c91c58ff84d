"""How a request is signed. Version 1 (PKCS#7 over four fields) lives here; others implement the same protocol."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography import x509

from myschool_esia_simulator.errors import Code, EsiaError
from myschool_esia_simulator.pkcs7 import SignatureError, signer_serial, verify_detached


@dataclass(frozen=True)
class Client:
    """A system registered in the technical portal, with its certificate and what it may ask for."""

    mnemonic: str
    certificate: x509.Certificate
    redirect_uris: frozenset[str]
    logout_prefixes: tuple[str, ...]
    scopes: frozenset[str]


class Dialect(Protocol):
    """Verifies `client_secret` of one family of endpoints."""

    def verify(self, client: Client, params: Mapping[str, str]) -> None:
        """Raises EsiaError when the signature does not prove that `client` sent `params`."""


class DialectV1:
    """`client_secret` = base64url(detached PKCS#7 over scope + timestamp + client_id + state)."""

    def verify(self, client: Client, params: Mapping[str, str]) -> None:
        """See `Dialect.verify`."""
        content = "".join(params[name] for name in ("scope", "timestamp", "client_id", "state")).encode()
        try:
            der = _base64url(params["client_secret"])
            if signer_serial(der) != client.certificate.serial_number:
                raise EsiaError(Code.CERTIFICATE_MISMATCH)
            verify_detached(der, content, client.certificate)
        except SignatureError as error:
            raise EsiaError(Code.SECRET_WRONG) from error


def _base64url(text: str) -> bytes:
    """Both padded and unpadded forms are seen in the wild."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise SignatureError("not base64url") from error
