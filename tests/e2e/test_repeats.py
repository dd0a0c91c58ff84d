"""§6 A request that is sent again, because its answer was lost on the way, has one effect and the same answer."""

from uuid import uuid4

import people
import pytest
from journal_page import Facts, Place
from people import Visitor

pytestmark = pytest.mark.e2e


async def test_mark_when_the_same_key_is_sent_again_then_it_is_written_once(visitors: list[Visitor]) -> None:
    teacher = visitors[0]
    await teacher.sign_in(people.TEACHER, "TEACHER")
    books = (await teacher.get("/api/v1/gradebooks")).json()["gradebooks"]
    book = next(one for one in books if one["group_name"] == "7А" and one["subject"] == "Алгебра")
    facts = Facts((await teacher.get(f"/api/v1/gradebooks/{book['id']}")).json())
    place = Place(len(facts.page["students"]) - 1, facts.past()[-1])
    path = f"/api/v1/lessons/{facts.lesson(place)['id']}/marks/{facts.student(place)['id']}"
    value = "3" if facts.mark_at(place) == "4" else "4"
    body, key = {"value": value, "expected_version": facts.version_at(place), "comment": ""}, str(uuid4())
    replies = [await teacher.put(path, body, key) for _ in range(3)]
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.text for reply in replies}) == 1
    assert replies[0].json()["version"] == facts.version_at(place) + 1
    # The same key for something else is a mistake of the caller, and told as one.
    other = await teacher.put(path, {**body, "value": "2"}, key)
    assert other.status_code == 422, other.text
    changes = (await teacher.get(f"{path}/history")).json()["changes"]
    assert [change["new_value"] for change in changes if change["version"] > facts.version_at(place)] == [value]


async def test_message_when_the_same_id_is_sent_again_then_it_stands_once(visitors: list[Visitor]) -> None:
    teacher, guardian = visitors[:2]
    await teacher.sign_in(people.TEACHER, "TEACHER")
    await guardian.sign_in(people.GUARDIAN)
    chats = (await teacher.get("/api/v1/chats")).json()["chats"]
    chat = next(one for one in chats if one["kind"] == "GUARDIANS" and one["group_name"] == "7А")
    message = {"client_message_id": str(uuid4()), "body": f"Завтра контрольная по дробям {uuid4()}"}
    # A page that comes back sends it with another key: the message's own id is what counts.
    first, again = [(await teacher.post(f"/api/v1/chats/{chat['id']}/messages", message)).json() for _ in range(2)]
    assert again["seq"] == first["seq"]
    seen = (await guardian.get(f"/api/v1/chats/{chat['id']}/messages", before_seq=0)).json()["messages"]
    assert [one["seq"] for one in seen if one["body"] == message["body"]] == [first["seq"]]
