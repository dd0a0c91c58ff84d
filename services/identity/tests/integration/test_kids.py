"""Children whom Госуслуги named, and what a family says about a child: compared by keyed hash, told without a number."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from myschool.identity.v1 import account_pb2 as pb
from myschool.identity.v1 import identity_pb2
from myschool.identity.v1.account_pb2_grpc import AccountServiceStub
from myschool.identity.v1.identity_pb2_grpc import IdentityServiceStub
from myschool_identity.profile.model import Document, EsiaProfile, Kid
from myschool_identity.profile.repository import ProfileRepository
from myschool_kit import client
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_testing import Harness, a_principal, token_of

TOLD = datetime(2026, 11, 24, 9, tzinfo=UTC)
TIMUR = Kid(
    "Белов",
    "Тимур",
    "Андреевич",
    "2013-04-03",
    "M",
    "00000100408",
    "PARENT",
    (Document("KID_RF_BRTH_CERT", "II-МЮ", "000102", "2013-04-10", ""), Document("KID_ACT_RECORD", "", "130209770000300001000", "", "")),
)
EVA = Kid("Белова", "Ева", "Андреевна", "2016-07-11", "F", "", "PARENT")
OLGA = EsiaProfile(
    esia_oid="1000000303",
    family_name="Белова",
    given_name="Ольга",
    middle_name="Сергеевна",
    birth_date=date(1986, 2, 19),
    gender="F",
    level="PR",
    trusted=True,
    snils="00000100307",
    email="",
    phone="",
    organisations=(),
    kids=(TIMUR, EVA),
    updated_at=TOLD,
)


class Mother:
    def __init__(self, harness: Harness, keys_dir: Path) -> None:
        self.harness = harness
        self.accounts = AccountServiceStub(harness.channel)
        self.identity = IdentityServiceStub(harness.channel)
        self.system = token_of(a_principal("SYSTEM", person_id="gateway"))
        cipher = EnvelopeCipher((keys_dir / "field.key").read_bytes())
        self.profiles = ProfileRepository(cipher, LookupHash((keys_dir / "lookup.key").read_bytes()))
        self.id = ""

    async def sign_in(self, profile: EsiaProfile = OLGA) -> str:
        await self.profiles.save(self.harness.database.reads, profile)
        request = identity_pb2.SignInRequest(esia_oid=profile.esia_oid, session_id=str(uuid4()), device="")
        self.id = (await client.call(self.identity.SignIn, request, token=self.system)).person_id
        return self.id

    async def register(self, snils: str = TIMUR.snils, birth: str = "2013-04-03", family: str = "Белов") -> str:
        person = identity_pb2.PersonToRegister(
            key="a", family_name=family, given_name="Тимур", middle_name="Андреевич", birth_date=birth, snils=snils
        )
        request = identity_pb2.RegisterPeopleRequest(people=[person])
        return (await client.call(self.identity.RegisterPeople, request, token=self.system)).people[0].person_id

    async def ask(self, name: str, request: Any, person: str = "", role: str = "PERSON") -> Any:
        token = token_of(a_principal(role, person_id=person or self.id))
        return await client.call(getattr(self.accounts, name), request, token=token)

    async def kids(self, person: str = "") -> list[pb.OwnKid]:
        return list((await self.ask("GetOwnKids", pb.GetOwnKidsRequest(), person)).kids)

    async def check(self, **values: str) -> pb.CheckChildCardResponse:
        card = {"family_name": "Белов", "birth_date": "2013-04-03"} | values
        return await self.ask("CheckChildCard", pb.CheckChildCardRequest(**card))


@pytest.fixture
async def mother(identity: Harness, keys_dir: Path) -> Mother:
    found = Mother(identity, keys_dir)
    await found.sign_in()
    return found


async def test_children_when_named_then_told_with_the_record_and_without_a_number(mother: Mother) -> None:
    record = await mother.register()
    reply = await mother.ask("GetOwnKids", pb.GetOwnKidsRequest())
    timur, eva = reply.kids
    assert (timur.family_name, timur.given_name, timur.middle_name, timur.birth_date) == ("Белов", "Тимур", "Андреевич", "2013-04-03")
    assert (timur.person_id, eva.person_id, reply.told_at_ms) == (record, "", int(TOLD.timestamp() * 1000))
    assert not any(number in str(reply) for number in (TIMUR.snils, "000102"))
    # A key names the child to this person and at every sign-in, and to nobody else.
    await mother.sign_in()
    assert [one.key for one in await mother.kids()] == [timur.key, eva.key]
    assert len({timur.key, eva.key}) == 2


async def test_key_when_another_parent_names_the_same_child_then_another(mother: Mother) -> None:
    own = {one.key for one in await mother.kids()}
    await mother.sign_in(replace(OLGA, esia_oid="1000000304", snils="", given_name="Павел"))
    assert own.isdisjoint({one.key for one in await mother.kids()})


async def test_record_when_its_day_of_birth_differs_then_the_school_has_to_look(mother: Mother) -> None:
    await mother.register("00000200910", "2013-04-04")
    await mother.sign_in(replace(OLGA, kids=(replace(TIMUR, snils="00000200910"),)))
    assert [one.person_id for one in await mother.kids()] == [""]


async def test_children_when_the_account_is_unconfirmed_or_unknown_then_none(mother: Mother) -> None:
    await mother.sign_in(replace(OLGA, esia_oid="1000000305", snils="", trusted=False))
    assert await mother.kids() == []
    assert await mother.kids(str(uuid4())) == []
    with pytest.raises(DomainError) as error:
        await mother.kids("gateway")
    assert kind_of(error.value) is Kind.NOT_FOUND


@pytest.mark.parametrize(
    ("card", "found"),
    [
        pytest.param({"snils": "000-001-004 08"}, True, id="as-written"),
        pytest.param({"snils": "00000100408", "family_name": "БЕЛОВ"}, True, id="digits-and-capitals"),
        pytest.param({"snils": "00000100408", "family_name": "Иванов"}, False, id="another-name"),
        pytest.param({"snils": "00000100408", "birth_date": "2013-04-04"}, False, id="another-day"),
        pytest.param({"snils": "00000100408", "birth_date": ""}, False, id="no-day"),
        pytest.param({"snils": "000-001-003 07"}, False, id="another-number"),
        pytest.param({}, False, id="no-number"),
    ],
)
async def test_number_when_compared_then_fits_with_name_and_day_only(mother: Mother, card: dict[str, str], found: bool) -> None:
    record = await mother.register()
    assert (await mother.check(**card)).person_id == (record if found else "")


@pytest.mark.parametrize(
    ("series", "number", "known"),
    [
        pytest.param("II-МЮ", "000102", True, id="as-printed"),
        pytest.param("ii мю", "№ 000102", True, id="small-and-spaces"),
        pytest.param("11-MЮ", "000102", True, id="the-other-keyboard"),
        pytest.param("III-МЮ", "000102", False, id="another-series"),
        pytest.param("II-МЮ", "000103", False, id="another-number"),
        pytest.param("", "130209770000300001000", True, id="act-record"),
        pytest.param("", "130209770000300001001", False, id="another-act-record"),
    ],
)
async def test_certificate_when_compared_then_known_as_it_was_named(mother: Mother, series: str, number: str, known: bool) -> None:
    assert (await mother.check(certificate_series=series, certificate_number=number)).certificate_known is known


async def test_certificate_when_of_the_other_child_or_of_nobody_then_unknown(mother: Mother) -> None:
    numbers = {"certificate_series": "II-МЮ", "certificate_number": "000102"}
    assert not (await mother.check(family_name="Белова", birth_date="2016-07-11", **numbers)).certificate_known
    request = pb.CheckChildCardRequest(family_name="Белов", birth_date="2013-04-03", **numbers)
    assert not (await mother.ask("CheckChildCard", request, str(uuid4()))).certificate_known


@pytest.mark.parametrize(
    ("card", "reason", "field"),
    [
        pytest.param({"snils": "112-233-445 96"}, "CARD_SNILS_INVALID", "snils", id="check-sum"),
        pytest.param({"snils": "12345"}, "CARD_SNILS_INVALID", "snils", id="short"),
        pytest.param({"snils": "нет"}, "CARD_SNILS_INVALID", "snils", id="words"),
        pytest.param(
            {"certificate_series": "МЮ", "certificate_number": "000102"}, "CERTIFICATE_INVALID", "certificate_series", id="series"
        ),
        pytest.param(
            {"certificate_series": "II-МЮ", "certificate_number": "12"}, "CERTIFICATE_INVALID", "certificate_number", id="short-number"
        ),
        pytest.param({"certificate_series": "II-МЮ"}, "CERTIFICATE_INVALID", "certificate_number", id="no-number"),
        pytest.param({"certificate_number": "1" * 22}, "CERTIFICATE_INVALID", "certificate_number", id="long-act"),
    ],
)
async def test_card_when_badly_written_then_says_what_to_change(mother: Mother, card: dict[str, str], reason: str, field: str) -> None:
    with pytest.raises(DomainError) as error:
        await mother.check(**card)
    assert (kind_of(error.value), error.value.reason) == (Kind.INVALID, reason)
    assert [one.field for one in error.value.violations] == [field]
    assert not any(value in str(error.value) for value in card.values())


async def test_account_when_somebody_signs_in_then_known(mother: Mother) -> None:
    record = await mother.register("00000201011")
    for person, signs_in in ((mother.id, True), (record, False), (str(uuid4()), False)):
        reply = await mother.ask("CheckAccount", pb.CheckAccountRequest(person_id=person), role="HEAD")
        assert reply.signs_in is signs_in
    with pytest.raises(DomainError) as error:
        await mother.ask("CheckAccount", pb.CheckAccountRequest(person_id=record))
    assert kind_of(error.value) is Kind.FORBIDDEN
