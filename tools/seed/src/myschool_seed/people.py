"""The people of a school and the personas of the simulated Госуслуги among them."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import resources
from itertools import count
from random import Random
from typing import Any

from myschool_seed.names import Name, child, father_of, female, man, middle_of, snils, surname, woman

# Far from the personas and below the numbers that are given to real people.
_FIRST_NUMBER = 100_000


@dataclass(slots=True)
class Person:
    """Somebody in the school. `snils` is eleven digits."""

    name: Name
    birth: date
    snils: str

    @property
    def full(self) -> str:
        """«Фамилия Имя Отчество»."""
        return self.name.full


@dataclass(slots=True)
class Pupil(Person):
    """A student with the class and the guardians."""

    group: str
    guardians: list[Person] = field(default_factory=list)


@dataclass(slots=True)
class Teacher(Person):
    """A member of staff with the position and the subjects."""

    position: str
    subjects: tuple[str, ...] = ()


class Personas:
    """People with a Госуслуги account, by family and given name («Соколова Анна»); their children too."""

    def __init__(self) -> None:
        text = resources.files("myschool_esia_simulator").joinpath("people.json").read_text("utf-8")
        entries: list[dict[str, Any]] = json.loads(text)["people"]
        self._known: dict[str, dict[str, Any]] = {}
        for entry in [*entries, *(kid for parent in entries for kid in parent["kids"])]:
            self._known[f"{entry['lastName']} {entry['firstName']}"] = entry

    def person(self, who: str) -> Person:
        """The persona as a grown person."""
        return Person(*self._facts(who))

    def teacher(self, who: str, position: str, *subjects: str) -> Teacher:
        """The persona as a member of staff."""
        return Teacher(*self._facts(who), position, subjects)

    def pupil(self, who: str, group: str, *guardians: Person) -> Pupil:
        """The persona as a student."""
        return Pupil(*self._facts(who), group, list(guardians))

    def _facts(self, who: str) -> tuple[Name, date, str]:
        entry = self._known[who]
        birth = datetime.strptime(entry["birthDate"], "%d.%m.%Y").date()  # noqa: DTZ007 - a calendar day has no zone
        digits = "".join(sign for sign in entry["snils"] if sign.isdigit())
        return Name(entry["lastName"], entry["firstName"], entry["middleName"]), birth, digits


class Crowd:
    """Makes people who are not personas; no full name twice."""

    def __init__(self, rng: Random, today: date) -> None:
        self._rng = rng
        self._today = today
        self._numbers = count(_FIRST_NUMBER)
        self._names: set[str] = set()
        self._families: list[Pupil] = []

    def know(self, people: list[Person]) -> None:
        """Names that are taken."""
        self._names.update(person.full for person in people)

    def teacher(self, position: str, *subjects: str) -> Teacher:
        """A teacher between 24 and 64; four of five are women."""
        while True:
            name = woman(self._rng) if self._rng.random() < 0.8 else man(self._rng)
            if name.full not in self._names:
                self._names.add(name.full)
                return Teacher(name, self._birth(24, 64), self._snils(), position, subjects)

    def pupil(self, group: str, grade: int, year: int, known: str = "") -> Pupil:
        """A student of the right age with one or two guardians, sometimes a brother or sister of an earlier one."""
        pupil = self._named(group, grade, year, known) if known else None
        pupil = pupil or self._sibling(group, grade, year) or self._stranger(group, grade, year)
        self._names.add(pupil.full)
        self._families.append(pupil)
        return pupil

    def _stranger(self, group: str, grade: int, year: int) -> Pupil:
        while True:
            family, father = surname(self._rng), man(self._rng)
            name = child(self._rng, family, father.given)
            if name.full not in self._names:
                return Pupil(name, self.birth_of(grade, year), self._snils(), group, self._parents(family, father))

    def _named(self, group: str, grade: int, year: int, known: str) -> Pupil:
        family_name, given = known.split()
        father = man(self._rng)
        girl = given.endswith(("а", "я")) and given not in ("Никита", "Илья", "Данила")
        family = _male_form(family_name) if girl else family_name
        name = Name(family_name, given, middle_of(father.given, girl=girl))
        return Pupil(name, self.birth_of(grade, year), self._snils(), group, self._parents(family, father))

    def _sibling(self, group: str, grade: int, year: int) -> Pupil | None:
        if not self._families or self._rng.random() > 0.12:
            return None
        other = self._rng.choice(self._families)
        if other.group == group or any(guardian.full == other.full for guardian in other.guardians):
            return None
        boyish = other.name.middle.endswith("ич")
        family = other.name.family if boyish else _male_form(other.name.family)
        name = child(self._rng, family, father_of(other.name.middle))
        if name.full in self._names:
            return None
        return Pupil(name, self.birth_of(grade, year), self._snils(), group, list(other.guardians))

    def _parents(self, family: str, father: Name) -> list[Person]:
        found = [Person(Name(female(family), *_rest(woman(self._rng))), self._birth(28, 48), self._snils())]
        if self._rng.random() < 0.56:
            found.append(Person(Name(family, father.given, father.middle), self._birth(30, 52), self._snils()))
        return found if self._rng.random() < 0.96 else found[-1:]

    def birth_of(self, grade: int, year: int) -> date:
        """A birthday that fits the grade: seven years old when the first one begins."""
        return date(year - grade - 7, 9, 1) + timedelta(days=self._rng.randrange(365))

    def _birth(self, youngest: int, oldest: int) -> date:
        return self._today - timedelta(days=self._rng.randrange(youngest * 365, oldest * 365))

    def _snils(self) -> str:
        return snils(next(self._numbers))


def _rest(name: Name) -> tuple[str, str]:
    return name.given, name.middle


def _male_form(family: str) -> str:
    if family.endswith("ская"):
        return family.removesuffix("ая") + "ий"
    return family.removesuffix("а")
