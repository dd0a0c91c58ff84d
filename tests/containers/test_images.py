"""What an image is: small, without tools, with a list of what is inside, and without a secret in its history."""

import io
import json
import re
import tarfile
from collections.abc import Iterator
from functools import cache
from typing import Any

import docker
import pytest

from myschool_images.build import PRODUCT, Image, version

pytestmark = pytest.mark.containers
_LIMIT = 200_000_000
_TOOLS = re.compile(r"bin/(gcc|cc|g\+\+|ld|as|make|pip3?|uv|apt|apt-get|dpkg|bash|dash|sh|perl|curl|wget|cat)$")
_LEFTOVERS = re.compile(
    r"(site-packages|dist-packages)/(pip|setuptools|uv)/|/ensurepip/|^var/lib/apt/lists/.+_Packages|^var/cache/apt/.+\.(bin|deb)$|\.cache/"
)
_SECRETS = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|password=|://[^/\s]+:[^/\s]+@|--secret|INDEX_URL|index-url")


@cache
def _engine() -> Any:
    return docker.from_env()


@pytest.fixture(params=PRODUCT, ids=lambda image: image.service)
def image(request: pytest.FixtureRequest) -> Image:
    return request.param


def _named(image: Image) -> Any:
    return _engine().images.get(f"{image.name}:{version()}")


@cache
def _files(name: str) -> dict[str, int]:
    """Every file of an image with its mode."""
    container = _engine().containers.create(name)
    try:
        with tarfile.open(fileobj=_Stream(container.export()), mode="r|") as archive:
            return {member.name: member.mode for member in archive if member.isfile() or member.issym()}
    finally:
        container.remove()


class _Stream(io.RawIOBase):
    """Chunks as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        self._rest = self._rest or next(self._chunks, b"")
        taken, self._rest = self._rest[: len(target)], self._rest[len(target) :]
        target[: len(taken)] = taken
        return len(taken)


def test_image_when_built_then_it_is_below_200_mb(image: Image) -> None:
    size = _named(image).attrs["Size"]
    print(f"{image.service}: {size / 1e6:.0f} MB")
    assert size < _LIMIT


def test_image_when_looked_into_then_it_has_no_tools_and_nothing_gains_a_privilege(image: Image) -> None:
    files = _files(f"{image.name}:{version()}")
    assert [name for name in files if _TOOLS.search(name)] == []
    assert [name for name in files if _LEFTOVERS.search(name)] == []
    assert [name for name, mode in files.items() if mode & 0o6000] == []
    assert any(name.endswith(f"myschool_{image.service}/__init__.py") for name in files)


def test_image_when_a_service_then_no_other_service_is_inside(image: Image) -> None:
    members = {match[1] for name in _files(f"{image.name}:{version()}") if (match := re.search(r"app/own/(myschool_\w+)/", name))}
    along = {f"myschool_{image.along.rpartition('/')[2]}"} if image.along else set()
    assert members - {"myschool_cluster", "myschool_kit", "myschool_privacy"} == {f"myschool_{image.service}"} | along


def test_gateway_when_built_then_the_page_is_inside() -> None:
    gateway = next(image for image in PRODUCT if image.service == "gateway")
    files = _files(f"{gateway.name}:{version()}")
    assert "app/web/index.html" in files
    assert sum(name.startswith("app/web/assets/") for name in files) > 5


def test_image_when_inspected_then_it_says_what_it_is_and_runs_unprivileged(image: Image) -> None:
    config = _named(image).attrs["Config"]
    assert config["User"] == "10001:10001"
    assert config["Labels"]["org.opencontainers.image.version"] == version()
    assert re.fullmatch(r"[0-9a-f]{40}|unknown", config["Labels"]["org.opencontainers.image.revision"])
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_sbom_when_read_then_it_names_every_package_inside(image: Image) -> None:
    name = f"{image.name}:{version()}"
    container = _engine().containers.create(name)
    try:
        chunks, _ = container.get_archive(f"/usr/share/sbom/{image.service}.cdx.json")
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            content = archive.extractfile(f"{image.service}.cdx.json")
            assert content
            sbom = json.load(content)
    finally:
        container.remove()
    listed = {_plain(component["name"]) for component in sbom["components"]}
    infos = (re.search(r"app/.*/([\w.]+?)-[^/]+\.dist-info/METADATA$", file) for file in _files(name))
    assert sbom["bomFormat"] == "CycloneDX"
    assert listed == {_plain(found[1]) for found in infos if found}
    assert all(component.get("version") for component in sbom["components"])


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_history_when_read_then_it_holds_no_secret_and_no_registry(image: Image) -> None:
    steps = [step["CreatedBy"] or "" for step in _named(image).history()]
    assert len(steps) > 3
    assert [step for step in steps if _SECRETS.search(step)] == []
    environment = _named(image).attrs["Config"]["Env"]
    assert [value for value in environment if _SECRETS.search(value)] == []
