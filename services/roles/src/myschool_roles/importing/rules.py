"""What a cell may hold. Each function answers (value, problem); the problem is a Russian sentence or empty."""

import re
from datetime import date, datetime

_CHECKED_FROM = 1_001_998
# Zeros that a sheet programme may have dropped: numbers of today begin at 001-001-998.
_LEAST_DIGITS = 9
_MOMENT = re.compile(r"(\S{8,10}?)(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?: ?г\.?)?")
_LATIN_LETTER, _RUSSIAN_LETTER = re.compile(r"[A-Za-z]"), re.compile(r"[А-Яа-яЁё]")
_NAME = re.compile(r"[A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё'’.\-]*")
_CLASS = re.compile(r"(1[01]|[1-9])\s*[-–]?\s*[«\"]?\s*([А-ЯЁ]?)\s*[»\"]?")
_SUBJECT = re.compile(r"[A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё0-9 ()«»\"',.:\-–/]*")
_LATIN = str.maketrans("ABCEHKMOPTX", "АВСЕНКМОРТХ")
_DAY_FORMATS = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y")
_FIRST_YEAR = 1900
_MAX_NAME = 100
_POSITIONS = (
    (re.compile(r"завуч|зам\S*\s+директор"), "DEPUTY_HEAD"),
    (re.compile(r"директор"), "HEAD"),
    (re.compile(r"учител|педагог|преподавател|воспитател|логопед|психолог"), "TEACHER"),
)


def snils(text: str) -> tuple[str, str]:
    """Eleven digits whose control number fits (numbers up to 001-001-998 have none)."""
    digits = re.sub(r"[\s\-]", "", text)
    if not digits:
        return "", ""
    # A sheet programme that took the number for a quantity drops the leading zeros.
    digits = digits.zfill(11) if digits.isascii() and digits.isdigit() and len(digits) >= _LEAST_DIGITS else digits
    if not re.fullmatch(r"[0-9]{11}", digits):
        return "", "СНИЛС состоит из 11 цифр, например 112-233-445 95"
    number, control = digits[:9], int(digits[9:])
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(number))
    if int(number) > _CHECKED_FROM and total % 101 % 100 != control:
        return "", "Контрольное число СНИЛС не сходится: проверьте цифры"
    return digits, ""


def day(text: str, today: date) -> tuple[str, str]:
    """ISO day of a date written as 05.09.2013 or 2013-09-05, not before 1900 and not in the future."""
    text = text.strip()
    if not text:
        return "", ""
    if text.isdecimal():
        return "", f"«{text[:20]}» — число, а не дата: задайте столбцу формат даты"
    match = _MOMENT.fullmatch(text)
    for form in _DAY_FORMATS:
        try:
            found = datetime.strptime(match[1] if match else "", form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
        if found.year < _FIRST_YEAR or found > today:
            return "", f"Дата {text} вне допустимых границ"
        return found.isoformat(), ""
    return "", f"Дата «{text[:40]}» не читается, нужен вид 05.09.2013"


def full_name(text: str) -> tuple[tuple[str, str, str], str]:
    """Family, given and middle name of one cell."""
    words = text.split()
    if len(words) < 2:
        return ("", "", ""), "Нужны фамилия и имя (и отчество, если есть) через пробел"
    problem = next((problem for problem in map(name_problem, words) if problem), "") or mixed_alphabets(text)
    return (words[0], words[1], " ".join(words[2:])), problem


def mixed_alphabets(text: str) -> str:
    """What is wrong with a name of Russian and Latin letters: it looks right and is another person for every search."""
    if _LATIN_LETTER.search(text) and _RUSSIAN_LETTER.search(text):
        return f"В имени смешаны русские и латинские буквы: наберите «{' '.join(text.split())[:60]}» заново"
    return ""


def name_problem(word: str) -> str:
    """What is wrong with one part of a name."""
    if len(word) > _MAX_NAME:
        return "Слишком длинное имя"
    if not all(_NAME.fullmatch(part) for part in word.split()):
        return f"В имени недопустимые знаки: «{word[:40]}»"
    return ""


def class_name(text: str) -> tuple[tuple[str, int], str]:
    """«7А» and its grade, however it is written: 7а, 7-А, 7 «А», with a Latin letter."""
    match = _CLASS.fullmatch(" ".join(text.upper().translate(_LATIN).split()))
    if not match:
        return ("", 0), f"Класс «{text[:20]}» не читается, нужен вид 7А"
    return (match[1] + match[2], int(match[1])), ""


def subject(text: str) -> tuple[str, str]:
    """A subject's name."""
    cleaned = " ".join(text.split())
    if not cleaned:
        return "", "Укажите предмет"
    if len(cleaned) > _MAX_NAME or not _SUBJECT.fullmatch(cleaned):
        return "", f"Название предмета «{cleaned[:40]}» не читается"
    return cleaned, ""


def role_of(position: str) -> tuple[str, str]:
    """The role type behind a position of the staff list."""
    wanted = position.casefold()
    for pattern, role in _POSITIONS:
        if pattern.search(wanted):
            return role, ""
    if not wanted.strip():
        return "", "Укажите должность"
    return "", f"Должность «{position[:60]}» неизвестна: нужна учитель, заместитель директора или директор"


def first_school_day(today: date) -> date:
    """1 September of the school year that `today` lies in (or that comes next, in summer)."""
    return date(today.year if today.month >= 6 else today.year - 1, 9, 1)
