"""From the raw JSON of Госуслуги to a profile; tolerant of what is absent, as fields come only for granted scopes."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from myschool_identity.bridge.errors import BAD_ANSWER, SignInProblem
from myschool_identity.profile.model import EsiaProfile, Kid, Organisation

Raw = Mapping[str, Any]
_NOT_DIGITS = re.compile(r"\D")


def profile_of(
    *, claims: Raw, person: Raw, contacts: Sequence[Raw], roles: Sequence[Raw], kids: Sequence[Raw], now: datetime
) -> EsiaProfile:
    """The profile out of the ID token and the four answers. Raises SignInProblem when the name is missing."""
    subject = claims.get("urn:esia:sbj", {})
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
        email=_contact(contacts, "EML"),
        phone=_contact(contacts, "MBT"),
        organisations=tuple(_organisation(role) for role in roles if role.get("active", True)),
        kids=tuple(_kid(kid) for kid in kids),
        updated_at=now,
    )


def text(raw: Raw, name: str) -> str:
    """The value as stripped text, empty when absent."""
    value = raw.get(name)
    return "" if value is None else str(value).strip()


def digits(value: str) -> str:
    """Digits only: СНИЛС is compared without dashes."""
    return _NOT_DIGITS.sub("", value)


def day(value: str) -> date | None:
    """A day written dd.mm.yyyy; None when it is absent or not a day."""
    parts = value.split(".")
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


def _kid(kid: Raw) -> Kid:
    born = day(text(kid, "birthDate"))
    return Kid(
        family_name=text(kid, "lastName"),
        given_name=text(kid, "firstName"),
        middle_name=text(kid, "middleName"),
        birth_date=born.isoformat() if born else "",
        gender=text(kid, "gender"),
        snils=digits(text(kid, "snils")),
        representation=text(kid, "representation"),
    )
