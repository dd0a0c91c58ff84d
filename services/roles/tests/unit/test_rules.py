"""Pure rules: what a cell may hold, the life cycle, who may grant what."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myschool_roles.importing import rules
from myschool_roles.importing.model import Human, Row
from myschool_roles.organisation.rules import Scope, like
from myschool_roles.role.rules import can_change, manages, place_problem

TODAY = date(2026, 11, 24)
STATUSES = ["PENDING", "ACTIVE", "SUSPENDED", "TERMINATED", "REJECTED"]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("112-233-445 95", "11223344595"),
        ("11223344595", "11223344595"),
        ("1122334470", "01122334470"),
        ("100105", None),
        ("", ""),
        ("112-233-445 96", None),
        ("abc", None),
        ("1" * 12, None),
    ],
)
def test_snils(text, digits):
    value, problem = rules.snils(text)
    assert (value, bool(problem)) == (digits or "", digits is None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("7А", "7А"),
        ("7а", "7А"),
        ("7 «а»", "7А"),
        ("11-Б", "11Б"),
        ("7A", "7А"),
        ("5", "5"),
        ("12А", ""),
        ("7АБ", ""),
        ("", ""),
        ("=7А", ""),
    ],
)
def test_class_name(text, name):
    (found, grade), problem = rules.class_name(text)
    assert (found, bool(problem)) == (name, not name)
    assert grade == int("".join(sign for sign in name if sign.isdigit()) or 0)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("05.09.2013", "2013-09-05"),
        ("2013-09-05", "2013-09-05"),
        ("2013-09-05 00:00:00", "2013-09-05"),
        ("31.02.2013", None),
        ("05.09.2030", None),
        ("1812-01-01", None),
        ("", ""),
    ],
)
def test_day(text, iso):
    value, problem = rules.day(text, TODAY)
    assert (value, bool(problem)) == (iso or "", iso is None)


@pytest.mark.parametrize(
    ("position", "role"),
    [
        ("Учитель физики", "TEACHER"),
        ("завуч", "DEPUTY_HEAD"),
        ("Зам. директора по УВР", "DEPUTY_HEAD"),
        ("Директор", "HEAD"),
        ("Педагог-психолог", "TEACHER"),
        ("повар", ""),
        ("", ""),
    ],
)
def test_role_of(position, role):
    found, problem = rules.role_of(position)
    assert (found, bool(problem)) == (role, not role)


@pytest.mark.parametrize("text", ["Соколова Анна", "Гасан-заде Али Вагиф оглы", "О’Коннор Дж. Мария"])
def test_full_name_when_good(text):
    assert not rules.full_name(text)[1]


@pytest.mark.parametrize("text", ["", "Соколова", "=HYPERLINK() Анна", "Соколова 1", "А" * 101 + " Анна", "<b>x</b> Анна"])
def test_full_name_when_bad(text):
    assert rules.full_name(text)[1]


@given(st.text(max_size=200))
def test_cells_when_anything_is_written_then_a_verdict_and_no_crash(text):
    for check in (rules.snils, rules.full_name, rules.class_name, rules.subject, rules.role_of):
        value, problem = check(text)
        assert isinstance(problem, str)
        assert value is not None
    rules.day(text, TODAY)


@pytest.mark.parametrize(
    ("today", "first"), [(TODAY, date(2026, 9, 1)), (date(2027, 5, 31), date(2026, 9, 1)), (date(2026, 7, 1), date(2026, 9, 1))]
)
def test_first_school_day(today, first):
    assert rules.first_school_day(today) == first


def test_life_cycle_when_role_has_ended_then_nothing_follows():
    assert {(old, new) for old in STATUSES for new in STATUSES if can_change(old, new)} == {
        ("PENDING", "ACTIVE"),
        ("PENDING", "REJECTED"),
        ("ACTIVE", "SUSPENDED"),
        ("SUSPENDED", "ACTIVE"),
        ("ACTIVE", "TERMINATED"),
        ("SUSPENDED", "TERMINATED"),
    }


def test_manages():
    assert manages("HEAD", "TEACHER")
    assert not manages("HEAD", "HEAD")
    assert manages("REGIONAL_COORDINATOR", "HEAD")
    assert not manages("REGIONAL_COORDINATOR", "REGIONAL_COORDINATOR")
    assert not manages("SYSTEM", "PERSON")
    assert not manages("TEACHER", "STUDENT")


def test_place_problem():
    assert place_problem("TEACHER", has_organisation=False, has_region=True)
    assert place_problem("EXPERT", has_organisation=True, has_region=False)
    assert place_problem("REGIONAL_COORDINATOR", has_organisation=False, has_region=False)
    assert not place_problem("HEAD", has_organisation=True, has_region=False)


def test_scope_when_empty_then_holds_nothing():
    assert not Scope().holds(None, "")
    assert not Scope().holds(None, "99")


def test_like_when_wildcards_then_literal():
    assert like(" 100%_Ёж\\ ") == "%100\\%\\_еж\\\\%"


def test_row_when_sealed_then_the_same():
    row = Row("Ученики", 2, "STUDENT", "Белов", {"group": "7А"}, Human("Белов", "Тимур"), [("Класс", "нет")], "INVALID")
    assert Row.from_json(row.to_json()) == row
