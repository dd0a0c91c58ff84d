"""The people of the simulated Госуслуги: read from a JSON file, changed at the stand."""

import json
import re
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from myschool_esia_simulator import snils

_NOT_DIGITS = re.compile(r"\D")
_FIRST_OID = 1_000_100_000


def _day(text: str) -> str:
    try:
        datetime.strptime(text, "%d.%m.%Y")  # noqa: DTZ007  (a calendar day)
    except ValueError as error:
        raise ValueError("дата пишется как 26.05.2000") from error
    return text


def _snils(text: str) -> str:
    if not snils.is_valid(text):
        raise ValueError("контрольные цифры СНИЛС не сходятся")
    return snils.shown(text)


Name = Annotated[str, Field(min_length=1, max_length=100)]
Day = Annotated[str, AfterValidator(_day)]
Snils = Annotated[str, AfterValidator(_snils)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Organisation(_Record):
    """An organisation as it stands in the entry of /roles."""

    oid: int
    fullName: Name  # noqa: N815  (ESIA's own spelling)
    shortName: Name  # noqa: N815
    ogrn: Annotated[str, Field(pattern=r"^\d{13}$")]
    type: str = "LEGAL"
    isLiquidated: bool = False  # noqa: N815


class Employment(_Record):
    """A person works in an organisation; `chief` marks its head."""

    organisation: str
    chief: bool = False


class Document(_Record):
    """An identity document."""

    type: Annotated[str, Field(pattern=r"^[A-Z_]{2,40}$")]
    series: Annotated[str, Field(max_length=20)] = ""
    number: Annotated[str, Field(min_length=1, max_length=30)]
    issueDate: Day  # noqa: N815
    issueId: Annotated[str, Field(max_length=20)] = ""  # noqa: N815
    issuedBy: Annotated[str, Field(max_length=300)] = ""  # noqa: N815
    vrfStu: Literal["VERIFIED", "NOT_VERIFIED"] = "VERIFIED"  # noqa: N815


class Kid(_Record):
    """A child inside a person's account. The real element's JSON is unknown: this is our fixture."""

    id: int
    lastName: Name  # noqa: N815
    firstName: Name  # noqa: N815
    middleName: Annotated[str, Field(max_length=100)] = ""  # noqa: N815
    birthDate: Day  # noqa: N815
    gender: Literal["M", "F"]
    snils: Snils
    representation: Literal["PARENT", "FOSTER"] = "PARENT"
    documents: list[Document] = Field(default_factory=list, max_length=20)


class Person(_Record):
    """A person with an account; dates are dd.mm.yyyy, phones +7(ddd)ddddddd."""

    oid: int
    lastName: Name  # noqa: N815
    firstName: Name  # noqa: N815
    middleName: Annotated[str, Field(max_length=100)] = ""  # noqa: N815
    birthDate: Day  # noqa: N815
    gender: Literal["M", "F"]
    snils: Snils
    mobile: str
    email: Annotated[str, Field(pattern=r"^\S+@\S+\.\S+$", max_length=254)] | None = None
    emailVerified: bool = True  # noqa: N815
    password: Annotated[str, Field(min_length=1, max_length=100)] = "demo"  # noqa: S105  (invented people of a test stand)
    trusted: bool = True
    level: Literal["KD", "PR", "P"] = "PR"
    about: Annotated[str, Field(max_length=200)] = ""
    roles: list[Employment] = Field(default_factory=list, max_length=20)
    kids: list[Kid] = Field(default_factory=list, max_length=20)
    documents: list[Document] = Field(default_factory=list, max_length=20)

    @field_validator("mobile")
    @classmethod
    def _mobile(cls, text: str) -> str:
        digits = _NOT_DIGITS.sub("", text)
        if len(digits) != 11 or digits[0] not in "78":
            raise ValueError("телефон пишется как +7(900)0000001")
        return f"+7({digits[1:4]}){digits[4:]}"

    @property
    def full_name(self) -> str:
        """Family name first, as on documents."""
        return " ".join(filter(None, (self.lastName, self.firstName, self.middleName)))


class _File(_Record):
    organisations: dict[str, Organisation]
    people: list[Person]


class PeopleError(ValueError):
    """A change that would break the register; the text is for the demonstrator."""


class People:
    """Lookup of people by oid and by any of the three logins; changes are written to the file they came from, when there is one."""

    def __init__(self, file: _File, path: Path | None) -> None:
        self._path = path
        self._built_in = file
        self._take(file)

    @classmethod
    def load(cls, path: Path | None) -> "People":
        """Reads `path`; the packaged demo people when it is None or not there yet (it is then made by the first change)."""
        source = path if path is not None and path.exists() else resources.files(__package__).joinpath("people.json")
        return cls(_File.model_validate_json(source.read_text(encoding="utf-8")), path)

    def get(self, oid: int) -> Person | None:
        """The person with this oid."""
        return self._by_oid.get(oid)

    def sign_in(self, login: str, password: str) -> Person | None:
        """The person whose phone, e-mail or СНИЛС and password these are."""
        person = self._by_login.get(_key(login))
        return person if person is not None and person.password == password else None

    def save(self, person: Person) -> None:
        """Adds the person or replaces the one with the same oid. Raises PeopleError."""
        for key in _login_keys(person):
            other = self._by_login.get(key)
            if other is not None and other.oid != person.oid:
                raise PeopleError(f"С такими данными для входа уже есть {other.full_name}")
        unknown = [role.organisation for role in person.roles if role.organisation not in self.organisations]
        if unknown:
            raise PeopleError(f"Нет организации {unknown[0]}")
        everyone = [person if one.oid == person.oid else one for one in self.everyone]
        self._change(self.organisations, everyone if person.oid in self._by_oid else [*everyone, person])

    def remove(self, oid: int) -> None:
        """Forgets the person; done twice it is done once."""
        self._change(self.organisations, [person for person in self.everyone if person.oid != oid])

    def save_organisation(self, key: str, organisation: Organisation) -> None:
        """Adds or replaces an organisation."""
        self._change({**self.organisations, key: organisation}, self.everyone)

    def reset(self) -> None:
        """Everyone as after the start."""
        self._change(self._built_in.organisations, self._built_in.people)

    def next_oid(self) -> int:
        """An oid that nobody has: neither person, child nor organisation."""
        taken = {*self._by_oid, *(item.oid for item in self.organisations.values())}
        taken |= {kid.id for person in self.everyone for kid in person.kids}
        return max(_FIRST_OID, *taken) + 1

    def as_json(self) -> str:
        """The file, to be kept and given to another stand."""
        content = _File(organisations=self.organisations, people=self.everyone).model_dump()
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    def _change(self, organisations: dict[str, Organisation], people: list[Person]) -> None:
        self._take(_File(organisations=organisations, people=people))
        if self._path is not None:
            draft = self._path.with_name(f".{self._path.name}.new")
            draft.write_text(self.as_json(), encoding="utf-8")
            draft.replace(self._path)

    def _take(self, file: _File) -> None:
        self.organisations = file.organisations
        self.everyone = file.people
        self._by_oid = {person.oid: person for person in file.people}
        self._by_login = {key: person for person in file.people for key in _login_keys(person)}


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
