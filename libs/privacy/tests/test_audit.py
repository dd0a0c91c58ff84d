"""The record of reads: nobody can rewrite it through the application, and whoever did beside it is found, with the first row named."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest

import myschool.journal.v1.diary_pb2  # noqa: F401  (its options are read back by the method's name)
from myschool_kit.context import Call, serving
from myschool_kit.db import Database
from myschool_kit.ids import uuid7
from myschool_privacy.audit.chain import Head
from myschool_privacy.audit.log import AccessLog
from myschool_privacy.audit.seal import Sealer
from myschool_privacy.audit.tables import create_audit_tables
from myschool_privacy.audit.verify import verify
from myschool_testing import a_principal

CHILD = uuid7()
METHOD = "/myschool.journal.v1.DiaryService/GetDiaryWeek"
ROWS = 30


class Statements:
    """What a migration calls `op`."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def execute(self, statement: str) -> None:
        self.all.append(statement)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    name = f"test_privacy_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(f"{postgres_url}/postgres")
    await admin.execute(f'CREATE DATABASE "{name}"')
    database = Database(f"{postgres_url}/{name}")
    await database.open()
    op = Statements()
    create_audit_tables(op)
    for statement in op.all:
        await database.reads.execute(statement)
    yield database
    await database.close()
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


def read(log: AccessLog, count: int = 1, **values: str) -> None:
    with serving(Call(METHOD, f"00-{uuid4().hex}-{uuid4().hex[:16]}-00", a_principal("TEACHER", **values))):
        for _ in range(count):
            log.record("diary.week", subject_id=CHILD)


@pytest.fixture
async def chain(database: Database) -> Database:
    """Thirty rows, bound."""
    log, sealer = AccessLog(database), Sealer(database)
    read(log, ROWS)
    await log.flush()
    assert await sealer.seal() == ROWS
    assert await sealer.seal() == 0
    return database


@asynccontextmanager
async def as_owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Somebody with all rights who takes the guards away first."""
    async with database.reads.acquire() as connection:
        await connection.execute("SET session_replication_role = replica")
        try:
            yield connection
        finally:
            await connection.execute("RESET session_replication_role")


async def broken(database: Database, *known: Head) -> str:
    async with database.reads.acquire() as connection:
        return (await verify(connection, known)).broken


async def test_record_when_rows_are_written_then_each_says_who_whose_what_why_and_in_which_request(database: Database) -> None:
    log, person = AccessLog(database), str(uuid4())
    read(log, person_id=person, organisation_id=str(CHILD))
    read(log, person_id=str(CHILD))
    with serving(Call(METHOD, "00-" + "a" * 32, a_principal("SYSTEM"))):
        log.record("diary.week", subject_id=CHILD)
    log.record("diary.week", subject_id=CHILD)  # outside of any call
    await log.flush()
    [row] = await database.reads.fetch("SELECT * FROM access_entry")
    assert (str(row["reader_id"]), row["role_type"], row["what"], row["permission"]) == (person, "TEACHER", "diary.week", "diary.read")
    assert (row["subject_id"], row["organisation_id"], row["object_id"], len(row["request"])) == (CHILD, CHILD, None, 32)


async def test_chain_when_untouched_then_whole_with_its_end(chain: Database) -> None:
    async with chain.reads.acquire() as connection:
        verdict = await verify(connection)
        assert (verdict.broken, verdict.head.seq) == ("", ROWS)
        assert Head.of(str(verdict.head)) == verdict.head
        assert (await verify(connection, [verdict.head])).broken == ""


@pytest.mark.parametrize("table", ["access_entry", "access_seal", "access_head"])
async def test_rows_when_a_statement_would_change_them_then_refused(chain: Database, table: str) -> None:
    column = {"access_entry": "what = ''", "access_seal": "hash = ''", "access_head": "seq = 1"}[table]
    for statement in (f"UPDATE {table} SET {column}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await chain.reads.execute(statement)
    with pytest.raises(asyncpg.RestrictViolationError, match="moves on"):
        await chain.reads.execute("UPDATE access_head SET seq = 31, hash = 'ab'")


TAMPERED = {
    "a reader is changed": ("UPDATE access_entry SET reader_name = 'Никто' WHERE id = 7", "row 7 (entry 7) was changed"),
    "whose is changed": ("UPDATE access_entry SET subject_id = reader_id WHERE id = 7", "row 7 (entry 7) was changed"),
    "a time is changed": ("UPDATE access_entry SET at = at + interval '1 microsecond' WHERE id = 30", "row 30 (entry 30) was changed"),
    "a row is deleted": ("DELETE FROM access_entry WHERE id = 7", "row 7 (entry 7) was deleted"),
    "a row goes with its seal": ("DELETE FROM access_entry WHERE id = 7; DELETE FROM access_seal WHERE seq = 7", "row 7 is missing"),
    "two rows change places": (
        (
            "UPDATE access_seal SET entry_id = -entry_id WHERE seq IN (7, 9);"
            "UPDATE access_seal SET entry_id = 16 + entry_id WHERE seq IN (7, 9)"
        ),
        "row 7 (entry 9) was changed or moved",
    ),
    "the tail is cut": ("DELETE FROM access_entry WHERE id > 20; DELETE FROM access_seal WHERE seq > 20", "stops after row 20, 30 rows"),
    "the tail is cut with its mark": (
        (
            "DELETE FROM access_entry WHERE id > 20; DELETE FROM access_seal WHERE seq > 20;"
            "UPDATE access_head SET seq = 20, hash = (SELECT hash FROM access_seal WHERE seq = 20)"
        ),
        "stops after row 20, row 30 was noted before",
    ),
    "all is gone": ("DELETE FROM access_entry; DELETE FROM access_seal; DELETE FROM access_head", "the end is cut"),
    "a seal is lifted": (
        (
            "DELETE FROM access_seal WHERE seq = 30; UPDATE access_entry SET at = at - interval '1 hour' WHERE id = 30;"
            "UPDATE access_head SET seq = 29, hash = (SELECT hash FROM access_seal WHERE seq = 29)"
        ),
        "row 30 was noted before",
    ),
    "a row is slipped in": (
        (
            "INSERT INTO access_entry (at, reader_id, reader_name, role_type, what, permission, request)"
            " SELECT at - interval '1 hour', reader_id, 'Никто', role_type, what, permission, request FROM access_entry WHERE id = 1"
        ),
        "entry 31 is not in the chain",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_chain_when_tampered_with_then_the_first_broken_row_is_named(chain: Database, what: str) -> None:
    statements, told = TAMPERED[what]
    async with chain.reads.acquire() as connection:
        noted = (await verify(connection)).head
    async with as_owner(chain) as connection:
        await connection.execute(statements)
    assert told in await broken(chain, noted)


async def test_chain_when_written_anew_as_a_whole_then_what_was_noted_before_shows_it(chain: Database) -> None:
    async with chain.reads.acquire() as connection:
        noted = (await verify(connection)).head
    async with as_owner(chain) as connection:
        await connection.execute("UPDATE access_entry SET reader_name = 'Никто'; DELETE FROM access_seal")
        await connection.execute("UPDATE access_head SET seq = 0, hash = '', entry_id = 0")
    assert await Sealer(chain).seal() == ROWS
    assert await broken(chain) == ""
    assert "written anew" in await broken(chain, noted)


async def test_sealers_when_several_run_while_rows_come_then_one_chain_without_a_gap(database: Database) -> None:
    sealers = [Sealer(database) for _ in range(3)]
    logs = [AccessLog(database, sealer.wake) for sealer in sealers]
    running = [asyncio.create_task(sealer.run()) for sealer in sealers]
    for _ in range(10):
        for log in logs:
            read(log, 37)
        await asyncio.gather(*[log.flush() for log in logs])
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await sealers[0].seal()
    async with database.reads.acquire() as connection:
        verdict = await verify(connection)
    assert (verdict.broken, verdict.head.seq) == ("", 3 * 37 * 10)


async def test_row_when_committed_after_younger_ones_were_bound_then_bound_too(database: Database) -> None:
    insert = (
        "INSERT INTO access_entry (at, reader_id, reader_name, role_type, what, permission, request) VALUES (now(), $1, '', '', '', '', '')"
    )
    sealer = Sealer(database)
    async with database.reads.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(insert, CHILD)
        await database.reads.execute(insert, CHILD)
        assert await sealer.seal() == 1
        await transaction.commit()
    assert await sealer.seal() == 1
    assert [row["entry_id"] for row in await database.reads.fetch("SELECT entry_id FROM access_seal ORDER BY seq")] == [2, 1]
    assert await broken(database) == ""


async def test_rows_when_the_database_is_away_then_they_wait(database: Database) -> None:
    log = AccessLog(database)
    await database.reads.execute("ALTER TABLE access_entry RENAME TO away")
    read(log, 3)
    await log.flush()
    await database.reads.execute("ALTER TABLE away RENAME TO access_entry")
    await log.flush()
    assert await database.reads.fetchval("SELECT count(*) FROM access_entry WHERE subject_id = $1", UUID(str(CHILD))) == 3
