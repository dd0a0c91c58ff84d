"""§6 Parts that stop or die under the whole stack: work goes on where it can, says why where it cannot, and nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx
import people
import pytest
import signing
from browser import Browsers
from journal_page import Facts, JournalPage, Place
from moments import eventually
from people import Visitor
from playwright.async_api import expect
from store import database

pytestmark = pytest.mark.e2e


async def journal_of(teacher: Visitor) -> tuple[str, Facts]:
    books = (await teacher.get("/api/v1/gradebooks")).json()["gradebooks"]
    book = next(one for one in books if one["group_name"] == "7А" and one["subject"] == "Алгебра")
    return book["id"], Facts((await teacher.get(f"/api/v1/gradebooks/{book['id']}")).json())


def free_places(facts: Facts, count: int) -> list[Place]:
    """Empty cells anywhere in the given lessons of the period."""
    found = [Place(row, column) for column in facts.past() for row in range(len(facts.page["students"]))]
    return [place for place in found if facts.is_free(place)][-count:]


async def put_mark(teacher: Visitor, facts: Facts, place: Place, value: str, key: str = "") -> httpx.Response:
    path = f"/api/v1/lessons/{facts.lesson(place)['id']}/marks/{facts.student(place)['id']}"
    return await teacher.put(path, {"value": value, "expected_version": facts.version_at(place), "comment": ""}, key)


async def clear_marks(teacher: Visitor, places: list[Place]) -> None:
    """Leaves the cells as they were found, for the next run."""
    _, facts = await journal_of(teacher)
    for place in places:
        if facts.mark_at(place):
            await put_mark(teacher, facts, place, "")


async def backlog(stack) -> int:
    async with database(stack.environment, "journal") as connection:
        return int(await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL"))


async def marks_counted(head: Visitor) -> int:
    return int((await head.get("/api/v1/statistics/school")).json()["totals"]["marks"])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seconds", [5, pytest.param(60, marks=pytest.mark.slow)])
async def test_kafka_when_stopped_then_writes_go_on_and_the_backlog_drains(visitors: list[Visitor], whole_stack, seconds: float) -> None:
    teacher, head, guardian = visitors[:3]
    await teacher.sign_in(people.TEACHER, "TEACHER")
    await head.sign_in(people.HEAD)
    await guardian.sign_in(people.GUARDIAN)
    _, facts = await journal_of(teacher)
    places = free_places(facts, 10)

    async def drained() -> bool:
        return await backlog(whole_stack) == 0

    await eventually(drained, 30, "an empty outbox")
    before = await marks_counted(head)
    async with whole_stack.away("kafka"):
        for place in places:
            assert (await put_mark(teacher, facts, place, "4")).status_code == 200
            await asyncio.sleep(seconds / len(places))
        # Waiting for Kafka is the outbox's work; the teacher's page shows the marks at once.
        assert await backlog(whole_stack) >= len(places)
        _, now = await journal_of(teacher)
        assert [now.mark_at(place) for place in places] == ["4"] * len(places)
        assert (await guardian.get("/api/v1/session")).status_code == 200
    await eventually(drained, 60, "an empty outbox after Kafka is back")

    async def counted() -> bool:
        return await marks_counted(head) == before + len(places)

    await eventually(counted, 30, "the figures of all marks")
    await clear_marks(teacher, places)


@pytest.mark.timeout(240)
async def test_journal_when_killed_among_marks_then_nothing_acknowledged_is_lost_or_doubled(visitors: list[Visitor], whole_stack) -> None:
    teacher = visitors[0]
    await teacher.sign_in(people.TEACHER, "TEACHER")
    _, facts = await journal_of(teacher)
    places = free_places(facts, 40)
    acknowledged: list[Place] = []
    refused: list[int] = []

    async def write(place: Place) -> None:
        """As the page does it: the same key again until there is an answer."""
        key = str(uuid4())
        for _ in range(200):
            answer = await put_mark(teacher, facts, place, "5", key)
            if answer.status_code == 200:
                acknowledged.append(place)
                return
            refused.append(answer.status_code)
            await asyncio.sleep(0.5)

    async def writer(mine: list[Place]) -> None:
        for place in mine:
            await write(place)

    async def kill() -> None:
        while len(acknowledged) < 8:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(whole_stack.kill, "journal")

    await asyncio.gather(*(writer(places[number::4]) for number in range(4)), kill())
    assert len(acknowledged) == len(places)
    # The service was away for a while, and said so each time.
    assert refused
    assert set(refused) <= {503, 504}
    _, after = await journal_of(teacher)
    assert [after.mark_at(place) for place in places] == ["5"] * len(places)
    for place in places:
        path = f"/api/v1/lessons/{facts.lesson(place)['id']}/marks/{facts.student(place)['id']}/history"
        changes = (await teacher.get(path)).json()["changes"]
        assert changes[-1]["new_value"] == "5"
        assert changes[-1]["version"] == facts.version_at(place) + 1
    await clear_marks(teacher, places)


async def answers_while(stack, part: str, seconds: float, calls: list[Callable[[], Awaitable[httpx.Response]]]) -> list[httpx.Response]:
    """What the calls get again and again while the part is away."""
    found: list[httpx.Response] = []
    async with stack.away(part):
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            found += await asyncio.gather(*(call() for call in calls))
            await asyncio.sleep(0.3)
    return found


def assert_clear(answers: list[httpx.Response]) -> None:
    """Each is a problem document that says «not now», and never an internal error."""
    assert answers
    wrong = [(one.status_code, one.request.url.path, one.text[:150]) for one in answers if one.status_code not in {503, 504}]
    assert wrong == []
    for one in answers:
        assert one.headers["content-type"] == "application/problem+json"
        assert "." in one.json()["code"]
        if one.status_code == 503:
            assert int(one.headers["retry-after"]) > 0


async def test_valkey_when_away_then_503_and_the_session_is_there_again_after_it(visitors: list[Visitor], whole_stack) -> None:
    teacher, newcomer = visitors[:2]
    await teacher.sign_in(people.TEACHER, "TEACHER")
    _, facts = await journal_of(teacher)
    (place,) = free_places(facts, 1)
    calls = [
        lambda: teacher.get("/api/v1/gradebooks"),
        lambda: teacher.get("/api/v1/session"),
        lambda: put_mark(teacher, facts, place, "3"),
    ]
    answers = await answers_while(whole_stack, "valkey", 4, calls)
    assert_clear(answers)
    assert {one.json()["code"] for one in answers} == {"gateway.SESSIONS_AWAY"}

    async def back() -> bool:
        return (await teacher.get("/api/v1/gradebooks")).status_code == 200

    await eventually(back, 10, "the session")
    # The mark was refused, so it is not there; now it is taken.
    _, now = await journal_of(teacher)
    assert now.mark_at(place) == ""
    assert (await put_mark(teacher, facts, place, "3")).status_code == 200
    await newcomer.sign_in(people.GUARDIAN)
    await clear_marks(teacher, [place])


@pytest.mark.timeout(240)
async def test_postgresql_when_stopped_for_ten_seconds_then_503_and_everything_comes_back(visitors: list[Visitor], whole_stack) -> None:
    teacher, head = visitors[:2]
    await teacher.sign_in(people.TEACHER, "TEACHER")
    await head.sign_in(people.HEAD)
    book, facts = await journal_of(teacher)
    (place,) = free_places(facts, 1)
    key = str(uuid4())
    calls = [
        lambda: teacher.get(f"/api/v1/gradebooks/{book}"),
        lambda: put_mark(teacher, facts, place, "3", key),
        lambda: teacher.get("/api/v1/chats"),
        lambda: head.get("/api/v1/statistics/school"),
        lambda: head.get("/api/v1/library/items", q="дробями"),
        lambda: head.get("/api/v1/profile"),
    ]
    assert_clear(await answers_while(whole_stack, "postgres", 10, calls))

    async def back() -> bool:
        return {(await call()).status_code for call in calls} == {200}

    await eventually(back, 20, "every service")
    path = f"/api/v1/lessons/{facts.lesson(place)['id']}/marks/{facts.student(place)['id']}/history"
    changes = (await teacher.get(path)).json()["changes"]
    assert [change["new_value"] for change in changes if change["version"] > facts.version_at(place)] == ["3"]

    async def signs_in() -> bool:
        # Keycloak answers the first calls after the outage by the connections it had before, that is, by errors.
        newcomer = Visitor(teacher.gateway)
        try:
            return bool((await newcomer.sign_in(people.GUARDIAN))["authenticated"])
        except (httpx.HTTPStatusError, AssertionError):
            return False
        finally:
            await newcomer.close()

    await eventually(signs_in, 30, "signing in")
    await clear_marks(teacher, [place])


async def test_teacher_at_the_journal_when_valkey_goes_away_then_the_mark_waits_and_is_saved(browsers: Browsers, whole_stack) -> None:
    journal = await JournalPage.open(await signing.sign_in(await browsers.open("morozova"), people.SECOND_TEACHER))
    (place,) = (await journal.facts()).free(1)
    journal.window.may_lose_network()
    journal.window.expects(503, "/api/v1/")
    async with whole_stack.away("valkey"):
        await journal.type(place, "4")
        await asyncio.sleep(2)
        await journal.shows(place, "4")
        await expect(journal.foot).not_to_contain_text("Сохранено")
    await journal.saved(seconds=20)
    await journal.page.reload()
    await journal.shows(place, "4")
