"""Run inside a changed copy by tests/contract/test_new_rpc.py: asks the new method through a real gateway, service and database."""

import asyncio
import base64
import os
import sys
from pathlib import Path
from uuid import UUID, uuid4

import httpx

import myschool_gateway
import myschool_identity
from myschool.identity.v1 import identity_pb2 as pb
from myschool.identity.v1.identity_pb2_grpc import IdentityServiceStub
from myschool_gateway.app import build
from myschool_gateway.session.model import Session, Tokens
from myschool_gateway.settings import GatewaySettings
from myschool_identity.app import SERVICE
from myschool_identity.session.repository import SessionRepository
from myschool_identity.session.service import Sessions
from myschool_kit import clock
from myschool_kit.client import call
from myschool_testing import a_principal, key_pair, running, token_of


async def main(copy: Path) -> None:
    for module in (myschool_gateway, myschool_identity):
        assert Path(module.__file__ or "").is_relative_to(copy), "the copy is not what runs"
    keys = copy / "keys"
    keys.mkdir()
    for name, content in {"principal.key": key_pair()[0], "gateway-client.key": key_pair()[0]}.items():
        (keys / name).write_bytes(content)
    for name in ("cookie.key", "field.key", "lookup.key"):
        (keys / name).write_bytes(base64.b64encode(os.urandom(32)))
    async with running(SERVICE, os.environ["MYSCHOOL_POSTGRES_URL"], os.environ["MYSCHOOL_REDIS_URL"], keys_dir=keys) as harness:
        newcomer = pb.PersonToRegister(key="1", family_name="Проверкина", given_name="Анна")
        register = IdentityServiceStub(harness.channel).RegisterPeople
        reply = await call(register, pb.RegisterPeopleRequest(people=[newcomer]), token=token_of(a_principal()))
        person_id, session_id = reply.people[0].person_id, str(uuid4())
        async with harness.database.begin() as uow:
            await Sessions(harness.database, SessionRepository()).open(uow, UUID(person_id), UUID(session_id), "Chrome")
        app = build(GatewaySettings(redis_url=os.environ["MYSCHOOL_REDIS_URL"], keys_dir=keys, identity_address=harness.address))
        async with app.router.lifespan_context(app):
            session = Session(session_id, person_id, "Проверкина Анна", "", clock.epoch_ms(clock.now()))
            secret = await app.state.parts.sessions.open(session, Tokens("", 2**53))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http:
                assert (await http.get("/api/v1/sessions/count")).status_code == 401
                answer = await http.get("/api/v1/sessions/count", headers={"Cookie": f"__Host-myschool={secret}"})
        assert (answer.status_code, answer.json()) == (200, {"count": 1}), answer.text
        assert "/api/v1/sessions/count" in app.openapi()["paths"]


asyncio.run(main(Path(sys.argv[1])))
