"""Records of a school that become an account's person: found by name and day of birth, given by the school's word only."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from myschool.identity.events.v1 import identity_events_pb2 as events
from myschool.identity.v1 import account_pb2 as pb
from myschool.identity.v1 import identity_pb2
from myschool.identity.v1.account_pb2_grpc import AccountServiceStub
from myschool.identity.v1.identity_pb2_grpc import IdentityServiceStub
from myschool_identity.profile.model import EsiaProfile
from myschool_identity.profile.repository import ProfileRepository
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


class Caller:
    def __init__(self, harness: Harness, keys_dir: Path) -> None:
        self.harness = harness
        self.accounts = AccountServiceStub(harness.channel)
        self.identity = IdentityServiceStub(harness.channel)
        self.system = token_of(a_principal("SYSTEM", person_id="gateway"))
        self.head = token_of(a_principal("HEAD", person_id=str(uuid4())))
        self.cipher = EnvelopeCipher((keys_dir / "field.key").read_bytes())
        self.profiles = ProfileRepository(self.cipher, LookupHash((keys_dir / "lookup.key").read_bytes()))

    async def sign_in(self, profile: EsiaProfile = SEMYON) -> str:
        await self.profiles.save(self.harness.database.reads, profile)
        request = identity_pb2.SignInRequest(esia_oid=profile.esia_oid, session_id=str(uuid4()), device="")
        return (await client.call(self.identity.SignIn, request, token=self.system)).person_id

    async def register(self, name: str = "Королев Семен Ильич", birth: str = "2010-02-03", snils: str = "") -> str:
        family, given, middle = name.split(" ")
        person = identity_pb2.PersonToRegister(
            key="a", family_name=family, given_name=given, middle_name=middle, birth_date=birth, snils=snils
        )
        request = identity_pb2.RegisterPeopleRequest(people=[person])
        return (await client.call(self.identity.RegisterPeople, request, token=self.system)).people[0].person_id

    async def records_of(self, person_id: str) -> list[str]:
        token = token_of(a_principal("PERSON", person_id=person_id))
        return list((await client.call(self.accounts.GetOwnRecords, pb.GetOwnRecordsRequest(), token=token)).record_ids)

    async def link(self, person_id: str, record_id: str, token: str = "") -> None:
        request = pb.LinkRecordRequest(person_id=person_id, record_id=record_id)
        await client.call(self.accounts.LinkRecord, request, token=token or self.head)

    async def refusal(self, person_id: str, record_id: str, token: str = "") -> tuple[Kind, str]:
        with pytest.raises(DomainError) as error:
            await self.link(person_id, record_id, token)
        return kind_of(error.value), error.value.reason


@pytest.fixture
def caller(identity: Harness, keys_dir: Path) -> Caller:
    return Caller(identity, keys_dir)


async def test_records_of_same_name_and_day_are_found_whenever_they_were_registered(caller: Caller) -> None:
    before = await caller.register()
    person = await caller.sign_in()
    after = await caller.register("КОРОЛЁВ Семён Ильич")
    await caller.register(birth="2010-02-04")
    await caller.register("Королёв Семён Иванович")
    with_snils = await caller.register(snils="00000200910")
    assert person not in {before, after, with_snils}
    assert await caller.records_of(person) == [before, after]
    assert await caller.records_of(before) == []
    assert await caller.records_of(str(uuid4())) == []


async def test_linked_record_is_the_person_from_now_on(caller: Caller) -> None:
    record, person = await caller.register(), await caller.sign_in()
    await caller.link(person, record)
    await caller.link(person, record)
    assert await caller.sign_in() == record
    assert await caller.register(snils=SNILS) == record
    assert await caller.records_of(person) == await caller.records_of(record) == []
    reads = caller.harness.database.reads
    sealed = await reads.fetchval("SELECT snils_sealed FROM person WHERE id = $1", record)
    assert caller.cipher.decrypt(sealed, f"person:{record}").decode() == SNILS
    assert await reads.fetchval("SELECT snils_hash FROM person WHERE id = $1", person) is None
    assert await reads.fetchval("SELECT count(*) FROM person_merge") == 1
    merged = [row for row in await caller.harness.outbox() if row["type"].endswith("PersonsMerged")]
    told = [events.PersonsMerged.FromString(row["payload"]) for row in merged]
    assert [(event.person_id, event.merged_id) for event in told] == [(record, person)]


async def test_record_goes_to_one_account_only_whoever_is_first(caller: Caller) -> None:
    record = await caller.register()
    people = [await caller.sign_in(replace(SEMYON, esia_oid=f"10000001{number:02}", snils="")) for number in range(4)]

    async def attempt(person: str) -> str:
        try:
            await caller.link(person, record)
        except DomainError as error:
            return error.reason
        return "linked"

    assert sorted(await asyncio.gather(*(attempt(person) for person in people))) == ["RECORD_TAKEN"] * 3 + ["linked"]
    assert await caller.harness.database.reads.fetchval("SELECT count(*) FROM account WHERE person_id = $1", record) == 1


async def test_link_is_refused_where_it_would_join_two_people(caller: Caller) -> None:
    person, record = await caller.sign_in(), await caller.register()
    other = await caller.sign_in(replace(SEMYON, esia_oid="1000000022", snils="00000201003"))
    with_snils = await caller.register(snils="00000201104")
    assert await caller.refusal(person, other) == (Kind.RULE_BROKEN, "RECORD_TAKEN")
    assert await caller.refusal(person, with_snils) == (Kind.RULE_BROKEN, "RECORD_OF_ANOTHER")
    assert await caller.refusal(record, with_snils) == (Kind.NOT_FOUND, "NOT_FOUND")
    assert await caller.refusal(person, str(uuid4())) == (Kind.NOT_FOUND, "NOT_FOUND")
    assert await caller.refusal(person, person) == (Kind.NOT_FOUND, "NOT_FOUND")
    teacher = token_of(a_principal("TEACHER", person_id=str(uuid4())))
    assert await caller.refusal(person, record, teacher) == (Kind.FORBIDDEN, "PERMISSION_MISSING")
    assert await caller.harness.database.reads.fetchval("SELECT count(*) FROM person_merge") == 0


async def test_facts_of_merging_stay_as_they_are(caller: Caller) -> None:
    record, person = await caller.register(), await caller.sign_in()
    await caller.link(person, record)
    for statement in ("UPDATE person_merge SET reason = ''", "DELETE FROM person_merge", "TRUNCATE person_merge"):
        with pytest.raises(Exception, match="append-only"):
            await caller.harness.database.reads.execute(statement)
