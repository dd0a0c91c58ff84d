"""Fixtures: keys of a stack, identity on a fresh database."""

import base64
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

sys.path.insert(0, str(Path(__file__).parent))
import gost_engine

from myschool_esia_simulator.testing import new_key, pem, write_keys
from myschool_identity.app import SERVICE
from myschool_identity.settings import IdentitySettings
from myschool_testing import Harness, create_database, drop_database, running

_NOT_RUN: list[str] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """ГОСТ by the engine is tested wherever the engine can be had; where not, the run says how many tests that were and why."""
    wanting = [item for item in items if item.get_closest_marker("gost_engine")]
    if wanting and (reason := gost_engine.missing()):
        _NOT_RUN.append(f"{len(wanting)} tests of ГОСТ by OpenSSL were not run: {reason}.")
        config.hook.pytest_deselected(items=wanting)
        items[:] = [item for item in items if item not in wanting]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """See pytest_collection_modifyitems."""
    for line in _NOT_RUN:
        terminalreporter.write_line(line, yellow=True)


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    write_keys(folder)
    for name in ("bridge", "bridge-next", "gateway-client"):
        (folder / f"{name}.key").write_bytes(pem(new_key()))
    esia = serialization.load_pem_private_key((folder / "esia.key").read_bytes(), None)
    public = esia.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "esia.pub").write_bytes(public)
    for name in ("field", "lookup"):
        (folder / f"{name}.key").write_bytes(base64.b64encode(os.urandom(32)))
    for name in ("prosveshchenie", "other"):
        (folder / f"provider-{name}.secret").write_text(f"secret-of-{name}")
    (folder / "system-region.secret").write_text("secret-of-region")
    described = {"name": "РИС", "region_code": "99", "scopes": ["organisations.read", "roster.write"]}
    (folder / "system-region.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture
async def identity(postgres_url: str, redis_url: str, keys_dir: Path) -> AsyncIterator[Harness]:
    async with running(SERVICE, postgres_url, redis_url, keys_dir=keys_dir) as harness:
        yield harness


@pytest.fixture(scope="module")
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    url = await create_database(postgres_url, SERVICE, IdentitySettings())
    yield url
    await drop_database(url)
