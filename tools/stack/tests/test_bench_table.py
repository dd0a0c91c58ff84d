import pytest

from myschool_stack.chores import between_marks
from myschool_stack.errors import StackError


def test_table_when_put_into_the_text_then_only_the_place_between_the_marks_changes() -> None:
    text = "# Моя школа\n<!-- bench -->\nold\n<!-- /bench -->\n## Licence\n"
    once = between_marks(text, "| new |\n")
    assert once == "# Моя школа\n<!-- bench -->\n| new |\n<!-- /bench -->\n## Licence\n"
    assert between_marks(once, "| new |\n") == once


@pytest.mark.parametrize("text", ["no marks", "<!-- bench --> only one", "<!-- /bench --> <!-- bench -->"])
def test_table_when_a_mark_is_missing_then_said(text: str) -> None:
    with pytest.raises(StackError):
        between_marks(text, "| new |")
