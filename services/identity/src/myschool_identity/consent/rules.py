"""Pure rules of consent: whose word counts at which age, what is asked of whom, what is still missing.

Sources: Гражданский кодекс ст. 26, 28 (14 and 18 years), 152-ФЗ ст. 9 (specific, provable, free), первый вход «Моей школы»
(under 14 a guardian, from 14 to 17 either, from 18 on the person; knowledge/domain.md §5.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

DEFAULT_ZONE = "Europe/Moscow"
"""Zone of a person of no school."""

PERSONAL_DATA = "personal_data"
"""Without it an account cannot be used at all; everything else may be declined."""

_TEEN_FROM = 14
_ADULT_FROM = 18


class AgeGroup(StrEnum):
    """Who may speak for a person."""

    CHILD = "CHILD"
    TEEN = "TEEN"
    ADULT = "ADULT"


class Act(StrEnum):
    """What a fact says."""

    GIVEN = "GIVEN"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Fact:
    """The latest word on one purpose; `at` is UTC."""

    act: Act
    version: str
    actor_id: UUID
    actor_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data it is, as the caller stands to them. `facts` holds the latest one by purpose."""

    person_id: UUID
    name: str
    group: AgeGroup
    is_self: bool
    is_student: bool
    facts: Mapping[str, Fact]

    @property
    def may_answer(self) -> bool:
        """Whether the caller's word counts for this person. A caller who is not the person is a guardian of theirs."""
        return self.group is not AgeGroup.CHILD if self.is_self else self.group is not AgeGroup.ADULT


@dataclass(frozen=True, slots=True)
class Wanted:
    """One purpose in its present version, and whether only pupils are asked."""

    purpose: str
    version: str
    students_only: bool


def years_on(birth: date, day: date) -> int:
    """Full years of age on a day. Who was born on 29 February is a year older on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def is_under_14(birth: date | None, day: date) -> bool:
    """Whether the guardian acts alone; so long as the day of birth is unknown, too."""
    return birth is None or years_on(birth, day) < _TEEN_FROM


def age_group(birth: date | None, day: date, *, is_student: bool) -> AgeGroup:
    """The group on the school's day. An unknown birthday leaves a pupil to the guardian or themselves, anybody else to themselves."""
    if birth is None:
        return AgeGroup.TEEN if is_student else AgeGroup.ADULT
    years = years_on(birth, day)
    if years < _TEEN_FROM:
        # A child of no class has nobody but the guardian to speak either.
        return AgeGroup.CHILD
    return AgeGroup.TEEN if years < _ADULT_FROM else AgeGroup.ADULT


def purposes_of(subject: Subject, wanted: Sequence[Wanted]) -> list[Wanted]:
    """What can be consented to for this person."""
    return [item for item in wanted if subject.is_student or not item.students_only]


def holds(subject: Subject, purpose: str) -> bool:
    """Whether a consent is in force: what others said for a child ends with the eighteenth birthday."""
    fact = subject.facts.get(purpose)
    if fact is None or fact.act is not Act.GIVEN:
        return False
    return subject.group is not AgeGroup.ADULT or fact.actor_id == subject.person_id


def is_answered(subject: Subject, item: Wanted) -> bool:
    """Whether there is a word on the present text that counts today. A withdrawn consent is a word too: nobody is pressed for it."""
    fact = subject.facts.get(item.purpose)
    if fact is None or (subject.group is AgeGroup.ADULT and fact.actor_id != subject.person_id):
        return False
    return fact.version == item.version or fact.act is Act.WITHDRAWN


def unanswered(subject: Subject, wanted: Sequence[Wanted]) -> list[Wanted]:
    """What the caller has to answer for this person before the cabinet opens."""
    if not subject.may_answer:
        return []
    asked = [item for item in purposes_of(subject, wanted) if not is_answered(subject, item)]
    if subject.is_self:
        return [item for item in purposes_of(subject, wanted) if item in asked or _is_closed(subject, item)]
    # From 14 on the child is asked at their own sign-in; the guardian may still answer in the settings.
    return asked if subject.group is AgeGroup.CHILD else []


def missing(people: Sequence[Subject], wanted: Sequence[Wanted]) -> list[str]:
    """Purposes that keep the caller out of the cabinet, each once, in the order of the texts."""
    open_ = {item.purpose for subject in people for item in unanswered(subject, wanted)}
    own = next((subject for subject in people if subject.is_self), None)
    if own is not None and not holds(own, PERSONAL_DATA):
        # A child under 14 waits for a guardian here and cannot answer.
        open_.add(PERSONAL_DATA)
    return [item.purpose for item in wanted if item.purpose in open_]


def _is_closed(subject: Subject, item: Wanted) -> bool:
    return item.purpose == PERSONAL_DATA and not holds(subject, PERSONAL_DATA)
