"""Routes of notices: what goes on to identity, and what is refused before it, without repeating an address."""

from typing import Any
from uuid import uuid4

import pytest

from myschool.identity.v1 import notice_pb2

from .conftest import Gateway
from .test_matrix import problem

ID = "44e7a3d2-5d3e-4eb8-ad6b-6420d898d55a"
ADDRESS = "anna.sokolova@example.ru"


async def ask(gateway: Gateway, method: str, path: str, body: Any = None) -> Any:
    _session, cookie = await gateway.sign_in(role_type="GUARDIAN")
    return await gateway.call(method, f"/api/v1/notices{path}", cookie, json=body, headers={"Idempotency-Key": str(uuid4())})


async def test_address_when_added_and_confirmed_then_handed_on_as_typed(gateway: Gateway) -> None:
    gateway.services.answers["AddAddress"] = lambda _: notice_pb2.AddAddressResponse(id=ID)
    gateway.services.answers["ConfirmAddress"] = lambda _: notice_pb2.ConfirmAddressResponse(confirmed=False, tries_left=4)
    added = await ask(gateway, "POST", "", {"address": ADDRESS})
    assert (added.status_code, added.json()) == (201, {"id": ID})
    answer = await ask(gateway, "POST", f"/{ID}/confirm", {"code": "000000"})
    assert (answer.status_code, answer.json()) == (200, {"confirmed": False, "tries_left": 4})
    assert [one.address for one in gateway.services.named("AddAddress")] == [ADDRESS]
    assert [(one.id, one.code) for one in gateway.services.named("ConfirmAddress")] == [(ID, "000000")]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {}),
        ("POST", "", {"address": "a@"}),
        ("POST", "", {"address": "a" * 243 + "@example.ru" + "u"}),
        ("POST", "", {"address": "anna\x00@example.ru"}),
        ("POST", "", {"address": ["anna@example.ru"]}),
        ("POST", "", {"address": ADDRESS, "person_id": ID}),
        ("POST", f"/{ID}/confirm", {"code": "12345"}),
        ("POST", f"/{ID}/confirm", {"code": "1234567"}),
        ("POST", f"/{ID}/confirm", {"code": "١٢٣٤٥٦"}),
        ("POST", f"/{ID}/confirm", {"code": 123456}),
        ("POST", "/1/confirm", {"code": "123456"}),
        ("POST", "/1/code", None),
        ("PUT", f"/{ID}", {"kinds": ["everything"], "expected_version": 1}),
        ("PUT", f"/{ID}", {"kinds": ["sign_in"] * 3, "expected_version": 1}),
        ("PUT", f"/{ID}", {"kinds": [], "expected_version": 0}),
        ("PUT", f"/{ID}", {"kinds": [], "expected_version": 2**31}),
        ("PUT", f"/{ID}", {"kinds": []}),
        ("DELETE", "/1", None),
    ],
    ids=str,
)
async def test_request_when_its_shape_is_wrong_then_422_before_anybody_is_asked(
    gateway: Gateway, method: str, path: str, body: Any
) -> None:
    refused = problem(await ask(gateway, method, path, body), 422)
    assert "example.ru" not in str(refused)
    for name in ("AddAddress", "SendCode", "ConfirmAddress", "ChangeKinds", "RemoveAddress"):
        assert gateway.services.named(name) == []
