"""Ages on the school's date, and what a guardian may do until when. Pure.

An age is reached at the beginning of the birthday (ГК ст. 21: «по достижении»). Who was born on 29 February reaches it on
1 March of a year without that day: only then the years are full.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from myschool_kit.errors import Invalid, Violation

SEE, SIGN, CHAT, CONSENT = "SEE", "SIGN", "CHAT", "CONSENT"
ALL = frozenset({SEE, SIGN, CHAT, CONSENT})
FULL, TRUSTED = "FULL", "TRUSTED"
UNDER_14, FROM_14, ADULT, UNKNOWN = "UNDER_14", "FROM_14", "ADULT", "UNKNOWN"
# Who stands in never consents in the child's name: that is the parents' alone (152-ФЗ ст. 9).
GRANTABLE = frozenset({SEE, SIGN, CHAT})
# Of a student who learns nowhere at the moment.
DEFAULT_ZONE = "Europe/Moscow"
LONGEST = timedelta(days=365)
# Longer than a childhood is a slip of the keyboard.
LONGEST_LIMIT = timedelta(days=18 * 366)
_ADULT_YEARS, _OWN_YEARS = 18, 14


@dataclass(frozen=True, slots=True)
class Access:
    """What is denied, and the last day on the school's date; None is open-ended."""

    denied: frozenset[str]
    last_day: date | None

    def ends_at(self, time_zone: str) -> datetime | None:
        """The first moment after the last day at the school, UTC; None when open-ended."""
        if self.last_day is None:
            return None
        return datetime.combine(self.last_day + timedelta(days=1), time(), ZoneInfo(time_zone)).astimezone(UTC)


def birthday(born: date, years: int) -> date:
    """The day on which so many years are reached."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def age_on(born: date, day: date) -> int:
    """Full years on a day; negative before birth."""
    years = day.year - born.year
    return years if birthday(born, years) <= day else years - 1


def stage_on(born: date | None, day: date) -> str:
    """Under 14 the guardian acts, from 14 the child too, from 18 alone; UNKNOWN without a day of birth."""
    if born is None:
        return UNKNOWN
    age = age_on(born, day)
    if age >= _ADULT_YEARS:
        return ADULT
    return FROM_14 if age >= _OWN_YEARS else UNDER_14


def access_of(granted: frozenset[str], until: date | None, limited: frozenset[str], born: date | None, extended: date | None) -> Access:
    """What a guardian may do: the grant, less what a court has limited, until the earlier of its last day and the child's majority.

    `extended` is the last day up to which the adult student lets the guardian go on; it matters only beyond majority.
    """
    ends = [day for day in (until, _majority_end(born, extended)) if day is not None]
    return Access((ALL - granted) | limited, min(ends, default=None))


def limit_on(limited: frozenset[str], last_day: date | None, day: date) -> frozenset[str]:
    """What a court denies on a day of the school: up to its last day in full, afterwards nothing; without one until it is lifted."""
    return limited if last_day is None or day <= last_day else frozenset()


def limit_end(last_day: str, limited: frozenset[str], today: date) -> date | None:
    """The last day of a limit; None for none. Raises Invalid for a day that is none, past or far off, and where nothing is limited."""
    if not last_day:
        return None
    day = day_of(last_day)
    if day is None or not today <= day <= today + LONGEST_LIMIT or not limited:
        raise limit_invalid("last_day", "the last day of a limit: from today on, or none")
    return day


def limit_invalid(field: str, message: str) -> Invalid:
    """What to change in a court's limit."""
    return Invalid("this limit cannot be recorded", reason="LIMIT_INVALID", violations=[Violation(field, message)])


def _majority_end(born: date | None, extended: date | None) -> date | None:
    if born is None:
        return None
    eve = birthday(born, _ADULT_YEARS) - timedelta(days=1)
    return eve if extended is None else max(eve, extended)


def grant_of(rights: frozenset[str], last_day: str, own: Access, today: date) -> tuple[frozenset[str], date]:
    """What a parent may hand on. Raises Invalid with what to change."""
    day = day_of(last_day)
    bad = []
    if day is None or not today <= day <= today + LONGEST:
        bad.append(Violation("last_day", "a day from today on, at most a year ahead"))
    if SEE not in rights or not rights <= GRANTABLE or rights & own.denied:
        bad.append(Violation("rights", "seeing belongs to it; consent and what you may not do yourself cannot be handed on"))
    if bad or day is None:
        raise Invalid("this cannot be handed on", reason="GRANT_INVALID", violations=bad)
    return rights, day if own.last_day is None else min(day, own.last_day)


def day_of(text: str) -> date | None:
    """The day out of ISO 8601; None when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
