"""Ready JSON of a service as a response: entity tag, cache rule, compression."""

import re
import zlib
from collections.abc import Mapping

from starlette.responses import Response

from myschool.common.v1 import json_pb2

_JSON = "application/json"
# Below this a body fits one packet anyway.
_WORTH_COMPRESSING = 1_400
_GZIP = 16 + zlib.MAX_WBITS
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
_VARIES = "Cookie, Accept-Encoding"


def ready(reply: json_pb2.JsonReply, headers: Mapping[str, str]) -> Response:
    """The body as it came, or 304 when the page has it. Personal data are never kept by shared caches."""
    answer = {"Cache-Control": "private, no-store"}
    if reply.etag:
        tag = f'W/"{reply.etag}"'
        answer = {"Cache-Control": "private, no-cache", "ETag": tag, "Vary": _VARIES}
        if _names(headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=answer)
    if not reply.gzip:
        return json_bytes(reply.body, headers, answer)
    if not _takes_gzip(headers):
        return Response(zlib.decompress(reply.body, _GZIP), 200, answer, _JSON)
    return _packed(reply.body, answer)


def json_bytes(body: bytes, headers: Mapping[str, str], answer: dict[str, str]) -> Response:
    """JSON bytes, compressed where the page takes it and it is worth the time."""
    if len(body) < _WORTH_COMPRESSING or not _takes_gzip(headers):
        return Response(body, 200, answer, _JSON)
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return _packed(packer.compress(body) + packer.flush(), answer)


def _packed(body: bytes, answer: dict[str, str]) -> Response:
    return Response(body, 200, {**answer, "Content-Encoding": "gzip", "Vary": _VARIES}, _JSON)


def _takes_gzip(headers: Mapping[str, str]) -> bool:
    return _TAKES_GZIP.search(headers.get("accept-encoding", "")) is not None


def _names(condition: str, tag: str) -> bool:
    """Weak comparison (RFC 9110 §13.1.2)."""
    if not condition:
        return False
    opaque = tag.removeprefix("W/")
    return condition.strip() == "*" or any(item.strip().removeprefix("W/") == opaque for item in condition.split(","))
