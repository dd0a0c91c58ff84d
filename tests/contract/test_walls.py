"""The walls hold: a planted import across them is caught, the house as it stands is clean."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SOURCES = [
    "libs/cluster/src",
    "libs/kit/src",
    "libs/privacy/src",
    "libs/testing/src",
    *(f"services/{name}/src" for name in ("identity", "roles", "journal", "library", "messaging", "analytics")),
]
SOURCES += [
    "gateway/src",
    "tools/seed/src",
    "tools/stack/src",
    "tools/esia_simulator/src",
    "tools/lint/src",
    "tools/observability/src",
    "tools/images/src",
]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    path = ":".join(str(root / source) for source in SOURCES)
    environment = {"PYTHONPATH": path, "PATH": str(BIN)}
    command = [BIN / "lint-imports", "--no-cache", "--config", str(root / "pyproject.toml")]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("planted_in", "line"),
    [
        ("services/journal/src/myschool_journal/errors.py", "import myschool_roles.errors"),
        ("libs/kit/src/myschool_kit/ids.py", "import myschool_journal.errors"),
        ("libs/cluster/src/myschool_cluster/traces.py", "import myschool_kit.ids"),
        ("libs/kit/src/myschool_kit/ids.py", "import myschool_privacy.lookup"),
        ("libs/privacy/src/myschool_privacy/lookup.py", "import myschool_identity.errors"),
        ("gateway/src/myschool_gateway/settings.py", "import myschool_seed"),
    ],
)
def test_wall_when_an_import_is_planted_then_it_is_caught(tmp_path: Path, planted_in: str, line: str) -> None:
    for source in SOURCES:
        shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / planted_in
    target.write_text(target.read_text("utf-8") + f"\n{line}\n", "utf-8")
    assert lint_imports(tmp_path).returncode != 0


def test_walls_when_the_house_is_as_committed_then_clean() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout
