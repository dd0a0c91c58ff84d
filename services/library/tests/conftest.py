"""A running library with its provider API, an issuer of machine tokens, and builders of items."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from myschool.library.v1 import library_pb2 as pb
from myschool.library.v1.library_pb2_grpc import LibraryServiceStub
from myschool_kit.client import call
from myschool_library.app import SERVICE, provider_api
from myschool_testing import Harness, a_principal, running, token_of


class Issuer:
    """A realm with keys at a real HTTP address, and its tokens."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
        self.keys = [self.key]
        self.asked = 0
        self.failing = False
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                body = json.dumps(KeySet(issuer.keys).as_dict(private=False)).encode()
                self.send_response(500 if issuer.failing else 200)
                self.end_headers()
                self.wfile.write(b"oops" if issuer.failing else body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = f"{self.base}/realms/myschool"

    def token(
        self, client: str = "provider-one", *, key: RSAKey | None = None, header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": ["library", "account"],
            "azp": client,
            "typ": "Bearer",
            "iat": now,
            "exp": now + 300,
            "scope": "profile library.provide",
            "provider_name": f"Издательство {client}",
            **changes,
        }
        used = key or self.key
        return jwt.encode({"alg": "RS256", "kid": used.kid, **(header or {})}, {k: v for k, v in claims.items() if v is not None}, used)


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Library:
    """The service as its callers see it."""

    def __init__(self, harness: Harness, http: httpx.AsyncClient, issuer: Issuer) -> None:
        self.harness = harness
        self.http = http
        self.issuer = issuer
        self.stub = LibraryServiceStub(harness.channel)
        self.expert = token_of(a_principal("EXPERT"))
        self.teacher = token_of(a_principal("TEACHER", organisation_id="0198f3a0-0000-7000-8000-000000000001"))

    async def upload(self, *items: Any, client: str = "provider-one", token: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {token or self.issuer.token(client)}"}
        return await self.http.post("/provider/v1/items", json={"items": list(items)}, headers=headers)

    async def get(self, path: str, client: str = "provider-one") -> httpx.Response:
        return await self.http.get(path, headers={"authorization": f"Bearer {self.issuer.token(client)}"})

    async def published(self, *items: Any, client: str = "provider-one") -> list[str]:
        """Ids of the items, uploaded and approved."""
        results = (await self.upload(*items, client=client)).json()["results"]
        ids = [result["item_id"] for result in results]
        for item_id in ids:
            await self.approve(item_id)
        return ids

    async def approve(self, item_id: str) -> pb.DecideItemResponse:
        version = (await self.item(item_id, self.expert))["version"]
        request = pb.DecideItemRequest(item_id=item_id, verdict=pb.VERDICT_APPROVE, expected_version=version)
        return await call(self.stub.DecideItem, request, token=self.expert)

    async def item(self, item_id: str, token: str = "") -> dict[str, Any]:
        reply = await call(self.stub.GetItem, pb.GetItemRequest(item_id=item_id), token=token or self.teacher)
        return orjson.loads(reply.body)

    async def search(self, query: str = "", **filters: Any) -> dict[str, Any]:
        reply = await call(self.stub.SearchItems, pb.SearchItemsRequest(query=query, **filters), token=self.teacher)
        return orjson.loads(reply.body)

    async def titles(self, query: str = "", **filters: Any) -> list[str]:
        return [item["title"] for item in (await self.search(query, **filters))["items"]]


@pytest.fixture
async def library(postgres_url: str, redis_url: str, issuer: Issuer) -> AsyncIterator[Library]:
    async with running(SERVICE, postgres_url, redis_url, keycloak_url=issuer.base) as harness:
        api = provider_api(harness.resources, harness.settings)
        transport = httpx.ASGITransport(api, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://library") as http:
            yield Library(harness, http, issuer)
            await asyncio.sleep(0)


def an_item(external_id: str = "math-1", **changes: Any) -> dict[str, Any]:
    """An item as a provider sends it."""
    return {
        "external_id": external_id,
        "title": "Сложение дробей с разными знаменателями",
        "summary": "Урок о том, как приводить дроби к общему знаменателю.",
        "subject": "Математика",
        "grades": [5, 6],
        "kind": "LESSON",
        "body_html": "<p>Приведём <b>дроби</b> к общему знаменателю.</p>",
        "duration_minutes": 20,
        "keywords": ["знаменатель", "числитель"],
        **changes,
    }


@pytest.fixture
def make_item() -> Any:
    return an_item
