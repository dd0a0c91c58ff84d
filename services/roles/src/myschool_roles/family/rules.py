"""What a family may ask. Pure."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from myschool_kit.errors import Invalid, Violation

SELF, CHILD = "SELF", "CHILD"
PENDING, CONFIRMED, REFUSED, WITHDRAWN = "PENDING", "CONFIRMED", "REFUSED", "WITHDRAWN"
MOST_OPEN = 5
_OLDEST_YEARS = 30
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked. SELF may name a record that was found; CHILD says whom."""

    kind: str
    organisation_id: UUID
    record_id: UUID | None = None
    child_name: str = ""
    child_birth_day: date | None = None
    group_name: str = ""


def wish_of(kind: str, organisation_id: UUID, record_id: UUID | None, child: tuple[str, str, str], today: date) -> Wish:
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
    return Wish(CHILD, organisation_id, None, name, born, " ".join(child[2].split()))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
