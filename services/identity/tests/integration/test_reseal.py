"""Personal fields and look-up hashes under new keys: every row, while sign-ins go on, and readable without the old key afterwards."""

import asyncio
import base64
import itertools
import os
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import asyncpg

from myschool.identity.v1 import identity_pb2 as pb
from myschool.identity.v1.identity_pb2_grpc import IdentityServiceStub
from myschool_identity.app import SERVICE
from myschool_identity.profile.repository import ProfileRepository
from myschool_identity.reseal.repository import BATCH
from myschool_identity.reseal.service import rehash, reseal
from myschool_kit import client
from myschool_kit.crypto import FieldCipher
from myschool_kit.ids import uuid7
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_stack import keys
from myschool_testing import Harness, a_principal, running, running_on, token_of

from .test_identity import ANNA, Caller


def snils_of(number: int) -> str:
    """A СНИЛС with the right check digits."""
    digits = f"{number:09}"
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits)) % 101 % 100
    return f"{digits}{total:02}"


async def a_person(connection: asyncpg.Pool, cipher: FieldCipher, number: int) -> UUID:
    person_id, snils = uuid7(), f"{number:011}"
    await connection.execute(
        "INSERT INTO person (id, family_name, given_name, middle_name, birth_date, snils_hash, snils_sealed)"
        " VALUES ($1, 'Новая', 'Ольга', '', '1990-01-01', $2, $3)",
        person_id,
        os.urandom(32),
        cipher.encrypt(snils.encode(), f"person:{person_id}"),
    )
    return person_id


async def test_reseal_when_run_then_everything_opens_by_the_new_key_alone(identity: Harness, keys_dir: Path) -> None:
    old, new = (keys_dir / "field.key").read_bytes(), base64.b64encode(os.urandom(32))
    lookup = LookupHash((keys_dir / "lookup.key").read_bytes())
    database = identity.database
    await Caller(identity, keys_dir).came_through_bridge(ANNA)
    # As before envelopes, and as since then.
    people = [await a_person(database.reads, cipher, number) for number, cipher in enumerate([FieldCipher(old)] * (BATCH + 3))]
    enveloped = await a_person(database.reads, EnvelopeCipher(old), 900_000)
    sealed = "SELECT snils_sealed FROM person WHERE id = $1"
    before = await database.reads.fetchval(sealed, enveloped)
    both = EnvelopeCipher(new + b"\n" + old)

    found = await reseal(database, both)
    assert found["esia_profile"] == await database.reads.fetchval("SELECT count(*) FROM esia_profile")
    assert found["person"] >= len(people)
    assert await reseal(database, both) == {"esia_profile": 0, "notice_address": 0, "person": 0}
    assert (await database.reads.fetchval(sealed, enveloped))[68:] == before[68:]

    only_new = EnvelopeCipher(new)
    for row in await database.reads.fetch("SELECT id, snils_sealed FROM person WHERE snils_sealed IS NOT NULL"):
        assert len(only_new.decrypt(row["snils_sealed"], f"person:{row['id']}")) == 11
    async with database.begin() as uow:
        profile = await ProfileRepository(only_new, lookup).lock(uow.raw, ANNA.esia_oid)
    assert profile is not None and profile.snils == ANNA.snils
    assert (await reseal(database, only_new, anew=True))["person"] >= len(people)
    assert (await database.reads.fetchval(sealed, enveloped))[68:] != before[68:]


async def test_lookup_key_when_replaced_then_nobody_is_registered_twice_at_any_step(
    postgres_url: str, redis_url: str, keys_dir: Path, tmp_path: Path
) -> None:
    shutil.copytree(keys_dir, tmp_path, dirs_exist_ok=True)
    number = itertools.count(1)

    def batch(*numbers: int) -> pb.RegisterPeopleRequest:
        people = [pb.PersonToRegister(key=str(n), family_name="Новая", given_name="Ольга", snils=snils_of(n)) for n in numbers]
        return pb.RegisterPeopleRequest(people=people)

    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(running(SERVICE, postgres_url, redis_url, keys_dir=keys_dir))
        token = token_of(a_principal("SYSTEM"))

        async def register(harness: Harness, *numbers: int) -> dict[str, str]:
            answer = await client.call(IdentityServiceStub(harness.channel).RegisterPeople, batch(*numbers), token=token)
            return {person.key: person.person_id for person in answer.people}

        known = await register(first, *[next(number) for _ in range(5)])
        neighbours = [first]
        for step in (keys.announce, keys.use):
            step(tmp_path, "lookup.key")
            after = await stack.enter_async_context(running_on(first.database._url, SERVICE, redis_url, keys_dir=tmp_path))
            neighbours = [neighbours[-1], after]
            # Both at once, known people and new ones, one after the other and at the same time.
            fresh = [next(number) for _ in range(4)]
            numbers = [*map(int, known), *fresh]
            answers = await asyncio.gather(*[register(neighbours[turn % 2], *numbers) for turn in range(6)])
            assert all(answer == answers[0] for answer in answers)
            assert known.items() <= answers[0].items()
            known = answers[0]
        cipher, lookup = EnvelopeCipher((tmp_path / "field.key").read_bytes()), LookupHash((tmp_path / "lookup.key").read_bytes())
        await rehash(first.database, cipher, lookup)
        assert await rehash(first.database, cipher, lookup) == {"esia_profile": 0, "person": 0}
        keys.retire(tmp_path, "lookup.key")
        last = await stack.enter_async_context(running_on(first.database._url, SERVICE, redis_url, keys_dir=tmp_path))
        assert await register(last, *map(int, known)) == known
        assert await last.database.reads.fetchval("SELECT count(*) FROM person") == len(known)
