"""A TCP proxy in the test's own loop: balances between living targets, or makes a part slow, silent or rude."""

import asyncio
import contextlib
import socket
from typing import Literal, Self

Mode = Literal["pass", "slow", "silent", "reset"]
_CHUNK = 64 * 1024


class Proxy:
    """Listens on a free port of loopback. `targets` are tried in turn; an address that refuses is passed over.

    `slow` delays each answer's chunk by `delay_s`, `silent` swallows everything (a network that drops packets), `reset` answers by RST.
    """

    def __init__(self, *targets: str) -> None:
        self.targets = list(targets)
        self.mode: Mode = "pass"
        self.delay_s = 2.0
        self._turn = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "reset":
            _reset(writer)
            return
        behind, ahead = await self._dial()
        ways = [
            asyncio.create_task(self._pump(reader, ahead, answers=False)),
            asyncio.create_task(self._pump(behind, writer, answers=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            ahead.close()

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in range(len(self.targets)):
            self._turn += 1
            host, _, port = self.targets[self._turn % len(self.targets)].rpartition(":")
            with contextlib.suppress(ConnectionRefusedError):
                return await asyncio.open_connection(host, int(port))
        raise ConnectionRefusedError

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool) -> None:
        while chunk := await source.read(_CHUNK):
            if self.mode == "reset":
                _reset(sink)
                return
            while self.mode == "silent":
                await asyncio.sleep(0.1)
            if self.mode == "slow" and answers:
                await asyncio.sleep(self.delay_s)
            sink.write(chunk)
            await sink.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN."""
    found: socket.socket = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.transport.abort()
