"""Birth certificates as people write them. Pure.

Series and number of the form of 1998 («II-МЮ № 123456»; ПП РФ 27.10.1998 № 1274), or the number of the act record (up to 21 digits).
"""

import re
from dataclasses import dataclass

from myschool_identity.account.rules import snils_digits
from myschool_kit.errors import Invalid, Violation

_SERIES = re.compile(r"([IVXLC]{1,7})-?([А-Я]{2})")
_NUMBER, _ACT = re.compile(r"\d{6}"), re.compile(r"\d{1,21}")
# People take whichever keyboard is on: Roman digits in Cyrillic letters, the two letters in Latin ones.
_TO_ROMAN = str.maketrans({"Х": "X", "С": "C", "І": "I", "1": "I", "У": "V", "Л": "L"})
_TO_LETTERS = str.maketrans("ABEKMHOPCTXY", "АВЕКМНОРСТХУ")
_DASHES = re.compile(r"[\s‐‑‒–—−-]+")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Comparable; an empty series stands for an act record."""

    series: str
    number: str


def card_snils(text: str) -> str:
    """Eleven digits, or empty for an empty text. Raises Invalid (CARD_SNILS_INVALID): here a person has typed it, not Госуслуги."""
    try:
        return snils_digits(text, "snils")
    except Invalid as error:
        violations = [Violation("snils", "eleven digits with a right check sum are expected")]
        raise Invalid("this is not a СНИЛС", reason="CARD_SNILS_INVALID", violations=violations) from error


def certificate_of(series: str, number: str) -> Certificate | None:
    """What is written, in one spelling; None where nothing is. Raises Invalid (CERTIFICATE_INVALID) with what to change."""
    plain, digits = _DASHES.sub("-", series.strip().upper()).strip("-"), re.sub(r"[\s№N-]", "", number.upper())
    if not plain and not digits:
        return None
    spelled = _spelled(plain)
    bad = []
    if plain and spelled is None:
        bad.append(Violation("certificate_series", "a series like II-МЮ is expected"))
    if not (_NUMBER if plain else _ACT).fullmatch(digits):
        message = (
            "six digits are expected" if plain else "a certificate has series and number; a record of the registry has up to 21 digits"
        )
        bad.append(Violation("certificate_number", message))
    if bad:
        raise Invalid("this is not a birth certificate", reason="CERTIFICATE_INVALID", violations=bad)
    return Certificate(spelled or "", digits)


def _spelled(series: str) -> str | None:
    """«II-МЮ» out of one spelling or another."""
    letters = series.replace("-", "")
    roman, pair = letters[:-2].translate(_TO_ROMAN), letters[-2:].translate(_TO_LETTERS)
    return f"{roman}-{pair}" if _SERIES.fullmatch(f"{roman}-{pair}") else None


def is_same(kind: str, series: str, number: str, wanted: Certificate) -> bool:
    """Whether a document as Госуслуги name it is the certificate; what they wrote badly is none."""
    if kind == "KID_ACT_RECORD":
        return not wanted.series and number.strip() == wanted.number
    try:
        known = certificate_of(series, number)
    except Invalid:
        return False
    return bool(wanted.series) and known == wanted


def same_name(one: str, other: str) -> bool:
    """ё like е, capitals like small letters."""
    return _plain(one) == _plain(other) != ""


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("ё", "е").split())
