"""СНИЛС: eleven digits, the last two of which check the others."""

import re
import secrets

_FIRST_CHECKED = 1_001_998
_NOT_DIGITS = re.compile(r"\D")


def check_digits(number: str) -> str:
    """The two check digits of nine digits."""
    total = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    rest = total % 101
    return f"{0 if rest == 100 else rest:02d}"


def is_valid(text: str) -> bool:
    """Whether the check digits fit; spaces and dashes are allowed."""
    digits = _NOT_DIGITS.sub("", text)
    return len(digits) == 11 and check_digits(digits[:9]) == digits[9:]


def shown(text: str) -> str:
    """The way it is printed: 000-000-000 00."""
    digits = _NOT_DIGITS.sub("", text)
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"


def fresh() -> str:
    """A number for an invented person: below the first one ever given out, so that it belongs to nobody."""
    number = f"{secrets.randbelow(_FIRST_CHECKED - 100_000) + 100_000:09d}"
    return shown(number + check_digits(number))
