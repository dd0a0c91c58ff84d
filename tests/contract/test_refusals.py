"""Whatever can end a sign-in is met by a page with a cause and a way out, in both languages: no code is a dead end."""

import json
import re
from pathlib import Path

import pytest

from myschool_esia_simulator.errors import Code
from myschool_identity.bridge import errors

ROOT = Path(__file__).parents[2]
PUBLISHED = [
    "007002",
    "007003",
    "007004",
    "007005",
    "007006",
    "007007",
    "007008",
    "007009",
    "007011",
    "007012",
    "007013",
    "007014",
    "007015",
    "007019",
    "007023",
    "007038",
    "007039",
    "007040",
    "007046",
    "007053",
    "007055",
    "007060",
    "007061",
    "007062",
    "007194",
    "008010",
]
OURS = [value for name, value in vars(errors).items() if name.isupper() and isinstance(value, str)]


def texts(language: str) -> dict[str, dict[str, str]]:
    return dict(json.loads((ROOT / f"web/src/i18n/{language}/refusal.json").read_text(encoding="utf-8"))["code"])


def key_of(code: str) -> str:
    """As web/src/features/signin/refusal.ts chooses: all codes about consents share one text."""
    return "ESIA-0367" if re.fullmatch(r"ESIA-0367\d\d", code) else code.replace(".", "_", 1)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(
    "code", sorted({*(f"ESIA-{code.number}" for code in Code), *(f"ESIA-{number}" for number in PUBLISHED), *OURS, "client"})
)
def test_every_end_of_a_sign_in_has_a_cause_and_a_way_out(code: str, language: str) -> None:
    text = texts(language)[key_of(code)]
    assert all(len(text[name]) > 8 for name in ("title", "cause", "way"))
    assert text["way"] != text["cause"]


def test_every_code_that_the_description_names_can_be_ordered_at_the_stand() -> None:
    assert {code.number for code in Code} >= set(PUBLISHED)


def test_both_languages_know_the_same_codes() -> None:
    assert texts("ru").keys() == texts("en").keys()


def test_bridge_uses_no_code_that_stands_nowhere_in_its_list() -> None:
    used = {
        match
        for path in (ROOT / "services/identity/src/myschool_identity/bridge").rglob("*.py")
        for match in re.findall(r'SignInProblem\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert used <= {"client"}
