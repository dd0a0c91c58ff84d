"""From the raw JSON of Госуслуги to a profile: the element of /kids is not published, so anything may come."""

import base64
import os
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from myschool_identity.bridge.errors import SignInProblem
from myschool_identity.bridge.profiles import Answers, day, profile_of
from myschool_identity.profile.model import Document, EsiaProfile
from myschool_identity.profile.repository import ProfileRepository
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash

NOW = datetime(2026, 11, 26, tzinfo=UTC)
PERSON = {"lastName": "Соколова", "firstName": "Анна", "birthDate": "14.05.1984", "snils": "000-001-001 05"}
CLAIMS = {"sub": 1000000001, "urn:esia:sbj": {"urn:esia:sbj:is_tru": True, "urn:esia:sbj:lvl": "PR"}}
CERTIFICATE = {"type": "KID_RF_BRTH_CERT", "series": "II-МЮ", "number": "000101", "issueDate": "21.09.2012", "issuedBy": "ЗАГС"}


def profile(**answers: Any) -> EsiaProfile:
    return profile_of(CLAIMS, Answers(person=PERSON, **answers), NOW)


@pytest.mark.parametrize(
    ("element", "birth_date", "documents"),
    [
        ({"birthDate": "21.09.2012", "documents": {"size": 1, "elements": [CERTIFICATE]}}, "2012-09-21", 1),
        ({"birthDate": "2012-09-21", "documents": [CERTIFICATE, "https://esia/rs/…", None, {}]}, "2012-09-21", 1),
        ({"birthDate": "31.02.2012", "documents": "none"}, "", 0),
        ({"birthDate": {"year": 2012}, "documents": {"elements": None}}, "", 0),
        ({"birthDate": None, "unknown": [[[]]], "gender": ["M"]}, "", 0),
        ({}, "", 0),
    ],
    ids=["collection", "bare-list", "no-day", "object", "null", "names-only"],
)
def test_kid_is_read_as_far_as_it_tells(element: dict[str, Any], birth_date: str, documents: int) -> None:
    (kid,) = profile(kids=[{"lastName": "Соколов", "firstName": "Егор", **element}]).kids
    assert (kid.family_name, kid.birth_date, len(kid.documents), kid.gender) == ("Соколов", birth_date, documents, "")


def test_kid_by_snils_alone_is_kept_and_one_that_says_nothing_is_not() -> None:
    kids = profile(kids=[{"snils": "000-001-101 08"}, {"id": 5}, {"lastName": "", "firstName": None}]).kids
    assert [kid.snils for kid in kids] == ["00000110108"]


def test_roles_tell_heads_and_liquidated_organisations_and_leave_out_what_has_ended() -> None:
    role = {"oid": 1000001012, "ogrn": "1020000000012", "shortName": "Школа № 12", "chief": True, "active": True}
    ended = {**role, "active": False}
    silent = {**role, "chief": "yes", "isLiquidated": True}
    first, second = profile(roles=[role, ended, silent]).organisations
    assert (first.oid, first.chief, first.liquidated) == ("1000001012", True, False)
    # Only a plain «true» makes a head.
    assert (second.chief, second.liquidated) == (False, True)


def test_only_verified_contacts_count() -> None:
    contacts = [
        {"type": "EML", "vrfStu": "NOT_VERIFIED", "value": "foreign@example.org"},
        {"type": "MBT", "vrfStu": "VERIFIED", "value": "+7(900)0000001"},
        {"type": "CEM", "vrfStu": "VERIFIED", "value": "x@example.org"},
    ]
    found = profile(ctts=contacts)
    assert (found.email, found.phone) == ("", "+7(900)0000001")


def test_document_without_number_is_none() -> None:
    passport = {"type": "RF_PASSPORT", "series": "0000", "number": 123456, "issueDate": "12.03.2004"}
    assert profile(docs=[passport, {"type": "INN"}, {"number": "1"}]).documents == (
        Document(kind="RF_PASSPORT", series="0000", number="123456", issued_on="2004-03-12", issued_by=""),
    )


@pytest.mark.parametrize("subject", [None, "text", [], {"urn:esia:sbj:is_tru": "true"}], ids=["absent", "text", "list", "text-true"])
def test_doubtful_confirmation_is_none(subject: Any) -> None:
    assert profile_of({"sub": 1, "urn:esia:sbj": subject}, Answers(person=PERSON), NOW).trusted is False


def test_person_without_a_name_is_refused() -> None:
    with pytest.raises(SignInProblem):
        profile_of(CLAIMS, Answers(person={"firstName": " "}), NOW)


@pytest.mark.parametrize("text", ["", "1.2", "99.99.9999", "aa.bb.cccc", "2012", "-", "01.01.0000"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert day(text) is None
    assert day("29.02.2004") == date(2004, 2, 29)


class Row:
    """A connection that keeps the one row it is given."""

    def __init__(self) -> None:
        self.values: tuple[Any, ...] = ()

    async def execute(self, _statement: str, *values: Any) -> None:
        self.values = values


async def test_documents_rest_encrypted_and_profiles_from_before_are_still_read() -> None:
    cipher = EnvelopeCipher(base64.b64encode(os.urandom(32)))
    repository = ProfileRepository(cipher, LookupHash(base64.b64encode(os.urandom(32))))
    whole = profile(docs=[{"type": "RF_PASSPORT", "number": "123456"}], kids=[{"lastName": "Соколов", "documents": [CERTIFICATE]}])
    row = Row()
    await repository.save(row, whole)  # type: ignore[arg-type]
    assert not any(b"123456" in value or b"000101" in value for value in row.values if isinstance(value, bytes))
    names = [
        "esia_oid",
        "family_name",
        "given_name",
        "middle_name",
        "birth_date",
        "gender",
        "level",
        "trusted",
        "has_email",
        "snils_hash",
        "sealed",
        "updated_at",
    ]
    stored = dict(zip(names, row.values, strict=True))
    assert repository._profile(stored) == whole
    sensitive = orjson.loads(cipher.decrypt(stored["sealed"], "esia:1000000001"))
    sensitive.pop("documents")
    for kid in sensitive["kids"]:
        kid.pop("documents")
    stored["sealed"] = cipher.encrypt(orjson.dumps(sensitive), "esia:1000000001")
    former = repository._profile(stored)
    assert (former.documents, former.kids[0].documents, former.phone) == ((), (), whole.phone)
