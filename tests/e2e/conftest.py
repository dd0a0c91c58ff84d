import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from people import Visitor


@pytest.fixture(scope="session")
def gateway_url(whole_stack) -> str:
    return whole_stack.gateway_url


@pytest.fixture
async def visitors(gateway_url: str) -> AsyncIterator[list[Visitor]]:
    """Five browsers' worth of cookies, closed at the end."""
    opened = [Visitor(gateway_url) for _ in range(5)]
    yield opened
    for visitor in opened:
        await visitor.close()
