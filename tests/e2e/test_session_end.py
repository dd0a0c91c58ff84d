"""What ends or changes a session from outside the browser reaches every open page within seconds, on real parts."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import orjson
import people
import pytest
from people import Visitor
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from myschool.roles.v1 import roles_pb2, roles_pb2_grpc
from myschool_kit.client import call, open_channel
from myschool_kit.principal import Principal, PrincipalSigner

pytestmark = pytest.mark.e2e
WITHIN_S = 5


@asynccontextmanager
async def page(visitor: Visitor) -> AsyncIterator[ClientConnection]:
    """The WebSocket of an open page, greeted already."""
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.values.items())
    address = f"{visitor.gateway.replace('http', 'ws', 1)}/api/v1/stream"
    async with connect(address, additional_headers={"Cookie": cookies, "Origin": visitor.gateway}, proxy=None) as socket:
        await until(socket, "hello")
        yield socket


async def until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of this kind."""
    async with asyncio.timeout(30):
        while True:
            frame: dict[str, Any] = orjson.loads(await socket.recv())
            if frame["t"] == kind:
                return frame


class Realm:
    """Keycloak's own administration."""

    def __init__(self, environment: Any) -> None:
        self._url = environment["MYSCHOOL_KEYCLOAK_URL"]
        self._form = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": environment["MYSCHOOL_KEYCLOAK_ADMIN"],
            "password": environment["MYSCHOOL_KEYCLOAK_ADMIN_PASSWORD"],
        }
        self._http = httpx.AsyncClient(base_url=f"{self._url}/admin/realms/myschool", timeout=30)

    async def __aenter__(self) -> Self:
        answer = await self._http.post(f"{self._url}/realms/master/protocol/openid-connect/token", data=self._form)
        self._http.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.aclose()

    async def sessions(self) -> set[str]:
        """Sessions of Keycloak that our gateway has a part in."""
        client = (await self._http.get("/clients", params={"clientId": "gateway"})).raise_for_status().json()[0]["id"]
        found = (await self._http.get(f"/clients/{client}/user-sessions", params={"max": 1000})).raise_for_status().json()
        return {session["id"] for session in found}

    async def end(self, session_id: str) -> None:
        """Ends a session as an administrator does."""
        (await self._http.delete(f"/sessions/{session_id}")).raise_for_status()


async def test_session_when_ended_at_keycloak_then_rest_and_every_page_are_left_within_seconds(
    visitors: list[Visitor], whole_stack: Any
) -> None:
    visitor, other = visitors[:2]
    await other.sign_in(people.HEAD)
    async with Realm(whole_stack.environment) as realm:
        before = await realm.sessions()
        await visitor.sign_in(people.HEAD)
        (session_id,) = await realm.sessions() - before
        async with page(visitor) as first, page(visitor) as second:
            started = time.monotonic()
            await realm.end(session_id)
            for socket in (first, second):
                await until(socket, "signed_out")
                with pytest.raises(ConnectionClosed) as closed:
                    await socket.recv()
                assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
            assert (await visitor.get("/api/v1/profile")).status_code == 401
            assert time.monotonic() - started < WITHIN_S
    assert (await other.get("/api/v1/profile")).status_code == 200
    listed = (await other.get("/api/v1/sessions")).json()["sessions"]
    assert all(entry["seen_at_ms"] >= entry["opened_at_ms"] for entry in listed)


async def test_role_when_suspended_then_the_open_page_falls_back_within_seconds(visitors: list[Visitor], whole_stack: Any) -> None:
    visitor = visitors[0]
    state = await visitor.sign_in(people.FOREIGN_TEACHER)
    role = next(role for role in state["roles"] if role["id"] == state["role"]["id"])
    keys = Path(whole_stack.environment["MYSCHOOL_KEYS_DIR"])
    token = PrincipalSigner((keys / "principal.key").read_bytes()).sign(Principal("", "", "SYSTEM"))
    async with open_channel(whole_stack.environment["MYSCHOOL_ROLES_ADDRESS"]) as channel, page(visitor) as socket:
        change = roles_pb2_grpc.RolesServiceStub(channel).ChangeRoleStatus
        suspend = roles_pb2.ChangeRoleStatusRequest(
            role_id=role["id"], status="ROLE_STATUS_SUSPENDED", expected_version=role["version"], reason="test"
        )
        started = time.monotonic()
        suspended = await call(change, suspend, token=token)
        try:
            await until(socket, "hello")
            now = (await visitor.get("/api/v1/session")).json()
            assert now["authenticated"] and now["role"] is None
            assert (await visitor.get("/api/v1/gradebooks")).status_code == 403
            assert time.monotonic() - started < WITHIN_S
        finally:
            back = roles_pb2.ChangeRoleStatusRequest(
                role_id=role["id"], status="ROLE_STATUS_ACTIVE", expected_version=suspended.version, reason="test"
            )
            await call(change, back, token=token)


async def test_everywhere_when_left_then_every_device_its_page_and_keycloak_are_out_within_seconds(
    visitors: list[Visitor], whole_stack: Any
) -> None:
    mine, other, stranger = visitors[:3]
    await stranger.sign_in(people.FOREIGN_TEACHER)
    async with Realm(whole_stack.environment) as realm:
        before = await realm.sessions()
        await mine.sign_in(people.HEAD)
        await other.sign_in(people.HEAD)
        opened = await realm.sessions() - before
    assert len(opened) == 2
    async with Realm(whole_stack.environment) as realm, page(other) as open_page, page(mine) as own_page:
        began = time.monotonic()
        assert (await mine.send("DELETE", "/api/v1/sessions", None)).status_code == 204
        for socket in (open_page, own_page):
            async with asyncio.timeout(WITHIN_S):
                with pytest.raises(ConnectionClosed):
                    while True:
                        await socket.recv()
            assert socket.close_code == 4401
        for visitor in (mine, other):
            assert (await visitor.get("/api/v1/profile")).status_code == 401
        assert (await stranger.get("/api/v1/profile")).status_code == 200
        while await realm.sessions() & opened:
            assert time.monotonic() - began < WITHIN_S, "Keycloak still holds a session"
            await asyncio.sleep(0.1)
    # Signing in again shows how the others ended.
    await visitors[3].sign_in(people.HEAD)
    sign_ins = (await visitors[3].get("/api/v1/sign-ins")).json()["sign_ins"]
    assert [one["end_reason"] for one in sign_ins[:3]] == ["", "everywhere", "everywhere"]


async def test_data_of_gosuslugi_when_refreshed_then_asked_anew_and_back_at_the_same_place(visitors: list[Visitor]) -> None:
    visitor = visitors[0]
    await visitor.sign_in(people.FOREIGN_TEACHER)
    before = (await visitor.get("/api/v1/profile")).json()["esia_updated_at_ms"]
    asked = await visitor.follow(await visitor.http.get("/auth/login", params={"return_to": "/settings#profile", "fresh": "true"}))
    # Госуслуги still know the person and ask only whether to go on as them.
    form = re.search(r'<form[^>]*action="(/account/[^"]+)"', asked.text)
    assert form, asked.url
    back = await visitor.follow(await visitor.http.post(asked.url.join(form.group(1))))
    assert "/settings#profile" in back.text
    assert (await visitor.get("/api/v1/profile")).json()["esia_updated_at_ms"] > before
