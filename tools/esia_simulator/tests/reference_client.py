"""A client of ESIA written from the protocol's description alone: nothing of the bridge, nothing of the simulator is imported.

It stands for any other system: what it can do in both dialects, everybody can.
"""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, load_pem_public_key, pkcs7
from gostcrypto import gosthash

SCOPE = "openid fullname birthdate gender snils email mobile usr_org id_doc kid_fullname kid_birthdate kid_snils kid_birth_cert_doc"
MNEMONIC = "MYSCHOOL"
REDIRECT = "http://localhost:8020/callback"
ISSUER = "http://esia-portal1.test.gosuslugi.ru/"


def text64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def bytes64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Dialect:
    """Addresses and the way of signing: `secret` makes client_secret of (params, is it the token call)."""

    authorize: str
    token: str
    secret: Callable[[dict[str, str]], str]
    certificate_hash: str = ""


def first_dialect(key_pem: bytes, certificate_pem: bytes) -> Dialect:
    """Version 1: detached PKCS#7 in DER over scope + timestamp + client_id + state."""
    key, certificate = load_pem_private_key(key_pem, None), x509.load_pem_x509_certificate(certificate_pem)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoAttributes]

    def secret(params: dict[str, str]) -> str:
        text = params["scope"] + params["timestamp"] + params["client_id"] + params["state"]
        builder = pkcs7.PKCS7SignatureBuilder().set_data(text.encode()).add_signer(certificate, key, hashes.SHA256())
        return text64(builder.sign(Encoding.DER, options))

    return Dialect("/aas/oauth2/ac", "/aas/oauth2/te", secret)


def second_dialect(sign: Callable[[bytes], bytes], certificate_pem: bytes) -> Dialect:
    """Versions 2 and 3: raw signature over client_id + scope + scope_org + timestamp + state + redirect_uri [+ code], hash of the DER."""
    der = x509.load_pem_x509_certificate(certificate_pem).public_bytes(Encoding.DER)
    digest = gosthash.new("streebog256", data=bytearray(der)).hexdigest()

    def secret(params: dict[str, str]) -> str:
        names = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri", "code")
        return text64(sign("".join(params.get(name, "") for name in names).encode()))

    return Dialect("/aas/oauth2/v2/ac", "/aas/oauth2/v3/te", secret, digest)


class Refused(Exception):
    """ESIA's own code, six digits."""


@dataclass
class ReferenceClient:
    url: str
    dialect: Dialect
    key_of_esia: bytes
    scope: str = SCOPE
    browser: httpx.Client = field(default_factory=httpx.Client)

    def signed(self, **params: str) -> dict[str, str]:
        moment = datetime.now(UTC).astimezone(timezone(timedelta(hours=3)))
        base = {"client_id": MNEMONIC, "scope": self.scope, "state": str(uuid.uuid4()), "redirect_uri": REDIRECT}
        full = base | {"timestamp": moment.strftime("%Y.%m.%d %H:%M:%S %z")} | params
        full["client_secret"] = self.dialect.secret(full)
        if self.dialect.certificate_hash:
            full["client_certificate_hash"] = self.dialect.certificate_hash
        return full

    def address(self, **params: str) -> tuple[str, str]:
        """Where the browser goes, and the state it must bring back."""
        full = self.signed(response_type="code", access_type=params.pop("access_type", "online"), **params)
        return f"{self.url}{self.dialect.authorize}?{urlencode(full)}", full["state"]

    def code(self, login: str, password: str = "demo", *, grant: bool = True, **params: str) -> str:
        """Walks the pages as a person does; the pages have the ids of the real ones."""
        address, state = self.address(**params)
        page = self._pages(self.browser.get(address))
        if not page.is_redirect and 'id="continueAsPerson"' in page.text:
            page = self._pages(self.browser.post(page.url))
        elif not page.is_redirect:
            assert 'id="login"' in page.text and 'id="password"' in page.text
            page = self._pages(self.browser.post(page.url, data={"login": login, "password": password}))
        if not page.is_redirect:
            assert 'id="grantAuthorization"' in page.text
            page = self._pages(self.browser.post(page.url, data={"decision": "grant" if grant else "refuse"}))
        back = {name: values[0] for name, values in parse_qs(urlsplit(page.headers["location"]).query).items()}
        assert back["state"] == state
        if "error" in back:
            raise Refused(back["error_description"].removeprefix("ESIA-")[:6])
        return back["code"]

    def tokens(self, **params: str) -> dict[str, Any]:
        """The token call: a new state, which must come back."""
        form = self.signed(token_type="Bearer", **params)
        answer = httpx.post(f"{self.url}{self.dialect.token}", data=form)
        body = dict(answer.json())
        if answer.is_error:
            raise Refused(body["error_description"].removeprefix("ESIA-")[:6])
        assert body["state"] == form["state"]
        return body

    def redeem(self, code: str) -> dict[str, Any]:
        return self.tokens(grant_type="authorization_code", code=code)

    def refresh(self, token: str) -> dict[str, Any]:
        return self.tokens(grant_type="refresh_token", refresh_token=token)

    def verified(self, token: str, kind: str) -> dict[str, Any]:
        """Claims of a token of Госуслуги whose signature, times and addressee are right."""
        head, body, signature = token.split(".")
        header, claims = json.loads(bytes64(head)), dict(json.loads(bytes64(body)))
        assert (header["alg"], header["sbt"]) == ("RS256", kind)
        key = load_pem_public_key(self.key_of_esia)
        key.verify(bytes64(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr,call-arg]
        assert claims["iss"] == ISSUER
        assert claims["nbf"] - 60 <= time.time() < claims["exp"]
        return claims

    def read(self, path: str, token: str) -> Any:
        answer = httpx.get(path if path.startswith("http") else f"{self.url}/rs/prns/{path}", headers={"Authorization": f"Bearer {token}"})
        return answer.json() if answer.is_success else answer.status_code

    def logout(self, redirect_url: str) -> str:
        """`redirect_url`, not `post_logout_redirect_uri`."""
        query = {"client_id": MNEMONIC, "redirect_url": redirect_url}
        answer = self.browser.get(f"{self.url}/idp/ext/Logout", params=query)
        return str(answer.headers.get("location", ""))

    def _pages(self, response: httpx.Response) -> httpx.Response:
        while response.is_redirect:
            address = str(httpx.URL(response.url).join(response.headers["location"]))
            if not address.startswith(self.url):
                break
            response = self.browser.get(address)
        return response


def pkce() -> tuple[str, str]:
    verifier = text64(uuid.uuid4().bytes + uuid.uuid4().bytes)
    return verifier, text64(hashlib.sha256(verifier.encode()).digest())
