"""Search of people: on a fresh and on an upgraded database, ё and е, hyphens, any order of words, beginnings; and its audit row."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from myschool.roles.v1 import roles_pb2 as pb
from myschool_kit import migrate
from myschool_roles.app import SERVICE

FIRST = "2026_11_24_0001"


@pytest.fixture
async def people(world, build):
    """A school with names that are hard to find."""
    school = await world.school()
    sheets = build.sheets()
    sheets["Ученики"] += [
        ["Мамин-Сибиряк Дмитрий Наркисович", "01.01.2013", "", "7А"],
        ["Ёлкин Семён Артёмович", "01.01.2013", "", "7А"],
        ["Ли Ян", "01.01.2013", "", "7А"],
        ["О'Коннор Анна-Мария", "01.01.2013", "", "4А"],
    ]
    await world.load(school, build.book(**sheets))

    async def found(query: str, role: str = "HEAD", **principal: str) -> list[str]:
        body = await world.json("SearchPeople", pb.SearchPeopleRequest(query=query), role, organisation_id=school, **principal)
        return [one["full_name"] for one in body["people"]]

    found.school = school
    return found


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("елк", "Ёлкин Семён Артёмович"),
        ("ЁЛКИН СЕМЕН", "Ёлкин Семён Артёмович"),
        ("артем сем елк", "Ёлкин Семён Артёмович"),
        ("сибиряк", "Мамин-Сибиряк Дмитрий Наркисович"),
        ("мамин-сиб", "Мамин-Сибиряк Дмитрий Наркисович"),
        ("Дмитрий  Мамин Сибиряк", "Мамин-Сибиряк Дмитрий Наркисович"),
        ("ли", "Ли Ян"),
        ("ян ли", "Ли Ян"),
        ("мария", "О'Коннор Анна-Мария"),
        ("о'к", "О'Коннор Анна-Мария"),
        ("соколова", "Соколова Анна Викторовна"),
    ],
)
async def test_search_when_typed_as_people_type_then_found(people, query: str, name: str):
    assert name in await people(query)


@pytest.mark.parametrize("query", ["ибиряк", "%", "_", "\\", "-", " ", "елкин дмитрий", "' OR '1'='1", "ж" * 100])
async def test_search_when_nothing_begins_so_then_nobody(people, query: str):
    assert await people(query) == []


async def test_search_when_more_than_ten_fit_then_those_whose_family_name_begins_so_come_first(people, world, build):
    sheets = build.sheets()
    sheets["Ученики"] += [[f"Агапов{sign} Иван Яковлевич", "01.01.2013", "", "7А"] for sign in "абвгдежзиклм"]
    sheets["Ученики"].append(["Яшин Яков", "01.01.2013", "", "7А"])
    await world.load(people.school, build.book(**sheets))
    found = await people("я")
    assert (len(found), found[0]) == (10, "Яшин Яков")


async def test_search_when_two_letters_then_at_most_ten_and_a_row_for_those_shown(people, world):
    reader = str(uuid4())
    names = await people("ан", person_id=reader)
    assert 0 < len(names) <= 10
    await people("нет такого", person_id=reader)
    await asyncio.sleep(1.3)  # rows are gathered for a second
    query = "SELECT l.*, p.full_name FROM access_entry l JOIN person p ON p.id = l.subject_id WHERE reader_id = $1"
    rows = await world.harness.database.reads.fetch(query, UUID(reader))
    assert sorted(row["full_name"] for row in rows) == sorted(names)
    assert {(row["role_type"], row["what"], row["permission"], len(row["request"])) for row in rows} == {
        ("HEAD", "people.search", "person.search", 32)
    }
    for statement in ("DELETE FROM access_log", "UPDATE access_log SET reader_id = ''", "TRUNCATE access_log", "TRUNCATE role_change"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await world.harness.database.reads.execute(statement)


# The two forms that the first migration had: the server's own locale («C» here as in the packaged server), then the corrected one.
OLD_FORMS = ['lower(full_name COLLATE "C")', "replace(lower(full_name COLLATE \"pg_c_utf8\"), 'ё', 'е')"]


@pytest.mark.parametrize("form", OLD_FORMS)
async def test_search_when_database_is_upgraded_then_the_same_column_as_on_a_fresh_one(postgres_url: str, world, form: str):
    url = f"{postgres_url}/test_roles_old_{uuid4().hex[:12]}"
    await migrate.upgrade(url, SERVICE.package_dir, FIRST)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"ALTER TABLE person ALTER COLUMN search SET EXPRESSION AS ({form})")
        put = "INSERT INTO person (id, family_name, given_name, full_name) VALUES ($1, 'Ёлкина-Берг', 'АННА', 'Ёлкина-Берг АННА')"
        await connection.execute(put, uuid4())
        if 'COLLATE "C"' in form:
            assert await connection.fetchval("SELECT search FROM person") == "Ёлкина-Берг АННА"  # the defect: Ctrl K found nobody
        await migrate.upgrade(url, SERVICE.package_dir)
        upgraded = await connection.fetchval("SELECT search FROM person")
        column = "SELECT generation_expression FROM information_schema.columns WHERE table_name = 'person' AND column_name = 'search'"
        assert upgraded == " елкина берг анна"
        assert await connection.fetchval(column) == await world.harness.database.reads.fetchval(column)
    finally:
        await connection.close()
        admin = await asyncpg.connect(f"{postgres_url}/postgres")
        await admin.execute(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')
        await admin.close()
