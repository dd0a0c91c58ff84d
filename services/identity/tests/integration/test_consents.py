"""The ledger over gRPC on a real database: who may answer for whom, proof, withdrawal, document, roster from events."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from google.protobuf.message import Message

from myschool.identity.events.v1 import identity_events_pb2 as events
from myschool.identity.v1 import consent_pb2 as pb
from myschool.identity.v1 import identity_pb2
from myschool.identity.v1.consent_pb2_grpc import ConsentServiceStub
from myschool.identity.v1.identity_pb2_grpc import IdentityServiceStub
from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_identity.consent.texts import PRESENT, hash_of
from myschool_identity.consumers import handlers
from myschool_identity.roster.repository import RosterRepository
from myschool_kit import client
from myschool_kit.clock import epoch_ms
from myschool_kit.consumer import Event
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_testing import Harness, a_principal, token_of

SCHOOL, CLASS = uuid4(), uuid4()
PURPOSES = [text.purpose for text in PRESENT]
VERSION = PRESENT[0].version


class Family:
    """A mother with a small and a big child, as a school's import and the roles service told them."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.stub = ConsentServiceStub(harness.channel)
        self.people: dict[str, str] = {}

    async def born(self, **births: date) -> None:
        people = [
            identity_pb2.PersonToRegister(key=key, family_name="Белова", given_name=key.title(), birth_date=birth.isoformat())
            for key, birth in births.items()
        ]
        reply = await client.call(
            IdentityServiceStub(self.harness.channel).RegisterPeople,
            identity_pb2.RegisterPeopleRequest(people=people),
            token=token_of(a_principal("SYSTEM", person_id="gateway")),
        )
        self.people |= {person.key: person.person_id for person in reply.people}

    async def hear(self, *messages: Message) -> None:
        table = handlers(RosterRepository()).by_type
        for message in messages:
            _class, handle = table[message.DESCRIPTOR.full_name]
            async with self.harness.database.begin() as uow:
                await handle(uow, message, Event(uuid4(), "roles", "", "", b"", "", datetime.now(UTC)))

    async def enrolled(self, *children: str) -> None:
        await self.hear(roles.OrganisationRegistered(organisation_id=str(SCHOOL), time_zone="Asia/Kamchatka"))
        for child in children:
            student = self.people[child]
            enrolled = roles.StudentEnrolled(group_id=str(CLASS), organisation_id=str(SCHOOL), student_id=student, full_name=child)
            await self.hear(enrolled, roles.GuardianshipEstablished(guardian_id=self.people["mother"], student_id=student))

    def token(self, who: str) -> str:
        return token_of(a_principal("GUARDIAN", person_id=self.people[who], display_name=f"Белова {who}", session_id="s-1"))

    async def ask(self, who: str, method: str, request: Message) -> Message:
        return await client.call(getattr(self.stub, method), request, token=self.token(who))

    async def json(self, who: str, method: str, request: Message) -> dict:
        return orjson.loads((await self.ask(who, method, request)).body)

    async def missing(self, who: str) -> list[str]:
        return list((await self.ask(who, "CheckConsents", pb.CheckConsentsRequest())).missing_consents)

    async def answer(self, who: str, *purposes: str, about: str = "", declined: bool = False, version: str = VERSION) -> dict:
        subject = self.people[about] if about else ""
        answers = [pb.ConsentAnswer(subject_id=subject, purpose=p, version=version, declined=declined) for p in purposes]
        reply = await self.ask(who, "AnswerConsents", pb.AnswerConsentsRequest(answers=answers))
        return {person.person_id: list(person.missing_consents) for person in reply.people}

    async def withdraw(self, who: str, purpose: str, about: str = "") -> dict:
        request = pb.WithdrawConsentRequest(subject_id=self.people[about] if about else "", purpose=purpose)
        reply = await self.ask(who, "WithdrawConsent", request)
        return {person.person_id: list(person.missing_consents) for person in reply.people}

    async def told(self, kind: type[Message]) -> list[Message]:
        rows = await self.harness.outbox()
        return [kind.FromString(row["payload"]) for row in rows if row["type"] == kind.DESCRIPTOR.full_name]


def years_ago(years: int) -> date:
    return date(datetime.now(UTC).year - years, 1, 1)


@pytest.fixture
async def family(identity: Harness, keys_dir: Path) -> Family:
    made = Family(identity)
    await made.born(mother=years_ago(35), small=years_ago(9), big=years_ago(15), grown=years_ago(20), stranger=years_ago(40))
    await made.enrolled("small", "big", "grown")
    return made


async def refused(call) -> tuple[Kind, str]:
    with pytest.raises(DomainError) as error:
        await call
    return kind_of(error.value), error.value.reason


async def test_guardian_when_signing_in_then_one_page_asks_for_self_and_the_small_child(family: Family) -> None:
    asked = (await family.json("mother", "GetAskedConsents", pb.GetAskedConsentsRequest()))["consents"]
    assert [(one["is_self"], one["purpose"]) for one in asked] == [(True, "personal_data"), *((False, p) for p in PURPOSES)]
    assert [one["required"] for one in asked] == [True, *[False] * 5]
    assert {one["subject_id"] for one in asked[1:]} == {family.people["small"]}
    assert asked[0]["text"] != asked[1]["text"]
    missing = await family.answer("mother", "personal_data")
    assert missing[family.people["mother"]] == PURPOSES
    await family.answer("mother", "personal_data", "progress", about="small")
    missing = await family.answer("mother", "content_access", "media", "third_party", about="small", declined=True)
    assert missing == {family.people["mother"]: [], family.people["small"]: []}
    assert await family.missing("mother") == []


async def test_small_child_when_signing_in_then_waits_and_cannot_answer(family: Family) -> None:
    asked = await family.json("small", "GetAskedConsents", pb.GetAskedConsentsRequest())
    assert (asked["consents"], asked["waiting"]) == ([], True)
    assert await family.missing("small") == ["personal_data"]
    assert await refused(family.answer("small", "personal_data")) == (Kind.FORBIDDEN, "CONSENT_NOT_YOURS")
    missing = await family.answer("mother", "personal_data", about="small")
    assert missing[family.people["small"]] == []


async def test_answer_when_for_somebody_else_or_an_adult_child_then_refused(family: Family) -> None:
    assert (await refused(family.answer("mother", "personal_data", about="stranger")))[0] is Kind.NOT_FOUND
    assert (await refused(family.answer("stranger", "personal_data", about="small")))[0] is Kind.NOT_FOUND
    assert await refused(family.answer("mother", "media", about="grown")) == (Kind.FORBIDDEN, "CONSENT_NOT_YOURS")
    assert await refused(family.answer("mother", "personal_data", declined=True)) == (Kind.INVALID, "CONSENT_NEEDED")
    assert (await refused(family.answer("mother", "media")))[0] is Kind.INVALID  # asked of pupils only
    assert await refused(family.answer("mother", "personal_data", version="1")) == (Kind.STALE, "CONSENT_OUTDATED")
    huge = pb.AnswerConsentsRequest(answers=[pb.ConsentAnswer(purpose="media", version=VERSION)] * 101)
    assert (await refused(family.ask("big", "AnswerConsents", huge)))[0] is Kind.INVALID
    assert await family.harness.database.reads.fetchval("SELECT count(*) FROM consent_fact") == 0


async def test_one_bad_answer_when_among_good_ones_then_none_is_taken(family: Family) -> None:
    assert (await refused(family.answer("big", "media", "nothing")))[0] is Kind.INVALID
    assert await family.told(events.ConsentGiven) == []


async def test_fact_when_written_then_it_proves_who_for_whom_when_through_what_and_which_text(family: Family) -> None:
    await family.answer("mother", "progress", about="small")
    row = await family.harness.database.reads.fetchrow(
        "SELECT f.*, t.title, t.text FROM consent_fact f JOIN consent_text t USING (text_hash)"
    )
    assert (str(row["subject_id"]), str(row["actor_id"])) == (family.people["small"], family.people["mother"])
    assert (row["actor_name"], row["session_id"], row["version"], row["act"]) == ("Белова mother", "s-1", VERSION, "GIVEN")
    assert row["text_hash"] == hash_of(row["title"], row["text"])
    for statement in ("UPDATE consent_fact SET act = 'GIVEN'", "DELETE FROM consent_fact", "TRUNCATE consent_text"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await family.harness.database.reads.execute(statement)


async def test_answers_when_repeated_or_at_once_then_one_fact_and_one_event(family: Family) -> None:
    await asyncio.gather(*(family.answer(who, "progress", about="big") for who in ("mother", "big", "mother", "big")))
    assert await family.harness.database.reads.fetchval("SELECT count(*) FROM consent_fact") == 1
    (event,) = await family.told(events.ConsentGiven)
    assert (event.person_id, event.purpose) == (family.people["big"], "progress")


async def test_withdrawal_when_made_then_everybody_is_told_once_and_it_can_be_given_again(family: Family) -> None:
    await family.answer("mother", "personal_data")
    await family.answer("mother", "personal_data", "content_access", about="small")
    for _ in range(2):
        await family.withdraw("mother", "content_access", about="small")
    (event,) = await family.told(events.ConsentWithdrawn)
    assert (event.person_id, event.withdrawn_by, event.declined) == (family.people["small"], family.people["mother"], False)
    assert "content_access" not in await family.missing("mother")  # nobody is pressed for it
    closed = await family.withdraw("mother", "personal_data", about="small")
    assert closed[family.people["small"]] == ["personal_data"]
    own = await family.withdraw("mother", "personal_data")
    assert own[family.people["mother"]][0] == "personal_data"
    await family.answer("mother", "personal_data")
    assert "personal_data" not in (await family.json("mother", "GetAskedConsents", pb.GetAskedConsentsRequest()))["consents"]


async def test_withdrawal_when_nothing_was_given_or_not_ones_own_then_refused(family: Family) -> None:
    assert await refused(family.withdraw("mother", "personal_data")) == (Kind.RULE_BROKEN, "CONSENT_NOT_GIVEN")
    await family.answer("mother", "media", about="small")
    assert await refused(family.withdraw("small", "media")) == (Kind.FORBIDDEN, "CONSENT_NOT_YOURS")
    assert (await refused(family.withdraw("stranger", "media", about="small")))[0] is Kind.NOT_FOUND


async def test_declined_purpose_when_it_had_been_given_then_told_as_withdrawn(family: Family) -> None:
    await family.answer("big", "media", declined=True)
    await family.answer("big", "media")
    await family.answer("big", "media", declined=True)
    assert [event.declined for event in await family.told(events.ConsentWithdrawn)] == [True, False]


async def test_other_guardian_when_waiting_then_told_that_nothing_is_missing_any_more(family: Family) -> None:
    await family.born(father=years_ago(36))
    await family.hear(roles.GuardianshipEstablished(guardian_id=family.people["father"], student_id=family.people["small"]))
    await family.answer("father", "personal_data")
    await family.answer("mother", "personal_data")
    missing = await family.answer("mother", *PURPOSES, about="small")
    assert missing[family.people["father"]] == []


async def test_guardianship_when_ended_then_the_child_is_nobody_of_theirs(family: Family) -> None:
    await family.hear(roles.GuardianshipEnded(guardian_id=family.people["mother"], student_id=family.people["small"]))
    assert (await refused(family.answer("mother", "media", about="small")))[0] is Kind.NOT_FOUND
    await family.hear(roles.StudentLeft(group_id=str(CLASS), student_id=family.people["big"]))
    book = await family.json("big", "GetConsentBook", pb.GetConsentBookRequest())
    assert [one["purpose"] for one in book["people"][0]["purposes"]] == ["personal_data"]


async def test_right_to_consent_when_denied_or_past_its_end_then_the_child_is_nobody_of_theirs(family: Family) -> None:
    pair = {"guardian_id": family.people["mother"], "student_id": family.people["small"]}
    now = datetime.now(UTC)
    for denied, ends_in in ((["CONSENT"], 0), ([], -1)):
        ends_at_ms = epoch_ms(now + timedelta(hours=ends_in)) if ends_in else 0
        await family.hear(roles.GuardianshipEstablished(**pair, denied=denied, ends_at_ms=ends_at_ms))
        assert (await refused(family.answer("mother", "media", about="small")))[0] is Kind.NOT_FOUND
    for denied, ends_in in ((["SEE", "CHAT"], 1), ([], 0)):
        ends_at_ms = epoch_ms(now + timedelta(hours=ends_in)) if ends_in else 0
        await family.hear(roles.GuardianshipEstablished(**pair, denied=denied, ends_at_ms=ends_at_ms))
        await family.answer("mother", "media", about="small")


async def test_consents_of_a_child_when_read_then_the_look_is_noted_and_ones_own_is_not(family: Family) -> None:
    await family.json("mother", "GetConsentBook", pb.GetConsentBookRequest())
    await family.json("big", "GetConsentBook", pb.GetConsentBookRequest())
    await asyncio.sleep(1.3)  # rows are gathered for a second
    noted = await family.harness.database.reads.fetch("SELECT reader_id, subject_id FROM access_entry WHERE what = 'consents.book'")
    children = {family.people[name] for name in ("small", "big", "grown")}
    assert {(str(row["reader_id"]), str(row["subject_id"])) for row in noted} == {(family.people["mother"], child) for child in children}


async def test_book_and_facts_when_read_then_one_and_two_statements_and_pages(family: Family) -> None:
    for declined in (False, True, False):
        await family.answer("big", "media", declined=declined)
    with family.harness.statements.counted() as statements:
        book = await family.json("mother", "GetConsentBook", pb.GetConsentBookRequest())
    assert len(statements) == 1
    big = next(one for one in book["people"] if one["subject_id"] == family.people["big"])
    media = next(one for one in big["purposes"] if one["purpose"] == "media")
    assert (media["state"], media["holds"], media["by"], media["by_self"]) == ("GIVEN", True, "Белова big", True)
    request = pb.ListConsentFactsRequest(subject_id=family.people["big"], page_size=2)
    with family.harness.statements.counted() as statements:
        first = await family.json("mother", "ListConsentFacts", request)
    assert len(statements) == 2
    request.page_token = first["next_page_token"]
    second = await family.json("mother", "ListConsentFacts", request)
    assert [one["act"] for one in first["facts"] + second["facts"]] == ["GIVEN", "DECLINED", "GIVEN"]
    assert second["next_page_token"] == ""
    request.page_token = "x"
    assert (await refused(family.ask("mother", "ListConsentFacts", request)))[0] is Kind.INVALID
    assert (await refused(family.ask("stranger", "ListConsentFacts", request)))[0] is Kind.NOT_FOUND


async def test_document_when_exported_then_it_stands_by_itself_and_escapes_names(family: Family) -> None:
    token = token_of(a_principal("STUDENT", person_id=family.people["big"], display_name="<b>Белов</b>", session_id="s-2"))
    answers = [pb.ConsentAnswer(purpose="media", version=VERSION)]
    await client.call(family.stub.AnswerConsents, pb.AnswerConsentsRequest(answers=answers), token=token)
    reply = await family.ask("mother", "ExportConsents", pb.ExportConsentsRequest(subject_id=family.people["big"]))
    text = reply.content.decode()
    assert "Согласие дано" in text
    assert "&lt;b&gt;Белов&lt;/b&gt;" in text
    assert PRESENT[3].own in text
    assert PRESENT[3].text_hash(is_self=True).hex() in text
    assert "<script" not in text
    assert "http" not in text
    assert reply.file_name.endswith(".html")
    other = family.ask("stranger", "ExportConsents", pb.ExportConsentsRequest(subject_id=family.people["big"]))
    assert (await refused(other))[0] is Kind.NOT_FOUND


async def test_old_table_when_written_by_the_version_before_then_carried_over(family: Family) -> None:
    await family.harness.database.reads.execute(
        "INSERT INTO consent (person_id, purpose, version, text_hash, session_id, given_at) VALUES ($1, 'personal_data', $2, '\\x00', 's', now())",
        UUID(family.people["mother"]),
        VERSION,
    )
    assert "personal_data" not in [
        one["purpose"]
        for one in (await family.json("mother", "GetAskedConsents", pb.GetAskedConsentsRequest()))["consents"]
        if one["is_self"]
    ]
