"""Java artifacts: pinned by version and sha256 in java.lock.json, fetched by jgo, kept in the cache folder."""

import contextlib
import errno
import hashlib
import json
import logging
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from myschool_stack.errors import Cancelled, StackError

MIRROR = "MYSCHOOL_MAVEN_URL"
_PARALLEL = 8
_TRIES = 2
_SILENCE_SECONDS, _LOOK_SECONDS = 20, 0.02
_CUT = {"ChunkedEncodingError", "ReadTimeout", "IncompleteRead"}
_AWAY = {"ConnectionError", "ConnectTimeout", "SSLError", "ProxyError"}
logging.getLogger("jgo").setLevel(logging.ERROR)  # its warnings would stand in the middle of the table


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


@dataclass
class Fetch:
    """One download of several files: where from, how far, and whether it is still wanted."""

    note: Callable[[str], None]
    cancelled: threading.Event = field(default_factory=threading.Event)
    mirror: str = ""
    total: int = 0
    done: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def tick(self, count: int) -> None:
        """Bytes arrived."""
        if self.cancelled.is_set():
            raise Cancelled
        with self._guard:
            before, self.done = self.done, self.done + count
        if before // 1_000_000 != self.done // 1_000_000:
            self.note(f"download {self.done / 1e6:.0f} of {self.total / 1e6:.0f} MB")

    def get(self, artifact: Artifact, folder: Path) -> Path:
        """The file as the repository gives it."""
        from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - a third of a second that only a download needs

        context = MavenContext(
            resolver=PythonResolver(progress_callback=self._progress),
            repo_cache=folder,
            remote_repos={"mirror": self.mirror.rstrip("/")} if self.mirror else None,
            timeout=_SILENCE_SECONDS,
        )
        component = context.project(artifact.group, artifact.artifact).at_version(artifact.version)
        return Path(component.artifact(packaging=artifact.packaging).resolve())

    @contextlib.contextmanager
    def _progress(self, _name: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield self.tick


def locked(part: str) -> list[Artifact]:
    """The artifacts of a part as the lock file names them."""
    return [Artifact(**row) for row in json.loads((files("myschool_stack") / "java.lock.json").read_text())[part]]


def fetch(artifacts: list[Artifact], folder: Path, run: Fetch) -> list[Path]:
    """Paths of the artifacts, downloading what the folder lacks; a wrong hash is fetched once more, then reported."""
    folder.mkdir(parents=True, exist_ok=True)
    run.total = sum(artifact.size for artifact in artifacts if not _present(artifact, folder))
    waiting, arrived, faults = deque(artifacts), dict[Artifact, Path](), list[Exception]()

    def work() -> None:
        while waiting and not faults:
            with contextlib.suppress(IndexError):
                artifact = waiting.popleft()
                try:
                    arrived[artifact] = _ensure(artifact, folder, run)
                except Exception as error:
                    faults.append(error)

    # Daemons: a silent repository holds neither Ctrl-C nor the end of the process.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(_PARALLEL, len(artifacts)))]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) and not faults:
        if run.cancelled.wait(_LOOK_SECONDS):
            raise Cancelled
    if faults:
        raise faults[0]
    return [arrived[artifact] for artifact in artifacts]


def _present(artifact: Artifact, folder: Path) -> bool:
    target = folder / artifact.filename
    return target.exists() and target.stat().st_size == artifact.size


def _ensure(artifact: Artifact, folder: Path, run: Fetch) -> Path:
    target = folder / artifact.filename
    if _present(artifact, folder) and digest(target) == artifact.sha256:
        return target
    problem = ""
    for _ in range(_TRIES):
        draft = folder / f".{artifact.filename}.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            run.tick(0)
            got = run.get(artifact, draft)
            if digest(got) == artifact.sha256:
                got.replace(target)
                return target
            problem = "what arrived does not have the pinned hash"
        except Cancelled:
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise  # the supervisor says which disk is full
            problem = _in_words(error)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    cure = f"Check the network and start again; behind a mirror of Maven Central set {MIRROR}."
    raise StackError(f"The download of {artifact.filename} failed: {problem}.", cure)


def _in_words(error: Exception) -> str:
    name, text = type(error).__name__, str(error)
    if name in _CUT or "Read timed out" in text:
        return "the connection was cut"
    if name in _AWAY:
        return "the repository is not reached"
    return "the repository does not have it" if "not found in remote" in text else f"{name}: {text}"


def digest(path: Path) -> str:
    """sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
