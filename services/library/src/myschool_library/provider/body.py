"""Reads a request body under a limit of size and time."""

import asyncio
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from myschool_library.provider.problems import Problem

MOST_BYTES = 10 * 1024 * 1024
_SECONDS = 60.0


async def read_json(request: Request) -> Any:
    """The body as JSON. Raises Problem 400, 408, 413 or 415."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Problem(415, "NOT_JSON", "Тело запроса должно быть application/json.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "ENCODING_UNSUPPORTED", "Сжатое тело не принимается.")
    try:
        async with asyncio.timeout(_SECONDS):
            raw = await _read(request)
    except TimeoutError as error:
        raise Problem(408, "TOO_SLOW", "Тело запроса не пришло вовремя.", Connection="close") from error
    except ClientDisconnect as error:
        raise Problem(400, "DISCONNECTED", "Соединение прервано.") from error
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "JSON_INVALID", f"JSON не читается: строка {error.lineno}, знак {error.colno}.") from error


async def _read(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > MOST_BYTES:
        raise _too_large()
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > MOST_BYTES:
            raise _too_large()
    return bytes(chunks)


def _too_large() -> Problem:
    return Problem(413, "BODY_TOO_LARGE", "Тело запроса больше 10 МБ: разделите загрузку.", Connection="close")
