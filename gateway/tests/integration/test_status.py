"""The board of the gateway over real health servers: what is away, since when, and how often it is asked."""

from collections.abc import AsyncIterator

import grpc
import jsonschema_rs
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health

from myschool_gateway import status
from myschool_gateway.clients import NAMES
from myschool_gateway.status import Board

from .conftest import Gateway, free_port
from .test_matrix import SCHEMA

STATES = health_pb2.HealthCheckResponse


class Server:
    """A service that says how it feels, and how often it was asked."""

    def __init__(self) -> None:
        self.health = health.HealthServicer()
        self.port = free_port()
        self.server = grpc.aio.server()
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self.server)
        self.server.add_insecure_port(f"127.0.0.1:{self.port}")


@pytest.fixture
async def service() -> AsyncIterator[Server]:
    running = Server()
    await running.server.start()
    await running.health.set("ready", STATES.SERVING)
    yield running
    await running.server.stop(None)


async def test_board_when_a_service_is_not_ready_or_gone_then_it_says_so_and_since_when(
    service: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "KEPT_S", 0.0)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{service.port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)

        async def well() -> None:
            """Valkey and Keycloak answer."""

        async def ready() -> None:
            await status._ready(stub)

        board = Board({"journal": ready, "sessions": well})
        first = await board.document()
        assert (first["state"], [part["works"] for part in first["parts"]]) == ("ok", [True, True])
        await service.health.set("ready", STATES.NOT_SERVING)
        second = await board.document()
        journal = next(part for part in second["parts"] if part["name"] == "journal")
        assert second["state"] == "partly" and not journal["works"]
        assert journal["words"].startswith("Журнал и дневник сейчас не открываются")
        await service.server.stop(None)
        third = await board.document()
        assert next(part for part in third["parts"] if part["name"] == "journal") == journal, "the moment of the first sight is kept"


async def test_board_when_many_ask_at_once_then_the_parts_are_asked_once() -> None:
    asked = 0

    async def check() -> None:
        nonlocal asked
        asked += 1

    board = Board({"sessions": check})
    for _ in range(5):
        await board.document()
    assert asked == 1


async def test_status_when_asked_without_a_session_then_it_names_all_parts_and_no_address(gateway: Gateway) -> None:
    answer = await gateway.call("GET", "/status.json")
    assert answer.status_code == 200
    body = answer.json()
    # Of what this gateway needs only Valkey runs here: the stand-in of the services tells nothing of its health.
    assert {part["name"]: part["works"] for part in body["parts"]} == {**dict.fromkeys(NAMES, False), "sessions": True, "sign-in": False}
    assert body["state"] == "partly" and "127.0.0.1" not in answer.text
    assert answer.headers["cache-control"] == "public, max-age=10"
    described = SCHEMA["paths"]["/status.json"]["get"]
    shape = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert described["security"] == []
    assert jsonschema_rs.is_valid({**shape, "components": SCHEMA["components"]}, body)
