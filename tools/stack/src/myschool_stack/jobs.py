"""Work done once on the way up: the page, Keycloak's build, migrations, the realm, the demo region."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import asyncpg

from myschool_stack import keys
from myschool_stack.environment import APPLICATION, product
from myschool_stack.layout import SERVICES, Profile
from myschool_stack.parts.base import Node, Work, python
from myschool_stack.parts.keycloak import built_tree

_NOT_SOURCE = {"node_modules", "dist", "test-results", "dev", "coverage", "__pycache__"}


class Job(Node):
    """A named piece of work."""

    def __init__(self, profile: Profile, name: str, work: Callable[[Work], None], needs: tuple[str, ...] = ()) -> None:
        super().__init__(profile)
        self.name = name
        self.needs = needs
        self._work = work

    def prepare(self, work: Work) -> None:
        """Does it."""
        self._work(work)


def fingerprint(folders: Iterable[Path]) -> str:
    """A hash over names and contents of all source files below the folders (or of the files themselves)."""
    total = hashlib.sha256()
    for folder in folders:
        found = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        for path in found:
            if path.is_file() and not _NOT_SOURCE & set(path.relative_to(folder.parent).parts):
                total.update(f"{path.relative_to(folder.parent)}\0{path.stat().st_size}\0".encode())
                total.update(path.read_bytes())
    return total.hexdigest()


def build_page(work: Work) -> None:
    """web/dist from web/, skipped while sources are what they were."""
    install_page_tools(work)
    web = work.profile.root / "web"
    with work.alone(_page_lock(work)):
        stamp = web / "dist" / ".stamp"
        wanted = fingerprint([web, work.profile.root / "docs" / "help"])
        if not stamp.exists() or stamp.read_text() != wanted:
            work.note("builds the page")
            work.run([[_tool(work, "npm"), "run", "build"]], cwd=web)
            stamp.write_text(wanted)


def install_page_tools(work: Work) -> None:
    """node_modules as the lock file says, skipped while it is what it was."""
    web = work.profile.root / "web"
    stamp = web / "node_modules" / ".stamp"
    wanted = fingerprint([web / "package-lock.json"])
    with work.alone(_page_lock(work)):
        if not stamp.exists() or stamp.read_text() != wanted:
            work.note("fetches the page's libraries")
            work.run([[_tool(work, "npm"), "ci", "--no-audit", "--no-fund"]], cwd=web)
            stamp.write_text(wanted)


def _page_lock(work: Work) -> Path:
    """`make up`, `make test` and `make lint` of one checkout share its page."""
    return work.profile.root / ".local" / "web.lock"


def _tool(work: Work, name: str) -> str:
    return str(work.profile.root / ".venv" / "bin" / name)


def migrate(work: Work) -> None:
    """Each service's own database at its head; skipped while neither migrations nor the server changed."""
    root = work.profile.root
    histories = [root / "services" / name / "src" / f"myschool_{name}" / "migrations" for name in SERVICES]
    wanted = json.dumps([fingerprint(histories), APPLICATION, work.profile.given.get("postgres")])
    stamp = work.profile.home / "migrated"
    if "postgres" in work.profile.given or not stamp.exists() or stamp.read_text() != wanted:
        if "postgres" not in work.profile.given:
            asyncio.run(_application_login(work.profile))
        work.run([python(f"myschool_{name}", "migrate") for name in SERVICES])
        stamp.write_text(wanted)


async def _application_login(profile: Profile) -> None:
    """The login that serves, with the password in the folder of keys."""
    connection = await asyncpg.connect(f"{product(profile)['MYSCHOOL_POSTGRES_URL']}/postgres")
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", APPLICATION):
            await connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        # The server itself quotes it; the file holds no more than letters and digits anyway.
        wanted = await connection.fetchval("SELECT quote_literal($1::text)", keys.secret(profile.keys, "postgres-app.password"))
        await connection.execute(f"ALTER ROLE {APPLICATION} PASSWORD {wanted}")
    finally:
        await connection.close()


def realm(work: Work) -> None:
    """The realm of the sign-in server, made or mended."""
    work.run([python("myschool_identity", "realm")])


def demo_once(work: Work) -> None:
    """The demo region, loaded through the product's own import and API, the first time only."""
    mark = work.profile.home / "demo-loaded"
    if not mark.exists():
        demo(work)
        mark.touch()


def demo(work: Work) -> None:
    """The demo region; a test instance takes the small one."""
    work.note("loads the demo region")
    work.run([python("myschool_seed", "--size", "full" if work.profile.durable else "small")])


def keycloak_tree(profile: Profile) -> Job:
    """Runs beside PostgreSQL's start, for it takes half a minute the first time."""
    return Job(profile, "keycloak-build", built_tree)


def forget(folder: Path) -> None:
    """Removes a data folder with everything in it."""
    shutil.rmtree(folder, ignore_errors=True)
