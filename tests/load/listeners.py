"""Open pages: real WebSocket connections that count the chat messages they are shown."""

import asyncio
from collections.abc import Sequence
from typing import Self

import orjson
from websockets.asyncio.client import ClientConnection, connect

_ARRIVED_S = 30


class Listeners:
    """A page for each cookie, all hearing one chat."""

    def __init__(self, gateway_url: str, people: Sequence[dict[str, str]], chat_id: str) -> None:
        self._url = gateway_url
        self._people = people
        self._chat_id = chat_id
        self._seen = [0] * len(people)
        self._pages: list[ClientConnection] = []
        self._readers: list[asyncio.Task[None]] = []
        self.expected = 0

    async def __aenter__(self) -> Self:
        address = self._url.replace("http", "ws", 1) + "/api/v1/stream"
        for place, person in enumerate(self._people):
            page = await connect(address, origin=self._url, additional_headers={"cookie": person["cookie"]}, compression=None)
            hello = orjson.loads(await page.recv())
            assert self._chat_id in hello["chats"], hello
            self._pages.append(page)
            self._readers.append(asyncio.create_task(self._read(place, page)))
        return self

    async def __aexit__(self, *_error: object) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, *(page.close() for page in self._pages), return_exceptions=True)

    async def arrived(self) -> None:
        """Waits until every page has been shown every message."""
        async with asyncio.timeout(_ARRIVED_S):
            while min(self._seen) < self.expected:
                await asyncio.sleep(0.02)
        assert set(self._seen) == {self.expected}, "a message came twice"

    async def _read(self, place: int, page: ClientConnection) -> None:
        async for frame in page:
            if '"t":"message"' in frame:
                self._seen[place] += 1
