"""Events in, numbers out: right after add, change and remove; the same in any order across keys; rebuilt to the same."""

import random
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest
from aiokafka import AIOKafkaProducer

sys.path.insert(0, str(Path(__file__).parent))

import region

from myschool.analytics.v1 import analytics_pb2 as pb
from myschool.analytics.v1.analytics_pb2_grpc import StatisticsServiceStub
from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_analytics import rebuild
from myschool_analytics.activity.repository import ActivityRepository
from myschool_analytics.consumers import TOPICS, handlers
from myschool_analytics.rebuild_repository import TABLES
from myschool_analytics.subject.repository import HOLDING
from myschool_kit import clock, topics
from myschool_kit.client import call
from myschool_kit.consumer import Consumer, Event
from myschool_kit.errors import Kind, RemoteError
from myschool_kit.settings import Settings
from myschool_privacy.subject.service import Subjects
from myschool_testing import Harness, a_principal, token_of

DAYS = {"first_day": "2026-11-01", "last_day": "2026-11-30"}


def consumer(harness: Harness, settings: Settings | None = None) -> Consumer:
    return Consumer("analytics", settings or harness.settings, harness.database, handlers(ActivityRepository(harness.database.reads)))


async def state(harness: Harness) -> dict[str, list[str]]:
    return {table: sorted(map(str, await harness.database.reads.fetch(f"SELECT t::text AS row FROM {table} t"))) for table in TABLES}


def teacher(number: int) -> str:
    return token_of(a_principal("TEACHER", person_id=region.TEACHERS[number], organisation_id=region.SCHOOL))


def head(organisation_id: str = region.SCHOOL) -> str:
    return token_of(a_principal("HEAD", organisation_id=organisation_id))


async def school(harness: Harness, token: str) -> dict:
    stub = StatisticsServiceStub(harness.channel)
    return orjson.loads((await call(stub.GetSchoolStatistics, pb.GetSchoolStatisticsRequest(**DAYS), token=token)).body)


async def own(harness: Harness, token: str) -> dict:
    stub = StatisticsServiceStub(harness.channel)
    return orjson.loads((await call(stub.GetTeacherStatistics, pb.GetTeacherStatisticsRequest(**DAYS), token=token)).body)


async def test_marks_when_set_changed_and_removed_then_the_count_follows(analytics: Harness) -> None:
    take = consumer(analytics).take
    await take([*region.structure(), region.layout(0), region.layout(1)])
    await take([region.mark(0, 0, 0, "", "5", 1), region.mark(0, 0, 1, "", "4", 1)])
    assert (await own(analytics, teacher(0)))["totals"]["marks"] == 2
    await take([region.mark(0, 0, 0, "5", "4", 2)])
    assert (await own(analytics, teacher(0)))["totals"]["marks"] == 2
    await take([region.mark(0, 0, 0, "4", "", 3)])
    body = await own(analytics, teacher(0))
    assert body["totals"]["marks"] == 1
    assert body["totals"]["lessons"] == 6
    assert [book["subject"] for book in body["gradebooks"]] == ["Алгебра"]
    assert (await own(analytics, teacher(1)))["totals"]["marks"] == 0


async def test_school_when_acts_happen_then_all_five_services_are_in_it(analytics: Harness) -> None:
    acts = [*region.structure(), region.layout(0), region.layout(1), *region.random_acts(1, 200)]
    await consumer(analytics).take(acts)
    body = await school(analytics, head())
    totals = body["totals"]
    assert all(
        totals[name] > 0
        for name in ("lessons", "described", "homework", "marks", "attendance", "acknowledgements", "messages", "item_openings", "sessions")
    )
    assert totals["teachers_active"] == 2
    assert totals["families_active"] == 1
    assert sum(row["marks"] for row in body["teachers"]) == totals["marks"]
    assert body["updated_at_ms"] == region.ms()


async def test_lessons_behind_when_paged_then_they_add_up_to_the_number(analytics: Harness) -> None:
    await consumer(analytics).take([*region.structure(), region.layout(0), *region.random_acts(2, 300), region.layout(1)])
    total = (await school(analytics, head()))["totals"]["marks"]
    stub, token, found = StatisticsServiceStub(analytics.channel), "", []
    while True:
        request = pb.ListLessonsBehindRequest(indicator="marks", page_size=5, page_token=token, **DAYS)
        body = orjson.loads((await call(stub.ListLessonsBehind, request, token=head())).body)
        found += body["lessons"]
        token = body["next_page_token"]
        if not token:
            break
    assert sum(lesson["marks"] for lesson in found) == total
    assert len(found) == body["total"] == len({lesson["lesson_id"] for lesson in found})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"indicator": "nonsense"}, "indicator"),
        ({"indicator": "marks", "first_day": "tomorrow"}, "first_day"),
        ({"indicator": "marks", "teacher_id": "x"}, "teacher_id"),
        ({"indicator": "marks", "page_token": "zzz"}, "page_token"),
    ],
)
async def test_lessons_behind_when_asked_wrongly_then_the_field_is_named(analytics: Harness, fields: dict, field: str) -> None:
    stub = StatisticsServiceStub(analytics.channel)
    with pytest.raises(RemoteError) as caught:
        await call(stub.ListLessonsBehind, pb.ListLessonsBehindRequest(**{**DAYS, **fields}), token=head())
    assert caught.value.remote_kind is Kind.INVALID
    assert [item.field for item in caught.value.violations] == [field]


async def test_reads_when_foreign_then_nothing_is_shown(analytics: Harness) -> None:
    await consumer(analytics).take([*region.structure(), region.layout(0), *region.random_acts(3, 100)])
    assert (await school(analytics, head(str(uuid4()))))["totals"]["marks"] == 0
    stub = StatisticsServiceStub(analytics.channel)
    with pytest.raises(RemoteError) as caught:
        request = pb.ListLessonsBehindRequest(indicator="marks", teacher_id=region.TEACHERS[0], **DAYS)
        await call(stub.ListLessonsBehind, request, token=teacher(1))
    assert caught.value.remote_kind is Kind.NOT_FOUND
    with pytest.raises(RemoteError) as refused:
        await school(analytics, teacher(0))
    assert refused.value.remote_kind is Kind.FORBIDDEN


async def test_reads_when_counted_then_at_most_two_statements(analytics: Harness) -> None:
    await consumer(analytics).take([*region.structure(), region.layout(0), *region.random_acts(4, 50)])
    stub = StatisticsServiceStub(analytics.channel)
    for awaitable, most in (
        (school(analytics, head()), 2),  # lessons, acts
        (call(stub.GetTeacherStatistics, pb.GetTeacherStatisticsRequest(), token=teacher(0)), 2),
        (call(stub.ListLessonsBehind, pb.ListLessonsBehindRequest(indicator="marks", **DAYS), token=head()), 1),
    ):
        with analytics.statements.counted() as seen:
            await awaitable
        assert len(seen) == most, seen


async def test_days_when_none_are_asked_then_eight_weeks_up_to_today_in_the_schools_zone(
    analytics: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Half past ten in the evening of Greenwich is the next day already in Kamchatka.
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 22, 30, tzinfo=UTC))
    await consumer(analytics).take([*region.structure(time_zone="Asia/Kamchatka"), region.layout(0)])
    stub = StatisticsServiceStub(analytics.channel)
    body = orjson.loads((await call(stub.GetSchoolStatistics, pb.GetSchoolStatisticsRequest(), token=head())).body)
    assert (body["first_day"], body["last_day"]) == ("2026-10-01", "2026-11-25")


def interleaved(acts: list[Event], seed: int) -> list[Event]:
    """Another order that keeps the order of each key."""
    rng, queues = random.Random(seed), defaultdict(list)
    for event in acts:
        queues[event.topic, event.key].append(event)
    mixed = []
    while queues:
        key = rng.choice(sorted(queues))
        mixed.append(queues[key].pop(0))
        if not queues[key]:
            del queues[key]
    return mixed


async def test_state_when_shuffled_across_keys_and_repeated_then_the_same(analytics: Harness, postgres_url: str, redis_url: str) -> None:
    from myschool_analytics.app import SERVICE
    from myschool_testing import running

    acts = [*region.structure(), region.layout(0), region.layout(1), *region.random_acts(6, 400)]
    await consumer(analytics).take(acts)
    async with running(SERVICE, postgres_url, redis_url) as other:
        mixed = interleaved(acts, 7)
        for start in range(0, len(mixed), 37):
            batch = mixed[start : start + 37]
            await consumer(other).take(batch)
            await consumer(other).take(batch)
        assert await state(other) == await state(analytics)


async def test_rebuild_when_run_over_kafka_then_the_same_state_and_faults_are_mended(analytics: Harness, kafka_bootstrap: str) -> None:
    settings = Settings(kafka=kafka_bootstrap, topic_prefix=f"t{uuid4().hex[:8]}.", topic_partitions=2)
    await topics.ensure(settings, set(TOPICS))
    acts = [*region.structure(), region.layout(0), region.layout(1), *region.random_acts(8, 300)]
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    for event in acts:
        headers = [
            ("ce_id", str(event.event_id).encode()),
            ("ce_type", event.type.encode()),
            ("ce_time", event.occurred_at.isoformat().encode()),
        ]
        await producer.send(settings.topic(event.topic), event.payload, key=event.key.encode(), headers=headers)
    await producer.stop()
    await consumer(analytics, settings).take(acts)
    before = await state(analytics)
    report = await rebuild.run(settings, "analytics", analytics.database._url)
    assert {table: different for table, (_, _, different) in report.items()} == dict.fromkeys(TABLES, 0)
    assert await state(analytics) == before
    await analytics.database.reads.execute("UPDATE lesson SET marks = marks + 7")
    report = await rebuild.run(settings, "analytics", analytics.database._url)
    assert report["lesson"][2] > 0
    assert await state(analytics) == before


async def test_name_when_its_owner_was_erased_then_the_end_of_a_role_does_not_bring_it_back(analytics: Harness) -> None:
    person = region.named("erased")

    def changed(status: str, version: int) -> Event:
        role = roles.StructuralRoleChanged(
            role_id=region.named("role of the erased"),
            person_id=person,
            display_name="Забытов Пётр",
            role_type="TEACHER",
            status=status,
            version=version,
        )
        return region.event("roles.roles", person, role)

    async def name() -> str:
        return await analytics.database.reads.fetchval("SELECT display_name FROM structural_role WHERE person_id = $1", UUID(person))

    subjects = Subjects(analytics.database, HOLDING)
    await consumer(analytics).take([changed("ACTIVE", 1)])
    assert await name() == "Забытов Пётр"
    async with analytics.database.begin() as uow:
        assert await subjects.erase(uow, uuid4(), UUID(person))
    await consumer(analytics).take([changed("ENDED", 2)])
    assert await name() == "Удалённый профиль"
    await consumer(analytics).take([changed("ACTIVE", 3)])
    assert await name() == "Забытов Пётр"
