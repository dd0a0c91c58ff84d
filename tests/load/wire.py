"""A lean HTTP/1.1 client over kept connections: the load must not cost more than what it measures. Bodies come as sent."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

# Servers close what was idle for five seconds; a request must not meet that moment.
_FRESH_S = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, header block in lower case and the body, still compressed if it was sent so."""

    status: int
    head: str
    body: bytes


class Wire:
    """Connections to one address; each request takes a free one or opens another."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._authority = parts.netloc
        self._free: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """One request and its whole answer."""
        lines = [f"{method} {path} HTTP/1.1", f"host: {self._authority}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
        if method != "GET":
            lines += ["content-type: application/json", f"content-length: {len(body)}"]
        reader, writer = await self._connection()
        try:
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
            answer = Answer(int(head.split(" ", 2)[1]), head, await reader.readexactly(length))
        except BaseException:
            writer.close()
            raise
        if "\r\nconnection: close" in head:
            writer.close()
        else:
            self._free.append((time.monotonic(), reader, writer))
        return answer

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._free:
            used_at, reader, writer = self._free.pop()
            if time.monotonic() - used_at < _FRESH_S:
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port)

    async def close(self) -> None:
        """Closes every connection."""
        for _used_at, _reader, writer in self._free:
            writer.close()
        self._free.clear()
