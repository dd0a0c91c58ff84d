"""What text is a message, who takes which side, how a chat is called."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myschool_messaging.chat import rules
from myschool_messaging.errors import ChatNotFound, MessageRefused

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("  Завтра контрольная \n", "Завтра контрольная"),
        ("раз\r\nдва\rтри", "раз\nдва\nтри"),
        ("a\tb", "a\tb"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("x" * 4000, "x" * 4000),
        ("  " + "x" * 4000 + "  ", "x" * 4000),
    ],
)
def test_clean_when_text_then_kept_trimmed(body: str, kept: str) -> None:
    assert rules.clean(body) == kept


@pytest.mark.parametrize("body", ["", "   ", "\n\t", "\u200b\u200b", "\u200d", "a\x00b", "bell\x07", "esc\x1b[31m", "c1\x85x", "x" * 4001])
def test_clean_when_no_text_or_control_or_long_then_refused_with_field(body: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        rules.clean(body)
    assert [violation.field for violation in refused.value.violations] == ["body"]


@given(st.text())
def test_clean_when_kept_then_stable(body: str) -> None:
    try:
        kept = rules.clean(body)
    except MessageRefused:
        return
    assert rules.clean(kept) == kept
    assert 1 <= len(kept) <= rules.LONGEST
    assert "\x00" not in kept
    assert "\r" not in kept


@pytest.mark.parametrize("role", ["HEAD", "PERSON", "SYSTEM", "EXPERT", "REGIONAL_COORDINATOR", ""])
def test_author_when_role_has_no_chats_then_not_found(role: str) -> None:
    with pytest.raises(ChatNotFound):
        rules.author_of(str(uuid4()), "", role, "")


def test_author_when_teacher_then_narrowed_to_school_and_family_is_not() -> None:
    person, school = str(uuid4()), str(uuid4())
    assert str(rules.author_of(person, "", "TEACHER", school).organisation_id) == school
    assert rules.author_of(person, "", "TEACHER", "").organisation_id is None
    assert rules.author_of(person, "", "GUARDIAN", school).organisation_id is None
    assert rules.author_of(person, "", "STUDENT", school).organisation_id is None


def test_title_when_kind_then_words() -> None:
    assert rules.title("GUARDIANS", "7А") == "7А · родители"
    assert rules.title("STUDENTS", "7А") == "7А · класс"
    assert rules.title("STUDENTS", "7А", "Школа № 5") == "7А · класс · Школа № 5"


def test_seconds_until_free_when_any_then_at_least_one() -> None:
    assert rules.seconds_until_free(AT, AT + timedelta(seconds=3.2), 10) == 7
    assert rules.seconds_until_free(AT, AT + timedelta(seconds=30), 10) == 1
