"""Expertise, opening, and who sees what."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest

from myschool.library.events.v1 import library_events_pb2 as events
from myschool.library.v1 import library_pb2 as pb
from myschool_kit.client import call
from myschool_kit.errors import Kind, RemoteError
from myschool_testing import a_principal, token_of


async def refused(awaitable: Any) -> tuple[Kind, str]:
    with pytest.raises(RemoteError) as caught:
        await awaitable
    assert caught.value.remote_kind is not None
    return caught.value.remote_kind, caught.value.reason


async def submitted(library: Any, item: dict[str, Any]) -> str:
    return (await library.upload(item)).json()["results"][0]["item_id"]


async def reviews(library: Any, **request: Any) -> dict[str, Any]:
    return orjson.loads((await call(library.stub.ListReviews, pb.ListReviewsRequest(**request), token=library.expert)).body)


async def test_submitted_item_is_for_experts_only(library: Any, make_item: Any) -> None:
    item_id = await submitted(library, make_item())
    assert await refused(library.item(item_id)) == (Kind.NOT_FOUND, "ITEM_NOT_FOUND")
    assert (await library.search())["total"] == 0
    seen = await library.item(item_id, library.expert)
    assert (seen["status"], seen["version"], seen["published_at_ms"]) == ("SUBMITTED", 1, 0)
    await library.approve(item_id)
    seen = await library.item(item_id)
    assert (seen["status"], seen["version"], seen["verdict_comment"]) == ("APPROVED", 2, "")
    assert "<b>дроби</b>" in seen["body_html"]


@pytest.mark.parametrize("role", ["TEACHER", "STUDENT", "HEAD", "PERSON"])
async def test_only_experts_decide(library: Any, make_item: Any, role: str) -> None:
    item_id = await submitted(library, make_item())
    token = token_of(a_principal(role))
    request = pb.DecideItemRequest(item_id=item_id, verdict=pb.VERDICT_APPROVE, expected_version=1)
    assert (await refused(call(library.stub.DecideItem, request, token=token)))[0] is Kind.FORBIDDEN
    assert (await refused(call(library.stub.ListReviews, pb.ListReviewsRequest(), token=token)))[0] is Kind.FORBIDDEN


async def test_refusal_needs_a_comment_and_reaches_the_provider(library: Any, make_item: Any) -> None:
    item_id = await submitted(library, make_item())
    request = pb.DecideItemRequest(item_id=item_id, verdict=pb.VERDICT_REJECT, expected_version=1, comment=" ")
    assert await refused(call(library.stub.DecideItem, request, token=library.expert)) == (Kind.INVALID, "COMMENT_MISSING")
    request.comment = "Нет источника"
    reply = await call(library.stub.DecideItem, request, token=library.expert)
    assert (reply.status, reply.version) == ("REJECTED", 2)
    own = (await library.get("/provider/v1/items/math-1")).json()
    assert (own["status"], own["verdict_comment"], own["published"]) == ("REJECTED", "Нет источника", False)
    assert (await library.item(item_id, library.expert))["verdict_comment"] == "Нет источника"
    assert await refused(library.item(item_id)) == (Kind.NOT_FOUND, "ITEM_NOT_FOUND")
    assert (await library.upload(make_item())).json()["results"][0]["status"] == "UNCHANGED"
    assert (await library.upload(make_item(title="С источником"))).json()["results"][0]["status"] == "SUBMITTED"


async def test_stale_and_second_verdicts_are_refused(library: Any, make_item: Any) -> None:
    item_id = await submitted(library, make_item())
    request = pb.DecideItemRequest(item_id=item_id, verdict=pb.VERDICT_APPROVE, expected_version=7)
    assert await refused(call(library.stub.DecideItem, request, token=library.expert)) == (Kind.STALE, "ITEM_CHANGED")
    await library.approve(item_id)
    request.expected_version = 2
    assert await refused(call(library.stub.DecideItem, request, token=library.expert)) == (Kind.RULE_BROKEN, "ITEM_NOT_WAITING")
    request.item_id = str(uuid4())
    assert await refused(call(library.stub.DecideItem, request, token=library.expert)) == (Kind.NOT_FOUND, "ITEM_NOT_FOUND")
    request.verdict = pb.VERDICT_UNSPECIFIED
    assert await refused(call(library.stub.DecideItem, request, token=library.expert)) == (Kind.INVALID, "VERDICT_MISSING")


async def test_experts_at_the_same_moment_give_one_verdict(library: Any, make_item: Any) -> None:
    item_id = await submitted(library, make_item())
    request = pb.DecideItemRequest(item_id=item_id, verdict=pb.VERDICT_APPROVE, expected_version=1)
    answers = await asyncio.gather(
        *(call(library.stub.DecideItem, request, token=token_of(a_principal("EXPERT"))) for _ in range(8)), return_exceptions=True
    )
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert {answer.reason for answer in answers if isinstance(answer, RemoteError)} == {"ITEM_CHANGED"}
    assert await library.harness.database.reads.fetchval("SELECT count(*) FROM verdict") == 1


async def test_changed_content_waits_while_the_old_one_stays(library: Any, make_item: Any) -> None:
    (item_id,) = await library.published(make_item())
    assert (await library.upload(make_item(title="Вычитание дробей"))).json()["results"][0] == {
        "external_id": "math-1",
        "status": "SUBMITTED",
        "item_id": item_id,
        "errors": [],
    }
    assert (await library.item(item_id))["title"].startswith("Сложение")
    assert (await library.item(item_id))["status"] == "APPROVED"
    assert (await library.titles("вычитание")) == []
    assert (await library.item(item_id, library.expert))["title"] == "Вычитание дробей"
    await library.approve(item_id)
    assert (await library.item(item_id))["title"] == "Вычитание дробей"
    assert await library.titles("дробями") == ["Вычитание дробей"]
    assert await library.titles("сложение") == []


async def test_refused_change_leaves_the_published_version(library: Any, make_item: Any) -> None:
    (item_id,) = await library.published(make_item())
    await library.upload(make_item(title="Хуже прежнего"))
    request = pb.DecideItemRequest(item_id=item_id, verdict=pb.VERDICT_REJECT, expected_version=3, comment="Хуже")
    await call(library.stub.DecideItem, request, token=library.expert)
    for token in (library.teacher, library.expert):
        seen = await library.item(item_id, token)
        assert (seen["title"][:8], seen["status"]) == ("Сложение", "APPROVED")


async def test_queue_is_paged_oldest_first(library: Any, make_item: Any) -> None:
    for number in range(7):
        await library.upload(make_item(str(number), title=f"Урок {number}"))
    titles: list[str] = []
    token = ""
    while True:
        with library.harness.statements.counted() as statements:
            page = await reviews(library, page_size=3, page_token=token)
        assert len(statements) == 1
        assert page["total"] == 7
        titles += [item["title"] for item in page["items"]]
        token = page["next_page_token"]
        if not token:
            break
    assert titles == [f"Урок {number}" for number in range(7)]
    assert {"version", "submitted_at_ms", "provider_name"} <= set(page["items"][0])
    assert (await refused(reviews(library, page_token="zzz")))[1] == "PAGE_TOKEN_INVALID"


async def test_many_verdicts_each_with_its_own_result(library: Any, make_item: Any) -> None:
    await library.published(make_item("warm"))  # the first use of a type asks the server about it
    uploaded = (await library.upload(*[make_item(str(number)) for number in range(5)])).json()["results"]
    decisions = [pb.DecideItemRequest(item_id=entry["item_id"], verdict=pb.VERDICT_APPROVE, expected_version=1) for entry in uploaded]
    decisions[3].expected_version = 9
    decisions[4].verdict = pb.VERDICT_REJECT
    with library.harness.statements.counted() as statements:
        reply = await call(library.stub.DecideItems, pb.DecideItemsRequest(decisions=decisions), token=library.expert)
    assert [result.reason for result in reply.results] == ["", "", "", "ITEM_CHANGED", "COMMENT_MISSING"]
    assert len(statements) == 6, statements  # lock, verdicts, items, search table, vocabulary, outbox
    assert (await library.search())["total"] == 4


async def test_opening_tells_analytics_who_and_from_where(library: Any, make_item: Any) -> None:
    inner, outer = await library.published(make_item("in"), make_item("out", content_url="https://a.example/x", body_html=""))
    lesson = str(uuid4())
    reply = await call(library.stub.OpenItem, pb.OpenItemRequest(item_id=inner, lesson_id=lesson), token=library.teacher, request_id="r1")
    again = await call(library.stub.OpenItem, pb.OpenItemRequest(item_id=inner, lesson_id=lesson), token=library.teacher, request_id="r1")
    assert reply.content_url == again.content_url == f"/library/{inner}"
    reply = await call(library.stub.OpenItem, pb.OpenItemRequest(item_id=outer), token=library.teacher)
    assert reply.content_url == "https://a.example/x"
    opened = [row for row in await library.harness.outbox() if row["type"].endswith("ContentItemOpened")]
    assert len(opened) == 2
    event = events.ContentItemOpened.FromString(opened[0]["payload"])
    assert (opened[0]["topic"], opened[0]["key"], event.lesson_id, event.role_type) == ("library.items", inner, lesson, "TEACHER")
    assert event.organisation_id


async def test_opening_of_hidden_absent_and_odd_things(library: Any, make_item: Any) -> None:
    item_id = await submitted(library, make_item())
    for absent in (item_id, str(uuid4())):
        request = pb.OpenItemRequest(item_id=absent)
        assert await refused(call(library.stub.OpenItem, request, token=library.expert)) == (Kind.NOT_FOUND, "ITEM_NOT_FOUND")
    request = pb.OpenItemRequest(item_id=item_id, lesson_id="lesson")
    assert await refused(call(library.stub.OpenItem, request, token=library.teacher)) == (Kind.INVALID, "LESSON_INVALID")
    assert (await refused(library.item("not-a-uuid")))[0] is Kind.INVALID


async def test_events_of_an_items_life(library: Any, make_item: Any) -> None:
    await library.published(make_item())
    kinds = [row["type"].rpartition(".")[2] for row in await library.harness.outbox()]
    assert kinds == ["ContentItemSubmitted", "ContentItemDecided"]


@pytest.mark.parametrize("statement", ["UPDATE verdict SET comment = ''", "DELETE FROM verdict", "DELETE FROM item_version"])
async def test_facts_cannot_be_rewritten(library: Any, make_item: Any, statement: str) -> None:
    await library.published(make_item())
    with pytest.raises(asyncpg.RaiseError):
        await library.harness.database.reads.execute(statement)
