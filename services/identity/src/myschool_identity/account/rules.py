"""Pure rules about people: names, СНИЛС, days of birth."""

import re
from datetime import date

from myschool_kit.errors import Invalid, Violation

_NOT_DIGITS = re.compile(r"\D")
_LENGTH = 11
# Numbers up to this one were given out before the check sum existed.
_LAST_WITHOUT_CHECK = 1_001_998


def display_name(family_name: str, given_name: str, middle_name: str) -> str:
    """«Соколова Анна Викторовна»."""
    return " ".join(filter(None, (family_name, given_name, middle_name)))


def snils_digits(text: str, field: str) -> str:
    """Eleven digits, or empty for an empty text. Raises Invalid when it cannot be a СНИЛС."""
    digits = _NOT_DIGITS.sub("", text)
    if not text.strip():
        return ""
    if len(digits) != _LENGTH or not _check_sum_fits(digits):
        raise Invalid("this is not a СНИЛС", reason="SNILS_INVALID", violations=[Violation(field, "СНИЛС is wrong")])
    return digits


def birth_day(text: str, field: str) -> date | None:
    """The day out of ISO 8601, None for an empty text. Raises Invalid when it is no day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(
            "this is not a day", reason="BIRTH_DATE_INVALID", violations=[Violation(field, "a day like 2013-04-03 is expected")]
        ) from error


def _check_sum_fits(digits: str) -> bool:
    if int(digits[:9]) <= _LAST_WITHOUT_CHECK:
        return True
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(9, 0, -1), strict=True))
    return total % 101 % 100 == int(digits[9:])
