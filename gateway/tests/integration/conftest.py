"""A real gateway process on a free port with real Valkey; the six services stand in as one programmable server."""

import asyncio
import base64
import inspect
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import httpx
import orjson
import pytest
import pytest_asyncio
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.protobuf.descriptor_pool import Default as default_pool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from myschool.common.v1 import json_pb2
from myschool.identity.v1 import identity_pb2
from myschool_gateway.app import build
from myschool_gateway.parts import Parts
from myschool_gateway.session.endings import WAITING
from myschool_gateway.session.model import Session, Tokens
from myschool_gateway.settings import GatewaySettings
from myschool_kit import clock, status
from myschool_kit.errors import DomainError
from myschool_kit.principal import Principal, PrincipalVerifier

from .keycloak_stand_in import Realm

Answer = Callable[[Any], Message | bytes | Awaitable[Message | bytes]]


class Services(grpc.GenericRpcHandler):
    """Answers every method: as programmed, else with an empty message or `{}`. Remembers requests and callers."""

    def __init__(self, verifier: PrincipalVerifier) -> None:
        self._verifier = verifier
        self.answers: dict[str, Answer | DomainError] = {}
        self.seen: list[tuple[str, Any, Principal, dict[str, str]]] = []

    def named(self, name: str) -> list[Any]:
        return [request for method, request, _principal, _metadata in self.seen if method == name]

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        package, name = details.method.strip("/").split("/")
        method = default_pool().FindServiceByName(package).FindMethodByName(name)
        request_class, reply_class = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

        async def serve(request: Message, context: grpc.aio.ServicerContext) -> Message:
            metadata = dict(context.invocation_metadata())
            self.seen.append((name, request, self._verifier.verify(metadata["x-principal"]), metadata))
            answer = self.answers.get(name)
            if isinstance(answer, DomainError):
                await context.abort_with_status(status.of(answer, f"{package.split('.')[1]}.myschool"))
            if answer is None:
                return json_pb2.JsonReply(body=b"{}") if reply_class is json_pb2.JsonReply else reply_class()
            reply = answer(request)
            if inspect.isawaitable(reply):
                reply = await reply
            return json_pb2.JsonReply(body=reply) if isinstance(reply, bytes) else reply

        return grpc.unary_unary_rpc_method_handler(serve, request_class.FromString, reply_class.SerializeToString)


class Gateway:
    """The gateway under test and what a test needs to look behind it."""

    def __init__(self, url: str, parts: Parts, services: Services) -> None:
        self.url = url
        self.parts = parts
        self.services = services
        self.http = httpx.AsyncClient(base_url=url, timeout=10)

    async def sign_in(self, **values: Any) -> tuple[Session, str]:
        """A session opened as the end of a sign-in does it; answers its cookie's secret too."""
        fields = {
            "person_id": str(uuid4()),
            "role_type": "TEACHER",
            "role_id": str(uuid4()),
            "organisation_id": str(uuid4()),
            "organisation_name": "Школа № 12",
        }
        session = Session(
            session_id=str(uuid4()),
            display_name="Проверкина Анна Ивановна",
            keycloak_sid=f"kc-{uuid4()}",
            opened_at_ms=clock.epoch_ms(clock.now()),
            **(fields | values),
        )
        far = clock.epoch_ms(clock.now()) + 3_600_000
        return session, await self.parts.sessions.open(session, Tokens("refresh-token", far))

    async def call(self, method: str, path: str, secret: str = "", **options: Any) -> httpx.Response:
        """One call as the page makes it."""
        headers = {"X-MySchool-CSRF": "1", **options.pop("headers", {})}
        if secret:
            headers["Cookie"] = f"__Host-myschool={secret}"
        self.http.cookies.clear()
        return await self.http.request(method, path, headers=headers, **options)

    def stream_url(self) -> str:
        return f"{self.url.replace('http', 'ws')}/api/v1/stream"


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("principal", "gateway-client"):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        (folder / f"{name}.key").write_bytes(_pem(key))
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pub").write_bytes(public)
    (folder / "cookie.key").write_bytes(base64.b64encode(os.urandom(32)))
    return folder


@pytest.fixture(scope="session")
def web_dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html><script>1</script><div id=root></div>" + " " * 2000)
    (folder / "assets" / "main-abc123.js").write_text("let a = 1;\n" * 500)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest_asyncio.fixture(scope="session")
async def stand_in(keys_dir: Path) -> AsyncIterator[tuple[Services, str]]:
    """The six services as one, and its address."""
    services = Services(PrincipalVerifier((keys_dir / "principal.pub").read_bytes()))
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((services,))
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    yield services, address
    await server.stop(None)


@pytest_asyncio.fixture(scope="session")
async def started(keys_dir: Path, web_dist: Path, redis_url: str, stand_in: tuple[Services, str]) -> AsyncIterator[Gateway]:
    services, address = stand_in
    port = free_port()
    named = {f"{name}_address": address for name in ("identity", "roles", "journal", "library", "messaging", "analytics")}
    settings = GatewaySettings(
        redis_url=redis_url,
        keys_dir=keys_dir,
        gateway_url=f"http://localhost:{port}",
        keycloak_url="http://127.0.0.1:9",
        MYSCHOOL_WEB_DIST=web_dist,
        rate_per_second=50,
        rate_burst=100,
        auth_burst=100_000,
        stream_check_seconds=0.5,
        **named,
    )
    app = build(settings)
    config = uvicorn.Config(app, port=port, ws="websockets-sansio", log_config=None, ws_per_message_deflate=False)
    runner = uvicorn.Server(config)
    task = asyncio.create_task(runner.serve())
    while not runner.started:
        await asyncio.sleep(0.01)
    gateway = Gateway(f"http://127.0.0.1:{port}", app.state.parts, services)
    yield gateway
    await gateway.http.aclose()
    runner.should_exit = True
    await task


@pytest_asyncio.fixture
async def gateway(started: Gateway) -> Gateway:
    started.services.answers.clear()
    started.services.seen.clear()
    # Keycloak is away in most tests here: sign-outs of an earlier one would be told to the Keycloak of a later one.
    await started.parts.redis.delete(WAITING)
    return started


def ready(body: Any, etag: str = "") -> Answer:
    """A programmed JsonReply."""
    return lambda _request: json_pb2.JsonReply(body=orjson.dumps(body), etag=etag)


@pytest.fixture
def realm(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Realm:
    """A stand-in for Keycloak behind the gateway, and a person who comes from it."""
    made = Realm(gateway.parts)
    monkeypatch.setattr(gateway.parts.keycloak, "_http", httpx.AsyncClient(transport=httpx.MockTransport(made.answer)))
    monkeypatch.setattr(gateway.parts.keycloak, "_keys", None)
    gateway.services.answers["SignIn"] = lambda request: identity_pb2.SignInResponse(
        person_id=str(uuid4()), display_name="Соколова Анна Викторовна"
    )
    gateway.services.answers["WhoAmI"] = ready({"roles": []})
    return made
