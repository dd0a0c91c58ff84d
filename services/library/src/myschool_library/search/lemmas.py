"""Russian words as their dictionary forms: «дробями», «дроби» and «дробь» meet in «дробь».

PostgreSQL's own stemmer misses угол/угла, корень/корня and many more, so texts and queries are lemmatised here
and stored as ready tsvector literals of the configuration-free kind.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import pymorphy3

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_LONGEST_WORD = 60
_LAST_POSITION = 16_383  # limit of the tsvector type
_MOST_FORMS = 4
_SERVICE_PARTS = frozenset({"PREP", "CONJ", "PRCL", "INTJ"})
_LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_TO_RUSSIAN = str.maketrans(_LATIN_KEYS, _RUSSIAN_KEYS)
# One ASCII sign per Russian letter: trigrams of Cyrillic would depend on the locale of the database server.
RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
ASCII = "abvgdejzi1klmnoprstufhc234567qwx"
_TO_ASCII = str.maketrans(RUSSIAN, ASCII)


@lru_cache(maxsize=1)
def _analyzer() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer()


def fold(text: str) -> str:
    """Lower case, ё as е."""
    return text.lower().replace("ё", "е")


def words(text: str) -> list[str]:
    """The words of a text, folded; overlong ones are cut."""
    return [found[:_LONGEST_WORD] for found in _WORD.findall(fold(text))]


@lru_cache(maxsize=200_000)
def forms(word: str) -> tuple[str, ...]:
    """Every dictionary form the word may stem from, likeliest first; none for prepositions, conjunctions, particles."""
    parses = _analyzer().parse(word)
    if parses and parses[0].tag.POS in _SERVICE_PARTS:
        return ()
    return tuple(dict.fromkeys(fold(parse.normal_form) for parse in parses))[:_MOST_FORMS] or (word,)


def document(parts: Iterable[tuple[str, str]]) -> str:
    """A tsvector literal of (text, weight) parts, weights A to D."""
    entries: list[str] = []
    position = 0
    for text, weight in parts:
        for word in words(text):
            position = min(position + 1, _LAST_POSITION)
            entries.extend(f"'{form}':{position}{weight}" for form in forms(word))
        position = min(position + 5, _LAST_POSITION)
    return " ".join(entries)


def meanings(query: str) -> list[tuple[str, ...]]:
    """The dictionary forms of each word of a query; words without meaning are left out."""
    return [found for found in (forms(word) for word in words(query)) if found]


def tsquery(meaning: tuple[str, ...]) -> str:
    """A tsquery literal that any of the forms satisfies."""
    return "(" + " | ".join(f"'{form}'" for form in meaning) + ")"


def sound(word: str) -> str:
    """The word letter for letter in ASCII."""
    return word.translate(_TO_ASCII)


def relayout(query: str) -> str:
    """A query typed with the Latin keyboard on by mistake («ehjr» → «урок»); a query with Russian letters stays."""
    lowered = query.lower()
    return query if re.search("[а-яё]", lowered) else lowered.translate(_TO_RUSSIAN)
