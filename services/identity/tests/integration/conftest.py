"""Fixtures of the tests of letters."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from letter_box import Mailbox

from .letter_owner import Owner, a_mailbox, an_owner


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server of the test's own."""
    with a_mailbox() as box:
        yield box


@pytest.fixture
async def owner(postgres_url: str, redis_url: str, keys_dir: Path, mailbox: Mailbox) -> AsyncIterator[Owner]:
    """A person without an address, who has signed in to identity on a fresh database."""
    async with an_owner(postgres_url, redis_url, keys_dir, mailbox) as found:
        yield found
