"""The provider API with tokens of a local issuer."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

OTHER_KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})


def problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "instance", "code"} == set(body)
    assert (body["status"], body["code"]) == (status, f"library.{code}")
    assert any("а" <= sign <= "я" for sign in body["detail"])


async def count(library: Any) -> int:
    return await library.harness.database.reads.fetchval("SELECT count(*) FROM item_version")


async def test_one_invalid_item_does_not_stop_the_others(library: Any, make_item: Any) -> None:
    answer = await library.upload(make_item("1"), make_item("2", grades=[99]), make_item("3"))
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [(entry["external_id"], entry["status"]) for entry in results] == [("1", "SUBMITTED"), ("2", "INVALID"), ("3", "SUBMITTED")]
    assert results[1]["errors"] == [{"field": "grades.0", "code": "LESS_THAN_EQUAL", "message": "Не больше 11"}]
    assert await count(library) == 2


async def test_repeated_upload_changes_nothing(library: Any, make_item: Any) -> None:
    first = (await library.upload(make_item())).json()["results"][0]
    second = (await library.upload(make_item())).json()["results"][0]
    assert (second["status"], second["item_id"]) == ("UNCHANGED", first["item_id"])
    assert len(await library.harness.outbox()) == 1


async def test_upload_of_many_costs_few_statements(library: Any, make_item: Any) -> None:
    await library.upload(make_item("warm"))
    with library.harness.statements.counted() as statements:
        await library.upload(*[make_item(str(number)) for number in range(100)])
    assert len(statements) <= 6


async def test_same_external_id_of_two_providers_are_two_items(library: Any, make_item: Any) -> None:
    one = (await library.upload(make_item())).json()["results"][0]["item_id"]
    two = (await library.upload(make_item(), client="provider-two")).json()["results"][0]
    assert two["status"] == "SUBMITTED"
    assert two["item_id"] != one
    await library.upload(make_item("only-one"))
    problem(await library.get("/provider/v1/items/only-one", client="provider-two"), 404, "ITEM_NOT_FOUND")
    assert [item["external_id"] for item in (await library.get("/provider/v1/items", client="provider-two")).json()["items"]] == ["math-1"]


async def test_concurrent_uploads_of_one_id_make_one_item(library: Any, make_item: Any) -> None:
    uploads = [library.upload(make_item("a"), make_item("b"), make_item("c", title=f"Название {number % 2}")) for number in range(6)]
    uploads += [library.upload(make_item("b"), make_item("a")) for _ in range(6)]
    answers = await asyncio.gather(*uploads)
    assert {answer.status_code for answer in answers} == {200}
    assert await library.harness.database.reads.fetchval("SELECT count(*) FROM item") == 3
    statuses = [entry["status"] for answer in answers for entry in answer.json()["results"] if entry["external_id"] == "a"]
    assert sorted(statuses) == ["SUBMITTED"] + ["UNCHANGED"] * 11


async def test_list_is_paged_and_filtered(library: Any, make_item: Any) -> None:
    await library.upload(*[make_item(f"id-{number}") for number in range(7)])
    await library.approve((await library.get("/provider/v1/items/id-3")).json()["item_id"])
    seen: list[str] = []
    token = ""
    for _ in range(5):
        page = (await library.get(f"/provider/v1/items?page_size=3&page_token={token}")).json()
        seen += [item["external_id"] for item in page["items"]]
        token = page["next_page_token"]
        if not token:
            break
    assert seen == [f"id-{number}" for number in range(7)]
    approved = (await library.get("/provider/v1/items?status=APPROVED")).json()["items"]
    assert [(item["external_id"], item["published"]) for item in approved] == [("id-3", True)]
    problem(await library.get("/provider/v1/items?page_token=zzz"), 422, "PAGE_TOKEN_INVALID")
    problem(await library.get("/provider/v1/items?status=ANY"), 422, "INVALID")
    problem(await library.get("/provider/v1/items?page_size=1000000"), 422, "INVALID")
    problem(await library.get("/provider/v1/items/%00"), 404, "ITEM_NOT_FOUND")


async def test_external_id_with_slash_is_found(library: Any, make_item: Any) -> None:
    await library.upload(make_item("https://a.example/items/7"))
    found = await library.get("/provider/v1/items/https://a.example/items/7")
    assert found.json()["external_id"] == "https://a.example/items/7"


async def test_verdicts_are_told_to_their_provider_one_after_the_other(library: Any, make_item: Any) -> None:
    from myschool.library.v1 import library_pb2 as pb
    from myschool_kit.client import call

    item_id = (await library.upload(make_item())).json()["results"][0]["item_id"]
    refusal = pb.DecideItemRequest(item_id=item_id, verdict=pb.VERDICT_REJECT, expected_version=1, comment="Нет источника")
    await call(library.stub.DecideItem, refusal, token=library.expert)
    await library.upload(make_item(title="С источником"))
    await library.approve(item_id)
    verdicts = (await library.get("/provider/v1/items/math-1")).json()["verdicts"]
    assert [(verdict["content_number"], verdict["approved"], verdict["comment"]) for verdict in verdicts] == [
        (1, False, "Нет источника"),
        (2, True, ""),
    ]
    assert verdicts[0]["decided_at_ms"] <= verdicts[1]["decided_at_ms"]


async def test_document_names_the_token_and_every_refusal(library: Any) -> None:
    document = (await library.http.get("/provider/v1/openapi.json")).json()
    assert document["security"] == [{"machine_token": []}]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert {"200", "401", "403"} <= operation["responses"].keys(), path
            for status, response in operation["responses"].items():
                assert list(response["content"]) == ["application/json" if status == "200" else "application/problem+json"]


BODIES = [
    (b"", 400, "JSON_INVALID"),
    (b"{", 400, "JSON_INVALID"),
    (b"\xff\xfe", 400, "JSON_INVALID"),
    (b"[" * 100_000, 400, "JSON_INVALID"),
    (b"[]", 422, "ITEMS_MISSING"),
    (b"null", 422, "ITEMS_MISSING"),
    (b'{"items": []}', 422, "ITEMS_MISSING"),
    (b'{"items": {"0": 1}}', 422, "ITEMS_MISSING"),
    (b'{"items": [' + b"1," * 500 + b"1]}", 422, "TOO_MANY_ITEMS"),
    (b'{"items": ["' + b"a" * (10 * 1024 * 1024) + b'"]}', 413, "BODY_TOO_LARGE"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES)
async def test_bodies_of_wrong_shape_are_refused_whole(library: Any, body: bytes, status: int, code: str) -> None:
    headers = {"authorization": f"Bearer {library.issuer.token()}", "content-type": "application/json"}
    problem(await library.http.post("/provider/v1/items", content=body, headers=headers), status, code)
    assert await count(library) == 0


async def test_endless_body_without_length_is_cut(library: Any) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 100 * 1024 * 1024:
            sent += 65_536
            yield b" " * 65_536

    headers = {"authorization": f"Bearer {library.issuer.token()}", "content-type": "application/json"}
    problem(await library.http.post("/provider/v1/items", content=endless(), headers=headers), 413, "BODY_TOO_LARGE")


async def test_other_media_and_paths_are_problems(library: Any) -> None:
    headers = {"authorization": f"Bearer {library.issuer.token()}"}
    problem(
        await library.http.post("/provider/v1/items", content=b"{}", headers={**headers, "content-type": "text/plain"}), 415, "NOT_JSON"
    )
    zipped = {**headers, "content-type": "application/json", "content-encoding": "gzip"}
    problem(await library.http.post("/provider/v1/items", content=b"{}", headers=zipped), 415, "ENCODING_UNSUPPORTED")
    refused = await library.http.delete("/provider/v1/items", headers=headers)
    problem(refused, 405, "METHOD_NOT_ALLOWED")
    assert refused.headers["allow"] == "GET, POST"
    problem(await library.http.get("/nothing", headers=headers), 404, "NO_SUCH_PATH")


TOKENS: list[tuple[str, dict[str, Any], int, str]] = [
    ("expired", {"exp": 1}, 401, "UNAUTHENTICATED"),
    ("no expiry", {"exp": None}, 401, "UNAUTHENTICATED"),
    ("expiry as text", {"exp": "9999999999"}, 401, "UNAUTHENTICATED"),
    ("not yet", {"nbf": 9_999_999_999}, 401, "UNAUTHENTICATED"),
    ("other issuer", {"iss": "http://evil.example/realms/myschool"}, 401, "UNAUTHENTICATED"),
    ("other audience", {"aud": "account"}, 401, "UNAUTHENTICATED"),
    ("no audience", {"aud": None}, 401, "UNAUTHENTICATED"),
    ("ID token", {"typ": "ID"}, 401, "UNAUTHENTICATED"),
    ("refresh token", {"typ": "Refresh"}, 401, "UNAUTHENTICATED"),
    ("no client", {"azp": None}, 401, "UNAUTHENTICATED"),
    ("no scope", {"scope": "profile"}, 403, "SCOPE_MISSING"),
    ("like scope", {"scope": "library.provider xlibrary.provide"}, 403, "SCOPE_MISSING"),
]


@pytest.mark.parametrize(("case", "changes", "status", "code"), TOKENS, ids=[entry[0] for entry in TOKENS])
async def test_token_that_is_not_for_us_is_refused(
    library: Any, make_item: Any, case: str, changes: dict[str, Any], status: int, code: str
) -> None:
    problem(await library.upload(make_item(), token=library.issuer.token(**changes)), status, code)
    assert await count(library) == 0


@pytest.mark.parametrize("where", ["realm_access", "resource_access"])
async def test_right_may_come_as_a_role(library: Any, make_item: Any, where: str) -> None:
    roles = {"roles": ["library.provide"]}
    access = {where: roles if where == "realm_access" else {"library": roles}}
    assert (await library.upload(make_item(), token=library.issuer.token(scope="", **access))).status_code == 200


def hmac_token(header: dict[str, str], claims: dict[str, Any], secret: bytes) -> str:
    """The classic forgery: the public key taken as a shared secret."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signature = hmac.new(secret, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


async def test_forged_tokens_are_refused(library: Any, make_item: Any) -> None:
    issuer = library.issuer
    good = issuer.token()
    head, body, signature = good.split(".")
    claims = {
        "iss": issuer.url,
        "aud": "library",
        "azp": "provider-one",
        "typ": "Bearer",
        "exp": int(time.time()) + 60,
        "scope": "library.provide",
    }
    forged = [
        "x",
        "..",
        "а.б.в",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-6]}AAAAAA",
        "eyJhbGciOiJub25lIn0." + body + ".",
        issuer.token(key=OTHER_KEY),
        issuer.token(header={"kid": "unheard-of", "jku": "http://evil.example/keys"}),
        hmac_token({"alg": "HS256", "kid": "first", "typ": "JWT"}, claims, issuer.key.as_pem(private=False)),
        "x" * 20_000,
    ]
    for token in forged:
        headers = {"authorization": f"Bearer {token}".encode()}
        answer = await library.http.post("/provider/v1/items", json={"items": [make_item()]}, headers=headers)
        problem(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    problem(await library.http.get("/provider/v1/items"), 401, "UNAUTHENTICATED")
    problem(await library.http.get("/provider/v1/items", headers={"authorization": "Basic eDp5"}), 401, "UNAUTHENTICATED")
    assert await count(library) == 0


async def test_flood_of_unknown_keys_asks_the_issuer_once(library: Any) -> None:
    issuer = library.issuer
    await library.get("/provider/v1/items")
    before = issuer.asked
    for number in range(20):
        token = issuer.token(header={"kid": f"kid-{number}"})
        problem(await library.http.get("/provider/v1/items", headers={"authorization": f"Bearer {token}"}), 401, "UNAUTHENTICATED")
    assert issuer.asked - before <= 1


async def test_database_away_is_a_problem(library: Any) -> None:
    await library.get("/provider/v1/items")
    await library.harness.database.reads.close()
    problem(await library.get("/provider/v1/items"), 503, "DATABASE_AWAY")


async def test_html_is_stored_clean(library: Any, make_item: Any) -> None:
    (item_id,) = await library.published(make_item(body_html="<p onclick='x()'>Текст<script>alert(1)</script></p>"))
    assert (await library.item(item_id))["body_html"] == "<p>Текст</p>"


async def test_three_thousand_items_are_taken_in_and_decided_quickly(library: Any, make_item: Any) -> None:
    from myschool.library.v1 import library_pb2 as pb
    from myschool_kit.client import call

    text = " ".join(f"слово{number} задача решение пример" for number in range(12))
    items = [make_item(f"bulk-{n}", title=f"Задача номер {n} о дробях", summary=text, body_html=f"<p>{text}</p>" * 5) for n in range(3_000)]
    started = time.process_time()
    for start in range(0, 3_000, 500):
        results = (await library.upload(*items[start : start + 500])).json()["results"]
        decisions = [pb.DecideItemRequest(item_id=entry["item_id"], verdict=pb.VERDICT_APPROVE, expected_version=1) for entry in results]
        reply = await call(library.stub.DecideItems, pb.DecideItemsRequest(decisions=decisions), token=library.expert, timeout=30)
        assert {result.reason for result in reply.results} == {""}
    assert time.process_time() - started < 15
    assert (await library.search("дробями"))["total"] == 3_000


async def test_token_of_a_real_keycloak_service_account(
    keycloak_environment: Mapping[str, str], postgres_url: str, redis_url: str, make_item: Any
) -> None:
    from myschool_library.app import SERVICE, provider_api
    from myschool_testing import running

    secret = (Path(keycloak_environment["MYSCHOOL_KEYS_DIR"]) / "provider-prosveshchenie.secret").read_text().strip()
    realm = {name: keycloak_environment[f"MYSCHOOL_{name.upper()}"] for name in ("keycloak_url", "keycloak_realm")}
    async with running(SERVICE, postgres_url, redis_url, **realm) as harness, httpx.AsyncClient(trust_env=False) as web:
        form = {"grant_type": "client_credentials", "client_id": "provider-prosveshchenie", "client_secret": secret}
        granted = await web.post(f"{harness.settings.issuer}/protocol/openid-connect/token", data=form)
        assert granted.status_code == 200, granted.text
        token = granted.json()["access_token"]
        transport = httpx.ASGITransport(provider_api(harness.resources, harness.settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://library") as http:
            answer = await http.post("/provider/v1/items", json={"items": [make_item()]}, headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 200, answer.text
            assert answer.json()["results"][0]["status"] == "SUBMITTED"
        assert await harness.database.reads.fetchval("SELECT id FROM provider") == "provider-prosveshchenie"
