"""The OpenAPI document: valid, complete, and true under requests that no person would think of."""

import asyncio
import re
import sys
from pathlib import Path
from uuid import uuid4

import jsonschema_rs
import orjson
import pytest

from myschool.roles.v1 import family_pb2, guardian_pb2, invitation_pb2, roles_pb2
from myschool_kit import telemetry

from .conftest import Gateway
from .test_matrix import SCHEMA

COMMITTED = Path(__file__).parents[2] / "openapi.json"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"


def test_document_is_openapi_3_1_with_sound_schemas() -> None:
    assert SCHEMA["openapi"].startswith("3.1.")
    names = [operation["operationId"] for methods in SCHEMA["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    for name, shape in SCHEMA["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema", **shape}), name
    known = {f"#/components/schemas/{name}" for name in SCHEMA["components"]["schemas"]}
    assert set(re.findall(r'"\$ref":"([^"]+)"', orjson.dumps(SCHEMA).decode())) <= known
    assert orjson.loads(COMMITTED.read_bytes()) == orjson.loads(orjson.dumps(SCHEMA))


def test_every_operation_says_what_it_does_and_how_it_refuses() -> None:
    for path, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], path
            if path.startswith("/api/"):
                wanted = {"401", "403", "404", "422", "429", "503", "504"} | ({"409", "413", "415"} if method != "get" else set())
                assert wanted <= operation["responses"].keys(), (method, path)


@pytest.mark.timeout(240)
async def test_generated_requests_meet_no_500_and_only_documented_answers(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The stand-in services answer everything with nothing; whole bodies are compared by tests/e2e/test_conformance.py.
    telemetry.configure("gateway", "ERROR")
    monkeypatch.setattr(gateway.parts.sessions, "_visit_args", (1_800_000, 0, 0, 3_600_000))
    changed = roles_pb2.RoleReply(role_id=str(uuid4()), status=roles_pb2.ROLE_STATUS_ACTIVE, version=1)
    asked = family_pb2.FamilyRequestReply(family_request_id=str(uuid4()), status=family_pb2.FAMILY_REQUEST_STATUS_PENDING, version=1)
    deciding = ("SendFamilyRequest", "WithdrawFamilyRequest", "DecideFamilyRequest")
    gateway.services.answers |= {name: lambda _request: asked for name in deciding}
    gateway.services.answers |= {"GrantRole": lambda _request: changed, "ChangeRoleStatus": lambda _request: changed}
    claimed = guardian_pb2.GuardianClaimReply(claim_id=str(uuid4()), status=guardian_pb2.GUARDIAN_CLAIM_STATUS_PENDING, version=1)
    made = invitation_pb2.InvitationsReply(invitations=[invitation_pb2.MadeInvitation(invitation_id=str(uuid4()))])
    told = invitation_pb2.GetInvitationCodesResponse(codes=[invitation_pb2.InvitationCode(invitation_id=str(uuid4()), code="c")])
    gateway.services.answers |= {name: lambda _request: claimed for name in ("DecideGuardianClaim", "WithdrawGuardianClaim")}
    gateway.services.answers |= {"InviteParent": lambda _request: made, "GetInvitationCodes": lambda _request: told}
    _session, secret = await gateway.sign_in()
    command = ["-m", "schemathesis.cli", "run", str(COMMITTED), "--url", gateway.url, "--checks", CHECKS, "--max-examples", "3"]
    command += ["--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color", "--continue-on-failure"]
    command += ["-H", f"Cookie: __Host-myschool={secret}", "-H", "X-MySchool-CSRF: 1", "--exclude-path-regex", "^/auth|/session"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path
    )
    async with asyncio.timeout(200):
        output, _nothing = await process.communicate()
    told = output.decode()
    assert process.returncode == 0, told[-8_000:]
    assert int(re.findall(r"(\d+) generated", told)[0]) > 500
    assert len(gateway.services.seen) > 50
