"""Test 22 of the platform: the code before a service's newest migration passes its own suite on the schema after it.

That is what a rollout does for a while, and what rolling back means (docs/deploy.md §6). New code on the old schema does not serve:
it waits for `migrate` and then says so (libs/kit/tests/test_process.py, tests/containers/test_starts.py).
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
VERSIONS = "services/{0}/src/myschool_{0}/migrations/versions"


def migrations(service: str) -> list[Path]:
    """Oldest first."""
    return sorted((ROOT / VERSIONS.format(service)).glob("*.py"))


SERVICES = [path.name for path in sorted((ROOT / "services").iterdir()) if len(migrations(path.name)) > 1]


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout


def _before(newest: Path) -> str:
    """The commit that had everything but this migration; the last one when it is not committed yet."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("there is no history here")
    added = _git("log", "--diff-filter=A", "--format=%H", "--", str(newest.relative_to(ROOT))).decode().split()
    if not added:
        return "HEAD"
    if not _git("rev-list", "--parents", "-1", added[-1]).split()[1:]:
        pytest.skip("the history is cut off before this migration")
    return f"{added[-1]}^"


@pytest.mark.parametrize("service", SERVICES)
def test_code_when_the_next_migration_is_there_already_then_it_works_as_before(service: str, tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(_git("archive", _before(migrations(service)[-1])))) as archive:
        archive.extractall(tmp_path, filter="data")
    place = tmp_path / VERSIONS.format(service)
    for old in place.glob("*.py"):
        old.unlink()
    for path in migrations(service):
        shutil.copy(path, place)
    sources = [*tmp_path.glob("*/*/src"), tmp_path / "gateway/src", tmp_path / "proto/gen/python"]
    command = [sys.executable, "-m", "pytest", "-q", f"services/{service}/tests/integration", "-m", "not slow and not e2e"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, sources))}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    print(done.stdout.strip().splitlines()[-1:])
    assert done.returncode == 0, done.stdout[-6000:]
    assert " passed" in done.stdout
