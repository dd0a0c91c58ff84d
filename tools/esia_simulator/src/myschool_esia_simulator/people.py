"""The people of the simulated Госуслуги, read from a JSON file."""

import re
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

_NOT_DIGITS = re.compile(r"\D")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Organisation(_Record):
    """An organisation as it stands in the entry of /roles."""

    oid: int
    fullName: str  # noqa: N815  (ESIA's own spelling)
    shortName: str  # noqa: N815
    ogrn: str
    type: str
    isLiquidated: bool  # noqa: N815


class Employment(_Record):
    """A person works in an organisation; `chief` marks its head."""

    organisation: str
    chief: bool


class Kid(_Record):
    """A child inside a person's account. The real element's JSON is unknown: this is our fixture."""

    id: int
    lastName: str  # noqa: N815
    firstName: str  # noqa: N815
    middleName: str  # noqa: N815
    birthDate: str  # noqa: N815
    gender: Literal["M", "F"]
    snils: str
    representation: Literal["PARENT", "FOSTER"]


class Person(_Record):
    """A person with an account; dates are dd.mm.yyyy, phones +7(ddd)ddddddd."""

    oid: int
    lastName: str  # noqa: N815
    firstName: str  # noqa: N815
    middleName: str  # noqa: N815
    birthDate: str  # noqa: N815
    gender: Literal["M", "F"]
    snils: str
    mobile: str
    email: str | None
    password: str
    trusted: bool
    level: Literal["KD", "PR", "P"]
    about: str
    roles: list[Employment]
    kids: list[Kid]

    @property
    def full_name(self) -> str:
        """Family name first, as on documents."""
        return f"{self.lastName} {self.firstName} {self.middleName}"


class _File(_Record):
    organisations: dict[str, Organisation]
    people: list[Person]


class People:
    """Lookup of people by oid and by any of the three logins."""

    def __init__(self, file: _File) -> None:
        self.organisations = file.organisations
        self.everyone = file.people
        self._by_oid = {person.oid: person for person in file.people}
        self._by_login = {key: person for person in file.people for key in _login_keys(person)}

    @classmethod
    def load(cls, path: Path | None) -> "People":
        """Reads `path`, or the packaged demo people when it is None."""
        source = resources.files(__package__).joinpath("people.json") if path is None else path
        return cls(_File.model_validate_json(source.read_text(encoding="utf-8")))

    def get(self, oid: int) -> Person | None:
        """The person with this oid."""
        return self._by_oid.get(oid)

    def sign_in(self, login: str, password: str) -> Person | None:
        """The person whose phone, e-mail or СНИЛС and password these are."""
        person = self._by_login.get(_key(login))
        return person if person is not None and person.password == password else None


def _login_keys(person: Person) -> list[str]:
    logins = [person.mobile, person.snils]
    if person.email is not None:
        logins.append(person.email)
    return [_key(login) for login in logins]


def _key(login: str) -> str:
    """One spelling per login: people type phones with 8 or +7 and СНИЛС with or without dashes."""
    login = login.strip()
    if "@" in login:
        return login.lower()
    digits = _NOT_DIGITS.sub("", login)
    looks_like_phone = login.startswith("+") or "(" in login or digits.startswith(("79", "89"))
    if looks_like_phone and len(digits) == 11:
        return "phone:" + digits[1:]
    return "snils:" + digits
