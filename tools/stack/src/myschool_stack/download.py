"""Java artifacts: pinned by version and sha256 in java.lock.json, fetched by jgo, kept in the cache folder."""

import hashlib
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jgo.maven import MavenContext

from myschool_stack.errors import StackError

Note = Callable[[str], None]
_PARALLEL = 8
_TRIES = 2


@dataclass(frozen=True)
class Artifact:
    """One file of a Maven repository with the hash it must have."""

    group: str
    artifact: str
    version: str
    packaging: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        """Name of the file in the cache."""
        return f"{self.artifact}-{self.version}.{self.packaging}"


def locked(part: str) -> list[Artifact]:
    """The artifacts of a part as the lock file names them."""
    return [Artifact(**row) for row in json.loads((files("myschool_stack") / "java.lock.json").read_text())[part]]


def fetch(artifacts: list[Artifact], folder: Path, note: Note, get: Callable[[Artifact, Path], Path] | None = None) -> list[Path]:
    """Paths of the artifacts, downloading what the folder lacks; a wrong hash is fetched once more, then reported."""
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(artifact.size for artifact in artifacts)
    done = 0
    paths: list[Path] = []
    with ThreadPoolExecutor(_PARALLEL) as pool:
        for artifact, path in zip(artifacts, pool.map(lambda one: _ensure(one, folder, get or _by_jgo), artifacts), strict=True):
            done += artifact.size
            paths.append(path)
            note(f"download {done / 1e6:.0f} of {total / 1e6:.0f} MB")
    return paths


def _ensure(artifact: Artifact, folder: Path, get: Callable[[Artifact, Path], Path]) -> Path:
    target = folder / artifact.filename
    if target.exists() and target.stat().st_size == artifact.size:
        return target
    problem = ""
    for _ in range(_TRIES):
        draft = folder / f".{artifact.filename}.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            got = get(artifact, draft)
            problem = "" if digest(got) == artifact.sha256 else "its content does not have the pinned hash"
            if not problem:
                got.replace(target)
                return target
        except StackError:
            raise
        except OSError as error:
            if error.errno == 28:  # ENOSPC: the supervisor says which disk is full
                raise
            problem = type(error).__name__
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    cure = "Check the network and the Maven settings of this machine, then start again."
    raise StackError(f"The download of {artifact.filename} failed: {problem}.", cure)


def _by_jgo(artifact: Artifact, folder: Path) -> Path:
    context = MavenContext(repo_cache=folder, timeout=60)
    component = context.project(artifact.group, artifact.artifact).at_version(artifact.version)
    return Path(component.artifact(packaging=artifact.packaging).resolve())


def digest(path: Path) -> str:
    """sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
