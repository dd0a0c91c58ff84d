"""CONTRIBUTING promises a new RPC by touching four files: a copy of the checkout gets one, and it answers through the gateway."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# File → where the lines go in (right before this text) → the lines.
FOUR_FILES = {
    "proto/myschool/identity/v1/identity.proto": {
        "  // Ends one of the person's own sessions.\n": """\
  // How many sessions of the person are open.
  rpc CountSessions(CountSessionsRequest) returns (CountSessionsResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (myschool.common.v1.access) = {permission: "session.read"};
  }
""",
        "message ListSessionsRequest {}\n": "message CountSessionsRequest {}\nmessage CountSessionsResponse {\n  int32 count = 1;\n}\n",
    },
    "services/identity/src/myschool_identity/session/service.py": {
        "    async def _end(self": '''\
    async def count(self, person_id: UUID) -> int:
        """How many sessions of the person are open."""
        return len(await self._repository.open_of(self._database.reads, person_id))

'''
    },
    "services/identity/src/myschool_identity/servicer.py": {
        "    async def EndSession(self": '''\
    async def CountSessions(self, request: pb.CountSessionsRequest, context: object) -> pb.CountSessionsResponse:
        """See the proto."""
        return pb.CountSessionsResponse(count=await self._sessions.count(_caller()))

'''
    },
    "gateway/src/myschool_gateway/routes/sessions.py": {
        '@writes.delete("/sessions/{session_id}"': '''\
class SessionCount(people.Output):
    """How many sessions are open."""

    count: int


@reads.get("/sessions/count")
async def count_sessions(caller: Reader) -> SessionCount:
    """How many sessions of the person are open."""
    reply = await caller.ask(caller.services.identity.CountSessions, identity_pb2.CountSessionsRequest())
    return SessionCount(count=reply.count)


'''
    },
}


def changed_copy(folder: Path) -> None:
    """The committed and uncommitted files of the checkout without the page, with the four files changed."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if not name.startswith(("web/", "docs/img/")) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    for name, changes in FOUR_FILES.items():
        text = (folder / name).read_text("utf-8")
        for before, lines in changes.items():
            assert text.count(before) == 1, (name, before)
            text = text.replace(before, lines + before)
        (folder / name).write_text(text, "utf-8")


def run(folder: Path, *command: str, **environment: str) -> None:
    sources = [str(path) for path in (*folder.glob("*/*/src"), folder / "gateway/src", folder / "proto/gen/python")]
    settings = os.environ | environment | {"PYTHONPATH": os.pathsep.join(sources)}
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-5000:]}"


@pytest.mark.timeout(240)
def test_rpc_when_four_files_are_touched_then_it_answers_through_the_gateway(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    changed_copy(tmp_path)
    run(tmp_path, "bash", "tools/gen.sh")
    script = str(ROOT / "tests/support/new_rpc.py")
    run(tmp_path, sys.executable, script, str(tmp_path), MYSCHOOL_POSTGRES_URL=postgres_url, MYSCHOOL_REDIS_URL=redis_url)
    assert "| `session.read` | IdentityService.CountSessions | everyone signed in |" in (tmp_path / "docs/permissions.md").read_text(
        "utf-8"
    )
    run(tmp_path, sys.executable, "-m", "ruff", "check", *FOUR_FILES.keys() - {next(iter(FOUR_FILES))})
