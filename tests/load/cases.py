"""The measured cases; each act checks its own answer, so that a fast failure is never taken for speed."""

import asyncio
from itertools import cycle
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import orjson
from listeners import Listeners
from meter import Case, family
from stage import Stage
from wire import Answer, Wire
from world import World

ECHO, LEAST, JOURNAL, JOURNAL_ANEW, MARK, DIARY, DIARY_ANEW, SEARCH, CHAT, EVENT = (
    "echo ceiling",
    "the least read: four periods",
    "class journal 30 × 30",
    "the same, changed before every read",
    "save one mark",
    "diary week",
    "the week, changed before every read",
    "library search",
    "chat message → 30 open pages",
    "one event, outbox → projection",
)
_QUERIES = ("дробями", "уравнение", "история России", "сказка", "треугольник", "урок", "тест 5 класс", "глагол")
# What any write of the class does to its pages, without the write's own cost (docs/adr/0009).
_TOUCH = "SELECT touch_pages(ARRAY[$1::uuid])"
_APPLIED_S = 60
_APPLIED = "SELECT count(*) FROM inbox WHERE consumer = 'analytics'"


class Cases:
    """Acts over the public API. `sizes` remembers the bytes of the largest answer of each read, as they came over the wire."""

    def __init__(self, stage: Stage, world: World, gateway: Wire, journal: asyncpg.Connection) -> None:
        self._stage = stage
        self._world = world
        self._gateway = gateway
        self._journal = journal
        self._touching = asyncio.Lock()
        self._queries = cycle(_QUERIES)
        self.sizes: dict[str, int] = {}

    def reads(self) -> list[Case]:
        """Journal page, diary and search; and a read that does next to nothing, to tell what the way itself costs."""
        world, journal, library = self._world, self._stage.request_groups("journal serve"), self._stage.request_groups("library")
        page = f"/api/v1/gradebooks/{world.gradebook_id}?period_id={world.period_id}"
        diary = f"/api/v1/students/{world.student_id}/diary?date={world.week}"

        async def list_periods(_number: int) -> None:
            await self._read(LEAST, "/api/v1/periods", world.homeroom)

        async def open_page(_number: int) -> None:
            await self._read(JOURNAL, page, world.homeroom)

        async def open_diary(_number: int) -> None:
            await self._read(DIARY, diary, world.guardian)

        async def open_changed_page(_number: int) -> None:
            await self._touch()
            await self._read(JOURNAL_ANEW, page, world.homeroom)

        async def open_changed_diary(_number: int) -> None:
            await self._touch()
            await self._read(DIARY_ANEW, diary, world.guardian)

        async def search(_number: int) -> None:
            await self._read(SEARCH, f"/api/v1/library/items?q={quote(next(self._queries))}", world.homeroom)

        return [
            Case(LEAST, journal, list_periods, 600),
            Case(JOURNAL, journal, open_page, 300),
            Case(JOURNAL_ANEW, journal, open_changed_page, 300),
            Case(DIARY, journal, open_diary, 600),
            Case(DIARY_ANEW, journal, open_changed_diary, 400),
            Case(SEARCH, library, search, 400),
        ]

    def mark(self) -> Case:
        """A mark with audit row and event; what carries the event on is measured by `event`."""
        groups = self._stage.request_groups("journal serve")
        relay = family(self._stage.pid("journal relay"))
        return Case(MARK, {**groups, "relay": relay}, self.save, 600, frozenset({"relay"}))

    def chat(self, listeners: Listeners) -> Case:
        """A message, written by one of the members and shown on every open page."""
        world = self._world

        async def post(number: int) -> None:
            listeners.expected += 1
            body = orjson.dumps({"client_message_id": str(uuid4()), "body": f"Собрание в четверг, вопрос № {number}"})
            author = world.members[number % len(world.members)]
            _fine(await self._gateway.ask("POST", f"/api/v1/chats/{world.chat_id}/messages", author, body))

        return Case(CHAT, self._stage.request_groups("messaging serve"), post, 300, after=listeners.arrived)

    def event(self, applied: "Applied") -> Case:
        """The same marks once more, measured behind the outbox: relay, Kafka client, consumer and their database work."""

        async def save(number: int) -> None:
            applied.expected += 1
            await self.save(number)

        return Case(EVENT, self._stage.event_groups(), save, 600, frozenset({"kafka"}), applied.settle, applied.all)

    async def save(self, number: int) -> None:
        """Another value into the next cell."""
        cell = self._world.cells[number % len(self._world.cells)]
        cell.value = 4 if cell.value == 5 else 5
        body = orjson.dumps({"value": str(cell.value), "expected_version": cell.version, "comment": ""})
        headers = {**self._world.writer, "idempotency-key": str(uuid4())}
        path = f"/api/v1/lessons/{cell.lesson_id}/marks/{cell.student_id}"
        answer = _fine(await self._gateway.ask("PUT", path, headers, body))
        version = orjson.loads(answer.body)["version"]
        assert version == cell.version + 1
        cell.version = version

    async def _touch(self) -> None:
        """The class's pages have changed. The server process that does this is the bench's own and not measured."""
        async with self._touching:
            await self._journal.execute(_TOUCH, self._world.group_id)

    async def _read(self, name: str, path: str, headers: dict[str, str]) -> None:
        size = len(_fine(await self._gateway.ask("GET", path, headers)).body)
        self.sizes[name] = max(size, self.sizes.get(name, 0))


class Applied:
    """Waits until the analytics service has taken in as many further events as were caused."""

    def __init__(self, analytics: asyncpg.Connection) -> None:
        self._analytics = analytics
        self.expected = 0

    async def settle(self) -> None:
        """Lets what is still on its way arrive, and counts from there."""
        before = -1
        while before != (before := await self._analytics.fetchval(_APPLIED)):
            await asyncio.sleep(1.5)
        self.expected = before

    async def all(self) -> None:
        """Returns once everything expected is in the projection."""
        async with asyncio.timeout(_APPLIED_S):
            while await self._analytics.fetchval(_APPLIED) < self.expected:
                await asyncio.sleep(0.05)


def echo(front: Wire, backend_pid: int, front_pid: int) -> Case:
    """The ceiling: what no request of this architecture can cost less than."""

    async def act(_number: int) -> None:
        _fine(await front.ask("GET", "/echo"))

    return Case(ECHO, {"gateway": family(front_pid), "service": family(backend_pid)}, act, 1000)


def _fine(answer: Answer) -> Answer:
    assert answer.status == 200, answer.body[:500]
    return answer
