"""Blocked accounts, and merges that are taken back."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from myschool.identity.events.v1 import identity_events_pb2 as events
from myschool.identity.v1 import account_pb2, blocking_pb2, identity_pb2, session_pb2, token_pb2
from myschool.identity.v1 import blocking_pb2 as pb
from myschool.identity.v1.account_pb2_grpc import AccountServiceStub
from myschool.identity.v1.blocking_pb2_grpc import BlockingServiceStub
from myschool.identity.v1.identity_pb2_grpc import IdentityServiceStub
from myschool.identity.v1.session_pb2_grpc import SessionServiceStub
from myschool.identity.v1.token_pb2_grpc import TokenServiceStub
from myschool_identity import operating
from myschool_identity.profile.model import EsiaProfile
from myschool_identity.profile.repository import ProfileRepository
from myschool_identity.settings import IdentitySettings
from myschool_kit import client
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_testing import Harness, a_principal, token_of

SNILS = "00000200809"
SEMYON = EsiaProfile(
    esia_oid="1000000021",
    family_name="Королёв",
    given_name="Семён",
    middle_name="Ильич",
    birth_date=date(2010, 2, 3),
    gender="M",
    level="PR",
    trusted=True,
    snils=SNILS,
    email="",
    phone="",
    organisations=(),
    kids=(),
    updated_at=datetime(2026, 11, 24, tzinfo=UTC),
)
ROWS = {
    "person": "SELECT id, family_name, given_name, middle_name, birth_date, snils_hash, merged_into FROM person ORDER BY id",
    "account": "SELECT esia_oid, person_id, created_at FROM account ORDER BY esia_oid",
}


class Desk:
    """The service as the gateway, a coordinator and a head call it."""

    def __init__(self, harness: Harness, keys_dir: Path) -> None:
        self.harness = harness
        self.reads = harness.database.reads
        self.accounts = AccountServiceStub(harness.channel)
        self.blocking = BlockingServiceStub(harness.channel)
        self.identity = IdentityServiceStub(harness.channel)
        self.sessions = SessionServiceStub(harness.channel)
        self.tokens = TokenServiceStub(harness.channel)
        self.system = token_of(a_principal("SYSTEM", person_id="gateway"))
        self.coordinator = token_of(a_principal("REGIONAL_COORDINATOR", person_id=str(uuid4()), display_name="Титова Мария"))
        self.head = token_of(a_principal("HEAD", person_id=str(uuid4())))
        self.cipher = EnvelopeCipher((keys_dir / "field.key").read_bytes())
        self.profiles = ProfileRepository(self.cipher, LookupHash((keys_dir / "lookup.key").read_bytes()))

    async def sign_in(self, profile: EsiaProfile = SEMYON, session: str = "") -> str:
        await self.profiles.save(self.reads, profile)
        request = identity_pb2.SignInRequest(esia_oid=profile.esia_oid, session_id=session or str(uuid4()), device="")
        return (await client.call(self.identity.SignIn, request, token=self.system)).person_id

    async def register(self, snils: str = "", name: str = "Королев Семен Ильич") -> str:
        family, given, middle = name.split(" ")
        person = identity_pb2.PersonToRegister(
            key="a", family_name=family, given_name=given, middle_name=middle, birth_date="2010-02-03", snils=snils
        )
        request = identity_pb2.RegisterPeopleRequest(people=[person])
        return (await client.call(self.identity.RegisterPeople, request, token=self.system)).people[0].person_id

    async def block(
        self, person: str, expected: int = 0, reason: int = pb.BLOCK_REASON_ABUSE, words: str = "жалоба", token: str = ""
    ) -> int:
        request = pb.BlockAccountRequest(person_id=person, reason=reason, words=words, expected_version=expected)
        return (await client.call(self.blocking.BlockAccount, request, token=token or self.coordinator)).version

    async def unblock(self, person: str, expected: int = 1, words: str = "разобрались") -> int:
        request = pb.UnblockAccountRequest(person_id=person, words=words, expected_version=expected)
        return (await client.call(self.blocking.UnblockAccount, request, token=self.coordinator)).version

    async def state(self, person: str) -> pb.AccountState:
        request = pb.GetAccountStatesRequest(person_ids=[person])
        [state] = (await client.call(self.blocking.GetAccountStates, request, token=self.coordinator)).states
        return state

    async def merge(self, stays: str, gone: str, token: str = "") -> str:
        request = account_pb2.MergeRecordsRequest(record_id=stays, merged_id=gone)
        return (await client.call(self.accounts.MergeRecords, request, token=token or self.head)).merge_id

    async def link(self, person: str, record: str) -> str:
        request = account_pb2.LinkRecordRequest(person_id=person, record_id=record)
        await client.call(self.accounts.LinkRecord, request, token=self.head)
        return str(await self.reads.fetchval("SELECT id FROM person_merge WHERE merged_id = $1 ORDER BY at DESC LIMIT 1", person))

    async def unlink(self, merge: str, token: str = "") -> None:
        await client.call(self.accounts.UnlinkRecord, account_pb2.UnlinkRecordRequest(merge_id=merge), token=token or self.head)

    async def end_reason(self, person: str, session: str) -> str:
        token = token_of(a_principal("PERSON", person_id=person, session_id=session))
        return (await client.call(self.sessions.GetOwnSession, session_pb2.GetOwnSessionRequest(), token=token)).end_reason

    async def rows(self) -> dict[str, list[tuple]]:
        return {name: [tuple(row) for row in await self.reads.fetch(statement)] for name, statement in ROWS.items()}

    async def told(self, kind: type) -> list:
        name = kind.DESCRIPTOR.full_name
        return [kind.FromString(row["payload"]) for row in await self.harness.outbox() if row["type"] == name]


@pytest.fixture
def desk(identity: Harness, keys_dir: Path) -> Desk:
    return Desk(identity, keys_dir)


async def refusal(awaited) -> tuple[Kind, str]:
    with pytest.raises(DomainError) as error:
        await awaited
    return kind_of(error.value), error.value.reason


async def test_sign_in_when_blocked_then_refused_with_its_reason_until_unblocked(desk: Desk) -> None:
    session = str(uuid4())
    person = await desk.sign_in(session=session)
    assert await desk.end_reason(person, session) == ""
    assert await desk.block(person) == 1
    assert await desk.end_reason(person, session) == "blocked"
    with pytest.raises(DomainError) as error:
        await desk.sign_in()
    assert (error.value.reason, error.value.params["reason_code"]) == ("ACCOUNT_BLOCKED", "ABUSE")
    state = await desk.state(person)
    assert (state.has_account, state.blocked, state.version) == (True, pb.BLOCK_REASON_ABUSE, 1)
    assert state.last_sign_in_ms > 0
    assert state.blocked_at_ms > 0
    assert await desk.unblock(person) == 2
    assert await desk.sign_in() == person
    history = await client.call(desk.blocking.GetBlockHistory, pb.GetBlockHistoryRequest(person_id=person), token=desk.coordinator)
    changes = orjson.loads(history.body)["changes"]
    assert [(one["act"], one["reason"], one["words"], one["author_name"]) for one in changes] == [
        ("UNBLOCKED", "ABUSE", "разобрались", "Титова Мария"),
        ("BLOCKED", "ABUSE", "жалоба", "Титова Мария"),
    ]
    ended = [(one.session_id, one.reason) for one in await desk.told(events.SessionEnded)]
    assert ended == [(session, "blocked")]
    assert [(one.person_id, one.reason) for one in await desk.told(events.AccountBlocked)] == [(person, "ABUSE")]
    assert [one.person_id for one in await desk.told(events.AccountUnblocked)] == [person]


async def test_block_when_seen_state_is_old_then_refused_as_stale(desk: Desk) -> None:
    person = await desk.sign_in()
    answers = await asyncio.gather(*(desk.block(person, words=f"жалоба {number}") for number in range(4)), return_exceptions=True)
    lost = [one for one in answers if isinstance(one, DomainError)]
    assert ([one for one in answers if one == 1], {one.reason for one in lost}) == ([1], {"ACCOUNT_CHANGED"})
    assert lost[0].params == {"current_version": "1", "blocked": "true"}
    assert await refusal(desk.block(person, expected=1)) == (Kind.STALE, "ACCOUNT_CHANGED")
    assert await refusal(desk.unblock(person, expected=0)) == (Kind.STALE, "ACCOUNT_CHANGED")
    assert await desk.reads.fetchval("SELECT count(*) FROM account_block_change WHERE person_id = $1", person) == 1


async def test_block_when_request_is_wrong_then_nothing_changes(desk: Desk) -> None:
    person = await desk.sign_in()
    assert await refusal(desk.block(person, words="  ")) == (Kind.INVALID, "BLOCK_WORDS_MISSING")
    assert (await refusal(desk.block(person, words="я" * 501)))[0] is Kind.INVALID
    assert (await refusal(desk.block(person, reason=pb.BLOCK_REASON_UNSPECIFIED)))[0] is Kind.INVALID
    assert (await refusal(desk.block(person, reason=77)))[0] is Kind.INVALID
    assert (await refusal(desk.block("12")))[0] is Kind.INVALID
    assert await refusal(desk.block(str(uuid4()))) == (Kind.NOT_FOUND, "NOT_FOUND")
    assert await refusal(desk.unblock(person, expected=0)) == (Kind.STALE, "ACCOUNT_CHANGED")
    assert await refusal(desk.block(person, token=desk.head)) == (Kind.FORBIDDEN, "PERMISSION_MISSING")
    assert (await desk.state(person)).version == 0
    assert not (await desk.state(str(uuid4()))).has_account


async def test_tokens_when_owner_is_blocked_then_answer_no_more(desk: Desk) -> None:
    person, token_hash = await desk.sign_in(), "ab" * 32
    own = token_of(a_principal("GUARDIAN", person_id=person, role_id=str(uuid4())))
    await client.call(desk.tokens.CreateToken, token_pb2.CreateTokenRequest(name="дом", days=30, token_hash=token_hash), token=own)
    resolving = token_pb2.ResolveTokenRequest(token_hash=token_hash)
    assert (await client.call(desk.tokens.ResolveToken, resolving, token=desk.system)).person_id == person
    await desk.block(person)
    assert await refusal(client.call(desk.tokens.ResolveToken, resolving, token=desk.system)) == (Kind.NOT_FOUND, "TOKEN_UNKNOWN")


async def test_sign_in_when_block_comes_at_the_same_moment_then_no_session_stays_open(desk: Desk) -> None:
    person = await desk.sign_in()
    await asyncio.gather(
        *(desk.sign_in() for _ in range(5)), desk.block(person), *(desk.sign_in() for _ in range(5)), return_exceptions=True
    )
    assert await desk.reads.fetchval("SELECT count(*) FROM session WHERE person_id = $1 AND ended_at IS NULL", person) == 0


async def test_facts_of_blocks_and_separations_stay_as_they_are(desk: Desk) -> None:
    person = await desk.sign_in()
    await desk.block(person)
    for table in ("account_block_change", "person_separation"):
        for statement in (f"UPDATE {table} SET author_role = ''", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(Exception, match="append-only"):
                await desk.reads.execute(statement)


async def test_operator_when_blocking_a_coordinator_then_sessions_end_and_the_hint_reaches_gateways(
    desk: Desk, redis_url: str, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYSCHOOL_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("MYSCHOOL_REDIS_URL", redis_url)
    person, url = await desk.sign_in(), desk.harness.database._url
    settings = IdentitySettings()
    with pytest.raises(operating.Refused, match="COMPROMISED"):
        await operating.run(settings, person, "", "утечка", blocked=True, url=url)
    with pytest.raises(operating.Refused, match="id"):
        await operating.run(settings, "кто-то", "ABUSE", "утечка", blocked=True, url=url)
    assert await operating.run(settings, person, "COMPROMISED", "утечка", blocked=True, url=url) == 1
    assert await desk.reads.fetchval("SELECT count(*) FROM session WHERE person_id = $1 AND ended_at IS NULL", person) == 0
    with pytest.raises(operating.Refused, match="meanwhile"):
        await operating.run(settings, person, "COMPROMISED", "ещё раз", blocked=True, url=url)
    assert await operating.run(settings, person, "", "свой", blocked=False, url=url) == 2


async def test_unlink_when_link_was_a_mistake_then_rows_are_as_before(desk: Desk) -> None:
    record, session, later = await desk.register(), str(uuid4()), str(uuid4())
    person = await desk.sign_in(session=session)
    before = await desk.rows()
    merge = await desk.link(person, record)
    assert await desk.end_reason(person, session) == "linked"
    assert await desk.sign_in(session=later) == record
    await asyncio.gather(*(desk.unlink(merge) for _ in range(3)))
    await desk.unlink(merge)
    assert await desk.end_reason(record, later) == "separated"
    after = await desk.rows()
    # The sign-in between has taken over the spelling of Госуслуги.
    assert after["account"] == before["account"]
    assert [row[4:] for row in after["person"]] == [row[4:] for row in before["person"]]
    sealed = await desk.reads.fetchval("SELECT snils_sealed FROM person WHERE id = $1", person)
    assert desk.cipher.decrypt(sealed, f"person:{person}").decode() == SNILS
    assert await desk.sign_in() == person
    told = await desk.told(events.PersonsSeparated)
    assert [(one.person_id, one.separated_id, one.merge_id) for one in told] == [(record, person, merge)]
    assert await desk.reads.fetchval("SELECT count(*) FROM person_separation") == 1
    # And linked once more: a merge of its own.
    assert await desk.link(person, record) != merge
    assert await desk.sign_in() == record


async def test_merge_when_taken_back_then_rows_are_as_before(desk: Desk) -> None:
    stays, gone = await desk.register(), await desk.register(snils=SNILS)
    assert await desk.sign_in() == gone
    before = await desk.rows()
    answers = await asyncio.gather(*(desk.merge(stays, gone) for _ in range(4)))
    assert len(set(answers)) == 1
    assert await desk.sign_in() == stays
    await desk.unlink(answers[0])
    after = await desk.rows()
    assert after["account"] == before["account"]
    assert [row[5:] for row in after["person"]] == [row[5:] for row in before["person"]]


async def test_merge_when_two_people_would_become_one_then_refused(desk: Desk) -> None:
    person = await desk.sign_in()
    other = await desk.sign_in(replace(SEMYON, esia_oid="1000000022", snils=""))
    numbered, plain = await desk.register(snils="00000200910"), await desk.register()
    assert await refusal(desk.merge(person, other)) == (Kind.RULE_BROKEN, "ACCOUNTS_TWO")
    assert await refusal(desk.merge(numbered, person)) == (Kind.RULE_BROKEN, "RECORD_OF_ANOTHER")
    assert (await refusal(desk.merge(plain, plain)))[0] is Kind.NOT_FOUND
    assert (await refusal(desk.merge(plain, str(uuid4()))))[0] is Kind.NOT_FOUND
    teacher = token_of(a_principal("TEACHER", person_id=str(uuid4())))
    assert (await refusal(desk.merge(plain, numbered, teacher)))[0] is Kind.FORBIDDEN
    assert (await refusal(desk.unlink(str(uuid4()))))[0] is Kind.NOT_FOUND
    await desk.block(person)
    assert await refusal(desk.merge(plain, person)) == (Kind.RULE_BROKEN, "ACCOUNT_BLOCKED")
    assert await desk.reads.fetchval("SELECT count(*) FROM person_merge") == 0


async def test_merge_when_merged_again_since_then_taken_back_in_the_other_order_only(desk: Desk) -> None:
    first, second, third = await desk.sign_in(), await desk.register(), await desk.register()
    inner = await desk.merge(second, first)
    outer = await desk.merge(third, second)
    assert await refusal(desk.unlink(inner)) == (Kind.RULE_BROKEN, "MERGE_NOT_LATEST")
    assert await desk.merge(second, first) == inner
    await desk.unlink(outer)
    await desk.unlink(inner)
    assert await desk.sign_in() == first


async def test_blocked_people_are_listed_for_roles_alone(desk: Desk) -> None:
    person = await desk.sign_in()
    await desk.block(person)
    found = await client.call(desk.blocking.GetBlockedPeople, blocking_pb2.GetBlockedPeopleRequest(), token=desk.coordinator)
    assert list(found.person_ids) == [person]
    assert (await refusal(client.call(desk.blocking.GetBlockedPeople, pb.GetBlockedPeopleRequest(), token=desk.head)))[0] is Kind.FORBIDDEN
