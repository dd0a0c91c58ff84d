"""The built page: hashed files for ever, the document always asked for again, its own compression, and safe headers."""

import asyncio
import base64
import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import brotli  # type: ignore[import-untyped]  # ships no types
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from myschool_gateway.errors import MethodNotAllowed, RouteNotFound
from myschool_kit.errors import DomainError

_HASHED = "/assets/"
_WORKER = "/sw.js"
# The worker keeps the files of the page and may ask nobody but this gateway.
_WORKER_POLICY = {"Content-Security-Policy": "default-src 'none'; connect-src 'self'"}
_NOT_PAGES = ("/api/", "/auth/", "/health/", _HASHED)
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_WORTH_COMPRESSING = 1_024
_PACKED_KINDS = ("text/", "application/javascript", "application/json", "application/manifest+json", "image/svg+xml")
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_NOT_BUILT = "Страница ещё не собрана: выполните make up в папке проекта.\n"


@dataclass(slots=True)
class _File:
    """One file of the build with its packed forms, made at its first request."""

    body: bytes
    media_type: str
    etag: str
    packed: dict[str, bytes] = field(default_factory=dict)

    @property
    def can_be_packed(self) -> bool:
        return len(self.body) >= _WORTH_COMPRESSING and self.media_type.startswith(_PACKED_KINDS)


class Page:
    """ASGI application for every path that no route takes: files of the build, else the page's one document."""

    def __init__(self, dist: Path, origin: str) -> None:
        self._files = _read(dist)
        self._document = self._files.get("/index.html")
        self._document_headers = _document_headers(self._document, origin)
        self._packing = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves GET and HEAD. Raises RouteNotFound or MethodNotAllowed, which the edge words."""
        if scope["type"] != "http":
            # A WebSocket to an unknown path is refused before it is accepted.
            await send({"type": "websocket.close", "code": 1000})
            return
        response = await self._response(scope["path"], scope["method"], Headers(scope=scope))
        await response(scope, receive, send)

    async def _response(self, path: str, method: str, headers: Headers) -> Response:
        file = self._files.get(path)
        if file is None and path.startswith(_NOT_PAGES):
            raise RouteNotFound("there is no such route")
        if method not in {"GET", "HEAD"}:
            raise _no_such_method()
        if file is None or file is self._document:
            if self._document is None:
                return PlainTextResponse(_NOT_BUILT, 503)
            return await self._file(self._document, headers, dict(self._document_headers))
        answer = {"Cache-Control": _FOR_EVER if path.startswith(_HASHED) else _ASK_AGAIN}
        return await self._file(file, headers, answer | (_WORKER_POLICY if path == _WORKER else {}))

    async def _file(self, file: _File, headers: Headers, answer: dict[str, str]) -> Response:
        answer |= {"ETag": file.etag, "Vary": "Accept-Encoding"}
        if file.etag in headers.get("if-none-match", ""):
            return Response(status_code=304, headers=answer)
        body = file.body
        coding = _coding(headers.get("accept-encoding", "")) if file.can_be_packed else ""
        if coding:
            answer["Content-Encoding"] = coding
            body = await self._packed(file, coding)
        return Response(body, 200, answer, file.media_type)

    async def _packed(self, file: _File, coding: str) -> bytes:
        if coding not in file.packed:
            async with self._packing:
                if coding not in file.packed:
                    file.packed[coding] = await asyncio.to_thread(_pack, file.body, coding)
        return file.packed[coding]


def _read(dist: Path) -> dict[str, _File]:
    """Every file of the build by its path; forms packed by the build itself are taken over."""
    files: dict[str, _File] = {}
    if not dist.is_dir():
        return files
    for path in sorted(dist.rglob("*")):
        if path.is_file() and path.suffix not in {".br", ".gz"}:
            body = path.read_bytes()
            kind = "application/manifest+json" if path.suffix == ".webmanifest" else mimetypes.guess_type(path.name)[0]
            file = _File(body, kind or "application/octet-stream", f'W/"{hashlib.sha256(body).hexdigest()[:20]}"')
            for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
                packed = path.with_name(path.name + suffix)
                if packed.is_file():
                    file.packed[coding] = packed.read_bytes()
            files[f"/{path.relative_to(dist).as_posix()}"] = file
    return files


def _coding(accepted: str) -> str:
    codings = {item.partition(";")[0].strip() for item in accepted.split(",") if "q=0" not in item.replace("q=0.", "")}
    return next((coding for coding in ("br", "gzip") if coding in codings), "")


def _pack(body: bytes, coding: str) -> bytes:
    if coding == "br":
        packed: bytes = brotli.compress(body, quality=9)
        return packed
    return gzip.compress(body, 9, mtime=0)


def _document_headers(document: _File | None, origin: str) -> dict[str, str]:
    inline = [] if document is None else _INLINE_SCRIPT.findall(document.body)
    hashes = "".join(f" 'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in inline)
    parts = urlsplit(origin)
    stream = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    policy = {
        "default-src": "'self'",
        "script-src": f"'self'{hashes}",
        # The component library writes its colour variables into style elements.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "connect-src": f"'self' {stream}",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "Cache-Control": _ASK_AGAIN,
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "X-Frame-Options": "DENY",
    }
    if parts.scheme == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def _no_such_method() -> DomainError:
    return MethodNotAllowed("the page is only read")
