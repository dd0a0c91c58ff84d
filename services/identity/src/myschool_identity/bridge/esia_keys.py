"""Keys by which Госуслуги sign their tokens. They are replaced about once a year, without a key id and without notice."""

import asyncio
import io
import re
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from myschool_kit.telemetry import logger

_log = logger(__name__)
_PEM = re.compile(rb"-----BEGIN (CERTIFICATE|PUBLIC KEY)-----.+?-----END \1-----", re.DOTALL)
_FETCH_EVERY_S = 60.0
_LARGEST_FILE = 200_000
_MOST_FILES = 50


class EsiaKeys:
    """All keys that count at present: those of a file, and those of the published archive when its address is set."""

    def __init__(self, path: Path, url: str, http: httpx.AsyncClient) -> None:
        self._path = path
        self._url = url
        self._http = http
        self._fetching = asyncio.Lock()
        self._fetched_at = float("-inf")
        self._published: list[RSAKey] = []
        self._filed = _keys([path.read_bytes()])
        # Header fields `ver` and `sbt` are ESIA's own.
        self._registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)

    async def verified(self, token: str) -> jwt.Token:
        """The token, signed by one of the keys; each source is read again before a token is refused. Raises JoseError or ValueError."""
        found = self._find(token)
        if found is None:
            self._reread()
            found = self._find(token)
        if found is None and self._url:
            await self._fetch()
            found = self._find(token)
        if found is None:
            raise ValueError("no key of Госуслуги fits the token")
        return found

    def _find(self, token: str) -> jwt.Token | None:
        for key in (*self._filed, *self._published):
            try:
                return jwt.decode(token, key, registry=self._registry)
            except (JoseError, ValueError):
                continue
        return None

    def _reread(self) -> None:
        try:
            self._filed = _keys([self._path.read_bytes()]) or self._filed
        except OSError as error:
            _log.warning("keys of Госуслуги not readable", error=type(error).__name__)

    async def _fetch(self) -> None:
        """At most once a minute, whoever sends bad tokens; what was known stays when nothing better comes."""
        async with self._fetching:
            if time.monotonic() - self._fetched_at < _FETCH_EVERY_S:
                return
            self._fetched_at = time.monotonic()
            try:
                answer = await self._http.get(self._url)
                self._published = _keys(_files(answer.raise_for_status().content)) or self._published
                _log.info("keys of Госуслуги fetched", count=len(self._published))
            except (httpx.HTTPError, zipfile.BadZipFile, ValueError) as error:
                _log.warning("keys of Госуслуги not fetched", error=type(error).__name__)


def _files(archive: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        entries = [entry for entry in opened.infolist() if entry.file_size <= _LARGEST_FILE][:_MOST_FILES]
        return [opened.read(entry) for entry in entries]


def _keys(files: Iterable[bytes]) -> list[RSAKey]:
    """RSA keys of PEM files (any number of keys and certificates) and DER certificates; ГОСТ keys and other files are passed over."""
    blocks = [block for content in files for block in ([match.group(0) for match in _PEM.finditer(content)] or [content])]
    found = [key for key in map(_public_key, blocks) if isinstance(key, rsa.RSAPublicKey)]
    return [RSAKey.import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)) for key in found]


def _public_key(block: bytes) -> object:
    try:
        if b"BEGIN PUBLIC KEY" in block:
            return load_pem_public_key(block)
        pem = b"BEGIN CERTIFICATE" in block
        return (x509.load_pem_x509_certificate(block) if pem else x509.load_der_x509_certificate(block)).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
