"""One build an image, two at a time; what was built before comes from the engine's cache."""

import os
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from myschool_images import stand
from myschool_images.engine import Engine, Note
from myschool_stack import jobs
from myschool_stack.errors import StackError
from myschool_stack.layout import SERVICES, checkout
from myschool_stack.parts.base import Work

PREFIX = "myschool"
_AT_ONCE = 2
_DOCKERFILE = "deploy/docker/Dockerfile"
# Settings that say where a package registry is; they reach a build as a secret and stay nowhere.
_REGISTRY = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class Image:
    """One image of the product."""

    service: str
    member: str
    target: str = "service"
    along: str = ""

    @property
    def name(self) -> str:
        """Its name without the tag."""
        return f"{PREFIX}/{self.service.replace('_', '-')}"


PRODUCT = (
    *(Image(name, f"services/{name}") for name in SERVICES),
    Image("gateway", "gateway", "gateway"),
    Image("esia_simulator", "tools/esia_simulator"),
    Image("seed", "tools/seed", along="tools/esia_simulator"),
)


def version() -> str:
    """The tag of all images: the version of the workspace."""
    with (checkout() / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def every(engine: Engine, base: str, work: Work, names: list[str]) -> list[str]:
    """Builds the named images, or all; answers their names with tags."""
    pieces: dict[str, Callable[[], str]] = {image.name.partition("/")[2]: _product(engine, base, image) for image in PRODUCT}
    pieces |= {name: _third(engine, base, name, work) for name in stand.PARTS}
    if unknown := [name for name in names if name not in pieces]:
        raise StackError(f"There is no image {', '.join(unknown)}.", f"Images: {', '.join(pieces)}.")
    chosen = names or list(pieces)
    if "gateway" in chosen:
        jobs.build_page(work)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda name: _timed(pieces[name], work.note), chosen))


def _timed(build: Callable[[], str], note: Note) -> str:
    began = time.monotonic()
    name = build()
    note(f"{name} in {time.monotonic() - began:.0f} s")
    return name


def _product(engine: Engine, base: str, image: Image) -> Callable[[], str]:
    def build() -> str:
        tag = f"{image.name}:{version()}"
        arguments = {
            "BASE": base,
            "SERVICE": image.service,
            "MEMBER": image.member,
            "WITH": image.along or image.member,
            "VERSION": version(),
            "REVISION": _git("rev-parse", "HEAD") or "unknown",
            "CREATED": _git("log", "-1", "--format=%cI") or "1970-01-01T00:00:00Z",
        }
        with secrets() as given:
            words = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
            where = ["-f", str(checkout() / _DOCKERFILE), "--target", image.target, "-t", tag]
            engine.run("build", "--network=host", "--progress=plain", *given, *words, *where, str(checkout()))
        return tag

    return build


def _third(engine: Engine, base: str, name: str, work: Work) -> Callable[[], str]:
    return lambda: stand.build(engine, base, name, f"{PREFIX}/{name}:{version()}", work)


@contextmanager
def secrets() -> Iterator[list[str]]:
    """Build secrets of this machine: its CA bundle, where one is named, and where its package registry is."""
    words: list[str] = []
    bundle = os.environ.get("SSL_CERT_FILE", "")
    if bundle and Path(bundle).is_file():
        words += ["--secret", f"id=ca,src={bundle}"]
    with tempfile.NamedTemporaryFile("w", prefix="registry-") as file:  # readable by its owner alone
        file.writelines(f"{name}='{os.environ[name]}'\n" for name in _REGISTRY if os.environ.get(name))
        file.flush()
        yield [*words, "--secret", f"id=registry,src={file.name}"]


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=checkout(), capture_output=True, text=True, check=False)
    return done.stdout.strip()
