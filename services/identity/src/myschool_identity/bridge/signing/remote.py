"""An external signing service over HTTP: the key stays in it, for example CryptoPro behind a certified module.

`POST <url>` with {"Content": base64, "Signature": {"Type": "GOST3410" | "CMS", "Parameters": {...}}, "Certificate": SHA-1 thumbprint}
answers 200 with the signature, base64 as a JSON string. The shape follows the REST interface of CryptoPro DSS.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable

import httpx

from myschool_identity.bridge.signing.material import Files
from myschool_identity.bridge.signing.port import Form, Signature, SigningFailed

_SECONDS = 5.0
_TYPES: dict[Form, tuple[str, dict[str, str]]] = {
    Form.PKCS7: ("CMS", {"IsDetached": "true", "NoAttributes": "true"}),
    Form.RAW: ("GOST3410", {"Hash": "false"}),
}


class RemoteSigner:
    """Asks the service; `reversed_bytes` for those that give the raw value in CryptoPro's own order (last byte first)."""

    def __init__(self, url: str, files: Files, token: Callable[[], str], http: httpx.AsyncClient, *, reversed_bytes: bool) -> None:
        self._url = url
        self._files = files
        self._token = token
        self._http = http
        self._reversed = reversed_bytes

    async def sign(self, content: bytes, form: Form) -> Signature:
        """See `Signer.sign`."""
        certificate = self._files.current().der
        kind, parameters = _TYPES[form]
        body = {
            "Content": base64.b64encode(content).decode(),
            "Signature": {"Type": kind, "Parameters": parameters},
            # Names the key; SHA-1 is what such services and Windows stores index certificates by.
            "Certificate": hashlib.sha1(certificate, usedforsecurity=False).hexdigest(),
        }
        token = self._token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = await self._http.post(self._url, json=body, headers=headers, timeout=_SECONDS)
            value = base64.b64decode(answer.raise_for_status().json(), validate=True)
        except (httpx.HTTPError, ValueError, TypeError, binascii.Error) as error:
            raise SigningFailed(f"the signing service gave no signature: {_said(error)}") from error
        if not value:
            raise SigningFailed("the signing service gave an empty signature")
        return Signature(value[::-1] if self._reversed and form is Form.RAW else value, certificate)


def _said(error: Exception) -> str:
    return f"status {error.response.status_code}" if isinstance(error, httpx.HTTPStatusError) else type(error).__name__
