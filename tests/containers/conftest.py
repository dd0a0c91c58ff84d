import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).parent))

from containers_cell import ByName, Cell, open_cell
from people import Visitor
from start import bring_up


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    """A network with keys and nothing in it yet."""
    cell = open_cell(tmp_path_factory.mktemp("keys"))
    yield cell
    cell.close()


@pytest.fixture(scope="session")
async def cell(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cell]:
    """A whole cell with the small demo region; its processes prove themselves to each other by certificates."""
    found = open_cell(tmp_path_factory.mktemp("cell-keys"), tmp_path_factory.mktemp("cell-certificates"))
    try:
        await bring_up(found)
        yield found
    finally:
        found.close()


@pytest.fixture
async def visitors(cell: Cell) -> AsyncIterator[list[Visitor]]:
    """Three browsers' worth of cookies, in the cell's network."""
    opened = [Visitor("http://gateway:8000", ByName(cell.address)) for _ in range(3)]
    yield opened
    for visitor in opened:
        await visitor.close()
