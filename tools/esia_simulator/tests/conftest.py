"""Fixtures: keys, a running simulator and a client of it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from myschool_esia_simulator.testing import EsiaClient, Running, start, write_keys


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    write_keys(folder)
    return folder


@pytest.fixture
def simulator(keys_dir: Path) -> Iterator[Running]:
    with start(keys_dir) as running:
        yield running


@pytest.fixture
def lenient_simulator(keys_dir: Path) -> Iterator[Running]:
    with start(keys_dir, esia_confirmed_only=False) as running:
        yield running


@pytest.fixture
def client(simulator: Running) -> Iterator[EsiaClient]:
    with httpx.Client() as browser:
        yield EsiaClient(simulator, browser)
