"""Open pages that live through restarts as the real page does: reconnect with jitter, say what was seen, keep each message once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Self

import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

_OPEN_S = 120
_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 15.0


class OpenPage:
    """One page: the sequence numbers it was shown of one chat, and how its connections ended."""

    def __init__(self, url: str, cookie: str, chat_id: str, chance: Random) -> None:
        self._url = url
        self._cookie = cookie
        self._chat_id = chat_id
        self._chance = chance
        self._attempts = 0
        self.shown: list[int] = []
        self.first = 0
        self.greeted = asyncio.Event()
        self.closes: Counter[int] = Counter()
        self.refused = 0

    async def run(self) -> None:
        """Stays open until cancelled."""
        address = self._url.replace("http", "ws", 1) + "/api/v1/stream"
        while True:
            try:
                async with connect(
                    address, origin=self._url, additional_headers={"cookie": self._cookie}, compression=None, ping_interval=None
                ) as socket:
                    seen = {self._chat_id: self._seen()} if self.greeted.is_set() else {}
                    await socket.send(orjson.dumps({"t": "resume", "chats": seen}).decode())
                    async for text in socket:
                        self._hear(orjson.loads(text))
                self.closes[socket.close_code or 0] += 1
            except ConnectionClosed as closed:
                self.closes[closed.rcvd.code if closed.rcvd else 1006] += 1
            except (OSError, InvalidHandshake, TimeoutError):
                self.refused += 1
            delay = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2**self._attempts)
            self._attempts += 1
            await asyncio.sleep(delay * (0.5 + self._chance.random() / 2))

    def _seen(self) -> int:
        """The last sequence number without a gap before it: what the page has, as it says so when it comes back."""
        seen, shown = self.first, set(self.shown)
        while seen + 1 in shown:
            seen += 1
        return seen

    def _hear(self, frame: dict) -> None:
        if frame["t"] == "hello":
            self._attempts = 0
            if not self.greeted.is_set():
                self.first = frame["chats"][self._chat_id]
            self.greeted.set()
        elif frame["t"] == "message" and frame["chat_id"] == self._chat_id:
            self.shown.append(frame["message"]["seq"])


class Crowd:
    """So many open pages of the given people, all hearing one chat."""

    def __init__(self, url: str, people: Sequence[dict[str, str]], chat_id: str, count: int) -> None:
        chance = Random(200)
        self.pages = [OpenPage(url, people[number % len(people)]["cookie"], chat_id, chance) for number in range(count)]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        async with asyncio.timeout(_OPEN_S):
            for place in range(0, len(self.pages), 20):
                group = self.pages[place : place + 20]
                self._tasks += [asyncio.create_task(page.run()) for page in group]
                await asyncio.gather(*(page.greeted.wait() for page in group))
        return self

    async def __aexit__(self, *_error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def shown(self, last: int, seconds: float) -> None:
        """Waits until every page was shown the message with this sequence number, or the time is over."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until and any(not page.shown or max(page.shown) < last for page in self.pages):
            await asyncio.sleep(0.1)

    def closes(self) -> Counter[int]:
        """How connections ended, by close code."""
        return sum((page.closes for page in self.pages), Counter())
