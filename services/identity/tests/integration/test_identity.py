"""Accounts, consents and sessions over gRPC on a real database."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from myschool.identity.events.v1 import identity_events_pb2 as events
from myschool.identity.v1 import identity_pb2 as pb
from myschool.identity.v1 import session_pb2
from myschool.identity.v1.identity_pb2_grpc import IdentityServiceStub
from myschool.identity.v1.session_pb2_grpc import SessionServiceStub
from myschool_identity.profile.model import EsiaProfile, Organisation
from myschool_identity.profile.repository import ProfileRepository
from myschool_kit import client
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_testing import Harness, a_principal, token_of

ANNA = EsiaProfile(
    esia_oid="1000000001",
    family_name="Соколова",
    given_name="Анна",
    middle_name="Викторовна",
    birth_date=date(1984, 5, 14),
    gender="F",
    level="PR",
    trusted=True,
    snils="00000100105",
    email="",
    phone="+7(900)0000001",
    organisations=(
        Organisation("1", "1020000000012", "Школа № 12", chief=True, liquidated=False),
        Organisation("2", "1020000000003", "Школа № 3", chief=False, liquidated=True),
    ),
    kids=(),
    updated_at=datetime(2026, 11, 24, tzinfo=UTC),
)


class Caller:
    def __init__(self, harness: Harness, keys_dir: Path) -> None:
        self.harness = harness
        self.stub = IdentityServiceStub(harness.channel)
        self.system = token_of(a_principal("SYSTEM", person_id="gateway"))
        self.profiles = ProfileRepository(
            EnvelopeCipher((keys_dir / "field.key").read_bytes()), LookupHash((keys_dir / "lookup.key").read_bytes())
        )

    async def came_through_bridge(self, profile: EsiaProfile = ANNA) -> None:
        await self.profiles.save(self.harness.database.reads, profile)

    async def sign_in(self, oid: str = ANNA.esia_oid, session: str | None = None) -> pb.SignInResponse:
        request = pb.SignInRequest(esia_oid=oid, session_id=session or str(uuid4()), device="Chromium, Linux")
        return await client.call(self.stub.SignIn, request, token=self.system)

    async def register(self, *people: pb.PersonToRegister) -> list[pb.RegisteredPerson]:
        request = pb.RegisterPeopleRequest(people=people)
        return list((await client.call(self.stub.RegisterPeople, request, token=self.system)).people)


def person(key: str, snils: str = "", **values: str) -> pb.PersonToRegister:
    return pb.PersonToRegister(**{"key": key, "family_name": "Белова", "given_name": "Ева", "snils": snils} | values)


@pytest.fixture
def caller(identity: Harness, keys_dir: Path) -> Caller:
    return Caller(identity, keys_dir)


def refused(error: pytest.ExceptionInfo[DomainError]) -> tuple[Kind, str]:
    return kind_of(error.value), error.value.reason


async def test_first_sign_in_creates_account_with_event(caller: Caller) -> None:
    await caller.came_through_bridge()
    first = await caller.sign_in()
    again = await caller.sign_in()
    assert (first.created, again.created) == (True, False)
    assert first.person_id == again.person_id
    assert first.display_name == "Соколова Анна Викторовна"
    assert list(first.missing_consents) == ["personal_data"]
    outbox = await caller.harness.outbox()
    assert [row["type"].rpartition(".")[2] for row in outbox] == ["AccountCreated", "SessionOpened", "SessionOpened"]
    event = events.AccountCreated.FromString(outbox[0]["payload"])
    assert [(item.ogrn, item.chief) for item in event.organisations] == [("1020000000012", True)]
    assert b"00000100105" not in b"".join(row["payload"] for row in outbox)


async def test_registered_person_is_recognised_by_snils(caller: Caller) -> None:
    registered = await caller.register(person("a", "000-001-001 05"), person("b", "00000100105"), person("c"))
    assert [item.created for item in registered] == [True, True, True]
    assert registered[0].person_id == registered[1].person_id != registered[2].person_id
    repeated = await caller.register(person("a", "00000100105"))
    assert (repeated[0].person_id, repeated[0].created) == (registered[0].person_id, False)
    await caller.came_through_bridge()
    assert (await caller.sign_in()).person_id == registered[0].person_id


async def test_parallel_first_sign_ins_make_one_account(caller: Caller) -> None:
    await caller.came_through_bridge()
    answers = await asyncio.gather(*(caller.sign_in() for _ in range(6)), caller.register(person("a", ANNA.snils)))
    signed_in = answers[:6]
    assert {answer.person_id for answer in signed_in} == {answers[6][0].person_id}
    assert sum(answer.created for answer in signed_in) == 1


async def test_batch_of_a_thousand_is_registered(caller: Caller) -> None:
    people = [person(str(number), f"{number:09d}00") for number in range(1, 1001)]
    assert len({item.person_id for item in await caller.register(*people)}) == 1000


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"snils": "112-233-445 96"}, "SNILS_INVALID"),
        ({"snils": "12"}, "SNILS_INVALID"),
        ({"birth_date": "03.04.2013"}, "BIRTH_DATE_INVALID"),
    ],
)
async def test_bad_person_is_refused_by_field(caller: Caller, values: dict[str, str], reason: str) -> None:
    with pytest.raises(DomainError) as error:
        await caller.register(person("a"), person("b", **values))
    assert refused(error) == (Kind.INVALID, reason)
    assert error.value.violations[0].field.startswith("people[1].")
    assert await caller.harness.database.reads.fetchval("SELECT count(*) FROM person") == 0


async def test_unknown_oid_is_not_found(caller: Caller) -> None:
    with pytest.raises(DomainError) as error:
        await caller.sign_in("42")
    assert refused(error) == (Kind.NOT_FOUND, "PROFILE_UNKNOWN")


async def test_sign_in_is_for_the_platform_only(caller: Caller) -> None:
    caller.system = token_of(a_principal("TEACHER"))
    with pytest.raises(DomainError) as error:
        await caller.sign_in()
    assert refused(error) == (Kind.FORBIDDEN, "PERMISSION_MISSING")


async def test_consent_is_given_once_in_present_version(caller: Caller) -> None:
    await caller.came_through_bridge()
    anna = token_of(a_principal("PERSON", person_id=(await caller.sign_in()).person_id, session_id=str(uuid4())))
    reply = await client.call(caller.stub.GetMissingConsents, pb.GetMissingConsentsRequest(), token=anna)
    text = orjson.loads(reply.body)["consents"][0]
    assert {"purpose", "title", "text", "version"} <= text.keys()
    consent = pb.ConsentGiven(purpose=text["purpose"], version=text["version"])
    for _ in range(2):
        answer = await client.call(caller.stub.GiveConsents, pb.GiveConsentsRequest(consents=[consent]), token=anna)
        assert not answer.missing_consents
    assert [row["type"] for row in await caller.harness.outbox()].count("myschool.identity.events.v1.ConsentGiven") == 1
    for bad, kind in (("0", Kind.STALE), ("", Kind.INVALID)):
        wrong = pb.ConsentGiven(purpose=text["purpose"], version=bad)
        with pytest.raises(DomainError) as error:
            await client.call(caller.stub.GiveConsents, pb.GiveConsentsRequest(consents=[wrong]), token=anna)
        assert kind_of(error.value) is kind


async def test_profile_takes_one_statement_and_hides_snils(caller: Caller) -> None:
    await caller.came_through_bridge()
    person_id = (await caller.sign_in()).person_id
    with caller.harness.statements.counted() as statements:
        reply = await client.call(
            caller.stub.GetProfile, pb.GetProfileRequest(), token=token_of(a_principal("PERSON", person_id=person_id))
        )
    body = orjson.loads(reply.body)
    assert len(statements) == 1
    assert (body["display_name"], body["has_email"], body["birth_date"]) == ("Соколова Анна Викторовна", False, "1984-05-14")
    assert "00000100105" not in reply.body.decode()


async def test_sessions_are_listed_and_ended_by_their_person_only(caller: Caller) -> None:
    await caller.came_through_bridge()
    await caller.came_through_bridge(replace(ANNA, esia_oid="1000000002", snils="00000100207"))
    mine, other = str(uuid4()), str(uuid4())
    anna = token_of(a_principal("PERSON", person_id=(await caller.sign_in(session=mine)).person_id, session_id=mine))
    await caller.sign_in("1000000002", session=other)
    listed = orjson.loads((await client.call(caller.stub.ListSessions, pb.ListSessionsRequest(), token=anna)).body)
    assert [(item["id"], item["current"]) for item in listed["sessions"]] == [(mine, True)]
    for foreign in (other, str(uuid4())):
        with pytest.raises(DomainError) as error:
            await client.call(caller.stub.EndSession, pb.EndSessionRequest(session_id=foreign), token=anna)
        assert kind_of(error.value) is Kind.NOT_FOUND
    for _ in range(2):
        await client.call(caller.stub.EndSession, pb.EndSessionRequest(session_id=mine), token=anna)
    await client.call(caller.stub.SignOut, pb.SignOutRequest(session_id=str(uuid4()), reason="keycloak"), token=caller.system)
    types = [row["type"].rpartition(".")[2] for row in await caller.harness.outbox()]
    assert types.count("SessionEnded") == 1


async def test_sign_ins_are_listed_with_ended_ones_and_all_sessions_end_at_once(caller: Caller) -> None:
    await caller.came_through_bridge()
    ids = [str(uuid4()) for _ in range(5)]
    (person_id,) = {(await caller.sign_in(session=session)).person_id for session in ids}
    anna = token_of(a_principal("PERSON", person_id=person_id, session_id=ids[0]))
    sessions = SessionServiceStub(caller.harness.channel)
    await client.call(caller.stub.EndSession, pb.EndSessionRequest(session_id=ids[1]), token=anna)
    answer = await client.call(sessions.EndAllSessions, session_pb2.EndAllSessionsRequest(), token=anna)
    assert answer.ended == 4
    assert (await client.call(sessions.EndAllSessions, session_pb2.EndAllSessionsRequest(), token=anna)).ended == 0
    types = [row["type"].rpartition(".")[2] for row in await caller.harness.outbox()]
    assert types.count("SessionEnded") == 5
    found, request = [], session_pb2.ListSignInsRequest(page_size=2)
    while True:
        page = orjson.loads((await client.call(sessions.ListSignIns, request, token=anna)).body)
        found += page["sign_ins"]
        request.page_token = page["next_page_token"]
        if not request.page_token:
            break
    assert [one["id"] for one in found] == ids[::-1]
    assert {one["end_reason"] for one in found} == {"person", "everywhere"}
    assert [one["current"] for one in found] == [False] * 4 + [True]
    stranger = token_of(a_principal("PERSON", person_id=str(uuid4())))
    page = orjson.loads((await client.call(sessions.ListSignIns, session_pb2.ListSignInsRequest(), token=stranger)).body)
    assert page["sign_ins"] == []
    with pytest.raises(DomainError) as error:
        await client.call(sessions.ListSignIns, session_pb2.ListSignInsRequest(page_token="x"), token=anna)
    assert kind_of(error.value) is Kind.INVALID


async def test_snils_of_a_registered_person_is_not_taken_by_an_older_account(caller: Caller) -> None:
    await caller.came_through_bridge(replace(ANNA, snils=""))
    before = await caller.sign_in()
    await caller.register(person("a", ANNA.snils))
    await caller.came_through_bridge()
    assert (await caller.sign_in()).person_id == before.person_id
