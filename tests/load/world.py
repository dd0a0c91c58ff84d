"""What the cases work on: a class of the demo region, its journal filled to 30 × 30 marks, its people signed in."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

import asyncpg
import orjson
from stage import Stage, signed_in
from wire import Wire

SIDE = 30
LISTENERS = 30
_FOUND_AGAIN_S = 30
# The class journal of 30 pupils with at least 30 lessons in one past period, and who teaches it.
_FULL_PAGE = """
SELECT g.id, g.group_id, p.id AS period_id, g.organisation_id, min(t.teacher_id::text)::uuid AS teacher_id, count(DISTINCT l.id) AS lessons
FROM gradebook g
JOIN lesson l ON l.gradebook_id = g.id
JOIN period p ON p.year_id = l.year_id AND l.day BETWEEN p.first_day AND p.last_day
JOIN teaching t ON t.group_id = g.group_id AND t.subject = g.subject
WHERE p.last_day < $1 AND (SELECT count(*) FROM enrolment e WHERE e.group_id = g.group_id AND e.last_day IS NULL) = $2
GROUP BY g.id, p.id HAVING count(DISTINCT l.id) >= $2 ORDER BY count(DISTINCT l.id), g.id LIMIT 1
"""
# Cells for single marks: past lessons of another subject of the same class in the present period.
_CELLS = """
SELECT l.id AS lesson_id, e.student_id, coalesce(m.version, 0) AS version, m.value
FROM lesson l JOIN gradebook g ON g.id = l.gradebook_id JOIN enrolment e ON e.group_id = g.group_id
LEFT JOIN mark m ON m.lesson_id = l.id AND m.student_id = e.student_id
WHERE g.subject = 'Алгебра' AND g.group_id = (SELECT group_id FROM gradebook WHERE id = $1) AND l.day < $2
ORDER BY l.day DESC, l.number, e.student_id LIMIT 600
"""
_TEACHER = """
SELECT t.teacher_id FROM teaching t JOIN gradebook g USING (group_id)
WHERE g.id = $1 AND t.subject = 'Алгебра' ORDER BY t.teacher_id LIMIT 1
"""
_FAMILY = """
SELECT w.guardian_id, w.student_id FROM guardianship w JOIN enrolment e USING (student_id)
WHERE e.group_id = (SELECT group_id FROM gradebook WHERE id = $1) ORDER BY w.student_id, w.guardian_id LIMIT 1
"""
_CHAT = """
SELECT chat_id, array_agg(person_id ORDER BY person_id) AS people FROM member m JOIN chat c ON c.id = m.chat_id
WHERE c.kind = 'GUARDIANS' AND m.side = 'GUARDIAN' AND m.present GROUP BY chat_id HAVING count(*) >= $1 ORDER BY count(*) LIMIT 1
"""


@dataclass
class Cell:
    """One cell of a journal as the bench knows it."""

    lesson_id: UUID
    student_id: UUID
    version: int
    value: int | None


@dataclass
class World:
    """Addresses to ask and headers of those who ask."""

    gradebook_id: UUID
    group_id: UUID
    period_id: UUID
    homeroom: dict[str, str]
    writer: dict[str, str]
    guardian: dict[str, str]
    student_id: UUID
    week: date
    chat_id: UUID
    members: list[dict[str, str]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)


async def build(stage: Stage, gateway: Wire) -> World:
    """Signs people in and fills the journal through the public API."""
    store, today = stage.sessions(), date.today()  # noqa: DTZ011 - a day in the past is meant, whatever the zone
    journal = await asyncpg.connect(stage.database("journal"))
    messaging = await asyncpg.connect(stage.database("messaging"))
    try:
        book = await journal.fetchrow(_FULL_PAGE, today, SIDE)
        assert book is not None, f"no class of {SIDE} pupils has a past period of {SIDE} lessons"
        family = await journal.fetchrow(_FAMILY, book["id"])
        chat = await messaging.fetchrow(_CHAT, LISTENERS)
        assert chat is not None, f"no chat has {LISTENERS} guardians"

        async def teacher(person_id: UUID) -> dict[str, str]:
            where = {"organisation_id": str(book["organisation_id"]), "organisation_name": "Школа"}
            return await signed_in(store, person_id=str(person_id), display_name="Соколова Анна Викторовна", role_type="TEACHER", **where)

        async def guardian(person_id: UUID) -> dict[str, str]:
            return await signed_in(store, person_id=str(person_id), display_name="Белова Ольга Сергеевна", role_type="GUARDIAN")

        world = World(
            gradebook_id=book["id"],
            group_id=book["group_id"],
            period_id=book["period_id"],
            homeroom=await teacher(book["teacher_id"]),
            writer=await teacher(await journal.fetchval(_TEACHER, book["id"])),
            guardian=await guardian(family["guardian_id"]),
            student_id=family["student_id"],
            week=today - timedelta(days=7),
            chat_id=chat["chat_id"],
            members=[await guardian(person_id) for person_id in chat["people"][:LISTENERS]],
            cells=[Cell(*row) for row in await journal.fetch(_CELLS, book["id"], today)],
        )
    finally:
        await journal.close()
        await messaging.close()
    await _fill(gateway, world)
    return world


async def _fill(gateway: Wire, world: World) -> None:
    """Every cell of the first 30 lessons gets a mark."""
    address = f"/api/v1/gradebooks/{world.gradebook_id}"
    page = await _page(gateway, world)
    assert len(page["students"]) == SIDE
    chance = Random(30)
    versions = {(line, column): version for line, column, _value, version in page["marks"]}
    marks = [
        {
            "lesson_id": lesson["id"],
            "student_id": student["id"],
            "value": chance.choice("233444555"),
            "expected_version": versions.get((line, column), 0),
            "comment": "",
        }
        for column, lesson in enumerate(page["lessons"][:SIDE])
        for line, student in enumerate(page["students"])
    ]
    answer = await gateway.ask("POST", f"{address}/marks", world.homeroom, orjson.dumps({"marks": marks}))
    assert answer.status == 200, answer.body
    page = await _page(gateway, world)
    assert sum(1 for _line, column, value, _version in page["marks"] if value and column < SIDE) == SIDE * SIDE


async def _page(gateway: Wire, world: World) -> dict:
    headers = {**world.homeroom, "accept-encoding": "identity"}
    path = f"/api/v1/gradebooks/{world.gradebook_id}?period_id={world.period_id}"
    answer = await gateway.ask("GET", path, headers)
    for _ in range(_FOUND_AGAIN_S):
        if answer.status != 503:
            break
        await asyncio.sleep(1)  # the gateway has not found the service in its new process yet
        answer = await gateway.ask("GET", path, headers)
    assert answer.status == 200, answer.body
    return orjson.loads(answer.body)
