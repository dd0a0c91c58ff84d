"""Lists of a region of a million people come within the five seconds a call may take, on the first page and on the last."""

import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from myschool_kit.db import Database
from myschool_kit.settings import Settings
from myschool_roles.account.repository import AccountRepository
from myschool_roles.app import SERVICE
from myschool_roles.duplicate.repository import DuplicateRepository
from myschool_roles.organisation.rules import Scope
from myschool_testing import create_database, drop_database

REGION = "99"
# A call may take five seconds; a machine that is busy with tests is given the half of it to spare.
WITHIN_S = 2.5
# A thousand schools; four names in ten are of parents, whose day of birth nobody knows; one record in a hundred is there twice.
_PEOPLE = (
    """INSERT INTO organisation (id, ogrn, full_name, short_name, region_code, time_zone)
    SELECT gen_random_uuid(), (1020000000000 + n)::text, 'Школа ' || n, 'Школа ' || n, '99', 'Europe/Moscow' FROM generate_series(1, 1000) n""",
    """INSERT INTO person (id, family_name, given_name, middle_name, full_name, birth_date)
    SELECT gen_random_uuid(), f, g, m, concat_ws(' ', f, g, m), CASE WHEN n % 10 < 4 THEN NULL ELSE date '2008-01-01' + n % 4000 END FROM (
        SELECT n, 'Фамилия' || (power(random(), 2) * 8000)::int AS f, 'Имя' || (power(random(), 2) * 60)::int AS g,
            'Отчество' || (power(random(), 2) * 60)::int AS m FROM generate_series(1, 990000) n) named""",
    """INSERT INTO person (id, family_name, given_name, middle_name, full_name, birth_date)
    SELECT gen_random_uuid(), family_name, given_name, middle_name, full_name, birth_date FROM person WHERE birth_date IS NOT NULL LIMIT 10000""",
    """INSERT INTO structural_role (id, person_id, type, organisation_id, region_code, status, changed_at)
    SELECT gen_random_uuid(), p.id, 'STUDENT', o.id, '99', 'ACTIVE', now() FROM
    (SELECT id, (random() * 999)::int AS n FROM person) p JOIN (SELECT id, row_number() OVER () - 1 AS n FROM organisation) o USING (n)""",
    "ANALYZE",
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
async def region(postgres_url: str) -> AsyncIterator[Database]:
    url = await create_database(postgres_url, SERVICE, Settings())
    connection = await asyncpg.connect(url)
    for statement in _PEOPLE:
        await connection.execute(statement)
    await connection.close()
    database = Database(url, pool_size=2)
    await database.open(10)
    yield database
    await database.close()
    await drop_database(url)


async def timed(capsys: pytest.CaptureFixture[str], what: str, asked: Any) -> list[asyncpg.Record]:
    began = time.monotonic()
    found: list[asyncpg.Record] = await asked
    seconds = time.monotonic() - began
    with capsys.disabled():
        print(f"\n{what}: {len(found)} rows in {seconds:.2f} s")
    assert seconds < WITHIN_S
    return found


async def test_pairs_of_a_large_region_when_listed_then_every_page_in_time(region: Database, capsys: pytest.CaptureFixture[str]) -> None:
    repository, scope = DuplicateRepository(region), Scope(region_code=REGION)
    page = await timed(capsys, "first page of pairs", repository.pairs(scope, None, 51, judged=False))
    assert len(page) == 51
    later = (" фамилия5", UUID(int=0), UUID(int=0))
    assert len(await timed(capsys, "a page in the middle", repository.pairs(scope, later, 51, judged=False))) == 51
    last = (" фамилия9999", UUID(int=0), UUID(int=0))
    assert await timed(capsys, "after the last page", repository.pairs(scope, last, 51, judged=False)) == []
    assert await timed(capsys, "nobody judged", repository.pairs(scope, None, 51, judged=True)) == []
    school = Scope(organisation_id=await region.reads.fetchval("SELECT id FROM organisation LIMIT 1"))
    await timed(capsys, "one school", repository.pairs(school, None, 51, judged=False))


async def test_accounts_of_a_large_region_when_listed_then_every_page_in_time(region: Database, capsys: pytest.CaptureFixture[str]) -> None:
    repository = AccountRepository(region)
    assert len(await timed(capsys, "first page of accounts", repository.page(REGION, [], None, None, 200))) == 200
    found = await timed(capsys, "a name that is rare", repository.page(REGION, ["%фамилия7999%"], None, None, 200))
    assert all("Фамилия7999" in row["full_name"] for row in found)
