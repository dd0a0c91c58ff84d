"""docs/capacity.md says what the present figures and the model give."""

import capacity
import pytest

README = (capacity.ROOT / "README.md").read_text()


def test_sheet_when_the_figures_change_then_it_is_written_anew() -> None:
    said = "docs/capacity.md is old: run `python tests/load/capacity.py`"
    assert capacity.SHEET.read_text() == capacity.sheet(README), said


def test_cores_when_a_request_gets_twice_as_dear_then_its_part_needs_twice_as_much() -> None:
    table = capacity.figures(README)
    dearer = {row: {part: micros * 2 for part, micros in parts.items()} for row, parts in table.items()}
    before, after = capacity.cores(table), capacity.cores(dearer)
    assert after == pytest.approx({part: value * 2 for part, value in before.items()})
    # By hand, for one part: what the relay carries is events alone.
    events = next(use for use in capacity.USES if "event" in use.what)
    assert before["relay"] == pytest.approx(events.per_minute / 60 * table[events.row]["relay"] / 1e6 / capacity.BUSY)


def test_every_row_of_the_model_is_measured() -> None:
    assert {use.row for use in capacity.USES} <= set(capacity.figures(README))


def test_figures_when_the_readme_has_none_then_it_says_what_to_run() -> None:
    with pytest.raises(ValueError, match="make bench"):
        capacity.figures("# nothing")
