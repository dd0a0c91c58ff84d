"""What leaves a region: true, told once, corrected by version, and nothing that points at a person."""

import sys
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import cell as cells

from myschool.analytics.events.v1.analytics_events_pb2 import AggregatePublished
from myschool_analytics.activity.repository import ActivityRepository
from myschool_analytics.aggregate.repository import MEASURES, AggregateRepository
from myschool_analytics.aggregate.service import Export
from myschool_analytics.consumers import handlers
from myschool_kit import clock
from myschool_kit.consumer import Consumer
from myschool_testing import Harness

WEEKS = 4


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cells.NOW)


async def lived(harness: Harness, cell: cells.Cell) -> cells.Cell:
    await consumer(harness).take(cell.events())
    return cell


def consumer(harness: Harness) -> Consumer:
    return Consumer("analytics", harness.settings, harness.database, handlers(ActivityRepository(harness.database.reads)))


async def export(harness: Harness) -> int:
    return await Export(harness.settings, harness.database, AggregateRepository()).run()


async def told(harness: Harness) -> list[AggregatePublished]:
    return [AggregatePublished.FromString(row["payload"]) for row in await harness.outbox()]


def of_the_week(events: list[AggregatePublished]) -> dict[str, AggregatePublished]:
    return {event.measure: event for event in events if event.first_day == str(cells.MONDAY)}


async def test_week_when_over_then_its_true_figures_leave(analytics: Harness) -> None:
    cell = await lived(analytics, cells.Cell(1, schools=4))
    assert await export(analytics) == WEEKS * len(MEASURES)
    events = of_the_week(await told(analytics))
    for measure in ("lessons", "marks", "pupils", "active", "messages"):
        groups = list(events[measure].groups)
        assert groups[0].value == cell.value(measure, cell.parts(measure)) > 0, measure
        for group in groups[1:]:
            assert group.value == cell.value(measure, group.name.split("+")), (measure, group.name)
    assert [group.name for group in events["lessons"].groups] == ["ALL", "BASIC", "PRIMARY+SECONDARY"]
    assert (events["organisations"].groups[0].value, len(events["organisations"].groups)) == (4, 1)
    assert list(events["attendance"].groups) == []


async def test_export_when_repeated_then_adds_nothing_and_a_correction_comes_as_the_next_version(analytics: Harness) -> None:
    cell = await lived(analytics, cells.Cell(2))
    await export(analytics)
    before = await told(analytics)
    assert await export(analytics) == 0
    book, teacher, school = cell.id(f"book {cell.id('group 0 5')}"), cell.id("teacher 0 5"), cell.id("school 0")
    lesson = cells.journal.LessonPlaced(lesson_id=cell.id(f"lesson {book} {cells.MONDAY}"), day=str(cells.MONDAY))
    await consumer(analytics).take([cell.mark(school, book, lesson, teacher, 5)])
    assert await export(analytics) == 1
    later = (await told(analytics))[len(before) :]
    first = of_the_week(before)["marks"]
    assert [(event.aggregate, event.version) for event in later] == [(first.aggregate, 2)]
    assert later[0].groups[0].value == first.groups[0].value + 1


async def test_export_when_its_event_is_lost_then_so_is_what_it_kept(analytics: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    await lived(analytics, cells.Cell(3))
    await analytics.database.reads.execute("ALTER TABLE outbox ADD CONSTRAINT full_disk CHECK (id < 0)")
    with pytest.raises(asyncpg.CheckViolationError):
        await export(analytics)
    assert await analytics.database.reads.fetchval("SELECT count(*) FROM aggregate_export") == 0
    await analytics.database.reads.execute("ALTER TABLE outbox DROP CONSTRAINT full_disk")
    assert await export(analytics) == len(await told(analytics)) == WEEKS * len(MEASURES)


async def test_kept_export_when_changed_then_the_database_refuses(analytics: Harness) -> None:
    await lived(analytics, cells.Cell(4))
    await export(analytics)
    for statement in ("UPDATE aggregate_export SET version = 9", "DELETE FROM aggregate_export"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await analytics.database.reads.execute(statement)


@pytest.mark.parametrize("seed", range(10, 16))
async def test_everything_that_leaves_when_scanned_then_no_person_no_school_and_no_small_group(analytics: Harness, seed: int) -> None:
    cell = await lived(analytics, cells.Cell(seed, schools=1 + seed % 3))
    await export(analytics)
    rows = await analytics.outbox()
    assert {row["topic"] for row in rows} == {"analytics.aggregates"}
    sent = b"\n".join(row["key"].encode() + row["payload"] for row in rows)
    assert [secret for secret in {*cell.ids, *cell.names} if secret.encode() in sent] == []
    assert all(cells.UUID(secret).bytes not in sent for secret in cell.ids)
    small = []
    for event in of_the_week(await told(analytics)).values():
        parts = {group.name: group.name.split("+") for group in event.groups[1:]} | {"ALL": cell.parts(event.measure)}
        small += [
            (event.measure, group.name)
            for group in event.groups
            if event.measure != "organisations" and len(cell.people(event.measure, parts[group.name])) < 5
        ]
    assert small == []
    assert len(of_the_week(await told(analytics))["lessons"].groups) > 0


async def test_week_when_not_over_then_not_told(analytics: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    await lived(analytics, cells.Cell(5))
    monkeypatch.setattr(clock, "now", lambda: cells.NOW - timedelta(days=1))
    await export(analytics)
    assert of_the_week(await told(analytics)) == {}


async def test_region_when_too_small_then_only_its_silence_leaves(analytics: Harness) -> None:
    await lived(analytics, cells.Cell(6, schools=1, grades=(1, 2)))
    await export(analytics)
    events = of_the_week(await told(analytics))
    assert list(events["lessons"].groups) == []
    assert {event.version for event in events.values()} == {1}
