"""Addresses under attack and in bad luck: guesses and codes at once, repeated requests, hostile names, people who are erased, joined, parted."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from myschool.identity.v1 import account_pb2, blocking_pb2, identity_pb2, token_pb2
from myschool.identity.v1 import notice_pb2 as pb
from myschool.identity.v1.account_pb2_grpc import AccountServiceStub
from myschool.identity.v1.blocking_pb2_grpc import BlockingServiceStub
from myschool.identity.v1.token_pb2_grpc import TokenServiceStub
from myschool_identity.erasure.repository import ErasureRepository
from myschool_identity.erasure.service import Erasures
from myschool_identity.notice import rules
from myschool_identity.subject.repository import holding
from myschool_kit import client
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_privacy.subject.service import Subjects
from myschool_testing import a_principal, token_of

from .letter_owner import MAIL, Owner
from .test_identity import ANNA

COORDINATOR = token_of(a_principal("REGIONAL_COORDINATOR", person_id=str(uuid4())))
HEAD = token_of(a_principal("HEAD", person_id=str(uuid4())))


def wrong(code: str, count: int) -> list[str]:
    return [one for one in (f"{number:06}" for number in range(count + 1)) if one != code][:count]


async def test_code_when_guessed_by_thirty_at_once_then_five_tries_count_and_no_more(owner: Owner) -> None:
    address_id = await owner.add()
    await owner.post.send_due()
    code = owner.code()
    answers = await asyncio.gather(*(owner.confirm(address_id, one) for one in wrong(code, 30)))
    assert sorted(answers, reverse=True) == [(False, left) for left in (4, 3, 2, 1)] + [(False, 0)] * 26
    assert await owner.confirm(address_id, code) == (False, 0)
    tries = await owner.harness.database.reads.fetchval("SELECT tries FROM notice_address WHERE id = $1", UUID(address_id))
    assert tries == rules.TRIES


async def test_code_when_right_among_many_at_once_then_confirmed_once(owner: Owner) -> None:
    await owner.confirmed("first@example.ru")
    address_id = await owner.add()
    await owner.post.send_due()
    answers = await asyncio.gather(*(owner.confirm(address_id, owner.code()) for _ in range(8)))
    assert answers == [(True, 0)] * 8
    assert await owner.post.send_due() == 1  # one letter of it to the first address
    assert [one["version"] for one in (await owner.look())["addresses"]] == [2, 2]


async def test_codes_when_asked_for_at_once_then_one_is_made_and_the_former_is_void(owner: Owner) -> None:
    address_id = await owner.add()
    await owner.post.send_due()
    former = owner.code()
    await owner.later(timedelta(minutes=2))
    asked = [owner.ask("SendCode", pb.SendCodeRequest(id=address_id)) for _ in range(6)]
    outcomes = [getattr(one, "reason", "") for one in await asyncio.gather(*asked, return_exceptions=True)]
    assert sorted(outcomes) == ["", *["CODE_TOO_SOON"] * 5]
    assert await owner.post.send_due() == 1
    assert owner.code() != former
    assert await owner.confirm(address_id, former) == (False, 4)
    assert await owner.confirm(address_id, owner.code()) == (True, 0)


async def test_guesses_when_spread_over_a_day_then_fifty_in_a_million_for_all_addresses_together(owner: Owner) -> None:
    """Ten codes a day for a person, five tries each, whichever addresses are added, removed and added again."""
    guessed = 0
    for _ in range(30):
        try:
            address_id = await owner.add()
        except DomainError as error:
            assert error.reason == "TOO_MANY_LETTERS"
            break
        code = owner.post._codes.of(UUID(address_id), 1)
        for one in wrong(code, rules.TRIES + 1):
            before = await owner.harness.database.reads.fetchval("SELECT tries FROM notice_address WHERE id = $1", UUID(address_id))
            await owner.confirm(address_id, one)
            guessed += before < rules.TRIES
        await owner.ask("RemoveAddress", pb.RemoveAddressRequest(id=address_id))
    assert guessed == rules.CODES_A_DAY * rules.TRIES


async def test_request_when_repeated_under_its_key_then_it_has_one_effect(owner: Owner) -> None:
    key = str(uuid4())
    request = pb.AddAddressRequest(address=MAIL)
    outcomes = await asyncio.gather(
        *(client.call(owner.stub.AddAddress, request, token=owner.token, request_id=key) for _ in range(4)), return_exceptions=True
    )
    found = {one.id for one in outcomes if not isinstance(one, BaseException)}
    assert len(found) == 1
    assert {one.reason for one in outcomes if isinstance(one, DomainError)} <= {"ADDRESS_KNOWN", "REQUEST_IN_PROGRESS"}
    assert await owner.post.send_due() == 1
    assert [one["id"] for one in (await owner.look())["addresses"]] == list(found)


@pytest.mark.parametrize(
    "name",
    ["Календарь\r\nBcc: other@example.ru", "\r\n\r\n.\r\nMAIL FROM:<x@y.ru>", "\u202eьрадн\u202c", "=?utf-8?b?0JA=?=", "Ж" * 60],
    ids=["header", "end of letter", "turned round", "encoded word", "long"],
)
async def test_letter_when_a_key_has_a_hostile_name_then_it_has_no_other_header_or_reader(owner: Owner, name: str) -> None:
    await owner.confirmed()
    seen = len(owner.mailbox.letters)
    made = token_pb2.CreateTokenRequest(name=name, days=30, token_hash="cd" * 32)
    await client.call(TokenServiceStub(owner.harness.channel).CreateToken, made, token=owner.token)
    assert await owner.post.send_due() == 1
    [letter] = owner.mailbox.letters[seen:]
    known = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert {header for header in letter if not header.startswith("X-")} == known
    assert (letter["To"], letter["Subject"]) == (MAIL, "Создан ключ для чтения дневника")
    assert "Настройки аккаунта" in letter.get_content()


@pytest.mark.parametrize("what", ["device", "name"])
async def test_name_when_it_holds_what_no_database_takes_then_refused_and_not_lost_in_a_fault(owner: Owner, what: str) -> None:
    await owner.confirmed()
    made = token_pb2.CreateTokenRequest(name="a\x00b", days=30, token_hash="ef" * 32)
    with pytest.raises(DomainError) as error:
        if what == "name":
            await client.call(TokenServiceStub(owner.harness.channel).CreateToken, made, token=owner.token)
        else:
            await owner.signed_in("Firefox\x00, Windows")
    assert kind_of(error.value) == Kind.INVALID


async def test_letters_when_two_processes_send_then_each_goes_once(owner: Owner) -> None:
    await owner.confirmed()
    for number in range(45):
        await owner.signed_in(f"Firefox {number}")
    seen, senders = len(owner.mailbox.letters), [owner.sender() for _ in range(3)]
    while sum(await asyncio.gather(*(one.send_due() for one in senders))):
        pass
    told = [letter["Message-ID"] for letter in owner.mailbox.letters[seen:]]
    assert len(told) == len(set(told)) == 45


async def test_person_when_erased_with_letters_waiting_then_nothing_is_sent_and_nothing_is_left(owner: Owner) -> None:
    await owner.confirmed()
    await owner.signed_in("Firefox, Windows")
    erasures = Erasures(owner.harness.database, ErasureRepository(), Subjects(owner.harness.database, holding(owner.cipher)))
    async with owner.harness.database.begin() as uow:
        await erasures.ask(uow, UUID(owner.person_id))
    await owner.harness.database.reads.execute("UPDATE erasure_request SET due_at = now() WHERE person_id = $1", UUID(owner.person_id))
    assert await erasures.carry_out() == 1
    seen = len(owner.mailbox.letters)
    assert (await owner.post.send_due(), len(owner.mailbox.letters)) == (0, seen)
    for table in ("letter", "notice_address"):
        assert await owner.harness.database.reads.fetchval(f"SELECT count(*) FROM {table} WHERE person_id = $1", UUID(owner.person_id)) == 0


async def test_person_when_joined_and_parted_with_letters_waiting_then_they_follow_and_end(owner: Owner) -> None:
    await owner.confirmed()
    await owner.signed_in("Firefox, Windows")
    person = identity_pb2.PersonToRegister(
        key="a", family_name=ANNA.family_name, given_name=ANNA.given_name, middle_name=ANNA.middle_name, birth_date=str(ANNA.birth_date)
    )
    [registered] = await owner.caller.register(person)
    record = registered.person_id
    accounts = AccountServiceStub(owner.harness.channel)
    await client.call(accounts.LinkRecord, account_pb2.LinkRecordRequest(person_id=owner.person_id, record_id=record), token=HEAD)
    joined = token_of(a_principal("GUARDIAN", person_id=record))
    assert (await owner.look())["addresses"] == []
    assert [one["address"] for one in (await owner.look(joined))["addresses"]] == [MAIL]
    assert await owner.post.send_due() == 1
    await owner.signed_in("Opera, Windows")
    merge_id = await owner.harness.database.reads.fetchval("SELECT id FROM person_merge WHERE person_id = $1", UUID(record))
    await client.call(accounts.UnlinkRecord, account_pb2.UnlinkRecordRequest(merge_id=str(merge_id)), token=HEAD)
    assert await owner.post.send_due() == 0
    assert (await owner.look())["addresses"] == (await owner.look(joined))["addresses"] == []


async def test_person_when_blocked_with_letters_waiting_then_told_of_all(owner: Owner) -> None:
    await owner.confirmed()
    await owner.signed_in("Firefox, Windows")
    seen = len(owner.mailbox.letters)
    request = blocking_pb2.BlockAccountRequest(
        person_id=owner.person_id, reason=blocking_pb2.BLOCK_REASON_COMPROMISED, words="a", expected_version=0
    )
    await client.call(BlockingServiceStub(owner.harness.channel).BlockAccount, request, token=COORDINATOR)
    assert await owner.post.send_due() == 2
    assert sorted(subject for subject, _ in owner.mailbox.texts[seen:]) == ["Вход закрыт", "Вход с нового устройства"]


async def test_address_when_the_same_stands_at_two_accounts_then_neither_learns_of_the_other(owner: Owner) -> None:
    await owner.confirmed()
    stranger = replace(ANNA, esia_oid="1000000078", snils="00000100307")
    await owner.caller.came_through_bridge(stranger)
    other = token_of(a_principal("GUARDIAN", person_id=(await owner.caller.sign_in(stranger.esia_oid)).person_id))
    reply = await owner.ask("AddAddress", pb.AddAddressRequest(address=MAIL), other)
    assert [one["id"] for one in (await owner.look(other))["addresses"]] == [reply.id]
    assert len((await owner.look())["addresses"]) == 1
