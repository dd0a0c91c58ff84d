"""Keys by which Госуслуги sign their tokens. They are replaced about once a year, without a key id and without notice."""

import asyncio
import base64
import io
import json
import re
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from myschool_identity.bridge import gost
from myschool_kit.telemetry import logger

_log = logger(__name__)
_PEM = re.compile(rb"-----BEGIN (CERTIFICATE|PUBLIC KEY)-----.+?-----END \1-----", re.DOTALL)
_RETRY_S = 1.0
_FETCH_EVERY_S = 60.0
_LARGEST_FILE = 200_000
_MOST_FILES = 50


Key = RSAKey | gost.GostKey


@dataclass(frozen=True, slots=True)
class Verified:
    """Head and claims of a token whose signature is good."""

    header: dict[str, Any]
    claims: dict[str, Any]


class EsiaKeys:
    """All keys that count at present: those of a file, and those of the published archive when its address is set."""

    def __init__(self, path: Path, url: str, http: httpx.AsyncClient) -> None:
        self._path = path
        self._url = url
        self._http = http
        self._fetching = asyncio.Lock()
        self._fetched_at = float("-inf")
        self._published: list[Key] = []
        self._filed = _keys([path.read_bytes()])
        # Header fields `ver` and `sbt` are ESIA's own.
        self._registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)

    async def verified(self, token: str) -> Verified:
        """The token, signed by one of the keys; each source is read again before a token is refused. Raises ValueError."""
        found = await self._find(token)
        if found is None:
            self._reread()
            found = await self._find(token)
        if found is None and self._url:
            await self._fetch()
            found = await self._find(token)
        if found is None:
            raise ValueError("no key of Госуслуги fits the token")
        return found

    async def _find(self, token: str) -> Verified | None:
        for key in (*self._filed, *self._published):
            if isinstance(key, gost.GostKey):
                # Some 50 ms of computing: others sign in meanwhile.
                found = await asyncio.to_thread(_of_gost, token, key)
            else:
                found = self._of_rsa(token, key)
            if found is not None:
                return found
        return None

    def _of_rsa(self, token: str, key: RSAKey) -> Verified | None:
        try:
            decoded = jwt.decode(token, key, registry=self._registry)
        except (JoseError, ValueError):
            return None
        return Verified(decoded.header, decoded.claims)

    def _reread(self) -> None:
        try:
            self._filed = _keys([self._path.read_bytes()]) or self._filed
        except OSError as error:
            _log.warning("keys of Госуслуги not readable", error=type(error).__name__)

    async def _fetch(self) -> None:
        """At most once a minute, after a failure once a second, whoever sends bad tokens; what was known stays meanwhile."""
        async with self._fetching:
            if time.monotonic() - self._fetched_at < _FETCH_EVERY_S:
                return
            self._fetched_at = time.monotonic()
            try:
                answer = await self._http.get(self._url)
                self._published = _keys(_files(answer.raise_for_status().content)) or self._published
                _log.info("keys of Госуслуги fetched", count=len(self._published))
            except (httpx.HTTPError, zipfile.BadZipFile, ValueError) as error:
                # Nobody may be able to sign in until it answers: asked again soon.
                self._fetched_at = time.monotonic() - _FETCH_EVERY_S + _RETRY_S
                _log.warning("keys of Госуслуги not fetched", error=type(error).__name__)


def _of_gost(token: str, key: gost.GostKey) -> Verified | None:
    """A kind of key takes its own algorithm and no other, whatever the head of the token says."""
    try:
        head, claims, signature = token.split(".")
        header = json.loads(_bytes(head))
        if header["alg"] != gost.ALGORITHM or not key.verify(_bytes(signature), f"{head}.{claims}".encode()):
            return None
        return Verified(dict(header), dict(json.loads(_bytes(claims))))
    except (ValueError, TypeError, KeyError):
        return None


def _bytes(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _files(archive: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        entries = [entry for entry in opened.infolist() if entry.file_size <= _LARGEST_FILE][:_MOST_FILES]
        return [opened.read(entry) for entry in entries]


def _keys(files: Iterable[bytes]) -> list[Key]:
    """Keys of PEM files (any number of keys and certificates) and DER certificates; other files are passed over."""
    blocks = [block for content in files for block in ([match.group(0) for match in _PEM.finditer(content)] or [content])]
    return [key for key in map(_key, blocks) if key is not None]


def _key(block: bytes) -> Key | None:
    try:
        if b"BEGIN PUBLIC KEY" in block:
            found: object = load_pem_public_key(block)
        else:
            pem = b"BEGIN CERTIFICATE" in block
            der = x509.load_pem_x509_certificate(block).public_bytes(Encoding.DER) if pem else block
            if (key := gost.key_of(der)) is not None:
                return key
            found = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return (
        RSAKey.import_key(found.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        if isinstance(found, rsa.RSAPublicKey)
        else None
    )
