"""Every list is paged with a bounded size (DESIGN §4), at the services and over HTTP; what is not says why."""

import json
from pathlib import Path

import contracts
import pytest

from buf.validate import validate_pb2

ROOT = Path(__file__).parents[2]
MOST = 500
# Lists without pages: each is bounded by something else.
BOUNDED = {
    "ListPeriods": "a year has at most 12 periods (SetUpYearRequest)",
    "ListMemberships": "at most 500 ids and numbers; a live page needs them whole",
    "ListSessions": "at most the 100 latest open sessions of one person",
    "SearchPeople": "at most ten",
    "SearchSchools": "at most ten",
    "ListMessages": "by sequence: limit with after_seq or before_seq",
}
# HTTP reads with an array that is part of one object, not a list to walk.
OBJECTS = {
    "/api/v1/gradebooks/{gradebook_id}": "a class in one period",
    "/api/v1/lessons/{lesson_id}": "one lesson",
    "/api/v1/lessons/{lesson_id}/marks/{student_id}/history": "one cell",
    "/api/v1/day": "one teacher's day",
    "/api/v1/periods": BOUNDED["ListPeriods"],
    "/api/v1/students/{student_id}/diary": "one week",
    "/api/v1/groups/{group_id}/acknowledgements": "one class in one week",
    "/api/v1/students/{student_id}/marks": "one pupil in one period",
    "/api/v1/groups/{group_id}": "one class",
    "/api/v1/organisations/{organisation_id}": "one school's classes and staff",
    "/api/v1/notices": "at most three addresses of the caller",
    "/api/v1/people": BOUNDED["SearchPeople"],
    "/api/v1/family": "at most fifty children of one guardian with their guardians",
    "/api/v1/students/{student_id}/guardians": "one student's guardians and the latest fifty steps",
    "/api/v1/children/{child_id}/pairings": "at most five open codes and five devices of one child",
    "/api/v1/family/start": "one person: at most fifty requests, the places of ten records, own children, twenty claims",
    "/api/v1/family/schools": "at most ten",
    "/api/v1/statistics/teacher": "at most 53 weeks and one teacher's journals",
    "/api/v1/statistics/school": "at most 53 weeks and one school's teachers",
    "/api/v1/federation": "the register of cells, one a region, with ten measures each",
    "/api/v1/accounts/{person_id}/history": "the latest hundred changes of one account",
    "/api/v1/erasure/plan": "one line for each kind of data that a service holds",
    "/api/v1/sessions": BOUNDED["ListSessions"],
    "/api/v1/session": "one person's menu",
    "/api/v1/profile": "one person",
    "/api/v1/consents": "the purposes there are, for one person and the children in their care",
    "/api/v1/consents/book": "the same",
    "/api/v1/tokens": "at most ten that live, and those of the last month",
    "/api/v1/library/items/{item_id}": "one item",
    "/status.json": "the parts of one cell",
}
LISTS = [method for method in contracts.methods() if method.name.startswith(("List", "Search"))]


def size_field(message):
    return next((field for field in message.fields if field.name in {"page_size", "limit"}), None)


@pytest.mark.parametrize("method", LISTS, ids=contracts.full_name)
def test_list_when_declared_then_paged_with_a_bounded_size(method) -> None:
    size = size_field(method.input_type)
    if method.name in BOUNDED and (size is None or size.name == "limit"):
        return
    assert size is not None, "page_size is missing"
    rules = size.GetOptions().Extensions[validate_pb2.field].int32
    assert (rules.gte, 0 < rules.lte <= MOST) == (0, True)
    token = method.input_type.fields_by_name["page_token"]
    assert 0 < token.GetOptions().Extensions[validate_pb2.field].string.max_len <= 1000


def test_exceptions_when_their_lists_are_gone_or_paged_then_taken_off() -> None:
    unpaged = {method.name for method in LISTS if size_field(method.input_type) is None or size_field(method.input_type).name == "limit"}
    assert unpaged == set(BOUNDED)


def _schema(document: dict, node: dict) -> dict:
    while "$ref" in node:
        node = document["components"]["schemas"][node["$ref"].rsplit("/", 1)[1]]
    return node


def test_http_lists_when_declared_then_paged_with_a_bounded_size() -> None:
    document = json.loads((ROOT / "gateway/openapi.json").read_text("utf-8"))
    unpaged = set()
    for path, operations in document["paths"].items():
        answer = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).get("application/json")
        body = _schema(document, answer["schema"]) if answer else {}
        if body.get("type") != "array" and not any(one.get("type") == "array" for one in body.get("properties", {}).values()):
            continue
        parameters = {one["name"]: one["schema"] for one in operations["get"].get("parameters", [])}
        size = parameters.get("page_size") or parameters.get("limit")
        if size is None:
            unpaged.add(path)
        else:
            assert 1 <= size["minimum"] <= size["default"] <= size["maximum"] <= MOST, path
    assert unpaged - set(OBJECTS) == set(), "page it, or say in OBJECTS what bounds it"
