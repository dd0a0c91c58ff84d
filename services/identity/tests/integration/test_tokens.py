"""Personal tokens: made in a role, listed with their use, ended; only hashes are kept."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from myschool.identity.v1 import token_pb2 as pb
from myschool.identity.v1.token_pb2_grpc import TokenServiceStub
from myschool_kit import client
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_testing import Harness, a_principal, token_of

from .test_identity import ANNA, Caller

ROLE = str(uuid4())


class Owner:
    """A guardian with a way to the service."""

    def __init__(self, harness: Harness, person_id: str) -> None:
        self.stub = TokenServiceStub(harness.channel)
        self.token = token_of(a_principal("GUARDIAN", person_id=person_id, role_id=ROLE))
        self.system = token_of(a_principal("SYSTEM", person_id="gateway"))

    async def create(self, secret: str = "", name: str = "Календарь", days: int = 30, request_id: str = "") -> pb.CreateTokenResponse:
        request = pb.CreateTokenRequest(name=name, days=days, token_hash=hashed(secret or str(uuid4())))
        return await client.call(self.stub.CreateToken, request, token=self.token, request_id=request_id)

    async def listed(self) -> list[dict]:
        return orjson.loads((await client.call(self.stub.GetTokens, pb.GetTokensRequest(), token=self.token)).body)["tokens"]

    async def resolve(self, secret: str) -> pb.ResolveTokenResponse:
        return await client.call(self.stub.ResolveToken, pb.ResolveTokenRequest(token_hash=hashed(secret)), token=self.system)

    async def revoke(self, token_id: str) -> pb.RevokeTokenResponse:
        return await client.call(self.stub.RevokeToken, pb.RevokeTokenRequest(id=token_id), token=self.token)


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


async def refused(call) -> tuple[Kind, str]:
    with pytest.raises(DomainError) as error:
        await call
    return kind_of(error.value), error.value.reason


@pytest.fixture
async def owner(identity: Harness, keys_dir: Path) -> Owner:
    caller = Caller(identity, keys_dir)
    await caller.came_through_bridge()
    return Owner(identity, (await caller.sign_in(ANNA.esia_oid)).person_id)


async def test_token_when_made_then_it_stands_for_the_person_in_that_role_and_notes_its_use(owner: Owner, identity: Harness) -> None:
    made = await owner.create("secret")
    assert [(one["id"], one["name"], one["used_at_ms"]) for one in await owner.listed()] == [(made.id, "Календарь", 0)]
    holder = await owner.resolve("secret")
    assert (holder.id, holder.role_id, holder.display_name) == (made.id, ROLE, "Соколова Анна Викторовна")
    assert list(holder.missing_consents) == ["personal_data"]
    assert (await owner.listed())[0]["used_at_ms"] > 0
    assert abs(made.expires_at_ms / 1000 - (datetime.now(UTC) + timedelta(days=30)).timestamp()) < 60
    assert await refused(owner.resolve("another")) == (Kind.NOT_FOUND, "TOKEN_UNKNOWN")
    stored = await identity.database.reads.fetchrow("SELECT * FROM family_token")
    assert "secret" not in str(dict(stored))


async def test_token_when_revoked_or_expired_then_good_for_nothing(owner: Owner, identity: Harness) -> None:
    first, _second = await owner.create("one"), await owner.create("two")
    for _ in range(2):
        assert (await owner.revoke(first.id)).token_hash == hashed("one")
    assert await refused(owner.resolve("one")) == (Kind.NOT_FOUND, "TOKEN_UNKNOWN")
    await identity.database.reads.execute("UPDATE family_token SET expires_at = now() - interval '1 second'")
    assert await refused(owner.resolve("two")) == (Kind.NOT_FOUND, "TOKEN_UNKNOWN")
    assert [one["name"] for one in await owner.listed()] == ["Календарь"]  # the expired one still explains itself


async def test_token_of_somebody_else_when_revoked_then_not_found(owner: Owner, identity: Harness) -> None:
    made = await owner.create("one")
    stranger = Owner(identity, str(uuid4()))
    assert (await refused(stranger.revoke(made.id)))[0] is Kind.NOT_FOUND
    assert await stranger.listed() == []
    assert (await owner.resolve("one")).id == made.id


async def test_tokens_when_made_at_once_then_never_more_than_ten_live(owner: Owner) -> None:
    outcomes = await asyncio.gather(*(owner.create() for _ in range(14)), return_exceptions=True)
    failures = [one for one in outcomes if isinstance(one, DomainError)]
    assert len(failures) == 4
    assert {(kind_of(one), one.reason) for one in failures} == {(Kind.RULE_BROKEN, "TOO_MANY_TOKENS")}
    await owner.revoke((await owner.listed())[0]["id"])
    await owner.create()


async def test_request_when_repeated_or_bad_then_one_token_or_a_clear_no(owner: Owner) -> None:
    first, again = [await owner.create("same", request_id="r-1") for _ in range(2)]
    assert first.id == again.id
    assert len(await owner.listed()) == 1
    for bad in ({"name": ""}, {"name": "   "}, {"name": "x" * 61}, {"days": 0}, {"days": 367}):
        assert (await refused(owner.create(**bad)))[0] is Kind.INVALID
    owner.token = token_of(a_principal("TEACHER", person_id=str(uuid4())))
    assert await refused(owner.create()) == (Kind.FORBIDDEN, "PERMISSION_MISSING")
