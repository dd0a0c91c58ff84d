"""Every route of the public API without a session, with wrong types, with a huge body, from another site."""

from typing import Any
from uuid import uuid4

import orjson
import pytest

from myschool_gateway.app import build
from myschool_gateway.settings import GatewaySettings

from .conftest import Gateway

SCHEMA = build(GatewaySettings()).openapi()
ROUTES = [
    (method.upper(), path)
    for path, methods in SCHEMA["paths"].items()
    for method in methods
    if path.startswith("/api/") and (method, path) != ("get", "/api/v1/session")
]
WRITES = [route for route in ROUTES if route[0] != "GET"]


def filled(path: str, value: str | None = None) -> str:
    while "{" in path:
        start, _, rest = path.partition("{")
        path = start + (value or str(uuid4())) + rest.partition("}")[2]
    return path


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body.keys() == {"type", "title", "status", "detail", "instance", "code", "params", "errors"}
    assert body["status"] == status
    assert body["instance"] == response.headers["x-request-id"]
    return body


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_route_without_session_is_401(gateway: Gateway, method: str, path: str) -> None:
    for secret in ("", "x" * 43, "nonsense", "я" * 3):
        response = await gateway.call(method, filled(path), headers={"Cookie": f"__Host-myschool={secret}".encode()})
        assert problem(response, 401)["code"] == "gateway.SESSION_REQUIRED"
    assert gateway.services.seen == []


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_route_with_wrong_types_is_422_and_calls_nothing(gateway: Gateway, method: str, path: str) -> None:
    _session, secret = await gateway.sign_in()
    if "{" in path:
        body = problem(await gateway.call(method, filled(path, "1%27--"), secret, json={}), 422)
        assert body["errors"]
    parameters = SCHEMA["paths"][path][method.lower()].get("parameters", [])
    for name in [item["name"] for item in parameters if item["in"] == "query"]:
        for bad in ("%00", "x" * 600):
            problem(await gateway.call(method, f"{filled(path)}?{name}={bad}", secret), 422)
    if "requestBody" in SCHEMA["paths"][path][method.lower()]:
        for content in (b"", b"{", b"[]", b'"text"', b"null", b'{"unknown": 1}', b"\xff\xfe", b'{"a": "\\ud800"}', b"1" * 5000):
            response = await gateway.call(method, filled(path), secret, content=content, headers={"Content-Type": "application/json"})
            problem(response, 415 if "imports" in path and content else 422)
    assert gateway.services.seen == []


def _bad_bodies(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The body with each field given a value of another type, one at a time."""
    name = schema["$ref"].rpartition("/")[2]
    fields = SCHEMA["components"]["schemas"][name]["properties"]
    wrong: list[Any] = [None, {"a": 1}, [[1]], 1.5, True, -1, 2**63, "\x00", "x" * 5000]
    return [{field: value} for field in fields for value in wrong]


@pytest.mark.parametrize(("method", "path"), [route for route in WRITES if "imports" not in route[1]])
async def test_body_field_of_wrong_type_is_422(gateway: Gateway, method: str, path: str) -> None:
    described = SCHEMA["paths"][path][method.lower()].get("requestBody")
    if described is None:
        return
    for body in _bad_bodies(described["content"]["application/json"]["schema"]):
        _session, secret = await gateway.sign_in()
        response = await gateway.call(
            method, filled(path), secret, content=orjson.dumps(body), headers={"Content-Type": "application/json"}
        )
        problem(response, 422)
    assert gateway.services.seen == []


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_ten_megabytes_are_413(gateway: Gateway, method: str, path: str) -> None:
    _session, secret = await gateway.sign_in()
    huge = b'{"a":"' + b"x" * 10_000_000 + b'"}'

    async def chunks() -> Any:
        for start in range(0, len(huge), 65_536):
            yield huge[start : start + 65_536]

    headers = {"Content-Type": "application/json"}
    assert problem(await gateway.call(method, filled(path), secret, content=huge, headers=headers), 413)["params"]["limit_bytes"]
    if "requestBody" in SCHEMA["paths"][path][method.lower()] and "imports" not in path:
        problem(await gateway.call(method, filled(path), secret, content=chunks(), headers=headers), 413)
    assert gateway.services.seen == []


@pytest.mark.parametrize(("method", "path"), [*WRITES, ("POST", "/auth/logout")])
async def test_write_from_elsewhere_is_403(gateway: Gateway, method: str, path: str) -> None:
    _session, secret = await gateway.sign_in()
    origin = gateway.parts.settings.origin
    for headers in (
        {"X-MySchool-CSRF": ""},
        {"X-MySchool-CSRF": "0"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": origin, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ):
        body = problem(await gateway.call(method, filled(path), secret, headers=headers), 403)
        assert body["code"] == "gateway.CSRF_REFUSED"
    assert gateway.services.seen == []
    assert await gateway.parts.sessions.look(secret) is not None


async def test_read_from_elsewhere_is_403(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    for headers in ({"Origin": "http://localhost:1"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"}):
        problem(await gateway.call("GET", "/api/v1/day", secret, headers=headers), 403)
    response = await gateway.call(
        "GET", "/api/v1/day", secret, headers={"Sec-Fetch-Site": "same-origin", "Origin": gateway.parts.settings.origin}
    )
    assert response.status_code == 200


async def test_unknown_route_and_method_are_problems(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    assert problem(await gateway.call("GET", "/api/v1/nothing", secret), 404)["code"] == "gateway.ROUTE_NOT_FOUND"
    assert problem(await gateway.call("GET", "/auth/nothing", secret), 404)["code"] == "gateway.ROUTE_NOT_FOUND"
    assert problem(await gateway.call("GET", "/assets/nothing.js"), 404)["code"] == "gateway.ROUTE_NOT_FOUND"
    refused = await gateway.call("DELETE", "/api/v1/day", secret)
    assert problem(refused, 405)["code"] == "gateway.METHOD_NOT_ALLOWED"
    assert refused.headers["allow"] == "GET"
    problem(await gateway.call("POST", "/journal", secret), 405)


async def test_missing_consent_is_403_everywhere_but_on_its_own_pages(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in(missing_consents=("personal_data",))
    for method, path in ROUTES:
        if path.removeprefix("/api/v1/").startswith(("session", "consents", "profile", "export", "erasure", "access")):
            continue
        assert problem(await gateway.call(method, filled(path), secret), 403)["code"] == "gateway.CONSENT_REQUIRED"
    assert gateway.services.seen == []
    for own in ("profile", "export", "erasure"):
        assert (await gateway.call("GET", f"/api/v1/{own}", secret)).status_code != 403
