"""§6 Every route of the API on the whole stack: without a session, with other people's ids, with nonsense, with too much."""

import asyncio
from collections.abc import AsyncIterator

import people
import pytest
from moments import eventually
from people import Visitor
from routes import ROUTES, Route, ask, ask_well, fault
from store import database, row_counts

pytestmark = pytest.mark.e2e
# What may grow by itself while nothing is stored: who looked at whose data, sessions and their events on the way.
_MOVES = frozenset({"access_entry", "access_seal", "access_head", "session", "inbox"})
# A library item belongs to everybody; deciding about it belongs to experts.
_COMMON = {"GET /api/v1/library/items/{item_id}", "POST /api/v1/library/items/{item_id}/opens"}
_HUGE = b'{"a":"' + b"x" * 10_000_000 + b'"}'


async def school_ids(teacher: Visitor, guardian: Visitor) -> dict[str, str]:
    """Real ids of a school, as its own people see them."""
    book = (await teacher.get("/api/v1/gradebooks")).json()["gradebooks"][0]
    page = (await teacher.get(f"/api/v1/gradebooks/{book['id']}")).json()
    session = (await teacher.get("/api/v1/session")).json()
    family = (await guardian.get("/api/v1/session")).json()
    child = next(child for role in family["roles"] for child in role["children"])
    chat = (await guardian.get("/api/v1/chats")).json()["chats"][0]
    sessions = (await teacher.get("/api/v1/sessions")).json()["sessions"]
    role = next(role for role in session["roles"] if role["type"] == "TEACHER")
    past = [lesson for lesson in page["lessons"] if lesson["day"] <= page["today"]]
    return {
        "gradebook_id": book["id"],
        "group_id": book["group_id"],
        "lesson_id": past[-1]["id"],
        "student_id": child["id"],
        "child_id": child["id"],
        "chat_id": chat["id"],
        "session_id": sessions[0]["id"],
        "organisation_id": session["role"]["organisation_id"],
        "role_id": role["id"],
        "person_id": session["person"]["id"],
    }


@pytest.fixture
async def cast(gateway_url: str) -> AsyncIterator[dict[str, Visitor]]:
    """People of both schools, signed in before anything is counted."""
    wanted = {
        "teacher": (people.TEACHER, "TEACHER"),
        "guardian": (people.GUARDIAN, ""),
        "head": (people.HEAD, ""),
        "neighbour": (people.WITHOUT_EMAIL, ""),
        "pupil": (people.STUDENT, ""),
        "foreign teacher": (people.FOREIGN_TEACHER, ""),
        "foreign guardian": (people.FOREIGN_GUARDIAN, ""),
    }
    opened = {name: Visitor(gateway_url) for name in wanted}
    for name, (login, role) in wanted.items():
        await opened[name].sign_in(login, role)
    yield opened
    for visitor in opened.values():
        await visitor.close()


async def settled(environment) -> dict[str, int]:
    """Rows of every table once no event is on its way any more."""

    async def quiet() -> bool:
        for service in ("identity", "roles", "journal", "library", "messaging"):
            async with database(environment, service) as connection:
                if await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL"):
                    return False
        return True

    await eventually(quiet, 30, "an empty outbox")
    before = await row_counts(environment, _MOVES)
    while True:
        await asyncio.sleep(1)
        now = await row_counts(environment, _MOVES)
        if now == before:
            return now
        before = now


async def test_route_when_called_without_a_session_then_401(gateway_url: str, whole_stack) -> None:
    before = await settled(whole_stack.environment)
    nobody = Visitor(gateway_url)
    faults = [fault(route, await ask_well(nobody, route, {}), {401}) for route in ROUTES]
    await nobody.close()
    assert [one for one in faults if one] == []
    assert await settled(whole_stack.environment) == before


async def test_ids_of_another_school_or_family_when_used_then_nothing_is_found(cast: dict[str, Visitor], whole_stack) -> None:
    own = await school_ids(cast["teacher"], cast["guardian"])
    other = await school_ids(cast["foreign teacher"], cast["foreign guardian"])
    # A family of the same class shares class and chat with it, but neither diary nor sessions.
    shared = {"group_id", "chat_id"}
    family = {name: known for name, known in own.items() if name not in shared}
    strangers = [
        ("foreign teacher", own),
        ("foreign guardian", own),
        ("head", other),
        ("teacher", other),
        ("guardian", other),
        ("pupil", other),
        ("neighbour", family),
    ]
    before = await settled(whole_stack.environment)
    faults: list[str] = []
    for who, ids in strangers:
        for route in ROUTES:
            if not foreign(route, ids) or str(route) in _COMMON:
                continue
            faults.append(fault(route, await ask_well(cast[who], route, ids), {403, 404}, f"as {who}"))
    assert [one for one in faults if one] == []
    assert await settled(whole_stack.environment) == before


def foreign(route: Route, ids: dict[str, str]) -> bool:
    """Whether the route names something that belongs to somebody, here to somebody else."""
    named_in_body = {
        "POST /api/v1/roles": "organisation_id",
        "POST /api/v1/family/requests": "student_id",
        "POST /api/v1/family/invitations": "student_id",
        "POST /api/v1/school/family-invitations": "student_id",
        "POST /api/v1/imports": "organisation_id",
        "POST /api/v1/session/role": "role_id",
        "POST /api/v1/consents/withdrawals": "student_id",
        "POST /api/v1/duplicates/verdict": "student_id",
        "POST /api/v1/merges": "student_id",
    }
    names = [*route.names, *([named_in_body[str(route)]] if str(route) in named_in_body else [])]
    return any(name in ids for name in names)


async def test_head_when_asking_for_a_foreign_teachers_lessons_then_none_are_told(cast: dict[str, Visitor]) -> None:
    other = (await cast["foreign teacher"].get("/api/v1/session")).json()["person"]["id"]
    answer = await cast["head"].get("/api/v1/statistics/lessons", indicator="marks", teacher_id=other)
    assert answer.status_code in {200, 404}, answer.text
    if answer.status_code == 200:
        assert answer.json()["lessons"] == []


async def test_route_when_given_wrong_types_then_422_and_nothing_is_stored(cast: dict[str, Visitor], whole_stack) -> None:
    own = await school_ids(cast["teacher"], cast["guardian"])
    before = await settled(whole_stack.environment)
    faults: list[str] = []
    for who in ("teacher", "head", "guardian"):
        for route in ROUTES:
            faults += await faults_of(cast[who], route, own, who)
    assert [one for one in faults if one] == []
    assert await settled(whole_stack.environment) == before


async def faults_of(visitor: Visitor, route: Route, ids: dict[str, str], who: str) -> list[str]:
    """Nonsense in the path, in each query and in the body."""
    found: list[str] = []
    for name in route.names:
        answer = await ask_well(visitor, route, {**ids, name: "1%27--"})
        found.append(fault(route, answer, {422}, f"{name} as {who}"))
    for name in route.queries:
        answer = await ask(visitor, route, route.filled(ids), params={name: "\x00"})
        found.append(fault(route, answer, {422}, f"?{name} as {who}"))
    if route.body_type:
        for content in (b"", b"{", b"[]", b"null", b'{"unknown": 1}', b"\xff\xfe"):
            answer = await ask(visitor, route, route.filled(ids), content=content, headers={"Content-Type": "application/json"})
            wanted = {415, 422} if route.body_type != "application/json" else {422}
            found.append(fault(route, answer, wanted, f"{content!r} as {who}"))
    return found


async def test_ten_megabytes_when_sent_to_any_route_that_writes_then_413(cast: dict[str, Visitor], whole_stack) -> None:
    own = await school_ids(cast["teacher"], cast["guardian"])
    before = await settled(whole_stack.environment)
    faults: list[str] = []
    for route in ROUTES:
        if route.is_write:
            kind = f"{route.body_type}; boundary=x" if route.body_type == "multipart/form-data" else "application/json"
            answer = await ask(cast["head"], route, route.filled(own), content=_HUGE, headers={"Content-Type": kind})
            faults.append(fault(route, answer, {413}))
    assert [one for one in faults if one] == []
    assert await settled(whole_stack.environment) == before
