"""§2.7 A publisher's machine uploads to the library's own HTTP API; an expert approves; teachers find what was approved."""

import re
import time

import httpx
import people
import pytest
import signing
from browser import Browsers, Window
from playwright.async_api import expect
from realm import Realm

from myschool_stack.keys import secret

pytestmark = pytest.mark.e2e
PROVIDER = "prosveshchenie"


def three_items(run: str) -> list[dict]:
    """Two good ones and one without a grade, of an unknown kind and with a link that is not https."""
    return [
        {
            "external_id": f"{run}-1",
            "title": f"Обыкновенная дробь, выпуск {run}",
            "summary": "Как читать и сравнивать дроби.",
            "subject": "Математика",
            "grades": [5, 6],
            "kind": "LESSON",
            "body_html": "<h2>Дроби</h2><p>Числитель и знаменатель.</p><script>alert(1)</script>",
        },
        {
            "external_id": f"{run}-2",
            "title": f"Сложение дробей, выпуск {run}",
            "subject": "Математика",
            "grades": [6],
            "kind": "TRAINER",
            "content_url": "https://content.example.org/fractions",
        },
        {
            "external_id": f"{run}-3",
            "title": f"Дробями делиться, выпуск {run}",
            "subject": "Математика",
            "grades": [],
            "kind": "CARTOON",
            "content_url": "http://content.example.org/x",
        },
    ]


async def library_shows(window: Window, words: str, count: int) -> list[str]:
    """Searches in the library as a person does; the titles of this run that it shows."""
    page = window.page
    await window.go("/library")
    await page.get_by_role("searchbox", name="Что найти в библиотеке").fill(words)
    heads = page.get_by_role("link").filter(has=page.get_by_role("heading", level=2, name=re.compile(words.rpartition(" ")[2])))
    await expect(heads).to_have_count(count)
    return [text.partition("\n")[0] for text in await heads.all_inner_texts()]


async def test_three_items_when_uploaded_then_two_are_approved_and_found_and_the_bad_one_is_not(
    browsers: Browsers, whole_stack, realm: Realm
) -> None:
    environment = whole_stack.environment
    token = await realm.machine_token(PROVIDER, secret(whole_stack.profile.keys, f"provider-{PROVIDER}.secret"))
    run = f"п{int(time.time())}"
    items = three_items(run)
    async with httpx.AsyncClient(base_url=environment["MYSCHOOL_LIBRARY_HTTP_URL"], timeout=20) as library:
        refused = await library.post("/provider/v1/items", json={"items": items})
        assert refused.status_code == 401
        bearer = {"Authorization": f"Bearer {token}"}
        answer = await library.post("/provider/v1/items", json={"items": items}, headers=bearer)
        assert answer.status_code == 200, answer.text
        verdicts = answer.json()["results"]
        assert [one["status"] for one in verdicts] == ["SUBMITTED", "SUBMITTED", "INVALID"]
        assert {error["field"].partition(".")[0] for error in verdicts[2]["errors"]} == {"grades", "kind", "content_url"}
        assert all(re.search("[а-яё]", error["message"]) for error in verdicts[2]["errors"])
        again = await library.post("/provider/v1/items", json={"items": items}, headers=bearer)
        assert [one["status"] for one in again.json()["results"]] == ["UNCHANGED", "UNCHANGED", "INVALID"]

        teacher = await signing.sign_in(await browsers.open("teacher"), people.SECOND_TEACHER)
        await library_shows(teacher, f"дробь выпуск {run}", 0)
        await approve(browsers, [items[0]["title"], items[1]["title"]])
        own = [(await library.get(f"/provider/v1/items/{run}-{number}", headers=bearer)) for number in (1, 2, 3)]
        assert [one.status_code for one in own] == [200, 200, 404]
        assert [one.json()["status"] for one in own[:2]] == ["APPROVED", "APPROVED"]

    found = await library_shows(teacher, f"дробями {run}", 2)
    assert sorted(found) == sorted([items[0]["title"], items[1]["title"]])
    # What a publisher sent is shown without its scripts.
    await teacher.page.get_by_role("link").filter(has_text=items[0]["title"]).click()
    await expect(teacher.page.get_by_text("Числитель и знаменатель.")).to_be_visible()
    assert "alert(1)" not in await teacher.page.content()


async def approve(browsers: Browsers, titles: list[str]) -> None:
    """The expert reads each item and presses «Одобрить»."""
    expert = await signing.sign_in(await browsers.open("expert"), people.EXPERT)
    page = expert.page
    await expect(page.get_by_role("heading", name="На проверке")).to_be_visible()
    for title in titles:
        link = page.get_by_role("link", name=title)
        card = page.locator("section, div").filter(has=link).filter(has=page.get_by_role("button", name="Одобрить")).last
        await card.get_by_role("button", name="Одобрить").click()
        await expect(link).to_have_count(0)


async def test_expert_when_returning_an_item_then_the_provider_reads_why(browsers: Browsers, whole_stack, realm: Realm) -> None:
    token = await realm.machine_token(PROVIDER, secret(whole_stack.profile.keys, f"provider-{PROVIDER}.secret"))
    run = f"в{int(time.time())}"
    item = three_items(run)[0]
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=whole_stack.environment["MYSCHOOL_LIBRARY_HTTP_URL"], timeout=20, headers=bearer) as library:
        assert (await library.post("/provider/v1/items", json={"items": [item]})).json()["results"][0]["status"] == "SUBMITTED"
        expert = await signing.sign_in(await browsers.open("expert"), people.EXPERT)
        page = expert.page
        link = page.get_by_role("link", name=item["title"])
        card = page.locator("section, div").filter(has=link).filter(has=page.get_by_role("button", name="Одобрить")).last
        await card.get_by_role("button", name="Вернуть").click()
        await page.get_by_label("Что исправить — это увидит поставщик").fill("Добавьте ответы к заданиям.")
        await page.get_by_role("button", name="Вернуть поставщику").click()
        await expect(link).to_have_count(0)
        own = (await library.get(f"/provider/v1/items/{run}-1")).json()
        assert (own["status"], own["published"], own["verdict_comment"]) == ("REJECTED", False, "Добавьте ответы к заданиям.")
