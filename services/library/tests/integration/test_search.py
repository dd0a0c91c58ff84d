"""Search as a teacher meets it."""

from typing import Any

import pytest

from myschool.library.v1 import library_pb2 as pb
from myschool_kit.client import call
from myschool_kit.errors import Kind, RemoteError


async def fill(library: Any, make_item: Any) -> None:
    await library.published(
        make_item("1", title="Дробь и её числитель", summary="", keywords=[]),
        make_item("2", title="Углы треугольника", summary="Сумма углов", subject="Геометрия", grades=[7], keywords=["угол"]),
        make_item("3", title="Повторение", summary="Здесь вспоминают дроби", keywords=[], kind="TEST"),
        make_item("4", title="Сказки Пушкина", summary="", subject="Литература", grades=[5], kind="VIDEO", keywords=[]),
    )


@pytest.mark.parametrize("query", ["дробями", "дроби", "дробь", "ДРОБЬЮ", "дробей числителя"])
async def test_any_form_of_a_word_is_found(library: Any, make_item: Any, query: str) -> None:
    await fill(library, make_item)
    found = await library.titles(query)
    assert found[0] == "Дробь и её числитель"
    assert "Сказки Пушкина" not in found


async def test_title_outranks_summary(library: Any, make_item: Any) -> None:
    await fill(library, make_item)
    assert await library.titles("дробями") == ["Дробь и её числитель", "Повторение"]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("дробимя", "Дробь и её числитель"),
        ("триугольник", "Углы треугольника"),
        ("crfprf", "Сказки Пушкина"),
        ("треуг", "Углы треугольника"),
    ],
)
async def test_near_misses_are_found_in_two_statements(library: Any, make_item: Any, query: str, title: str) -> None:
    await fill(library, make_item)
    with library.harness.statements.counted() as statements:
        found = await library.titles(query)
    assert title in found
    assert len(statements) == 2


async def test_filters_and_facets(library: Any, make_item: Any) -> None:
    await fill(library, make_item)
    found = await library.search(subject="Математика")
    assert found["total"] == 2
    assert {"value": "Геометрия", "count": 1} in found["facets"]["subjects"]
    assert {entry["value"]: entry["count"] for entry in found["facets"]["kinds"]} == {"LESSON": 1, "TEST": 1}
    assert await library.titles(grade=7) == ["Углы треугольника"]
    assert await library.titles("дроби", kind="TEST") == ["Повторение"]
    assert (await library.search("дроби", kind="VIDEO"))["total"] == 0
    assert await library.titles("тест 5 класс") == ["Повторение"]


async def test_a_first_page_is_one_statement(library: Any, make_item: Any) -> None:
    await fill(library, make_item)
    with library.harness.statements.counted() as statements:
        await library.search("дроби", page_size=1)
    assert len(statements) == 1
    with library.harness.statements.counted() as statements:
        await library.item((await library.search("дроби"))["items"][0]["id"])
    assert len(statements) == 2


@pytest.mark.parametrize("query", ["", "урок", "урко"])
async def test_pages_have_no_gap_and_no_repeat(library: Any, make_item: Any, query: str) -> None:
    await library.published(*[make_item(str(number), title=f"Урок номер {number}") for number in range(25)])
    seen: list[str] = []
    token = ""
    for _ in range(10):
        page = await library.search(query, page_size=4, page_token=token)
        assert page["total"] == 25
        seen += [item["id"] for item in page["items"]]
        token = page["next_page_token"]
        if not token:
            break
    assert len(seen) == len(set(seen)) == 25


async def test_body_of_a_hit(library: Any, make_item: Any) -> None:
    await fill(library, make_item)
    (item,) = (await library.search("сказок"))["items"]
    assert set(item) == {"id", "title", "summary", "subject", "grades", "kind", "provider_name", "duration_minutes", "published_at_ms"}
    assert (item["grades"], item["provider_name"]) == ([5], "Издательство provider-one")
    assert item["published_at_ms"] > 1_700_000_000_000


HOSTILE = ["'", "' & y:*", "\\", "!!!", "и", "a'b\"c", "(((", "%_%", "🙂", "а" * 300, "слово " * 50, "<->", ":* | :*"]


@pytest.mark.parametrize("query", HOSTILE)
async def test_hostile_words_find_nothing_and_break_nothing(library: Any, make_item: Any, query: str) -> None:
    assert (await library.search(query))["total"] == 0


@pytest.mark.parametrize("token", ["x", "W10", "WyJhIiwgWzFdXQ", "🙂"])
async def test_bad_page_token_is_refused(library: Any, token: str) -> None:
    with pytest.raises(RemoteError) as caught:
        await library.search(page_token=token)
    assert (caught.value.remote_kind, caught.value.reason) == (Kind.INVALID, "PAGE_TOKEN_INVALID")


async def test_page_token_of_another_search_is_refused(library: Any, make_item: Any) -> None:
    await fill(library, make_item)
    token = (await library.search(page_size=1))["next_page_token"]
    with pytest.raises(RemoteError) as caught:
        await library.search("дроби", page_token=token)
    assert caught.value.reason == "PAGE_TOKEN_INVALID"


async def test_nobody_searches_without_a_principal(library: Any) -> None:
    with pytest.raises(RemoteError) as caught:
        await call(library.stub.SearchItems, pb.SearchItemsRequest(), token="")
    assert caught.value.remote_kind is Kind.UNAUTHENTICATED
