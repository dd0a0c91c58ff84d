"""§2.5 The class chat: at once on the open page, in order after a reload, whole and single when the gateway is killed."""

import asyncio
import time

import people
import pytest
import signing
from browser import Browsers
from family_page import ChatPage
from moments import eventually
from playwright.async_api import expect

pytestmark = pytest.mark.e2e
CHAT = "7А"
_SENT = 12


def mark() -> str:
    """Messages of one run are told from those of another by this."""
    return f"[{int(time.time() * 1000) % 10_000_000}]"


async def teacher_and_guardian(browsers: Browsers) -> tuple[ChatPage, ChatPage]:
    async def teacher() -> ChatPage:
        return await ChatPage.open(await signing.sign_in(await browsers.open("teacher"), people.TEACHER, "TEACHER"), CHAT)

    async def guardian() -> ChatPage:
        return await ChatPage.open(await signing.sign_in(await browsers.open("guardian", 390), people.GUARDIAN), CHAT)

    writes, reads = await asyncio.gather(teacher(), guardian())
    if writes.id != reads.id:
        await writes.window.go(f"/messages/{reads.id}")
        await expect(writes.log).to_be_visible()
    return writes, reads


async def test_message_when_sent_then_the_open_page_shows_it_and_reload_keeps_the_order(browsers: Browsers) -> None:
    teacher, guardian = await teacher_and_guardian(browsers)
    run = mark()
    bodies = [f"{run} {number}: завтра контрольная" for number in range(6)]
    for body in bodies[:3]:
        await teacher.write(body)
    began = time.monotonic()
    await guardian.shows(bodies[2], 2)
    print(f"seen after {time.monotonic() - began:.2f} s")
    await guardian.write(f"{run} спасибо")
    await teacher.shows(f"{run} спасибо", 2)
    for body in bodies[3:]:
        await teacher.write(body)
    await guardian.shows(bodies[-1], 2)
    wanted = [*bodies[:3], f"{run} спасибо", *bodies[3:]]
    for page in (teacher, guardian):
        assert await page.order_of(run) == wanted
        await page.page.reload()
        await page.shows(bodies[-1], 5)
        assert await page.order_of(run) == wanted


async def test_gateway_when_killed_while_people_write_then_nothing_is_lost_or_doubled(browsers: Browsers, whole_stack) -> None:
    teacher, guardian = await teacher_and_guardian(browsers)
    for page in (teacher, guardian):
        page.window.may_lose_network()
    run = mark()
    bodies = [f"{run} {number:02d}" for number in range(_SENT)]

    async def send() -> None:
        for body in bodies:
            await teacher.write(body)
            await asyncio.sleep(0.25)

    async def kill() -> None:
        await asyncio.sleep(0.8)
        await asyncio.to_thread(whole_stack.kill, "gateway")

    await asyncio.gather(send(), kill())

    async def stored() -> list[str]:
        status, page = await guardian.window.api(f"/api/v1/chats/{guardian.id}/messages?limit=200")
        return [one["body"] for one in page["messages"] if one["body"].startswith(run)] if status == 200 else []

    # Both pages come back and finish the work by themselves: nobody presses anything.
    async def complete() -> bool:
        return sorted(await stored()) == bodies

    await eventually(complete, 30, "all messages")
    assert len(await stored()) == _SENT
    for page in (teacher, guardian):
        for body in bodies:
            await page.shows(body, 10)
        assert len(await page.order_of(run)) == _SENT
    # What is on the screen is the order that the database has, on both pages and after a reload.
    final = list(reversed(await stored()))
    for page in (teacher, guardian):
        assert await page.order_of(run) == final
        await page.page.reload()
        await page.shows(bodies[-1], 10)
        assert await page.order_of(run) == final
    assert final == bodies
    await expect(teacher.log.get_by_text("не отправлено")).to_have_count(0)
