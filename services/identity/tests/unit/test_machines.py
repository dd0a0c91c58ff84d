"""Files that describe a system of the region."""

import json
from pathlib import Path
from typing import Any

import pytest

from myschool_identity.realm.machines import BadDescription, machines
from myschool_identity.settings import IdentitySettings

GOOD = {"name": "РИС", "region_code": "99", "scopes": ["roster.write"]}
BAD: dict[str, Any] = {
    "no words": None,
    "a list": [],
    "no name": {**GOOD, "name": ""},
    "a name that is a number": {**GOOD, "name": 7},
    "no region": {key: value for key, value in GOOD.items() if key != "region_code"},
    "a region of three digits": {**GOOD, "region_code": "999"},
    "every region": {**GOOD, "region_code": "*"},
    "no scopes": {**GOOD, "scopes": []},
    "a scope nobody knows": {**GOOD, "scopes": ["roster.write", "everything"]},
    "a publisher's scope": {**GOOD, "scopes": ["library.provide"]},
    "scopes that are a number": {**GOOD, "scopes": 1},
}


def settings(folder: Path, described: str | None) -> IdentitySettings:
    (folder / "system-a.secret").write_text("s")
    if described is not None:
        (folder / "system-a.json").write_text(described, encoding="utf-8")
    return IdentitySettings(keys_dir=folder)


def test_system_when_described_then_it_has_its_scopes_and_claims(tmp_path: Path) -> None:
    (machine,) = machines(settings(tmp_path, json.dumps(GOOD)))
    assert (machine.client["clientId"], machine.client["name"], machine.scopes) == ("system-a", "РИС", ("roster.write",))
    claims = {one["config"]["claim.name"]: one["config"]["claim.value"] for one in machine.mappers}
    assert claims == {"system_name": "РИС", "region_code": "99"}


@pytest.mark.parametrize("told", BAD.values(), ids=BAD.keys())
def test_system_when_described_badly_then_the_file_and_what_to_write_are_told(tmp_path: Path, told: Any) -> None:
    with pytest.raises(BadDescription, match=r"system-a\.json does not describe a system: \w"):
        machines(settings(tmp_path, json.dumps(told)))


@pytest.mark.parametrize("described", [None, "{", "\ufeff{}"], ids=["no file", "half a file", "empty"])
def test_system_when_its_file_cannot_be_read_then_told(tmp_path: Path, described: str | None) -> None:
    with pytest.raises(BadDescription):
        machines(settings(tmp_path, described))
