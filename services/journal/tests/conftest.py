"""A running journal with two schools in it; its clock stands at MOMENT."""

from collections.abc import AsyncIterator

import pytest

from myschool_journal import testing
from myschool_journal.app import SERVICE
from myschool_kit import clock
from myschool_testing import Harness, running


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: testing.MOMENT)


@pytest.fixture(scope="session")
async def journal(postgres_url: str, redis_url: str) -> AsyncIterator[Harness]:
    """One service for the whole suite; each test brings its own school."""
    async with running(SERVICE, postgres_url, redis_url) as harness:
        yield harness


@pytest.fixture
async def school(journal: Harness) -> testing.School:
    """A school with year and timetable."""
    school = testing.School()
    await school.register(journal.database)
    await school.set_up(journal)
    return school


@pytest.fixture
async def other(journal: Harness) -> testing.School:
    """Another school, for foreign ids."""
    school = testing.School()
    await school.register(journal.database)
    await school.set_up(journal)
    return school


@pytest.fixture
def desk(journal: Harness, school: testing.School) -> testing.Desk:
    """The teachers' own acts in the school."""
    return testing.Desk(journal, school)
