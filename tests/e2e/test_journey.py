"""From the Госуслуги sign-in through a mark in the journal to the family's diary and the head's statistics, on real parts."""

import asyncio
from uuid import uuid4

import people
import pytest
from people import Visitor

pytestmark = pytest.mark.e2e


async def eventually(look, seconds: float):
    """The first truthy answer of `look`; fails when none comes in time."""
    for _ in range(int(seconds * 5)):
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.2)
    pytest.fail(f"nothing came within {seconds} s")


async def algebra(teacher: Visitor) -> tuple[dict, dict]:
    """The teacher's journal «7А, алгебра»: the list entry and the class page."""
    books = (await teacher.get("/api/v1/gradebooks")).json()["gradebooks"]
    book = next(book for book in books if book["group_name"] == "7А" and book["subject"].startswith("Алгебра"))
    page = (await teacher.get(f"/api/v1/gradebooks/{book['id']}")).json()
    return book, page


def lesson_of(page: dict) -> dict:
    """The newest lesson that has taken place."""
    past = [lesson for lesson in page["lessons"] if lesson["day"] <= page["today"]]
    return past[-1]


def version_of(page: dict, student: int, lesson: dict) -> int:
    column = page["lessons"].index(lesson)
    return next((cell[3] for cell in page["marks"] if cell[0] == student and cell[1] == column), 0)


async def test_journey_when_walked_then_every_cabinet_shows_it(visitors: list[Visitor]) -> None:
    teacher, guardian, head, second, stranger = visitors
    await teacher.sign_in(people.TEACHER, "TEACHER")
    family = await guardian.sign_in(people.GUARDIAN)
    await head.sign_in(people.HEAD)
    await second.sign_in(people.SECOND_TEACHER)
    await stranger.sign_in(people.FOREIGN_GUARDIAN)
    child = next(c for role in family["roles"] for c in role["children"] if c["full_name"].startswith("Белов Тимур"))

    _, page = await algebra(teacher)
    assert len(page["students"]) == 30
    student = next(i for i, person in enumerate(page["students"]) if person["id"] == child["id"])
    lesson = lesson_of(page)
    before = (await head.get("/api/v1/statistics/school")).json()["totals"]
    version, cell = version_of(page, student, lesson), f"/api/v1/lessons/{lesson['id']}/marks/{child['id']}"
    first = await teacher.put(cell, {"value": "5", "expected_version": version, "comment": ""})
    assert first.status_code == 200, first.text
    stale = await second.put(cell, {"value": "3", "expected_version": version, "comment": ""})
    assert stale.status_code == 409
    assert stale.json()["code"] == "journal.MARK_CHANGED"
    assert stale.json()["params"]["current_value"] == "5"
    assert "Соколова" in stale.json()["params"]["current_author"]

    async def mark_in_diary() -> bool:
        diary = (await guardian.get(f"/api/v1/students/{child['id']}/diary", date=lesson["day"])).json()
        lessons = [item for day in diary["days"] for item in day["lessons"]]
        return any(item["id"] == lesson["id"] and (item["mark"] or {}).get("value") == "5" for item in lessons)

    await eventually(mark_in_diary, 2)
    foreign = await stranger.get(f"/api/v1/students/{child['id']}/diary")
    assert foreign.status_code == 404
    assert (await stranger.put(cell, {"value": "2", "expected_version": 1, "comment": ""})).status_code == 403

    chats = (await teacher.get("/api/v1/chats")).json()["chats"]
    chat = next(c for c in chats if c["kind"] == "GUARDIANS" and c["group_name"] == "7А")
    message = {"client_message_id": str(uuid4()), "body": "Завтра контрольная по дробям"}
    posted = (await teacher.post(f"/api/v1/chats/{chat['id']}/messages", message)).json()
    again = (await teacher.post(f"/api/v1/chats/{chat['id']}/messages", message)).json()
    assert again["seq"] == posted["seq"]
    seen = (await guardian.get(f"/api/v1/chats/{chat['id']}/messages", before_seq=0)).json()["messages"]
    assert [m["body"] for m in seen if m["seq"] == posted["seq"]] == [message["body"]]

    async def counted() -> bool:
        after = (await head.get("/api/v1/statistics/school")).json()["totals"]
        grown = after["marks"] >= before["marks"] + (version == 0)
        return grown and after["messages"] >= before["messages"] + 1

    await eventually(counted, 5)
    found = (await teacher.get("/api/v1/library/items", q="дробями")).json()
    assert any("роб" in item["title"].lower() for item in found["items"])


async def test_repeated_write_when_the_key_is_the_same_then_one_effect(visitors: list[Visitor]) -> None:
    teacher = visitors[0]
    await teacher.sign_in(people.TEACHER, "TEACHER")
    _, page = await algebra(teacher)
    lesson, student = lesson_of(page), len(page["students"]) - 1
    path = f"/api/v1/lessons/{lesson['id']}/marks/{page['students'][student]['id']}"
    body, key = {"value": "4", "expected_version": version_of(page, student, lesson), "comment": ""}, str(uuid4())
    replies = [await teacher.put(path, body, key) for _ in range(3)]
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.text for reply in replies}) == 1


async def test_account_without_email_when_signing_in_then_it_is_like_any_other(visitors: list[Visitor]) -> None:
    state = await visitors[0].sign_in(people.WITHOUT_EMAIL)
    assert state["role"]["type"] == "GUARDIAN"


async def test_sign_out_when_pressed_then_the_session_is_gone(visitors: list[Visitor]) -> None:
    visitor = visitors[0]
    await visitor.sign_in(people.HEAD)
    assert (await visitor.get("/api/v1/profile")).status_code == 200
    assert (await visitor.post("/auth/logout", {})).status_code == 200
    assert (await visitor.get("/api/v1/profile")).status_code == 401
