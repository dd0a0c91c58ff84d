import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from messaging_world import World

from myschool_messaging.app import SERVICE
from myschool_testing import running


@pytest.fixture
async def world(postgres_url: str, redis_url: str) -> AsyncIterator[World]:
    async with running(SERVICE, postgres_url, redis_url, message_limit=1000) as harness:
        yield World(harness)


@pytest.fixture
async def strict_world(postgres_url: str, redis_url: str) -> AsyncIterator[World]:
    async with running(SERVICE, postgres_url, redis_url, message_limit=5, message_window_s=60.0) as harness:
        yield World(harness)
