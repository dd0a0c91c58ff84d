"""Measured figures find their place in the documentation."""

import figures
import pytest


def test_fragment_when_placed_then_it_stands_between_its_marks_alone() -> None:
    page = "a\n<!-- rollout -->\nold\n<!-- /rollout -->\nb\n<!-- restore -->\n<!-- /restore -->\n"
    once = figures.placed(page, "rollout", "new\n")
    assert once == "a\n<!-- rollout -->\nnew\n<!-- /rollout -->\nb\n<!-- restore -->\n<!-- /restore -->\n"
    assert figures.placed(once, "rollout", "new") == once


def test_fragment_when_its_marks_are_gone_then_said() -> None:
    with pytest.raises(ValueError, match="rollout"):
        figures.placed("nothing", "rollout", "new")


def test_page_has_a_place_for_each_run() -> None:
    text = figures.PAGE.read_text()
    assert all(f"<!-- {name} -->" in text and f"<!-- /{name} -->" in text for name in figures.NAMES)
