"""Numbers: days are the school's, the drill-down adds up to every number, nothing is invented for who has no lessons."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import region

from myschool.analytics.v1 import analytics_pb2 as pb
from myschool.analytics.v1.analytics_pb2_grpc import StatisticsServiceStub
from myschool.journal.events.v1 import journal_events_pb2 as journal
from myschool.messaging.events.v1 import messaging_events_pb2 as messaging
from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_analytics.activity.repository import INDICATORS, ActivityRepository
from myschool_analytics.consumers import handlers
from myschool_analytics.rebuild_repository import TABLES
from myschool_kit import migrate
from myschool_kit.client import call
from myschool_kit.consumer import Consumer, Event
from myschool_kit.errors import Kind, RemoteError
from myschool_kit.page import encode_token
from myschool_testing import Harness, a_principal, token_of

NOVEMBER = {"first_day": "2026-11-01", "last_day": "2026-11-30"}


def consumer(harness: Harness) -> Consumer:
    return Consumer("analytics", harness.settings, harness.database, handlers(ActivityRepository(harness.database.reads)))


def head() -> str:
    return token_of(a_principal("HEAD", organisation_id=region.SCHOOL))


def teacher(person_id: str) -> str:
    return token_of(a_principal("TEACHER", person_id=person_id, organisation_id=region.SCHOOL))


async def read(harness: Harness, name: str, request, token: str) -> dict:
    return orjson.loads((await call(getattr(StatisticsServiceStub(harness.channel), name), request, token=token)).body)


async def school(harness: Harness, **days: str) -> dict:
    return await read(harness, "GetSchoolStatistics", pb.GetSchoolStatisticsRequest(**(days or NOVEMBER)), head())


async def behind(harness: Harness, indicator: str, token: str, **values) -> list[dict]:
    found, page = [], ""
    while True:
        request = pb.ListLessonsBehindRequest(indicator=indicator, page_size=3, page_token=page, **{**NOVEMBER, **values})
        body = await read(harness, "ListLessonsBehind", request, token)
        found += body["lessons"]
        page = body["next_page_token"]
        if not page:
            assert len(found) == body["total"]
            return found


def in_zone(zone: str) -> Event:
    return region.event(
        "roles.organisations", region.SCHOOL, roles.OrganisationRegistered(organisation_id=region.SCHOOL, short_name="№ 12", time_zone=zone)
    )


def posted(moment: str) -> Event:
    at_ms = int(datetime.fromisoformat(moment).timestamp() * 1000)
    message = messaging.MessagePosted(
        chat_id=region.GROUP, message_id=region.named(moment), author_id=region.TEACHERS[0], organisation_id=region.SCHOOL, at_ms=at_ms
    )
    return region.event("messaging.chats", region.GROUP, message)


def acknowledged(moment: str) -> Event:
    message = journal.DiaryAcknowledged(
        student_id=region.STUDENTS[0],
        guardian_id=region.GUARDIAN,
        organisation_id=region.SCHOOL,
        week=str(region.MONDAY),
        at_ms=int(datetime.fromisoformat(moment).timestamp() * 1000),
    )
    return region.event("journal.diary", region.STUDENTS[0], message)


@pytest.mark.parametrize(
    ("zone", "inside"),
    [
        ("Europe/Moscow", (False, True, True, False)),
        ("Asia/Kamchatka", (True, True, False, False)),
        ("Europe/Kaliningrad", (False, False, True, True)),
    ],
)
async def test_day_when_an_act_is_near_midnight_then_it_counts_on_the_schools_day(
    analytics: Harness, zone: str, inside: tuple[bool, ...]
) -> None:
    # Edges of 24 November: in Kamchatka (+12) 12:00Z–12:00Z, in Moscow (+3) 21:00Z–21:00Z, in Kaliningrad (+2) 22:00Z–22:00Z.
    moments = ("2026-11-23T20:59:59Z", "2026-11-23T21:00:00Z", "2026-11-24T20:59:59Z", "2026-11-24T21:00:00Z")
    await consumer(analytics).take([*region.structure(), in_zone(zone), *map(posted, moments)])
    body = await school(analytics, first_day="2026-11-24", last_day="2026-11-24")
    assert body["totals"]["messages"] == sum(inside)
    own = pb.GetTeacherStatisticsRequest(first_day="2026-11-24", last_day="2026-11-24")
    assert (await read(analytics, "GetTeacherStatistics", own, teacher(region.TEACHERS[0])))["totals"]["messages"] == sum(inside)


async def test_acknowledgement_when_pressed_after_midnight_then_on_the_schools_day(analytics: Harness) -> None:
    await consumer(analytics).take([*region.structure(), in_zone("Asia/Kamchatka"), acknowledged("2026-11-23T12:30:00Z")])
    assert (await school(analytics, first_day="2026-11-24", last_day="2026-11-24"))["totals"]["acknowledgements"] == 1
    assert (await school(analytics, first_day="2026-11-23", last_day="2026-11-23"))["totals"]["acknowledgements"] == 0


async def test_statistics_when_the_teacher_has_no_lessons_then_empty_and_honest(analytics: Harness) -> None:
    newcomer = region.named("newcomer")
    role = roles.StructuralRoleChanged(
        role_id=region.named("role"),
        person_id=newcomer,
        display_name="Новичков Иван",
        role_type="TEACHER",
        organisation_id=region.SCHOOL,
        status="ACTIVE",
        version=1,
    )
    await consumer(analytics).take([*region.structure(), region.layout(0), region.event("roles.roles", newcomer, role)])
    body = await read(analytics, "GetTeacherStatistics", pb.GetTeacherStatisticsRequest(**NOVEMBER), teacher(newcomer))
    assert set(body["totals"].values()) == {0}
    assert (body["weeks"], body["gradebooks"]) == ([], [])
    [row] = [one for one in (await school(analytics))["teachers"] if one["teacher_id"] == newcomer]
    assert (row["name"], row["lessons"], row["described_share"], row["last_act_at_ms"]) == ("Новичков Иван", 0, 0.0, None)
    assert await behind(analytics, "marks", teacher(newcomer)) == []


async def test_statistics_when_nothing_ever_happened_then_zeros(analytics: Harness) -> None:
    body = await school(analytics)
    assert (set(body["totals"].values()), body["weeks"], body["teachers"], body["updated_at_ms"]) == ({0}, [], [], 0)


async def test_numbers_when_drilled_down_then_they_add_up(analytics: Harness) -> None:
    await consumer(analytics).take([*region.structure(), region.layout(0), region.layout(1), *region.random_acts(11, 400)])
    body = await school(analytics)
    for scope, numbers in [({}, body["totals"]), *(({"teacher_id": row["teacher_id"]}, row) for row in body["teachers"])]:
        lessons = {name: await behind(analytics, name, head(), **scope) for name in INDICATORS}
        assert sum(one["marks"] for one in lessons["marks"]) == numbers["marks"]
        assert sum(one["attendance"] for one in lessons["attendance"]) == numbers["attendance"]
        assert len(lessons["topics"]) == numbers["described"]
        assert len(lessons["homework"]) == numbers["homework"]
        filled = {one["lesson_id"] for one in lessons["topics"]} & {one["lesson_id"] for one in lessons["homework"]}
        assert len(lessons["unfilled"]) == numbers["lessons"] - len(filled)
    for name in ("lessons", "marks", "attendance", "described", "homework"):
        assert sum(week[name] for week in body["weeks"]) == body["totals"][name] == sum(row[name] for row in body["teachers"])


async def test_lesson_when_taken_off_the_timetable_then_it_leaves_the_numbers_and_its_marks_come_back_with_it(analytics: Harness) -> None:
    take = consumer(analytics).take
    await take([*region.structure(), region.layout(0), region.mark(0, 0, 0, "", "5", 1), region.mark(0, 1, 0, "", "4", 1)])
    whole = journal.GradebookLaidOut.FromString(region.layout(0).payload)
    fewer = journal.GradebookLaidOut()
    fewer.CopyFrom(whole)
    del fewer.lessons[0]
    await take([region.event("journal.gradebook", region.GRADEBOOKS[0], fewer)])
    assert {name: (await school(analytics))["totals"][name] for name in ("lessons", "marks")} == {"lessons": 5, "marks": 1}
    await take([region.mark(0, 0, 1, "", "3", 1)])  # a late event of the lesson that is gone
    await take([region.event("journal.gradebook", region.GRADEBOOKS[0], whole)])
    assert {name: (await school(analytics))["totals"][name] for name in ("lessons", "marks")} == {"lessons": 6, "marks": 3}


@pytest.mark.parametrize("position", [[], [1], [-1, "2026-11-24"], ["x", "2026-11-24"], [2**40, "2026-11-24"], [1, 2], [None, ""], [{}]])
async def test_lessons_behind_when_token_is_forged_then_told(analytics: Harness, position: list) -> None:
    token = encode_token(position, ["marks", "2026-11-01", "2026-11-30", "None"])
    with pytest.raises(RemoteError) as refused:
        await read(analytics, "ListLessonsBehind", pb.ListLessonsBehindRequest(indicator="marks", page_token=token, **NOVEMBER), head())
    assert refused.value.remote_kind is Kind.INVALID


async def state(harness: Harness) -> dict[str, list[str]]:
    return {table: sorted(map(str, await harness.database.reads.fetch(f"SELECT t::text AS row FROM {table} t"))) for table in TABLES}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), seed=st.integers(0, 10_000), length=st.integers(1, 60))
async def test_state_when_any_history_is_interleaved_late_and_repeated_then_the_same(
    analytics: Harness, data: st.DataObject, seed: int, length: int
) -> None:
    history = [*region.structure(), region.layout(0), *region.random_acts(seed, length), region.layout(1), region.layout(0)]
    tables = ", ".join((*TABLES, "inbox"))
    await analytics.database.reads.execute(f"TRUNCATE {tables}")
    await consumer(analytics).take(history)
    expected = await state(analytics)
    await analytics.database.reads.execute(f"TRUNCATE {tables}")
    queues: dict[tuple[str, str], list[Event]] = {}
    for event in history:
        queues.setdefault((event.topic, event.key), []).append(event)
    order: list[Event] = []
    for key in data.draw(st.permutations(sorted(queues))):  # whole keys late, then cut into batches of any size
        order += queues[key]
    size = data.draw(st.integers(1, len(order)))
    for start in range(0, len(order), size):
        await consumer(analytics).take([*order[start : start + size], *order[max(0, start - 5) : start]])
    assert await state(analytics) == expected


async def test_upgrade_when_rows_know_only_their_day_then_they_stay_on_it_in_every_zone_of_russia(postgres_url: str) -> None:
    from uuid import uuid4

    import asyncpg

    from myschool_analytics.app import SERVICE

    url = f"{postgres_url}/test_analytics_old_{uuid4().hex[:12]}"
    await migrate.upgrade(url, SERVICE.package_dir, "0001")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("INSERT INTO act VALUES ($1, '2026-11-24', 'message', $1, 3, now())", uuid4())
        await connection.execute("INSERT INTO acknowledgement VALUES ($1, $1, '2026-11-23', $1, '2026-11-24')", uuid4())
        await migrate.upgrade(url, SERVICE.package_dir)
        for offset in range(2, 13):
            for column, table in (("hour", "act"), ("at", "acknowledgement")):
                moment = await connection.fetchval(f"SELECT {column} FROM {table}")
                assert (moment + timedelta(hours=offset)).date().isoformat() == "2026-11-24"
    finally:
        await connection.close()
        admin = await asyncpg.connect(f"{postgres_url}/postgres")
        await admin.execute(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')
        await admin.close()
