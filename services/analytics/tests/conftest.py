import pytest

from myschool_analytics.app import SERVICE
from myschool_testing import Harness, running


@pytest.fixture
async def analytics(postgres_url: str, redis_url: str) -> "Harness":
    async with running(SERVICE, postgres_url, redis_url) as harness:
        yield harness
