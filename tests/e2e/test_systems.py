"""docs/regional-systems.md as the people behind a system of the region would follow it, and what its token does not open."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from commands import run

pytestmark = pytest.mark.e2e
PAGE = (Path(__file__).parents[2] / "docs/regional-systems.md").read_text("utf-8")


async def test_system_when_following_the_page_then_a_pupil_is_there(whole_stack: Any, tmp_path: Path) -> None:
    stack = whole_stack.environment
    environment = {
        "KEYCLOAK": stack["MYSCHOOL_KEYCLOAK_URL"],
        "GATEWAY": whole_stack.gateway_url,
        "CLIENT_ID": "system-demo",
        "CLIENT_SECRET": (Path(stack["MYSCHOOL_KEYS_DIR"]) / "system-demo.secret").read_text("utf-8").strip(),
    }
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
    assert commands.count("curl") == 4
    preview, done = await run(commands, tmp_path, environment)
    assert [(row["label"], row["action"], row["errors"]) for row in preview["rows"]] == [("Новосёлов Пётр Ильич", "CREATE", [])]
    assert (done["status"], done["counts"]["create"]) == ("DONE", 1)
    # The same list once more: nothing is new.
    again, _done = await run(commands, tmp_path, environment)
    assert [row["action"] for row in again["rows"]] == ["NONE"]


async def test_token_of_a_publisher_when_brought_to_the_gateway_then_it_opens_nothing(whole_stack: Any) -> None:
    stack = whole_stack.environment
    secret = (Path(stack["MYSCHOOL_KEYS_DIR"]) / "provider-prosveshchenie.secret").read_text("utf-8").strip()
    form = {"grant_type": "client_credentials", "client_id": "provider-prosveshchenie", "client_secret": secret}
    async with httpx.AsyncClient() as http:
        given = await http.post(f"{stack['MYSCHOOL_KEYCLOAK_URL']}/realms/myschool/protocol/openid-connect/token", data=form)
        headers = {"Authorization": f"Bearer {given.json()['access_token']}"}
        answer = await http.get(f"{whole_stack.gateway_url}/api/v1/organisations", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "gateway.SESSION_REQUIRED")
