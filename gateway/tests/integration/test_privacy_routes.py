"""«Журнал доступа», «Скачать мои данные», «Удалить профиль»: over all services, for the person alone, repeated, at once, huge and half away."""

import asyncio
import io
import zipfile
from typing import Any
from uuid import uuid4

import orjson
import pytest

from myschool.common.v1 import subject_pb2
from myschool_gateway.privacy import access, exports
from myschool_gateway.privacy.exports import KEPT_S
from myschool_kit.errors import DomainError, Kind, NotFound

from .conftest import Gateway


class Away(DomainError):
    kind = Kind.UNAVAILABLE
    reason = "DATABASE_AWAY"


def look(number: int) -> dict[str, Any]:
    return {
        "at_ms": number,
        "reader_name": "Соколова Анна Викторовна",
        "role_type": "TEACHER",
        "what": "diary.week",
        "permission": "diary.read",
        "together": False,
        "place": f"p{number}",
    }


class Record:
    """The looks of one service, paged as it pages them."""

    def __init__(self, *moments: int) -> None:
        self.moments = sorted(moments, reverse=True)

    def page(self, size: int, place: str) -> dict[str, Any]:
        left = [one for one in self.moments if not place or one < int(place[1:])]
        return {"looks": [look(one) for one in left[:size]], "next_page_token": f"p{left[size - 1]}" if len(left) > size else ""}


async def test_looks_when_spread_over_services_then_one_list_newest_first_without_a_gap_or_a_double() -> None:
    records = {"identity": Record(), "roles": Record(*range(0, 100, 7)), "journal": Record(*range(1, 300, 3)), "messaging": Record(5, 500)}
    size = 9

    async def ask(service: str, place: str) -> Any:
        body = records.get(service, Record()).page(size, place)
        return subject_pb2.GetSubjectDataResponse(), body

    class Reply:
        def __init__(self, body: dict[str, Any]) -> None:
            self.body = orjson.dumps(body)

    async def asked(service: str, place: str) -> Any:
        return Reply((await ask(service, place))[1])

    seen, token = [], ""
    while True:
        page = await access.gather(asked, size, token)
        seen += [(one["at_ms"], one["service"]) for one in page.looks]
        token = page.next_page_token
        assert len(token) <= 500
        if not token:
            break
    wanted = sorted(((moment, name) for name, record in records.items() for moment in record.moments), reverse=True)
    assert [one[0] for one in seen] == [one[0] for one in wanted]
    assert sorted(seen) == sorted(wanted)


async def test_access_when_asked_then_each_record_is_and_one_that_is_away_is_named(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    child = str(uuid4())
    gateway.services.answers["ListAccess"] = lambda request: orjson.dumps(Record(1, 2).page(request.page_size, request.page_token))
    answer = await gateway.call("GET", f"/api/v1/access?subject_id={child}&page_size=3", secret)
    assert answer.status_code == 200, answer.text
    assert {one["service"] for one in answer.json()["looks"]} <= set(access.RECORDS)
    assert (len(answer.json()["looks"]), answer.json()["missing"]) == (3, [])
    asked = gateway.services.named("ListAccess")
    assert [request.subject_id for request in asked] == [child] * len(access.RECORDS)
    gateway.services.answers["ListAccess"] = NotFound("no such person")
    assert (await gateway.call("GET", f"/api/v1/access?subject_id={child}", secret)).status_code == 404
    gateway.services.answers["ListAccess"] = Away("gone")
    answer = await gateway.call("GET", f"/api/v1/access?subject_id={child}", secret)
    assert (answer.status_code, answer.json()["missing"]) == (200, list(access.RECORDS))
    for token in ("x", "....", "a.b.c.d.e.f", "я.....", "." * 400):
        answer = await gateway.call("GET", f"/api/v1/access?subject_id={child}&page_token={token}", secret)
        assert answer.status_code == (200 if token == "...." else 422), token


def data(rows: int = 3, pages: int = 2) -> Any:
    """Two parts; the first has pages."""

    def answer(request: Any) -> subject_pb2.GetSubjectDataResponse:
        number = int(request.page_token or 0)
        name = "marks" if number < pages else "notes"
        body = orjson.dumps([{"day": "2026-11-24", "value": 5, "comment": f"<b>{number}-{row}</b>"} for row in range(rows)])
        following = str(number + 1) if number < pages else ""
        return subject_pb2.GetSubjectDataResponse(part=name, title="Отметки", rows=body, next_page_token=following)

    return answer


async def state(gateway: Gateway, secret: str, wanted: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = (await gateway.call("GET", "/api/v1/export", secret)).json()["export"]
            if found["state"] == wanted:
                return found
            assert found["state"] == "RUNNING", found
            await asyncio.sleep(0.05)


async def test_export_when_collected_then_a_zip_to_read_and_to_process_for_the_person_alone(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    assert (await gateway.call("GET", "/api/v1/export", secret)).json() == {"export": None}
    gateway.services.answers["GetSubjectData"] = data()
    started = await gateway.call("POST", "/api/v1/export", secret)
    assert (started.status_code, started.json()["export"]["state"]) == (202, "RUNNING")
    ready = await state(gateway, secret, "READY")
    assert (ready["id"], ready["done"], ready["total"], ready["rows"]) == (started.json()["export"]["id"], 6, 6, 6 * 9)
    answer = await gateway.call("GET", f"/api/v1/export/{ready['id']}/file", secret)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/zip", "private, no-store")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    names = archive.namelist()
    assert len(names) == len(set(names)) == 1 + 6 * 2
    assert len(orjson.loads(archive.read("json/journal/marks.json"))) == 6
    page = archive.read("мои данные.html").decode()
    assert "&lt;b&gt;0-0&lt;/b&gt;" in page and "<b>0-0" not in page
    assert "Журнал и дневник" in page and session.display_name in page
    asked = [principal.person_id for method, _request, principal, _metadata in gateway.services.seen if method == "GetSubjectData"]
    assert set(asked) == {session.person_id}

    # Nobody else gets it, whatever they try; and it does not stay.
    _other, stranger = await gateway.sign_in()
    for who, which in ((stranger, ready["id"]), (secret, str(uuid4()))):
        answer = await gateway.call("GET", f"/api/v1/export/{which}/file", who)
        assert (answer.status_code, answer.json()["code"]) == (404, "gateway.EXPORT_NOT_FOUND")
    keys = [key async for key in gateway.parts.redis.scan_iter(f"export:{session.person_id}*")]
    assert keys
    for key in keys:
        assert 0 < await gateway.parts.redis.ttl(key) <= KEPT_S
        content = await gateway.parts.redis.get(key)
        assert b"marks" not in content and b"PK\x03\x04" not in content


async def test_export_when_asked_for_many_times_at_once_then_one_job(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    go = asyncio.Event()

    async def slow(request: Any) -> Any:
        await go.wait()
        return data(1, 0)(request)

    gateway.services.answers["GetSubjectData"] = slow
    answers = await asyncio.gather(*[gateway.call("POST", "/api/v1/export", secret) for _ in range(8)])
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["export"]["id"] for answer in answers}) == 1
    running = (await gateway.call("GET", "/api/v1/export", secret)).json()["export"]
    assert (await gateway.call("GET", f"/api/v1/export/{running['id']}/file", secret)).status_code == 404
    go.set()
    await state(gateway, secret, "READY")
    again = (await gateway.call("POST", "/api/v1/export", secret)).json()["export"]
    assert again["id"] != running["id"]
    await state(gateway, secret, "READY")


async def test_export_when_a_service_is_away_then_asked_again_and_at_last_told(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    _session, secret = await gateway.sign_in()
    left = [2]

    def once(request: Any) -> Any:
        return data(1, 0)(request)

    async def shaky(request: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise RuntimeError
        return once(request)

    monkeypatch.setattr(exports.asyncio, "sleep", _soon)
    gateway.services.answers["GetSubjectData"] = Away("gone")
    await gateway.call("POST", "/api/v1/export", secret)
    await state(gateway, secret, "FAILED")
    gateway.services.answers["GetSubjectData"] = once
    await gateway.call("POST", "/api/v1/export", secret)
    await state(gateway, secret, "READY")


_SLEEP = asyncio.sleep


async def _soon(seconds: float) -> None:
    await _SLEEP(min(seconds, 0.05))


async def test_export_when_too_large_then_told_and_nothing_is_kept(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    session, secret = await gateway.sign_in()
    monkeypatch.setattr(exports, "_MOST_BYTES", 10_000)
    gateway.services.answers["GetSubjectData"] = data(100)
    await gateway.call("POST", "/api/v1/export", secret)
    export = await state(gateway, secret, "TOO_LARGE")
    assert [key async for key in gateway.parts.redis.scan_iter(f"export:{session.person_id}:{export['id']}*")] == []


async def test_export_when_its_process_is_gone_then_failed_and_can_be_started_again(gateway: Gateway) -> None:
    session, secret = await gateway.sign_in()
    gateway.services.answers["GetSubjectData"] = lambda _request: asyncio.sleep(30)
    await gateway.call("POST", "/api/v1/export", secret)
    assert (await gateway.call("GET", "/api/v1/export", secret)).json()["export"]["state"] == "RUNNING"
    await gateway.parts.redis.delete(f"export:{session.person_id}:lock")  # what its end of life does after half a minute
    assert (await gateway.call("GET", "/api/v1/export", secret)).json()["export"]["state"] == "FAILED"
    await gateway.parts.exports.finish()


async def test_erasure_when_planned_then_each_service_says_what_stays_and_empty_parts_are_left_out(gateway: Gateway) -> None:
    _session, secret = await gateway.sign_in()
    parts = [
        {"part": "marks", "title": "Отметки", "rows": 4, "kept_because": "Документ"},
        {"part": "x", "title": "Х", "rows": 0, "kept_because": ""},
    ]
    gateway.services.answers["GetErasurePlan"] = lambda _request: orjson.dumps({"parts": parts})
    answer = (await gateway.call("GET", "/api/v1/erasure/plan", secret)).json()
    assert [(part["service"], part["part"], part["kept_because"]) for part in answer["parts"]] == [
        (name, "marks", "Документ") for name in ("identity", "roles", "journal", "library", "messaging", "analytics")
    ]
