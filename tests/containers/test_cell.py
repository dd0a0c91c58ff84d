"""The cell in containers: health, the journey of issue 3 by API, events, and the second run of what runs again and again."""

import asyncio
import time

import httpx
import people
import pytest
from containers_cell import ByName, Cell, healthy, raw
from journal_page import Facts, Place
from moments import eventually
from people import Visitor
from start import SPLIT, job, migrate

from myschool_stack.layout import SERVICES

pytestmark = [pytest.mark.containers, pytest.mark.timeout(420)]


@pytest.mark.parametrize("name", SERVICES)
async def test_service_when_started_then_its_health_says_serving(cell: Cell, name: str) -> None:
    assert await healthy(cell.probe(name))


async def test_containers_when_running_then_each_is_locked_down(cell: Cell) -> None:
    stand = {"postgres", "valkey", "kafka", "keycloak"}
    ours = {name: raw(container).attrs for name, container in cell.running.items() if name not in stand}
    assert len(ours) == len(SERVICES) + 2 * len(SPLIT) + 3
    for name, attributes in ours.items():
        host = attributes["HostConfig"]
        assert attributes["State"]["Running"], name
        assert attributes["RestartCount"] == 0, name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert host["SecurityOpt"] == ["no-new-privileges"], name
        assert attributes["Config"]["User"].partition(":")[0] not in {"", "0", "root"}, name


async def test_page_when_asked_for_then_the_gateway_gives_it(cell: Cell) -> None:
    async with httpx.AsyncClient(transport=ByName(cell.address), base_url="http://gateway:8000") as http:
        page = await http.get("/")
        assert page.status_code == httpx.codes.OK
        assert 'id="root"' in page.text
        script = page.text.partition('src="/assets/')[2].partition('"')[0]
        assert (await http.get(f"/assets/{script}")).status_code == httpx.codes.OK


async def test_mark_when_written_then_diary_and_statistics_show_it(visitors: list[Visitor]) -> None:
    teacher, guardian, head = visitors
    await teacher.sign_in(people.TEACHER, "TEACHER")
    family = await guardian.sign_in(people.GUARDIAN)
    await head.sign_in(people.HEAD)
    child = next(c for role in family["roles"] for c in role["children"] if c["full_name"].startswith("Белов Тимур"))
    counted = await _counted(head)
    facts = await _journal(teacher)
    row = facts.row_of("Белов Тимур")
    place = next(place for column in reversed(facts.past()) if facts.is_free(place := Place(row, column)))
    lesson, student = facts.lesson(place), facts.student(place)
    began = time.monotonic()
    reply = await teacher.put(f"/api/v1/lessons/{lesson['id']}/marks/{student['id']}", {"value": "5", "expected_version": 0, "comment": ""})
    assert reply.status_code == httpx.codes.OK, reply.text

    async def in_diary() -> bool:
        week = (await guardian.get(f"/api/v1/students/{child['id']}/diary", date=lesson["day"])).json()
        shown = [one for day in week["days"] for one in day["lessons"] if one["id"] == lesson["id"]]
        return [(one["mark"] or {}).get("value") for one in shown] == ["5"]

    async def in_statistics() -> bool:
        return await _counted(head) == counted + 1

    await eventually(in_diary, 2, "the mark in the diary")
    await eventually(in_statistics, 5, "the mark in the statistics")
    print(f"mark → diary and statistics in {time.monotonic() - began:.2f} s")


async def test_chat_when_written_then_the_family_reads_it(visitors: list[Visitor]) -> None:
    teacher, guardian = visitors[:2]
    await asyncio.gather(teacher.sign_in(people.TEACHER, "TEACHER"), guardian.sign_in(people.GUARDIAN))
    chats = (await teacher.get("/api/v1/chats")).json()["chats"]
    chat = next(one for one in chats if one["group_name"] == "7А" and one["kind"] == "GUARDIANS")
    body = {"client_message_id": "0198c0de-0000-7000-8000-000000000001", "body": "Собрание в четверг в 18:00"}
    assert (await teacher.post(f"/api/v1/chats/{chat['id']}/messages", body)).status_code == httpx.codes.OK
    read = (await guardian.get(f"/api/v1/chats/{chat['id']}/messages")).json()["messages"]
    assert "Собрание в четверг в 18:00" in [message["body"] for message in read]


async def test_realm_when_reconciled_again_then_nothing_is_to_change(cell: Cell) -> None:
    assert await job(cell, "realm-again", "identity", "realm") == "nothing to change\n"


async def test_migrations_when_run_again_then_they_change_nothing(cell: Cell) -> None:
    await migrate(cell)


async def _journal(teacher: Visitor) -> Facts:
    books = (await teacher.get("/api/v1/gradebooks")).json()["gradebooks"]
    book = next(one for one in books if one["group_name"] == "7А" and one["subject"] == "Алгебра")
    return Facts((await teacher.get(f"/api/v1/gradebooks/{book['id']}")).json())


async def _counted(head: Visitor) -> int:
    return int((await head.get("/api/v1/statistics/school")).json()["totals"]["marks"])
