"""Fixtures: keys of a stack, identity on a fresh database."""

import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from myschool_esia_simulator.testing import new_key, pem, write_keys
from myschool_identity.app import SERVICE
from myschool_kit.testing import Harness, running


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
    return folder


@pytest.fixture
async def identity(postgres_url: str, redis_url: str, keys_dir: Path) -> AsyncIterator[Harness]:
    async with running(SERVICE, postgres_url, redis_url, keys_dir=keys_dir) as harness:
        yield harness
