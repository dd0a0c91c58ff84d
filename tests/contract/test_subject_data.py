"""Every row about a person is exported and has an answer to «удалить профиль», in all six services (platform test 25)."""

import asyncio
import base64
import importlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from myschool_kit import migrate
from myschool_kit.db import Database
from myschool_kit.ids import uuid7
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.subject.holding import Holding
from myschool_privacy.subject.repository import SubjectRepository
from myschool_privacy.subject.service import Subjects

SERVICES = ("identity", "roles", "journal", "library", "messaging", "analytics")
# A column that can hold a person's id: by its name, whatever its type.
_PEOPLE = """
SELECT DISTINCT c.table_name, c.column_name FROM information_schema.columns c
WHERE c.table_schema = 'public' AND c.column_name ~
'^((person|student|teacher|guardian|author|reader|expert|subject|homeroom_teacher|user|owner|actor|child|parent|member|recipient)_ids?|decided_by|changed_by)$'
"""


def holding_of(service: str) -> Holding:
    module = importlib.import_module(f"myschool_{service}.subject.repository")
    if service == "identity":
        return module.holding(EnvelopeCipher(base64.b64encode(os.urandom(32))))
    return module.HOLDING


@pytest.fixture(scope="module", params=SERVICES)
async def held(request: pytest.FixtureRequest, postgres_url: str) -> AsyncIterator[tuple[str, Holding, Database]]:
    """A service with its migrated, empty database."""
    name = f"test_subject_{request.param}_{uuid4().hex[:12]}"
    package = Path(importlib.import_module(f"myschool_{request.param}").__file__).parent
    await migrate.upgrade(f"{postgres_url}/{name}", package)
    database = Database(f"{postgres_url}/{name}")
    await database.open()
    yield request.param, holding_of(request.param), database
    await database.close()
    admin = await asyncpg.connect(f"{postgres_url}/postgres")
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


async def test_tables_when_they_name_a_person_then_exported_or_listed_with_a_reason(held) -> None:
    _service, holding, database = held
    found = {row["table_name"] for row in await database.reads.fetch(_PEOPLE)}
    there = {row[0] for row in await database.reads.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    exported = {table for part in holding.parts for table in part.tables}
    assert found - exported - set(holding.not_exported) == set(), "export it, or say in `not_exported` why not"
    assert exported <= there
    assert not exported & set(holding.not_exported)
    assert all(len(reason) > 15 for reason in holding.not_exported.values())
    assert len({part.name for part in holding.parts}) == len(holding.parts)


async def test_tables_when_a_new_one_names_a_person_then_noticed(held) -> None:
    _service, _holding, database = held
    await database.reads.execute("CREATE TABLE planted (child_id uuid)")
    try:
        assert "planted" in {row["table_name"] for row in await database.reads.fetch(_PEOPLE)}
    finally:
        await database.reads.execute("DROP TABLE planted")


async def test_statements_when_nobody_is_meant_then_each_works_and_finds_nothing(held) -> None:
    _service, holding, database = held
    repository, nobody = SubjectRepository(holding), uuid7()
    for part in holding.parts:
        assert await repository.rows(database.reads, part, nobody, 0, 10) == []
        assert await repository.count(database.reads, part, nobody) == 0
    assert await repository.looks(database.reads, nobody, uuid7(), None, 10) == []
    assert await repository.guards(database.reads, uuid7(), nobody) is False


async def test_pages_when_walked_then_they_end_and_foreign_tokens_are_refused(held) -> None:
    from myschool_kit.errors import Invalid, NotFound

    _service, holding, database = held
    subjects, person = Subjects(database, holding), uuid7()
    token, parts = "", []
    while True:
        part, rows, token = await subjects.data(person, token)
        assert json.loads(rows) == []
        parts.append(part.name)
        if not token:
            break
        with pytest.raises(Invalid):
            await subjects.data(uuid7(), token)
    assert parts == [part.name for part in holding.parts]
    for wrong in ("x", "e30", "WzEsMl0"):
        with pytest.raises(Invalid):
            await subjects.data(person, wrong)
    with pytest.raises(NotFound):
        await subjects.looks(uuid7(), person, 10, "")


async def test_erasure_when_repeated_and_at_once_then_carried_out_once(held) -> None:
    _service, holding, database = held
    subjects, request, person = Subjects(database, holding), uuid7(), uuid7()

    async def erase() -> bool:
        async with database.begin() as uow:
            return await subjects.erase(uow, request, person)

    assert sorted(await asyncio.gather(erase(), erase(), erase())) == [False, False, True]
    done = json.loads(await database.reads.fetchval("SELECT parts FROM erasure WHERE request_id = $1", UUID(str(request))))
    assert set(done) == {part.name for part in holding.parts}
    plan = {part["part"]: part["kept_because"] for part in json.loads(await subjects.plan(person))["parts"]}
    for part in holding.parts:
        assert bool(plan[part.name]) == ("kept_because" in done[part.name])
        assert all("а" <= letter.lower() <= "я" or letter == "ё" for letter in part.title if letter.isalpha())


async def test_erasure_when_a_legal_hold_is_set_then_the_part_stays_with_its_reason(held) -> None:
    _service, holding, database = held
    for part in holding.parts:
        await database.reads.execute("INSERT INTO retention_rule (part, kept, reason) VALUES ($1, true, 'Идёт проверка')", part.name)
    try:
        plan = json.loads(await Subjects(database, holding).plan(uuid7()))["parts"]
        assert all(part["kept_because"] for part in plan)
    finally:
        await database.reads.execute("DELETE FROM retention_rule")
