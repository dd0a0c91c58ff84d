"""Overlays rendered once for all tests."""

from pathlib import Path

import pytest

from myschool_k8s import layout, render, schemas

OVERLAYS = {path.name: path for path in layout.overlays()}


@pytest.fixture(scope="session", autouse=True)
def fetched() -> None:
    """The schemas lie in the cache before the first test: a slow network is no fault of a test."""
    schemas.definitions()


@pytest.fixture(params=sorted(OVERLAYS))
def overlay(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def items(overlay: str) -> list[render.Object]:
    return render.objects(OVERLAYS[overlay])


@pytest.fixture
def region() -> list[render.Object]:
    return render.objects(OVERLAYS["region-template"])


@pytest.fixture
def dev() -> list[render.Object]:
    return render.objects(OVERLAYS["dev"])


@pytest.fixture
def composed(tmp_path: Path):
    """An overlay of a test's own: the base and some components."""

    def compose(*components: str) -> list[render.Object]:
        def near(path: Path) -> str:
            return str(Path(*[".."] * len(tmp_path.parts[1:])) / path.relative_to("/"))

        cell = OVERLAYS["dev"] / "cell.yaml"
        lines = ["resources:", f"  - {near(layout.MANIFESTS / 'base')}", "  - cell.yaml", "components:"]
        lines += [f"  - {near(layout.MANIFESTS / 'components' / name)}" for name in components]
        (tmp_path / "cell.yaml").write_text(cell.read_text())
        (tmp_path / "kustomization.yaml").write_text("\n".join(lines) + "\n")
        return render.objects(tmp_path)

    return compose
