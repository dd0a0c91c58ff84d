"""A running roles service with a tiny identity beside it, and builders of the files a school uploads."""

import base64
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import NAMESPACE_OID, uuid4, uuid5

import grpc
import orjson
import pytest

from myschool.common.v1 import json_pb2, options_pb2
from myschool.identity.v1 import account_pb2, account_pb2_grpc, blocking_pb2, blocking_pb2_grpc, identity_pb2, identity_pb2_grpc
from myschool.roles.v1 import roles_pb2 as pb
from myschool.roles.v1.accounts_pb2_grpc import RegionAccountServiceStub
from myschool.roles.v1.duplicates_pb2_grpc import DuplicateServiceStub
from myschool.roles.v1.family_pb2_grpc import FamilyServiceStub
from myschool.roles.v1.guardian_pb2_grpc import GuardianServiceStub
from myschool.roles.v1.invitation_pb2_grpc import InvitationServiceStub
from myschool.roles.v1.roles_pb2_grpc import RolesServiceStub
from myschool_kit import clock, status
from myschool_kit.client import call
from myschool_kit.consumer import Consumer, Event
from myschool_kit.errors import RuleBroken, Stale
from myschool_roles.app import SERVICE
from myschool_testing import Harness, a_principal, running, token_of

sys.path.insert(0, str(Path(__file__).parent))

from school_files import STUDENT_HEAD, a_book, a_zip, roster_files, sheets, snils_of


class FakeIdentity(identity_pb2_grpc.IdentityServiceServicer):
    """Deterministic ids, as the real service gives: by СНИЛС, else by name and birthday."""

    failing = False

    async def RegisterPeople(self, request, context):
        if self.failing:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        people = [
            identity_pb2.RegisteredPerson(
                key=person.key,
                person_id=person_id(person.snils or f"{person.family_name}{person.given_name}{person.middle_name}{person.birth_date}"),
            )
            for person in request.people
        ]
        return identity_pb2.RegisterPeopleResponse(people=people)


class FakeAccounts(account_pb2_grpc.AccountServiceServicer):
    """Names the records it was given, and remembers what was linked; a record is linked once."""

    def __init__(self) -> None:
        self.records: list[str] = []
        self.linked: dict[str, str] = {}
        self.merges: dict[tuple[str, str], str] = {}
        self.unlinked: list[str] = []
        self.refusing = ""
        self.failing = False
        self.kids: dict[str, list[account_pb2.OwnKid]] = {}
        self.signing_in: set[str] = set()
        self.card = account_pb2.CheckChildCardResponse()
        self.cards: list[account_pb2.CheckChildCardRequest] = []

    async def GetOwnKids(self, request, context):
        if self.failing:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        [token] = [value for name, value in context.invocation_metadata() if name == "x-principal"]
        told = int(datetime(2026, 11, 24, 9, tzinfo=UTC).timestamp() * 1000)
        return account_pb2.GetOwnKidsResponse(kids=self.kids.get(person_of(token), []), told_at_ms=told)

    async def CheckChildCard(self, request, context):
        if self.failing:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        self.cards.append(request)
        return self.card

    async def CheckAccount(self, request, context):
        return account_pb2.CheckAccountResponse(signs_in=request.person_id in self.signing_in)

    async def GetOwnRecords(self, request, context):
        if self.failing:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        return account_pb2.GetOwnRecordsResponse(record_ids=self.records)

    async def LinkRecord(self, request, context):
        if self.failing:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        if self.linked.setdefault(request.record_id, request.person_id) != request.person_id:
            await context.abort_with_status(status.of(RuleBroken("taken", reason="RECORD_TAKEN"), "identity.myschool"))
        return account_pb2.LinkRecordResponse()

    async def MergeRecords(self, request, context):
        if self.failing:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        if self.refusing:
            await context.abort_with_status(status.of(RuleBroken("no", reason=self.refusing), "identity.myschool"))
        merge_id = self.merges.setdefault((request.record_id, request.merged_id), str(uuid4()))
        return account_pb2.MergeRecordsResponse(merge_id=merge_id)

    async def UnlinkRecord(self, request, context):
        if self.failing:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        self.unlinked.append(request.merge_id)
        self.merges = {pair: merge_id for pair, merge_id in self.merges.items() if merge_id != request.merge_id}
        return account_pb2.UnlinkRecordResponse()


class FakeBlocking(blocking_pb2_grpc.BlockingServiceServicer):
    """Keeps states in memory; versions are checked as the real service does."""

    def __init__(self) -> None:
        self.states: dict[str, blocking_pb2.AccountState] = {}

    async def GetAccountStates(self, request, context):
        known = [self.states.get(one) or blocking_pb2.AccountState(person_id=one) for one in request.person_ids]
        return blocking_pb2.GetAccountStatesResponse(states=known)

    async def GetBlockedPeople(self, request, context):
        return blocking_pb2.GetBlockedPeopleResponse(person_ids=[one for one, state in self.states.items() if state.blocked])

    async def GetBlockHistory(self, request, context):
        return json_pb2.JsonReply(body=b'{"changes":[]}')

    async def BlockAccount(self, request, context):
        return await self._change(request, request.reason, context)

    async def UnblockAccount(self, request, context):
        return await self._change(request, 0, context)

    async def _change(self, request, reason, context):
        state = self.states.setdefault(request.person_id, blocking_pb2.AccountState(person_id=request.person_id, has_account=True))
        if state.version != request.expected_version:
            await context.abort_with_status(status.of(Stale("changed", reason="ACCOUNT_CHANGED"), "identity.myschool"))
        state.blocked, state.version = reason, state.version + 1
        return blocking_pb2.BlockReply(version=state.version)


def person_of(token: str) -> str:
    """Who a token was made for; identity itself verifies it."""
    body = token.split(".")[1]
    claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return str(claims["sub"])


def person_id(key: str) -> str:
    """The id FakeIdentity gives."""
    return str(uuid5(NAMESPACE_OID, key))


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fresh field and lookup keys."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("field.key", "lookup.key"):
        (folder / name).write_bytes(base64.b64encode(os.urandom(32)))
    return folder


@pytest.fixture(scope="session")
async def identity() -> AsyncIterator[SimpleNamespace]:
    """A listening fake identity."""
    server = grpc.aio.server()
    fake = FakeIdentity()
    accounts = FakeAccounts()
    blocking = FakeBlocking()
    identity_pb2_grpc.add_IdentityServiceServicer_to_server(fake, server)
    account_pb2_grpc.add_AccountServiceServicer_to_server(accounts, server)
    blocking_pb2_grpc.add_BlockingServiceServicer_to_server(blocking, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield SimpleNamespace(fake=fake, accounts=accounts, blocking=blocking, address=f"127.0.0.1:{port}")
    await server.stop(None)


class World:
    """The service with shorthands for the calls of the tests."""

    def __init__(self, harness: Harness, identity: FakeIdentity, accounts: FakeAccounts, blocking: FakeBlocking) -> None:
        self.harness = harness
        self.identity = identity
        self.accounts = accounts
        self.blocking = blocking
        self.region = RegionAccountServiceStub(harness.channel)
        self.duplicates = DuplicateServiceStub(harness.channel)
        self.stub = RolesServiceStub(harness.channel)
        self.family = FamilyServiceStub(harness.channel)
        self.guardians = GuardianServiceStub(harness.channel)
        self.invitations = InvitationServiceStub(harness.channel)

    async def call(self, name: str, request, role: str = "SYSTEM", request_id: str = "", **principal: str):
        """One call in a role."""
        token = token_of(a_principal(role, **principal))
        stubs = (self.stub, self.family, self.guardians, self.invitations, self.region, self.duplicates)
        stub = next(one for one in stubs if hasattr(one, name))
        return await call(getattr(stub, name), request, token=token, request_id=request_id, timeout=30)

    async def json(self, name: str, request, role: str = "SYSTEM", **principal: str):
        """The JSON body of one call."""
        return orjson.loads((await self.call(name, request, role, **principal)).body)

    async def school(self, ogrn: str = "1020000000012", region: str = "99") -> str:
        """A registered school's id."""
        request = pb.RegisterOrganisationRequest(
            ogrn=ogrn,
            full_name=f"МБОУ «Школа {ogrn[-2:]}»",
            short_name=f"Школа № {ogrn[-2:]}",
            region_code=region,
            time_zone="Europe/Moscow",
        )
        return (await self.call("RegisterOrganisation", request)).organisation_id

    async def upload(self, school: str, content: bytes, form: str = "SHEET", role: str = "SYSTEM", **principal: str):
        """A preview's JSON."""
        request = pb.PreviewImportRequest(
            organisation_id=school, format=pb.ImportFormat.Value(f"IMPORT_FORMAT_{form}"), file_name="школа.xlsx", content=content
        )
        return await self.json("PreviewImport", request, role, **principal)

    async def load(self, school: str, content: bytes, form: str = "SHEET"):
        """Preview and confirm; the final JSON."""
        preview = await self.upload(school, content, form)
        assert preview["counts"]["invalid"] == 0, preview["rows"][:5]
        return await self.json("ConfirmImport", pb.ConfirmImportRequest(import_id=preview["id"]))

    async def grant(
        self,
        person: str,
        role_type: str,
        school: str = "",
        status: str = "ACTIVE",
        role: str = "SYSTEM",
        region: str = "",
        **principal: str,
    ):
        """A granted role's reply."""
        request = pb.GrantRoleRequest(
            person_id=person,
            role_type=options_pb2.RoleType.Value(f"ROLE_TYPE_{role_type}"),
            organisation_id=school,
            region_code=region,
            status=pb.RoleStatus.Value(f"ROLE_STATUS_{status}"),
            display_name="Орлов Игорь Николаевич",
        )
        return await self.call("GrantRole", request, role, **principal)

    async def change(self, role_id: str, status: str, version: int, role: str = "SYSTEM", **principal: str):
        """A status change's reply."""
        request = pb.ChangeRoleStatusRequest(
            role_id=role_id, status=pb.RoleStatus.Value(f"ROLE_STATUS_{status}"), reason="проверка", expected_version=version
        )
        return await self.call("ChangeRoleStatus", request, role, **principal)

    async def take(self, *messages, topic: str = "identity.accounts", key: str = "person_id"):
        """Takes events of other services in, as the consumer does."""
        handlers = (await SERVICE.build(self.harness.resources)).handlers
        events = [
            Event(uuid4(), topic, getattr(one, key), one.DESCRIPTOR.full_name, one.SerializeToString(), "", clock.now()) for one in messages
        ]
        await Consumer("roles", self.harness.settings, self.harness.database, handlers).take(events)

    async def events(self, *types: type):
        """Emitted events of the given message types, in order."""
        known = {kind.DESCRIPTOR.full_name: kind for kind in types}
        return [known[row["type"]].FromString(row["payload"]) for row in await self.harness.outbox() if row["type"] in known]


@pytest.fixture
async def world(postgres_url: str, redis_url: str, keys_dir: Path, identity: SimpleNamespace) -> AsyncIterator[World]:
    """A fresh service."""
    identity.fake.failing = False
    identity.accounts.__init__()
    identity.blocking.__init__()
    async with running(SERVICE, postgres_url, redis_url, keys_dir=keys_dir, identity_address=identity.address) as harness:
        yield World(harness, identity.fake, identity.accounts, identity.blocking)


@pytest.fixture(scope="session")
def build() -> SimpleNamespace:
    """Builders, for test modules (they cannot import a conftest)."""
    return SimpleNamespace(
        book=a_book,
        sheets=sheets,
        roster_files=roster_files,
        zip=a_zip,
        snils=snils_of,
        person_id=person_id,
        student_head=STUDENT_HEAD,
        uuid=lambda: str(uuid4()),
    )
