"""docs/providers.md as a publisher would follow it: its commands, in its order, against the running library."""

import re
from pathlib import Path
from typing import Any

import people
import pytest
from commands import run
from people import Visitor

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/providers.md").read_text("utf-8")


async def test_provider_when_following_the_page_then_three_items_have_their_verdicts(
    whole_stack: Any, tmp_path: Path, visitors: list[Visitor]
) -> None:
    stack = whole_stack.environment
    environment = {
        "KEYCLOAK": stack["MYSCHOOL_KEYCLOAK_URL"],
        "LIBRARY": stack["MYSCHOOL_LIBRARY_HTTP_URL"],
        "CLIENT_ID": "provider-prosveshchenie",
        "CLIENT_SECRET": (Path(stack["MYSCHOOL_KEYS_DIR"]) / "provider-prosveshchenie.secret").read_text("utf-8").strip(),
    }
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
    assert commands.count("curl") == 4
    uploaded, one, listed = await run(commands, tmp_path, environment)
    assert [result["external_id"] for result in uploaded["results"]] == ["fractions/1", "fractions/2", "fractions/3"]
    statuses = [result["status"] for result in uploaded["results"]]
    assert statuses[2] == "INVALID" and set(statuses[:2]) <= {"SUBMITTED", "UNCHANGED"}
    assert [error["field"] for error in uploaded["results"][2]["errors"]] == ["grades"]
    again, card, _listed = await run(commands, tmp_path, environment)
    assert [result["status"] for result in again["results"]] == ["UNCHANGED", "UNCHANGED", "INVALID"]
    assert (one["item_id"], one["title"]) == (card["item_id"], "Сложение дробей с разными знаменателями")
    if one["status"] == "SUBMITTED":
        assert {"fractions/1", "fractions/2"} <= {item["external_id"] for item in listed["items"]}
        await _approve(visitors[0], [result["item_id"] for result in uploaded["results"][:2]])
    _again, card, _listed = await run(commands, tmp_path, environment)
    assert (card["status"], card["published"], card["verdicts"][-1]["approved"]) == ("APPROVED", True, True)
    await visitors[1].sign_in(people.TEACHER, "TEACHER")
    found = (await visitors[1].get("/api/v1/library/items", q="числовые прямые дроби")).json()["items"]
    assert "Дроби на числовой прямой" in {item["title"] for item in found}


async def _approve(expert: Visitor, item_ids: list[str]) -> None:
    await expert.sign_in(people.EXPERT)
    for item_id in item_ids:
        item = (await expert.get(f"/api/v1/library/items/{item_id}")).json()
        verdict = {"verdict": "APPROVE", "comment": "", "expected_version": item["version"]}
        (await expert.post(f"/api/v1/library/items/{item_id}/decision", verdict)).raise_for_status()
