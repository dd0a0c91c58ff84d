"""From the raw JSON of Госуслуги to a profile; tolerant of what is absent, as fields come only for granted scopes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from myschool_identity.bridge.errors import BAD_ANSWER, SignInProblem
from myschool_identity.profile.model import Document, EsiaProfile, Kid, Organisation

Raw = Mapping[str, Any]
_NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Answers:
    """What Госуслуги answered about one person; collections that were not asked for are empty."""

    person: Raw
    ctts: Sequence[Raw] = ()
    docs: Sequence[Raw] = ()
    roles: Sequence[Raw] = ()
    kids: Sequence[Raw] = ()


def profile_of(claims: Raw, answers: Answers, now: datetime) -> EsiaProfile:
    """The profile out of the ID token and the answers. Raises SignInProblem when the name is missing."""
    subject = claims.get("urn:esia:sbj")
    subject = subject if isinstance(subject, Mapping) else {}
    person = answers.person
    family_name, given_name = text(person, "lastName"), text(person, "firstName")
    if not (family_name or given_name):
        raise SignInProblem(BAD_ANSWER, "the person has no name")
    return EsiaProfile(
        esia_oid=str(claims["sub"]),
        family_name=family_name,
        given_name=given_name,
        middle_name=text(person, "middleName"),
        birth_date=day(text(person, "birthDate")),
        gender=text(person, "gender"),
        level=text(subject, "urn:esia:sbj:lvl"),
        trusted=subject.get("urn:esia:sbj:is_tru") is True,
        snils=digits(text(person, "snils")),
        email=_contact(answers.ctts, "EML"),
        phone=_contact(answers.ctts, "MBT"),
        organisations=tuple(_organisation(role) for role in answers.roles if role.get("active", True)),
        kids=tuple(kid for kid in map(_kid, answers.kids) if kid is not None),
        documents=tuple(document for document in map(_document, answers.docs) if document is not None),
        updated_at=now,
    )


def text(raw: Raw, name: str) -> str:
    """The value as stripped text; empty when absent or not a plain value."""
    value = raw.get(name)
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def digits(value: str) -> str:
    """Digits only: СНИЛС is compared without dashes."""
    return _NOT_DIGITS.sub("", value)


def day(value: str) -> date | None:
    """A day written dd.mm.yyyy, or as ISO where the form is not known (children); None when it is absent or not a day."""
    parts = value.split(".") if "." in value else value.split("-")[::-1]
    try:
        return date(int(parts[2]), int(parts[1]), int(parts[0]))
    except (ValueError, IndexError):
        return None


def _contact(contacts: Sequence[Raw], kind: str) -> str:
    verified = (text(item, "value") for item in contacts if item.get("type") == kind and item.get("vrfStu") == "VERIFIED")
    return next(verified, "")


def _organisation(role: Raw) -> Organisation:
    return Organisation(
        oid=text(role, "oid"),
        ogrn=text(role, "ogrn"),
        name=text(role, "shortName") or text(role, "fullName"),
        chief=role.get("chief") is True,
        liquidated=role.get("isLiquidated") is True,
    )


def _document(raw: Raw) -> Document | None:
    """None for an entry without kind or number: it identifies nothing."""
    kind, number = text(raw, "type"), text(raw, "number")
    if not (kind and number):
        return None
    issued = day(text(raw, "issueDate"))
    return Document(
        kind=kind,
        series=text(raw, "series"),
        number=number,
        issued_on=issued.isoformat() if issued else "",
        issued_by=text(raw, "issuedBy"),
    )


def _kid(kid: Raw) -> Kid | None:
    """A child as far as the element tells: its JSON is not published, so only what says nothing at all is passed over."""
    family_name, given_name, snils = text(kid, "lastName"), text(kid, "firstName"), digits(text(kid, "snils"))
    if not (family_name or given_name or snils):
        return None
    born = day(text(kid, "birthDate"))
    return Kid(
        family_name=family_name,
        given_name=given_name,
        middle_name=text(kid, "middleName"),
        birth_date=born.isoformat() if born else "",
        gender=text(kid, "gender"),
        snils=snils,
        representation=text(kid, "representation"),
        documents=tuple(document for document in map(_document, _embedded(kid.get("documents"))) if document is not None),
    )


def _embedded(documents: Any) -> Sequence[Raw]:
    """A collection ({"elements": […]}) or a bare list, whichever comes."""
    listed = documents.get("elements") if isinstance(documents, Mapping) else documents
    return [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
