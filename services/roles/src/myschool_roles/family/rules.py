"""What a family may ask. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from myschool_kit.errors import Invalid, Violation
from myschool_roles.guardian.rules import FULL, stage_on
from myschool_roles.guardian.rules import UNKNOWN as NO_STAGE

SELF, CHILD = "SELF", "CHILD"
PENDING, CONFIRMED, REFUSED, WITHDRAWN = "PENDING", "CONFIRMED", "REFUSED", "WITHDRAWN"
MOST_OPEN = 5
# What the school may lean on: the child's СНИЛС is that of the record, the certificate is one that Госуслуги named to the asker.
SNILS, CERTIFICATE = "SNILS", "CERTIFICATE"
# A day and a person; more would be guessing.
MOST_COMPARED = 10
CONNECTED, WAITING, FOUND, ADULT, UNKNOWN = "CONNECTED", "WAITING", "FOUND", "ADULT", "UNKNOWN"
# Connected or not, a court has said that this parent sees nothing.
LIMITED = "LIMITED"
_OLDEST_YEARS = 30
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Card:
    """СНИЛС and birth certificate as written: compared once, shown and kept nowhere."""

    snils: str = field(default="", repr=False)
    certificate_series: str = field(default="", repr=False)
    certificate_number: str = field(default="", repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to compare."""
        return not (self.snils.strip() or self.certificate_series.strip() or self.certificate_number.strip())


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked. SELF may name a record that was found; CHILD says whom."""

    kind: str
    organisation_id: UUID
    record_id: UUID | None = None
    child_name: str = ""
    child_birth_day: date | None = None
    group_name: str = ""
    card: Card = Card()
    evidence: tuple[str, ...] = ()


def wish_of(
    kind: str, organisation_id: UUID, record_id: UUID | None, child: tuple[str, str, str], today: date, card: Card | None = None
) -> Wish:
    """The wish as it may be stored; `child` = name, day of birth, class as written. Raises Invalid with what to change."""
    if kind == SELF:
        return Wish(SELF, organisation_id, record_id)
    name, born = " ".join(child[0].split()), _day(child[1])
    bad = []
    if len(name.split()) < 2 or len(name) > _LONGEST_NAME:
        bad.append(Violation("child_name", "family and given name are needed"))
    if born is None or not today.year - _OLDEST_YEARS <= born.year or born > today:
        bad.append(Violation("child_birth_day", "a day of birth like 2013-04-03 is expected"))
    if bad:
        raise Invalid("the child is not described", reason="CHILD_UNCLEAR", violations=bad)
    return Wish(CHILD, organisation_id, None, name, born, " ".join(child[2].split()), card or Card())


def stage_of(days: Iterable[date | None], today: date) -> str:
    """The stage by the earliest of the days of birth that are known: Госуслуги and a school may differ, the stricter one counts."""
    return stage_on(min((day for day in days if day is not None), default=None), today)


def state_of(standing: str | None, stage: str, *, waits: bool, is_listed: bool) -> str:
    """What can be done about a child whom Госуслуги named; `standing` is the kind of the caller's guardianship."""
    if standing == FULL:
        return CONNECTED
    if stage == ADULT:
        return ADULT
    if waits:
        return WAITING
    return FOUND if is_listed and stage != NO_STAGE else UNKNOWN


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
