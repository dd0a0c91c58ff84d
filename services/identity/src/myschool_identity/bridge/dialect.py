"""The two families of endpoints of Госуслуги and how each wants its requests signed.

Version 1: `/aas/oauth2/ac`, `/te`; PKCS#7 over scope + timestamp + client_id + state.
Version 2: `/aas/oauth2/v2/ac`, `/v3/te`; the raw signature over client_id + scope [+ scope_org] + timestamp + state + redirect_uri
[+ code], with the hash (ГОСТ Р 34.11-2012, 256 bits) of the certificate in DER.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from gostcrypto import gosthash

from myschool_identity.bridge.signing.port import Form, Signer

_V1 = ("scope", "timestamp", "client_id", "state")
_V2 = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri", "code")


@dataclass(frozen=True)
class Dialect:
    """Addresses below the one of Госуслуги, the order of signed fields, the form of the signature."""

    authorization_path: str
    token_path: str
    fields: tuple[str, ...]
    form: Form

    async def signed(self, params: Mapping[str, str], signer: Signer) -> dict[str, str]:
        """`params` with everything that proves who sends them. Raises SigningFailed."""
        content = "".join(params.get(name, "") for name in self.fields).encode()
        signature = await signer.sign(content, self.form)
        proof = {"client_secret": base64.urlsafe_b64encode(signature.value).decode().rstrip("=")}
        if self.form is Form.RAW:
            proof["client_certificate_hash"] = certificate_hash(signature.certificate)
        return dict(params) | proof


DIALECTS: dict[Literal["v1", "v2"], Dialect] = {
    "v1": Dialect("/aas/oauth2/ac", "/aas/oauth2/te", _V1, Form.PKCS7),
    "v2": Dialect("/aas/oauth2/v2/ac", "/aas/oauth2/v3/te", _V2, Form.RAW),
}


@lru_cache(maxsize=8)
def certificate_hash(der: bytes) -> str:
    """64 hex digits; neither of the PEM file nor by SHA: both are refused with ESIA-007053."""
    return str(gosthash.new("streebog256", data=bytearray(der)).hexdigest())
