import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stack_instance import Instance

from myschool_stack.keys import ensure_keys


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys made once: six RSA pairs a test would be most of its time."""
    folder = tmp_path_factory.mktemp("keys")
    ensure_keys(folder)
    return folder


@pytest.fixture
def instances(tmp_path: Path, made_keys: Path) -> Iterator[Callable[..., Instance]]:
    """Makes instances; each is stopped at the end of the test."""
    opened: list[Instance] = []

    def make(name: str = "home", **options: object) -> Instance:
        opened.append(Instance(tmp_path / name, made_keys, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def instance(instances: Callable[..., Instance]) -> Instance:
    return instances()
