"""From two regions over Kafka to the federal side: the same figures, each once, and nothing but them."""

import sys
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

sys.path.insert(0, str(Path(__file__).parent))

import cell as cells
from federal_plane import CODES, At, Plane, export, federal_process, going, live, plane, sent, until

from myschool.analytics.events.v1.analytics_events_pb2 import AggregateGroup, AggregatePublished
from myschool.analytics.v1 import analytics_pb2 as pb
from myschool.analytics.v1.analytics_pb2_grpc import FederationServiceStub
from myschool_analytics.aggregate.repository import MEASURES
from myschool_analytics.federation.model import register
from myschool_kit import topics
from myschool_kit.client import call
from myschool_kit.errors import Kind, RemoteError
from myschool_testing import a_principal, token_of

__all__ = ["plane"]


async def mirror(plane: Plane, times: int = 1) -> int:
    """As a mirror does it: topics that may leave, under the cell's name, headers as they are, now and then twice."""
    allowed = [topic.name for topic in topics.registry().values() if topic.leaves_region]
    wanted = {f"{code}.{name}" for code in (*CODES, "region00") for name in allowed}
    await topics.ensure(plane.settings, wanted)
    copied = 0
    producer = AIOKafkaProducer(bootstrap_servers=plane.settings.kafka, acks="all")
    await producer.start()
    for code, (_region, settings) in plane.regions.items():
        for name in allowed:
            for record in await records(settings, name):
                for _ in range(times):
                    target = plane.settings.topic(f"{code}.{name}")
                    await producer.send_and_wait(target, record.value, key=record.key, headers=list(record.headers))
                    copied += 1
    await producer.stop()
    return copied


async def records(settings: At, name: str) -> list:
    consumer = AIOKafkaConsumer(
        settings.topic(name), bootstrap_servers=settings.kafka, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        found = []
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            found += [record for records in (await consumer.getmany(timeout_ms=200)).values() for record in records]
        return found
    finally:
        await consumer.stop()


async def overview(plane: Plane, first_day: str = "", role: str = "FEDERAL_ADMINISTRATOR") -> dict:
    stub = FederationServiceStub(plane.federal.channel)
    request = pb.GetFederationRequest(first_day=first_day)
    return orjson.loads((await call(stub.GetFederation, request, token=token_of(a_principal(role)))).body)


async def test_aggregates_when_mirrored_twice_then_the_federal_rows_are_the_cells_own_and_each_counts_once(plane: Plane) -> None:
    await live(plane)
    assert await mirror(plane, times=2) == 2 * 2 * 4 * len(MEASURES)
    async with going(federal_process(plane).run):
        await until(plane.rows, await plane.told())
        assert await plane.federal.database.reads.fetchval("SELECT count(*) FROM inbox") == 2 * 4 * len(MEASURES)
        # A correction, and the old versions once more after it: the newest stays.
        region, settings = plane.regions["region42"]
        await region.database.reads.execute("UPDATE lesson SET marks = marks + 1 WHERE marks > 0")
        assert await export(region, settings) == 1
        await sent(plane)
        await mirror(plane)
        told = await plane.told()
        assert {row[4] for row in told} == {1, 2}
        await until(plane.rows, told)
    assert await plane.federal.database.reads.fetchval("SELECT count(*) FROM parked") == 0


async def test_overview_when_cells_have_told_then_side_by_side_and_the_silent_one_named(plane: Plane) -> None:
    await live(plane)
    await mirror(plane)
    async with going(federal_process(plane).run):
        await until(plane.rows, await plane.told())
    await overview(plane)  # the driver asks a new connection for its types once
    with plane.federal.statements.counted() as seen:
        body = await overview(plane)
    assert len(seen) == 1
    assert [(cell["name"], cell["state"]) for cell in body["cells"]] == [
        ("Ближний край", "FRESH"),
        ("Дальний край", "FRESH"),
        ("Молчащий край", "MISSING"),
    ]
    assert (body["first_day"], body["last_day"], body["weeks"][0]) == ("2026-11-16", "2026-11-22", "2026-11-16")
    by_code = {cell["code"]: {figure["measure"]: figure for figure in cell["figures"]} for cell in body["cells"]}
    own = {(row[0], row[3]): row for row in await plane.told() if str(row[1]) == "2026-11-16"}
    for code in CODES:
        for measure, figure in by_code[code].items():
            amounts = own[code, measure][6]
            assert figure["value"] == (amounts[0] if amounts else None)
            assert [part["value"] for part in figure["parts"]] == amounts[1:]
    lessons = next(total for total in body["totals"] if total["measure"] == "lessons")
    assert lessons == {"measure": "lessons", "value": sum(by_code[code]["lessons"]["value"] for code in CODES), "cells": 2}
    assert (await overview(plane, "2026-11-09"))["first_day"] == "2026-11-09"


@pytest.mark.parametrize("role", ["HEAD", "REGIONAL_COORDINATOR", "SUPPORT", "PERSON"])
async def test_overview_when_asked_by_others_then_refused(plane: Plane, role: str) -> None:
    with pytest.raises(RemoteError) as caught:
        await overview(plane, role=role)
    assert caught.value.remote_kind is Kind.FORBIDDEN


async def test_overview_when_asked_for_no_monday_then_the_field_is_named(plane: Plane) -> None:
    for day in ("2026-11-17", "monday"):
        with pytest.raises(RemoteError) as caught:
            await overview(plane, day)
        assert [item.field for item in caught.value.violations] == ["first_day"]


async def test_arrivals_when_they_break_the_rules_then_parked_and_other_topics_are_never_read(plane: Plane) -> None:
    """A cell with a broken filter, and one whose mirror brings what it must not."""
    foreign = plane.settings.topic("region42.journal.gradebook")
    wanted = {
        "region42.analytics.aggregates",
        "region77.analytics.aggregates",
        "region00.analytics.aggregates",
        "region42.journal.gradebook",
    }
    await topics.ensure(plane.settings, wanted)
    groups = [AggregateGroup(name="ALL", value=3)]
    loose = AggregatePublished(
        aggregate="a", first_day="2026-11-16", breakdown="STAGE", measure="marks", version=1, groups=groups, least_people=2
    )
    sound = AggregatePublished(
        aggregate="b", first_day="2026-11-16", breakdown="STAGE", measure="marks", version=1, groups=groups, least_people=5
    )
    mark = cells.Cell(9).events()[-1]
    producer = AIOKafkaProducer(bootstrap_servers=plane.settings.kafka, acks="all")
    await producer.start()
    for topic, message_type, key, payload in (
        (foreign, mark.type, mark.key, mark.payload),
        (plane.settings.topic("region42.analytics.aggregates"), mark.type, mark.key, mark.payload),
        (plane.settings.topic("region42.analytics.aggregates"), loose.DESCRIPTOR.full_name, "a", loose.SerializeToString()),
        (plane.settings.topic("region42.analytics.aggregates"), sound.DESCRIPTOR.full_name, "b", sound.SerializeToString()),
    ):
        headers = [("ce_id", str(uuid4()).encode()), ("ce_type", message_type.encode()), ("ce_time", cells.NOW.isoformat().encode())]
        await producer.send_and_wait(topic, payload, key=key.encode(), headers=headers)
    await producer.stop()
    async with going(federal_process(plane).run):
        await until(
            lambda: rows_of(plane, "SELECT key, error FROM parked"), [("a", "RuleBroken: figures of fewer than 5 people do not come here")]
        )
        await until(lambda: rows_of(plane, "SELECT cell, measure FROM federal_aggregate"), [("region42", "marks")])
    assert await rows_of(plane, "SELECT count(*) FROM inbox WHERE consumer = 'analytics-federal'") == [(1,)]
    for table in ("lesson", "gradebook", "act"):
        assert await rows_of(plane, f"SELECT count(*) FROM {table}") == [(0,)]


async def rows_of(plane: Plane, statement: str) -> list[tuple]:
    with suppress(asyncpg.PostgresConnectionError):
        return [tuple(row) for row in await plane.federal.database.reads.fetch(statement)]
    return []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {code: R42, name: А, page: 'https://a.example'}", "0.code: String should match"),
        ("- {code: r1, name: А, page: 'https://a.example'}\n- {code: r1, name: Б, page: 'https://b.example'}", "two cells with one code"),
        ("{", "cannot be read"),
    ],
)
def test_register_when_faulty_then_the_start_ends_with_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "cells.yaml"
    path.write_text(text)
    with pytest.raises(SystemExit, match=said):
        register(path)
