"""Keycloak's tree in the cache: made once, made anew when it is half, never left half. The archive here is a small one of the same shape."""

import io
import tarfile
import threading
from pathlib import Path

import pytest

from myschool_stack import download
from myschool_stack.errors import Cancelled, StackError
from myschool_stack.layout import profile
from myschool_stack.parts import keycloak
from myschool_stack.parts.base import Work

BUILDS = (
    "#!/bin/sh\nmkdir -p lib/quarkus && touch lib/quarkus-run.jar lib/quarkus/quarkus-application.dat lib/quarkus/generated-bytecode.jar\n"
)


def an_archive(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as file:
        for name, text, mode in (("bin/kc.sh", script, 0o755), ("version.txt", "Keycloak", 0o644)):
            member = tarfile.TarInfo(f"keycloak-0/{name}")
            member.size, member.mode = len(text), mode
            file.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def work(tmp_path: Path, made_keys: Path) -> Work:
    home = tmp_path / "home"
    home.mkdir()
    (home / "keys").symlink_to(made_keys)
    mine = profile("test", home, {"XDG_CACHE_HOME": str(tmp_path)})
    object.__setattr__(mine, "cache", tmp_path / "cache")
    return Work(mine, "keycloak-build", lambda _: None)


@pytest.fixture
def tree(work: Work) -> Path:
    (archive,) = download.locked("keycloak")
    return work.profile.cache / f"keycloak-{archive.version}-built"


@pytest.fixture
def archives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Scripts of the archives that arrive, one a download."""
    scripts: list[str] = []
    monkeypatch.setattr(download, "fetch", lambda *_: [an_archive(tmp_path / "keycloak.tar.gz", scripts.pop(0))])
    return scripts


def test_tree_is_built_once(work: Work, tree: Path, archives: list[str]) -> None:
    archives.append(BUILDS)
    keycloak.built_tree(work)
    keycloak.built_tree(work)  # no second archive is at hand
    assert (tree / "version.txt").read_text() == "Keycloak"
    assert sorted(path.name for path in tree.parent.iterdir()) == [tree.name, "keycloak.lock"]


def test_interrupted_build_is_begun_anew(work: Work, tree: Path, archives: list[str]) -> None:
    left = tree.with_name(f"{tree.name}.new") / "keycloak-0" / "lib"
    left.mkdir(parents=True)
    (left / "half.jar").touch()
    archives.append(BUILDS)
    keycloak.built_tree(work)
    assert (tree / "lib" / "quarkus-run.jar").exists()
    assert not (tree / "lib" / "half.jar").exists()


def test_tree_without_what_the_build_makes_is_made_anew(work: Work, tree: Path, archives: list[str]) -> None:
    (tree / "bin").mkdir(parents=True)
    (tree / "bin" / "kc.sh").write_text("half")
    archives.append(BUILDS)
    keycloak.built_tree(work)
    assert (tree / "bin" / "kc.sh").read_text() == BUILDS


def test_failing_build_is_told_with_its_last_lines_and_leaves_no_tree(work: Work, tree: Path, archives: list[str]) -> None:
    archives += ["#!/bin/sh\necho 'Error: java.lang.OutOfMemoryError: Java heap space' >&2; exit 2\n", BUILDS]
    with pytest.raises(StackError) as told:
        keycloak.built_tree(work)
    text = str(told.value)
    assert "`kc.sh build --db=postgres --health-enabled=true` failed (exit 2); the end of" in text
    assert "OutOfMemoryError" in text
    assert text.endswith("There is not enough memory: the whole stack needs 3 GB. Close other programs, then start again.")
    assert not tree.exists()
    keycloak.built_tree(work)
    assert tree.exists()


def test_build_can_be_stopped_while_it_unpacks_and_while_it_runs(work: Work, tree: Path, archives: list[str]) -> None:
    archives += [BUILDS, "#!/bin/sh\nexec sleep 60\n"]
    work.cancelled.set()
    with pytest.raises(Cancelled):
        keycloak.build(tree, work)
    work.cancelled.clear()
    threading.Timer(0.5, work.cancelled.set).start()
    with pytest.raises(Cancelled):
        keycloak.build(tree, work)
    assert not tree.exists()
