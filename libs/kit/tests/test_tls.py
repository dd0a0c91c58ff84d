"""Mutual TLS between processes: who may call what, what is refused, and new certificates without a restart."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio
from sample_service import SERVICE

from myschool.messaging.v1 import messaging_pb2 as pb
from myschool.messaging.v1 import messaging_pb2_grpc
from myschool_cluster import health, tls
from myschool_cluster.tls import Certificates
from myschool_kit.client import call, open_channel
from myschool_kit.errors import Kind, RemoteError
from myschool_kit.interceptors import Edge
from myschool_kit.principal import PrincipalVerifier
from myschool_kit.service import start_server
from myschool_testing import Harness, a_principal, key_pair, token_of
from myschool_testing.authority import Authority

NAME = SERVICE.name
LIST = pb.ListMessagesRequest(chat_id="0192d3b2-8a64-7000-8000-00000000c4a7")


@pytest.fixture
def authority() -> Authority:
    return Authority()


@asynccontextmanager
async def served(sample: Harness, folder: Path) -> AsyncIterator[str]:
    """The sample service once more, over TLS; its address."""
    app = await SERVICE.build(sample.resources)
    edge = Edge(NAME, PrincipalVerifier(key_pair()[1]), sample.database, knows_callers=True)
    server, port = await start_server(app, edge, "127.0.0.1:0", aio.HealthServicer(), Certificates(folder))
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(0)


async def ask(address: str, folder: Path | None, name: str = NAME) -> Kind | str:
    """«OK», or what the call came to."""
    async with open_channel(address, name, None if folder is None else Certificates(folder)) as channel:
        return await outcome(channel)


async def outcome(channel: object) -> Kind | str:
    try:
        await call(messaging_pb2_grpc.ChatServiceStub(channel).ListMessages, LIST, token=token_of(a_principal("TEACHER")), timeout=5)
    except RemoteError as error:
        return error.reason or error.kind
    return "OK"


async def test_caller_when_named_for_the_method_then_served_and_any_other_is_refused(
    sample: Harness, authority: Authority, tmp_path: Path
) -> None:
    async with served(sample, authority.issue(tmp_path / "server", NAME)) as address:
        assert await ask(address, authority.issue(tmp_path / "gateway", "gateway")) == "OK"
        assert await ask(address, authority.issue(tmp_path / "library", "library")) == "CALLER_UNKNOWN"


@pytest.mark.parametrize("fault", ["none", "stranger", "expired", "impostor"])
async def test_connection_when_a_certificate_is_not_good_then_none_comes_about(
    sample: Harness, authority: Authority, tmp_path: Path, fault: str
) -> None:
    server_name = "library" if fault == "impostor" else NAME
    callers = {
        "none": None,
        "stranger": Authority("elsewhere").issue(tmp_path / "caller", "gateway"),
        "expired": authority.issue(tmp_path / "late", "gateway", lives=dt.timedelta(minutes=-1)),
        "impostor": authority.issue(tmp_path / "good", "gateway"),
    }
    async with served(sample, authority.issue(tmp_path / "server", server_name)) as address:
        assert await ask(address, callers[fault]) not in {"OK", "CALLER_UNKNOWN"}
        # The server itself is well: the same call with the right certificate and name succeeds.
        assert await ask(address, authority.issue(tmp_path / "right", "gateway"), server_name) == "OK"


async def test_certificates_when_replaced_then_both_sides_use_the_new_ones_without_a_restart(
    sample: Harness, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "_LOOK_S", 0.1)
    server, caller = authority.issue(tmp_path / "server", NAME), authority.issue(tmp_path / "caller", "gateway")
    async with served(sample, server) as address, open_channel(address, NAME, Certificates(caller)) as channel:
        assert await outcome(channel) == "OK"
        other = Authority("next")
        other.issue(server, NAME)
        # Who still has the old authority cannot come in any more; the open connection lives on until it is dialled anew.
        assert await ask(address, authority.issue(tmp_path / "old", "gateway")) not in {"OK", "CALLER_UNKNOWN"}
        other.issue(caller, "gateway")
        await asyncio.sleep(0.2)
        assert await outcome(channel) == "OK"
        assert await ask(address, other.issue(tmp_path / "new", "gateway")) == "OK"


async def test_certificates_when_half_replaced_or_gone_then_the_old_ones_go_on(authority: Authority, tmp_path: Path) -> None:
    found = Certificates(authority.issue(tmp_path, "gateway"))
    assert found.renew() is False
    (tmp_path / "tls.key").unlink()
    assert found.renew() is False
    authority.issue(tmp_path, "gateway")
    assert found.renew() is True
    (tmp_path / "ca.crt").unlink()
    with pytest.raises(SystemExit, match=r"certificate file ca\.crt is not readable in MYSCHOOL_TLS_DIR"):
        Certificates(tmp_path)


async def test_probe_when_the_check_fails_then_not_ready_but_alive(unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_EVERY_S", 0.05)
    monkeypatch.setattr(health, "_WITHIN_S", 0.1)
    behaviour = "well"

    async def check() -> None:
        if behaviour == "slow":
            await asyncio.sleep(5)
        if behaviour == "broken":
            raise OSError

    address = f"127.0.0.1:{unused_tcp_port}"
    async with health.probed(aio.HealthServicer(), address, check), grpc.aio.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)

        async def state(name: str) -> bool:
            reply = await stub.Check(health_pb2.HealthCheckRequest(service=name), wait_for_ready=True, timeout=5)
            return reply.status == health_pb2.HealthCheckResponse.SERVING

        for behaviour in ("well", "slow", "well", "broken", "well"):
            async with asyncio.timeout(10):
                while await state(health.READY) != (behaviour == "well"):
                    await asyncio.sleep(0.02)
            assert await state(health.LIVE)
