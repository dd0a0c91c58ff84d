"""What HTTP itself allows and a page of ours never sends: other methods, other bodies, other lengths."""

import asyncio
import gzip
from uuid import uuid4

import pytest

from .conftest import Gateway, ready
from .test_matrix import problem

JSON = {"Content-Type": "application/json"}


async def raw(gateway: Gateway, request: bytes) -> bytes:
    """What a client that keeps to no rules is answered."""
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    async with asyncio.timeout(10):
        answer = await reader.read(65_536)
    writer.close()
    return answer


async def test_head_answers_as_get_without_the_body(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    gateway.services.answers["GetDay"] = ready({"lessons": ["x" * 3000]}, "v1")
    for path in ("/api/v1/day", "/journal", "/health/live"):
        asked, looked = await gateway.call("GET", path, secret), await gateway.call("HEAD", path, secret)
        assert (looked.status_code, looked.content) == (200, b"")
        assert looked.headers["content-length"] == asked.headers["content-length"]
        assert looked.headers.get("etag") == asked.headers.get("etag")
    problem_of_head = await gateway.call("HEAD", "/api/v1/nothing", secret)
    assert (problem_of_head.status_code, problem_of_head.content) == (404, b"")


async def test_options_lets_no_other_site_in(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    refused = await gateway.call("OPTIONS", "/api/v1/consents", secret, headers=asked)
    problem(refused, 403)
    own = await gateway.call("OPTIONS", "/api/v1/consents", secret)
    problem(own, 405)
    for response in (refused, own):
        assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_body_of_another_kind_is_415(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    path, body = f"/api/v1/chats/{uuid4()}/messages", b'{"client_message_id":"x","body":"y"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""):
        told = problem(await gateway.call("POST", path, secret, content=body, headers={"Content-Type": kind}), 415)
        assert (told["code"], told["params"]) == ("gateway.MEDIA_TYPE_UNSUPPORTED", {"media_type": "application/json"})
    problem(await gateway.call("POST", "/api/v1/imports", secret, content=b"{}", headers=JSON), 415)
    with_charset = {"Content-Type": "Application/JSON; charset=utf-8"}
    problem(await gateway.call("POST", path, secret, content=body, headers=with_charset), 422)
    assert gateway.services.seen == []


async def test_compressed_body_is_415_and_never_unpacked(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    bomb = gzip.compress(b'{"a":"' + b"0" * 100_000_000 + b'"}', 9)
    headers = JSON | {"Content-Encoding": "gzip"}
    problem(await gateway.call("POST", f"/api/v1/chats/{uuid4()}/messages", secret, content=bomb, headers=headers), 415)


BAD_JSON = [
    b'{"consents": [{"purpose": NaN, "version": "1"}]}',
    b'{"consents": Infinity}',
    b'{"consents": [], "consents": [],}',
    b"[" * 500_000,
    b'{"a":' * 100_000,
    b'{"consents": [{"purpose": "a\\u0000b", "version": "1"}]}',
    b'{"consents": [{"purpose": "a", "version": "1", "version": 2}]}',
    b"\xef\xbb\xbf{}",
    b"1e999",
]


@pytest.mark.parametrize("body", BAD_JSON, ids=range(len(BAD_JSON)))
async def test_json_that_is_no_good_is_422(gateway: Gateway, body: bytes) -> None:
    _session, secret = await gateway.sign_in()
    problem(await gateway.call("POST", "/api/v1/consents", secret, content=body, headers=JSON), 422)
    assert gateway.services.seen == []


async def test_name_given_twice_counts_once_and_the_last_one(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    body = b'{"consents": [{"purpose": "a", "version": "1", "version": "2"}]}'
    assert (await gateway.call("POST", "/api/v1/consents", secret, content=body, headers=JSON)).status_code == 200
    (request,) = gateway.services.named("AnswerConsents")
    assert [(item.purpose, item.version) for item in request.answers] == [("a", "2")]


async def test_long_address_and_long_headers_are_431(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    for path in ("/api/v1/library/items?q=" + "x" * 9_000, "/" + "x" * 60_000, "/auth/login?return_to=/" + "x" * 9_000):
        assert problem(await gateway.call("GET", path, secret), 431)["code"] == "gateway.HEAD_TOO_LARGE"
    problem(await gateway.call("GET", "/api/v1/day", secret, headers={"X-Long": "x" * 40_000}), 431)


async def test_null_bytes_and_broken_escapes_in_an_address_harm_nothing(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    signatures = f"/api/v1/groups/{uuid4()}/acknowledgements?date="
    paths = ("/api/v1/students/%00/diary", "/api/v1/students/%ff%fe/diary", "/api/v1/library/items?q=%00", "/api/v1/day?date=%ff")
    for path in (*paths, "/api/v1/groups/%00/acknowledgements", signatures + "%00", signatures + "26.11.2026"):
        problem(await gateway.call("GET", path, secret), 422)
    for path in ("/api/v1/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fetc%2fpasswd", "/api/v1//day", "/api/v1/day/"):
        problem(await gateway.call("GET", path, secret), 404)


BROKEN: list[tuple[str, bytes]] = [
    ("no http", b"hello\r\n\r\n"),
    ("two lengths", b"POST /api/v1/consents HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}"),
    ("length and chunks", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("negative length", b"POST /api/v1/consents HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
    ("bad method", b"G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("null in header", b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n"),
]


@pytest.mark.parametrize("request_", [entry[1] for entry in BROKEN], ids=[entry[0] for entry in BROKEN])
async def test_message_that_is_not_http_is_4xx(gateway: Gateway, request_: bytes) -> None:
    assert (await raw(gateway, request_)).startswith(b"HTTP/1.1 4")
    assert (await gateway.call("GET", "/health/live")).status_code == 200
