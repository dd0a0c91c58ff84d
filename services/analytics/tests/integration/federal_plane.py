"""Two regions and the federal side on one broker, with their exports, relays and consumers."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

import cell as cells

from myschool_analytics.activity.repository import ActivityRepository
from myschool_analytics.aggregate.repository import AggregateRepository
from myschool_analytics.aggregate.service import Export
from myschool_analytics.app import SERVICE
from myschool_analytics.consumers import federal_handlers, handlers
from myschool_analytics.federation.model import register
from myschool_analytics.federation.repository import FederationRepository
from myschool_analytics.settings import AnalyticsSettings
from myschool_kit import clock
from myschool_kit.consumer import Consumer
from myschool_kit.relay import Relay
from myschool_testing import Harness, running

CODES = ("region42", "region77")
REGISTER = """
- {code: region77, name: Ближний край, page: "https://school.region77.example", since: 2026-09-01}
- {code: region42, name: Дальний край, page: "https://school.region42.example", kafka: "kafka.region42.example:9094"}
- {code: region00, name: Молчащий край, page: "https://school.region00.example"}
"""


class At(AnalyticsSettings):
    """Settings of a process whose database is the one of this test."""

    place: str = ""

    def database_url(self, _service: str) -> str:
        return self.place


@dataclass
class Plane:
    """Two regions and the federal side on one broker, apart by the prefixes of their topics."""

    regions: dict[str, tuple[Harness, At]]
    federal: Harness
    settings: At

    def as_mirrored(self) -> "Plane":
        """The federal side of a real mirror, which puts its alias before the whole name of a region's topic."""
        entries = [
            {"code": code, "name": code, "page": "https://school.example", "topic": f"{code}.{settings.topic('analytics.aggregates')}"}
            for code, (_region, settings) in self.regions.items()
        ]
        cells_file = self.settings.cells_file
        assert cells_file is not None
        cells_file.write_text(yaml.safe_dump(entries))
        return replace(self, settings=self.settings.model_copy(update={"topic_prefix": ""}))

    async def rows(self) -> list[tuple]:
        found = await self.federal.database.reads.fetch(
            "SELECT cell, first_day, breakdown, measure, version, names, amounts FROM federal_aggregate ORDER BY 1, 2, 3, 4"
        )
        return [tuple(row) for row in found]

    async def told(self) -> list[tuple]:
        """What the regions themselves know they have told, newest versions."""
        found = []
        for code, (region, _settings) in sorted(self.regions.items()):
            rows = await region.database.reads.fetch(
                "SELECT DISTINCT ON (1, 2, 3) first_day, breakdown, measure, version, names, amounts FROM aggregate_export"
                " ORDER BY 1, 2, 3, version DESC"
            )
            found += [(code, *row) for row in rows]
        return found


@pytest.fixture
async def plane(
    postgres_url: str, redis_url: str, kafka_bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Plane]:
    monkeypatch.setattr(clock, "now", lambda: cells.NOW)
    cells_file = tmp_path / "cells.yaml"
    cells_file.write_text(REGISTER)
    run = uuid4().hex[:8]

    def at(harness: Harness, side: str) -> At:
        prefix = f"t{run}.{side}."
        return At(kafka=kafka_bootstrap, topic_prefix=prefix, topic_partitions=2, place=harness.database._url, cells_file=cells_file)

    async with (
        running(SERVICE, postgres_url, redis_url) as one,
        running(SERVICE, postgres_url, redis_url) as other,
        running(SERVICE, postgres_url, redis_url, cells_file=cells_file) as federal,
    ):
        regions = {code: (harness, at(harness, code)) for code, harness in zip(CODES, (one, other), strict=True)}
        yield Plane(regions, federal, at(federal, "federal"))


@asynccontextmanager
async def going(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """The processes run inside the block."""
    tasks = [asyncio.ensure_future(work()) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


def federal_process(plane: Plane) -> Consumer:
    table = federal_handlers(register(plane.settings.cells_file), FederationRepository(plane.federal.database.reads))
    return Consumer("analytics-federal", plane.settings, plane.federal.database, table)


async def export(region: Harness, settings: At) -> int:
    return await Export(settings, region.database, AggregateRepository()).run()


async def live(plane: Plane) -> None:
    """A week of each region, told by its own export and relay."""
    for seed, (region, settings) in enumerate(plane.regions.values(), 31):
        table = handlers(ActivityRepository(region.database.reads))
        await Consumer("analytics", settings, region.database, table).take(cells.Cell(seed, schools=3).events())
        await export(region, settings)
    await sent(plane)


async def sent(plane: Plane) -> None:
    """Everything in the outboxes is in Kafka."""
    relays = [Relay("analytics", settings).run for _region, settings in plane.regions.values()]
    async with going(*relays):
        for region, _settings in plane.regions.values():
            await until(lambda region=region: _pending(region), 0)


async def _pending(region: Harness) -> int:
    return await region.database.reads.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")


async def until(look: Callable[[], Awaitable[object]], wanted: object, seconds: float = 40) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while (found := await look()) != wanted:
        assert asyncio.get_running_loop().time() < deadline, (found, wanted)
        await asyncio.sleep(0.1)
