import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sample_service import SERVICE

from myschool_testing import Harness, running


@pytest.fixture
async def sample(postgres_url: str, redis_url: str) -> "Harness":
    async with running(SERVICE, postgres_url, redis_url) as harness:
        yield harness
