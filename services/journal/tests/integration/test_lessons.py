"""Topics and homework: versions, bulk verdicts, wrong and foreign input, where homework goes when its lesson falls away."""

import asyncio
from uuid import UUID, uuid4

import pytest

from myschool.journal.v1 import lesson_pb2
from myschool_journal.testing import KOTOV, MOROZOVA, SOKOLOVA, TIMETABLE, Desk, School, lesson_id
from myschool_kit.errors import Kind, RemoteError, kind_of
from myschool_testing import Harness

MONDAY, TUESDAY, THURSDAY = "2026-11-23", "2026-11-24", "2026-11-26"


async def refusal(awaitable: object) -> RemoteError:
    with pytest.raises(RemoteError) as refused:
        await awaitable
    return refused.value


async def lesson_of(journal: Harness, school: School, day: str, subject: str = "Алгебра") -> str:
    return await lesson_id(journal.database, school.a, subject, day)


async def test_update_lesson_when_two_write_then_the_second_gets_the_present_value(journal: Harness, school: School, desk: Desk) -> None:
    lesson = await lesson_of(journal, school, MONDAY)
    outcomes = await asyncio.gather(desk.describe(lesson, "Дроби"), desk.describe(lesson, "Проценты", who=MOROZOVA), return_exceptions=True)
    [lost] = [item for item in outcomes if isinstance(item, RemoteError)]
    [won] = [item for item in outcomes if not isinstance(item, BaseException)]
    names = {SOKOLOVA: "Дроби", MOROZOVA: "Проценты"}
    assert (kind_of(lost), lost.reason, lost.params["current_version"]) == (Kind.STALE, "LESSON_CHANGED", "1")
    assert lost.params["current_topic"] == names[lost.params["current_author"]]
    assert int(lost.params["current_at_ms"]) == won.changed_at_ms
    assert lost.params["your_topic"] in names.values()
    assert (await desk.lesson_card(lesson))["topic"] == lost.params["current_topic"]


async def test_homework_when_two_write_then_the_second_gets_the_present_value(journal: Harness, school: School, desk: Desk) -> None:
    lesson = await lesson_of(journal, school, MONDAY)
    outcomes = await asyncio.gather(desk.assign(lesson, "№ 1"), desk.assign(lesson, "№ 2", who=MOROZOVA), return_exceptions=True)
    [lost] = [item for item in outcomes if isinstance(item, RemoteError)]
    [won] = [item for item in outcomes if not isinstance(item, BaseException)]
    assert (kind_of(lost), lost.reason, lost.params["current_version"]) == (Kind.STALE, "HOMEWORK_CHANGED", "1")
    assert lost.params["current_text"] == {SOKOLOVA: "№ 1", MOROZOVA: "№ 2"}[lost.params["current_author"]]
    assert int(lost.params["current_at_ms"]) == won.changed_at_ms
    assert won.due_date == TUESDAY


async def test_describe_lessons_when_some_entries_are_bad_then_each_has_its_own_verdict(
    journal: Harness, school: School, desk: Desk
) -> None:
    monday, tuesday, thursday, past = [await lesson_of(journal, school, day) for day in (MONDAY, TUESDAY, THURSDAY, "2026-10-19")]
    history = await lesson_of(journal, school, TUESDAY, "История")
    await desk.describe(tuesday, "Дроби", who=MOROZOVA)
    await desk.close_period("1 четверть")

    def topic(lesson: str, text: str = "Тема", version: int = 0) -> lesson_pb2.UpdateLessonRequest:
        return lesson_pb2.UpdateLessonRequest(lesson_id=lesson, topic=text, work_type=1, expected_version=version)

    def task(lesson: str, text: str = "№ 1", due: str = "", version: int = 0) -> lesson_pb2.AssignHomeworkRequest:
        return lesson_pb2.AssignHomeworkRequest(lesson_id=lesson, text=text, due_lesson_id=due, expected_version=version)

    reply = await desk.describe_many(
        [topic(monday), topic(monday, "Другая", 1), topic(tuesday), topic(history), topic(str(uuid4())), topic(past), topic(thursday)],
        [task(monday), task(monday), task(thursday, due=history), task(tuesday, due=monday), task(past), task(history)],
    )
    assert [(verdict.saved, verdict.reason) for verdict in reply.lessons] == [
        (True, ""),
        (False, "LESSON_CHANGED"),
        (False, "LESSON_CHANGED"),
        (False, "LESSON_NOT_FOUND"),
        (False, "LESSON_NOT_FOUND"),
        (False, "PERIOD_CLOSED"),
        (True, ""),
    ]
    assert [(verdict.saved, verdict.reason) for verdict in reply.homework] == [
        (True, ""),
        (False, "LESSON_REPEATED"),
        (False, "LESSON_NOT_FOUND"),
        (False, "INVALID"),
        (False, "PERIOD_CLOSED"),
        (False, "LESSON_NOT_FOUND"),
    ]
    assert (await desk.lesson_card(monday))["topic"] == "Тема"
    assert (await desk.lesson_card(tuesday))["topic"] == "Дроби"
    repeated = await desk.describe_many([topic(monday, "а", 1), topic(monday, "б", 1)])
    assert [verdict.reason for verdict in repeated.lessons] == ["", "LESSON_REPEATED"]
    for bad in (desk.describe_many([topic(monday)] * 501), desk.describe_many([], [task(monday)] * 501)):
        assert kind_of(await refusal(bad)) is Kind.INVALID


@pytest.mark.parametrize("who", [KOTOV, "another school", "family"])
async def test_lesson_when_foreign_then_not_found_or_forbidden(journal: Harness, school: School, desk: Desk, who: str) -> None:
    lesson = await lesson_of(journal, school, MONDAY)
    token = {"another school": School().token("HEAD"), "family": school.token("GUARDIAN", person_id=school.guardian)}.get(who, who)
    wanted = (Kind.FORBIDDEN,) if who == "family" else (Kind.NOT_FOUND,)
    for attempt in (
        desk.describe(lesson, "Чужая тема", who=token),
        desk.assign(lesson, "Чужое", who=token),
        desk.lesson_card(lesson, who=token),
    ):
        assert kind_of(await refusal(attempt)) in wanted
    assert await journal.database.reads.fetchval("SELECT version FROM lesson WHERE id = $1", UUID(lesson)) == 0


async def test_lesson_when_input_is_bad_then_told_and_nothing_stored(journal: Harness, school: School, desk: Desk) -> None:
    lesson, item = await lesson_of(journal, school, MONDAY), lesson_pb2.HomeworkItem(item_id=str(uuid4()), title="Дроби")
    for attempt in (
        desk.describe(lesson, "ж" * 501),
        desk.describe(lesson, "a\x00b"),
        desk.describe(lesson, "Тема", work=17),
        desk.describe(lesson, "Тема", -1),
        desk.describe("7a", "Тема"),
        desk.assign(lesson, "ж" * 4001),
        desk.assign(lesson, "a\x00b"),
        desk.assign(lesson, "№ 1", minutes=601),
        desk.assign(lesson, "№ 1", items=[item] * 21),
        desk.assign(lesson, "№ 1", items=[lesson_pb2.HomeworkItem(item_id="x", title="Дроби")]),
        desk.assign(lesson, "№ 1", due_lesson_id="x"),
        desk.assign(lesson, "№ 1", due_lesson_id=lesson),
    ):
        assert kind_of(await refusal(attempt)) is Kind.INVALID
    assert await journal.database.reads.fetchval("SELECT count(*) FROM homework WHERE lesson_id = $1", UUID(lesson)) == 0
    markup = "<img src=x onerror=alert(1)> 👩‍🏫 \u202eсправа\u202c"
    await desk.describe(lesson, markup)
    await desk.assign(lesson, markup, items=[item])
    card = await desk.lesson_card(lesson)
    assert (card["topic"], card["homework"]["text"]) == (markup, markup)


async def test_homework_when_taken_back_then_it_is_gone_softly_and_can_come_again(journal: Harness, school: School, desk: Desk) -> None:
    lesson = await lesson_of(journal, school, MONDAY)
    guardian = school.token("GUARDIAN", person_id=school.guardian)
    await desk.assign(lesson, "№ 1", key="first")
    assert (await desk.assign(lesson, "№ 1", key="first")).version == 1
    assert (await desk.assign(lesson, "", 1)).version == 2
    row = await journal.database.reads.fetchrow("SELECT present, version FROM homework WHERE lesson_id = $1", UUID(lesson))
    assert tuple(row) == (False, 2)
    assert (await desk.lesson_card(lesson))["homework"] is None
    assert "№ 1" not in str(await desk.week(school.a.first, guardian))
    assert (await desk.assign(lesson, "№ 2")).version == 3
    assert "№ 2" in str(await desk.week(school.a.first, guardian))


async def test_homework_when_its_due_lesson_falls_away_then_due_at_the_next_one_that_stays(
    journal: Harness, school: School, desk: Desk
) -> None:
    monday = await lesson_of(journal, school, MONDAY)
    await desk.assign(monday, "№ 1", due_lesson_id=await lesson_of(journal, school, THURSDAY))
    without_thursday = "".join(line for line in TIMETABLE.splitlines(keepends=True) if ";чт;" not in line)
    await desk.lay(without_thursday)
    moved = (await desk.lesson_card(monday))["homework"]
    assert (moved["text"], moved["due_day"], moved["version"]) == ("№ 1", "2026-11-30", 2)
    # The form that still shows the old place and version is told, not overwritten.
    assert (await refusal(desk.assign(monday, "№ 2", 1))).reason == "HOMEWORK_CHANGED"


async def test_homework_when_due_the_same_day_and_that_lesson_falls_away_then_never_at_its_own_lesson(
    journal: Harness, school: School, desk: Desk
) -> None:
    double = TIMETABLE + "7А;Алгебра;Соколова А. В.;чт;5;214\n"
    await desk.lay(double)
    query = "SELECT id::text FROM lesson WHERE group_id = $1 AND day = '2026-11-26' ORDER BY number"
    first, second = [row["id"] for row in await journal.database.reads.fetch(query, UUID(school.a.id))]
    await desk.assign(first, "к следующему уроку", due_lesson_id=second)
    await desk.lay(TIMETABLE)
    moved = (await desk.lesson_card(first))["homework"]
    assert (moved["due_day"], moved["due_lesson_id"] == first) == ("2026-11-30", False)


async def test_homework_when_there_is_no_later_lesson_then_said(journal: Harness, school: School, desk: Desk) -> None:
    query = "SELECT l.id::text FROM lesson l JOIN gradebook g ON g.id = l.gradebook_id WHERE g.group_id = $1 AND g.subject = 'Алгебра' ORDER BY l.day DESC, l.number DESC LIMIT 1"
    last = await journal.database.reads.fetchval(query, UUID(school.a.id))
    error = await refusal(desk.assign(last, "на лето"))
    assert (kind_of(error), error.reason) == (Kind.RULE_BROKEN, "NO_NEXT_LESSON")
