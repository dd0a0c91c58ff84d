"""Addresses for letters about an account: confirmed by a code, chosen, removed; letters that arrive once, late or not at all."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest
from letter_box import Mailbox

from myschool.identity.v1 import erasure_pb2, token_pb2
from myschool.identity.v1 import notice_pb2 as pb
from myschool.identity.v1.erasure_pb2_grpc import ErasureServiceStub
from myschool.identity.v1.token_pb2_grpc import TokenServiceStub
from myschool_identity.notice.repository import LetterRepository
from myschool_identity.reseal.service import rehash, reseal
from myschool_kit import client
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_testing import Harness, a_principal, token_of

from .letter_owner import MAIL, Owner
from .test_identity import ANNA, Caller


async def refused(call) -> tuple[Kind, str]:
    with pytest.raises(DomainError) as error:
        await call
    return kind_of(error.value), error.value.reason


async def test_address_when_its_code_is_typed_then_confirmed_and_before_it_gets_nothing_else(owner: Owner) -> None:
    address_id = await owner.add(f"  {MAIL} ")
    await owner.caller.sign_in(session=str(uuid4()))
    await owner.post.send_due()
    [(subject, text)] = owner.mailbox.texts
    assert subject == "Код подтверждения"
    assert (owner.mailbox.letters[0]["To"], owner.mailbox.letters[0]["Auto-Submitted"]) == (MAIL, "auto-generated")
    assert "https://myschool.example.ru/settings" in text
    [shown] = (await owner.look())["addresses"]
    assert (shown["address"], shown["confirmed"], shown["kinds"], shown["version"]) == (MAIL, False, ["sign_in", "account"], 1)
    assert shown["code_until_ms"] > 0
    wrong = "000000" if owner.code() != "000000" else "111111"
    assert await owner.confirm(address_id, wrong) == (False, 4)
    assert await owner.confirm(address_id, owner.code()) == (True, 0)
    assert await owner.confirm(address_id, wrong) == (True, 0)
    [shown] = (await owner.look())["addresses"]
    assert (shown["confirmed"], shown["code_until_ms"], shown["version"]) == (True, 0, 2)
    stored = await owner.harness.database.reads.fetch(
        "SELECT to_jsonb(a)::text AS row FROM notice_address a UNION ALL SELECT to_jsonb(l)::text FROM letter l"
    )
    assert not [row for row in stored if "sokolova" in row["row"] or owner.code() in row["row"]]


async def test_code_when_guessed_five_times_or_old_then_good_for_nothing_until_a_new_one(owner: Owner) -> None:
    address_id = await owner.add()
    await owner.post.send_due()
    code = owner.code()
    wrong = [f"{number:06}" for number in range(6) if f"{number:06}" != code][:5]
    assert [await owner.confirm(address_id, one) for one in wrong] == [(False, left) for left in (4, 3, 2, 1, 0)]
    assert await owner.confirm(address_id, code) == (False, 0)
    again = pb.SendCodeRequest(id=address_id)
    assert await refused(owner.ask("SendCode", again)) == (Kind.RULE_BROKEN, "CODE_TOO_SOON")
    await owner.later(timedelta(minutes=2))
    await owner.ask("SendCode", again)
    await owner.post.send_due()
    assert owner.code() != code
    await owner.later(timedelta(minutes=15))
    assert await owner.confirm(address_id, owner.code()) == (False, 0)
    await owner.ask("SendCode", again)
    await owner.post.send_due()
    assert await owner.confirm(address_id, owner.code()) == (True, 0)


async def test_codes_when_many_are_asked_for_then_ten_a_day_whatever_is_removed(owner: Owner) -> None:
    for number in range(10):
        address_id = await owner.add(f"a{number}@example.ru")
        await owner.ask("RemoveAddress", pb.RemoveAddressRequest(id=address_id))
    assert await refused(owner.add("a10@example.ru")) == (Kind.RULE_BROKEN, "TOO_MANY_LETTERS")
    assert (await owner.look())["addresses"] == []
    await owner.later(timedelta(days=1, minutes=1))
    await owner.add("a10@example.ru")
    assert await owner.post.send_due() == 1


@pytest.mark.parametrize(
    "typed",
    [
        "anna",
        "anna@",
        "@example.ru",
        "anna@example",
        "anna@exa mple.ru",
        "анна@example.ru",
        "a@b.ru\r\nBcc: x@y.ru",
        "a..b@example.ru",
        "a@-b.ru",
        "a" * 65 + "@example.ru",
        "a@" + "b" * 64 + ".ru",
        '"a b"@example.ru',
        "a@[127.0.0.1]",
        "a,b@example.ru",
        "Anna <a@example.ru>",
    ],
    ids=str,
)
async def test_address_when_it_is_none_then_refused_without_repeating_it(owner: Owner, typed: str) -> None:
    with pytest.raises(DomainError) as error:
        await owner.add(typed)
    assert kind_of(error.value) == Kind.INVALID
    assert typed not in str(error.value)
    assert (await owner.look())["addresses"] == []


async def test_address_when_russian_domain_or_known_or_a_fourth_then_as_the_rules_say(owner: Owner) -> None:
    await owner.add("Anna@школа.рф")
    assert (await owner.look())["addresses"][0]["address"] == "Anna@школа.рф"
    await owner.post.send_due()
    assert owner.mailbox.letters[0]["To"] == "Anna@xn--80atdl2c.xn--p1ai"
    assert await refused(owner.add("anna@ШКОЛА.рф")) == (Kind.RULE_BROKEN, "ADDRESS_KNOWN")
    outcomes = await asyncio.gather(*(owner.add(f"b{number}@example.ru") for number in range(5)), return_exceptions=True)
    assert [getattr(one, "reason", "") for one in outcomes].count("TOO_MANY_ADDRESSES") == 3
    assert len((await owner.look())["addresses"]) == 3


async def test_kinds_when_two_choose_at_once_then_the_second_is_told(owner: Owner) -> None:
    waiting = await owner.add("other@example.ru")
    early = pb.ChangeKindsRequest(id=waiting, kinds=[], expected_version=1)
    assert await refused(owner.ask("ChangeKinds", early)) == (Kind.RULE_BROKEN, "ADDRESS_NOT_CONFIRMED")
    address_id = await owner.confirmed()
    choices = [pb.ChangeKindsRequest(id=address_id, kinds=kinds, expected_version=2) for kinds in (["sign_in"], [])]
    outcomes = await asyncio.gather(*(owner.ask("ChangeKinds", one) for one in choices), return_exceptions=True)
    assert sorted(getattr(one, "reason", "") for one in outcomes) == ["", "NOTICE_CHANGED"]
    bad = pb.ChangeKindsRequest(id=address_id, kinds=["everything"], expected_version=3)
    assert (await refused(owner.ask("ChangeKinds", bad)))[0] == Kind.INVALID


async def test_address_of_another_when_touched_then_as_if_it_were_not_there(owner: Owner) -> None:
    address_id = await owner.confirmed()
    stranger = replace(ANNA, esia_oid="1000000077", snils="00000100206")
    await owner.caller.came_through_bridge(stranger)
    other = token_of(a_principal("GUARDIAN", person_id=(await owner.caller.sign_in(stranger.esia_oid)).person_id))
    assert (await owner.look(other))["addresses"] == []
    assert await refused(owner.confirm(address_id, "000000", other)) == (Kind.NOT_FOUND, "NOT_FOUND")
    change = pb.ChangeKindsRequest(id=address_id, kinds=[], expected_version=2)
    assert await refused(owner.ask("ChangeKinds", change, other)) == (Kind.NOT_FOUND, "NOT_FOUND")
    assert await refused(owner.ask("SendCode", pb.SendCodeRequest(id=address_id), other)) == (Kind.NOT_FOUND, "NOT_FOUND")
    await owner.ask("RemoveAddress", pb.RemoveAddressRequest(id=address_id), other)
    assert len((await owner.look())["addresses"]) == 1


async def test_acts_when_they_touch_the_account_then_each_is_told_once_and_by_choice(owner: Owner) -> None:
    address_id = await owner.confirmed()
    harness, seen = owner.harness, len(owner.mailbox.letters)
    await owner.caller.sign_in()  # the browser of the first sign-in
    await owner.signed_in("Firefox, Windows")
    await owner.signed_in("Firefox, Windows")
    made = token_pb2.CreateTokenRequest(name="Календарь", days=30, token_hash="ab" * 32)
    await client.call(TokenServiceStub(harness.channel).CreateToken, made, token=owner.token)
    erasures = ErasureServiceStub(harness.channel)
    for _ in range(2):
        asked = orjson.loads((await client.call(erasures.RequestErasure, erasure_pb2.RequestErasureRequest(), token=owner.token)).body)
    cancel = erasure_pb2.CancelErasureRequest(request_id=asked["request"]["id"])
    await client.call(erasures.CancelErasure, cancel, token=owner.token)
    await owner.post.send_due()
    subjects = [subject for subject, _ in owner.mailbox.texts[seen:]]
    assert sorted(subjects) == sorted(
        ["Вход с нового устройства", "Создан ключ для чтения дневника", "Просьба удалить профиль", "Удаление профиля отменено"]
    )
    text = dict(owner.mailbox.texts)["Вход с нового устройства"]
    assert "Firefox, Windows" in text
    assert re.search(r"Когда: \d+ \w+ 20\d\d года, \d\d:\d\d \(UTC\+3\)\.", text)
    await owner.ask("ChangeKinds", pb.ChangeKindsRequest(id=address_id, kinds=["account"], expected_version=2))
    await owner.signed_in("Safari, macOS")
    assert await owner.post.send_due() == 0
    # Whoever adds an address is told to those that were there.
    await owner.confirmed("second@example.ru")
    await owner.post.send_due()
    assert (owner.mailbox.texts[-1][0], owner.mailbox.letters[-1]["To"]) == ("Добавлена почта для уведомлений", MAIL)


async def test_letter_when_the_mail_server_is_away_then_it_arrives_later_and_once(owner: Owner) -> None:
    await owner.confirmed()
    owner.mailbox.stop()
    seen = len(owner.mailbox.letters)
    await owner.signed_in("Firefox, Windows")
    assert [await owner.post.send_due() for _ in range(2)] == [1, 0]
    await owner.later(timedelta(minutes=2))
    owner.mailbox.start()
    senders = [owner.sender() for _ in range(4)]
    assert sum(await asyncio.gather(*(one.send_due() for one in senders))) == 1
    await owner.later(timedelta(hours=1))
    assert await owner.post.send_due() == 0
    assert len(owner.mailbox.letters) == seen + 1


async def test_letter_when_its_sender_dies_then_another_takes_it_up_under_the_same_name(owner: Owner) -> None:
    await owner.confirmed()
    await owner.signed_in("Firefox, Windows")

    class Dying(LetterRepository):
        async def sent(self, *_: object) -> None:
            raise asyncio.CancelledError

    dying = owner.sender()
    dying._letters = Dying()
    with pytest.raises(asyncio.CancelledError):
        await dying.send_due()
    assert await owner.post.send_due() == 0
    await owner.later(timedelta(minutes=6))
    assert await owner.post.send_due() == 1
    first, second = owner.mailbox.letters[-2:]
    assert first["Message-ID"] == second["Message-ID"]


async def test_letter_when_the_mailbox_is_unknown_then_the_address_shows_it_until_one_arrives(owner: Owner) -> None:
    await owner.confirmed()
    owner.mailbox.refused[MAIL] = "550 no such mailbox"
    await owner.signed_in("Firefox, Windows")
    assert [await owner.post.send_due() for _ in range(2)] == [1, 0]
    assert (await owner.look())["addresses"][0]["failed_at_ms"] > 0
    owner.mailbox.refused[MAIL] = "451 try again later"
    await owner.signed_in("Opera, Windows")
    await owner.post.send_due()
    owner.mailbox.refused.clear()
    await owner.later(timedelta(minutes=2))
    await owner.post.send_due()
    assert (await owner.look())["addresses"][0]["failed_at_ms"] == 0
    # After a day it makes no sense any more.
    owner.mailbox.stop()
    await owner.signed_in("Edge, Windows")
    await owner.later(timedelta(hours=25))
    owner.mailbox.start()
    seen = len(owner.mailbox.letters)
    assert await owner.post.send_due() == 1
    assert len(owner.mailbox.letters) == seen
    assert (await owner.look())["addresses"][0]["failed_at_ms"] > 0


async def test_address_when_removed_then_waiting_letters_go_too_and_the_row_after_a_day(owner: Owner) -> None:
    address_id = await owner.confirmed()
    await owner.signed_in("Firefox, Windows")
    for _ in range(2):
        await owner.ask("RemoveAddress", pb.RemoveAddressRequest(id=address_id))
    assert await owner.post.send_due() == 0
    row = await owner.harness.database.reads.fetchrow("SELECT sealed, removed_at FROM notice_address WHERE id = $1", UUID(address_id))
    assert row["sealed"] is None
    await owner.later(timedelta(days=2))
    async with owner.harness.database.begin() as uow:
        await LetterRepository().tidy(uow.raw, row["removed_at"] - timedelta(days=1), row["removed_at"] - timedelta(days=1))
    assert await owner.harness.database.reads.fetchval("SELECT count(*) FROM notice_address WHERE id = $1", UUID(address_id)) == 0


async def test_region_when_it_sends_no_letters_then_it_says_so(identity: Harness, keys_dir: Path, mailbox: Mailbox) -> None:
    caller = Caller(identity, keys_dir)
    await caller.came_through_bridge()
    owner = Owner(identity, caller, (await caller.sign_in(ANNA.esia_oid)).person_id, keys_dir, mailbox)
    assert await owner.look() == {"sends": False, "suggested": "", "most": 3, "addresses": []}
    assert await refused(owner.add()) == (Kind.RULE_BROKEN, "MAIL_OFF")


async def test_keys_when_replaced_then_addresses_stay_readable(owner: Owner) -> None:
    await owner.confirmed()
    assert (await reseal(owner.harness.database, owner.cipher, anew=True))["notice_address"] == 1
    assert "notice_address" not in await rehash(owner.harness.database, owner.cipher, owner.lookup)
    assert (await owner.look())["addresses"][0]["address"] == MAIL
