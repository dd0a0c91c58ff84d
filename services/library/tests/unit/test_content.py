"""What a provider may send, and what is left of its HTML."""

from typing import Any

import pytest

from myschool_library.item.rules import Submission
from myschool_library.provider.html import clean
from myschool_library.provider.service import check_all


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='http://plain.example'>x</a>",
        "<iframe src='https://evil.example'></iframe>",
        "<svg onload=alert(1)>",
        "<p style='position:fixed'>x</p>",
        "<form action='https://evil.example'><input></form>",
        "<p>x<!-- --><style>@import 'https://evil.example'</style>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    ],
)
def test_html_that_acts_is_taken_out(html: str) -> None:
    left = clean(html).lower()
    for bad in ("script", "onerror", "onload", "javascript", "http:", "iframe", "style", "form", "<svg", "evil"):
        assert bad not in left


def test_html_that_tells_stays() -> None:
    html = '<h2>Тема</h2><table><tbody><tr><td colspan="2">1/2</td></tr></tbody></table><img src="https://a.example/1.png" alt="рис">'
    assert clean(html) == html


def test_links_get_safe_rel() -> None:
    assert 'rel="noopener noreferrer nofollow"' in clean('<a href="https://a.example">x</a>')


def test_empty_html_is_nothing() -> None:
    assert clean("<p> </p><div></div>") == ""


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"title": None}, "title", "MISSING"),
    ({"title": "  а "}, "title", "STRING_TOO_SHORT"),
    ({"title": "а" * 301}, "title", "STRING_TOO_LONG"),
    ({"title": 5}, "title", "STRING_TYPE"),
    ({"title": "нуль\x00внутри"}, "title", "CONTROL_CHARACTERS"),
    ({"external_id": "с пробелом"}, "external_id", "STRING_PATTERN_MISMATCH"),
    ({"external_id": 7}, "external_id", "STRING_TYPE"),
    ({"grades": [0]}, "grades.0", "GREATER_THAN_EQUAL"),
    ({"grades": [12]}, "grades.0", "LESS_THAN_EQUAL"),
    ({"grades": ["5"]}, "grades.0", "INT_TYPE"),
    ({"grades": []}, "grades", "TOO_SHORT"),
    ({"grades": 5}, "grades", "LIST_TYPE"),
    ({"kind": "FILM"}, "kind", "KIND_UNKNOWN"),
    ({"content_url": "http://a.example"}, "content_url", "URL_NOT_HTTPS"),
    ({"content_url": "https://user:pw@a.example"}, "content_url", "URL_NOT_HTTPS"),
    ({"content_url": "https://[bad"}, "content_url", "URL_NOT_HTTPS"),
    ({"content_url": "javascript:alert(1)"}, "content_url", "URL_NOT_HTTPS"),
    ({"duration_minutes": -1}, "duration_minutes", "GREATER_THAN_EQUAL"),
    ({"duration_minutes": 10**18}, "duration_minutes", "LESS_THAN_EQUAL"),
    ({"duration_minutes": 1.5}, "duration_minutes", "INT_TYPE"),
    ({"duration_minutes": True}, "duration_minutes", "INT_TYPE"),
    ({"keywords": ["а"] * 31}, "keywords", "TOO_LONG"),
    ({"verified": True}, "verified", "EXTRA_FORBIDDEN"),
    ({"body_html": "<script>1</script>"}, "body_html", "CONTENT_MISSING"),
]


@pytest.mark.parametrize(("change", "field", "code"), BAD)
def test_bad_field_is_named_in_russian(make_item: Any, change: dict[str, Any], field: str, code: str) -> None:
    (result,) = check_all([make_item(**change)])
    assert not isinstance(result, Submission)
    assert (result.status, [(error.field, error.code) for error in result.errors]) == ("INVALID", [(field, code)])
    assert any("а" <= sign <= "я" for sign in result.errors[0].message)


@pytest.mark.parametrize("raw", [None, 1, "x", [], [[[]]], {}, {"external_id": {"a": 1}}, {"external_id": "x" * 10_000}])
def test_things_that_are_not_items_get_a_verdict(raw: Any) -> None:
    (result,) = check_all([raw])
    assert not isinstance(result, Submission)
    assert result.errors
    assert len(result.external_id) <= 200


def test_repeated_id_in_one_upload_is_refused(make_item: Any) -> None:
    first, second = check_all([make_item(), make_item(title="Другое название")])
    assert isinstance(first, Submission)
    assert not isinstance(second, Submission)
    assert second.errors[0].code == "REPEATED"


def test_digest_ignores_order_of_grades_and_blank_edges(make_item: Any) -> None:
    first, second = check_all([make_item("a", grades=[6, 5, 5]), make_item("b", grades=[5, 6], title=f" {make_item()['title']} ")])
    assert isinstance(first, Submission)
    assert isinstance(second, Submission)
    assert first.digest == second.digest
