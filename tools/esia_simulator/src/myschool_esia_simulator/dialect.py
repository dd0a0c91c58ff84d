"""How a request is signed: version 1 (PKCS#7 over four fields) and versions 2 and 3 (raw signature, hash of the certificate)."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Protocol

from cryptography import x509

from myschool_esia_simulator.client import Client
from myschool_esia_simulator.errors import Code, EsiaError
from myschool_esia_simulator.pkcs7 import signer_serial, verify_detached
from myschool_esia_simulator.verifiers import SignatureError, verifier_of

_HASH = re.compile(r"[0-9a-fA-F]{64}")


class Dialect(Protocol):
    """Verifies `client_secret` of one family of endpoints."""

    extra: tuple[str, ...]

    def verify(self, client: Client, params: Mapping[str, str]) -> None:
        """Raises EsiaError when the signature does not prove that `client` sent `params`."""


class DialectV1:
    """`client_secret` = base64url(detached PKCS#7 over scope + timestamp + client_id + state)."""

    extra: tuple[str, ...] = ()

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed

    def verify(self, client: Client, params: Mapping[str, str]) -> None:
        """See `Dialect.verify`."""
        content = "".join(params[name] for name in ("scope", "timestamp", "client_id", "state")).encode()
        try:
            der = base64url(params["client_secret"])
            certificate = client.by_serial(signer_serial(der))
            if certificate is None:
                raise EsiaError(Code.CERTIFICATE_MISMATCH)
            verify_detached(der, content, verifier_of(certificate, self._allowed))
        except SignatureError as error:
            raise EsiaError(Code.SECRET_WRONG) from error


class DialectV2:
    """`client_secret` = base64url(raw signature over client_id + scope [+ scope_org] + timestamp + state + redirect_uri [+ code])."""

    extra: tuple[str, ...] = ("client_certificate_hash",)

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed

    def verify(self, client: Client, params: Mapping[str, str]) -> None:
        """See `Dialect.verify`."""
        for certificate in _named(client, params):
            try:
                verifier_of(certificate, self._allowed).verify(base64url(params["client_secret"]), _content(params).encode())
            except SignatureError:
                continue
            return
        raise EsiaError(Code.SECRET_WRONG)


def _named(client: Client, params: Mapping[str, str]) -> tuple[x509.Certificate, ...]:
    """The certificate whose hash was sent. A hash of the PEM file or by SHA-1, the classic mistakes, names none."""
    wanted = params.get("client_certificate_hash")
    if wanted is None:
        return client.certificates()
    found = client.by_hash(wanted) if _HASH.fullmatch(wanted) else None
    return () if found is None else (found,)


def _content(params: Mapping[str, str]) -> str:
    """Two clients refresh by two formulas and no document decides: without redirect_uri the token itself is signed."""
    if params.get("grant_type") == "refresh_token" and "redirect_uri" not in params:
        names: tuple[str, ...] = ("client_id", "scope", "timestamp", "state", "refresh_token")
    else:
        names = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri", "code")
    return "".join(params.get(name, "") for name in names)


def base64url(text: str) -> bytes:
    """Both padded and unpadded forms are seen in the wild. Raises SignatureError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise SignatureError("not base64url") from error
