"""Word forms meet in their dictionary form."""

import pytest

from myschool_library.search import lemmas

PAIRS = [
    ("дробями", "дробь"),
    ("дроби", "дробь"),
    ("угла", "угол"),
    ("корня", "корень"),
    ("чисел", "число"),
    ("времени", "время"),
    ("дети", "ребёнок"),
    ("люди", "человек"),
    ("окон", "окно"),
    ("сказок", "сказка"),
    ("УРАВНЕНИЙ", "уравнение"),
    ("ёлки", "елка"),
]


@pytest.mark.parametrize(("form", "word"), PAIRS)
def test_forms_of_one_word_share_a_lemma(form: str, word: str) -> None:
    (left,), (right,) = lemmas.meanings(form), lemmas.meanings(word)
    assert set(left) & set(right)


def test_document_puts_every_form_of_a_word_at_one_position() -> None:
    assert lemmas.document([("Дроби", "A")]) == "'дробь':1A 'дробить':1A"


def test_document_of_hostile_text_is_a_clean_literal() -> None:
    assert "'''" not in lemmas.document([("x' & y:*A \\ \x00 ' ; drop", "A")])
    assert lemmas.document([("!!! — …", "A")]) == ""


def test_document_stays_below_the_position_limit() -> None:
    assert "16384" not in lemmas.document([("слово " * 20_000, "C")])


def test_prepositions_mean_nothing() -> None:
    assert lemmas.meanings("и в на") == []
    assert len(lemmas.meanings("задачи на дроби")) == 2


def test_wrong_layout_is_turned_back() -> None:
    assert lemmas.relayout("lhj,b") == "дроби"
    assert lemmas.relayout("Дроби x") == "Дроби x"


def test_sound_is_one_ascii_sign_per_letter() -> None:
    assert len(set(lemmas.ASCII)) == len(lemmas.ASCII) == len(lemmas.RUSSIAN)
    assert lemmas.sound(lemmas.RUSSIAN).isascii()
