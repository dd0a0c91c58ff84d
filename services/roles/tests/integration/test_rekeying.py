"""Keys of a region are replaced while schools import: everybody is found at every step, and kept previews stay readable."""

from pathlib import Path

import orjson
import pytest

from myschool.roles.v1 import roles_pb2 as pb
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_roles.app import SERVICE
from myschool_roles.rekeying.repository import BATCH
from myschool_roles.rekeying.service import rehash, reseal
from myschool_stack import keys
from myschool_testing import running_on


@pytest.fixture
def folder(keys_dir: Path, tmp_path: Path) -> Path:
    for name in ("field.key", "lookup.key"):
        (tmp_path / name).write_bytes((keys_dir / name).read_bytes())
    return tmp_path


async def test_lookup_key_when_replaced_then_an_import_finds_everybody_at_every_step(world, build, redis_url, folder):
    school, book = await world.school(), build.book(**build.sheets())
    await world.load(school, book)
    url, address = world.harness.database._url, world.harness.settings.identity_address

    async def unchanged() -> None:
        async with running_on(url, SERVICE, redis_url, keys_dir=folder, identity_address=address) as neighbour:
            counts = (await type(world)(neighbour, world.identity, world.accounts, world.blocking).upload(school, book))["counts"]
            assert (counts["create"], counts["update"], counts["unchanged"]) == (0, 0, counts["rows"])

    database = world.harness.database
    await database.reads.execute(
        "INSERT INTO person_key (hash, person_id) SELECT decode(md5(n::text), 'hex'), gen_random_uuid() FROM generate_series(1, $1::int) n",
        2 * BATCH,
    )
    for step in (keys.announce, keys.use):
        step(folder, "lookup.key")
        await unchanged()
    before = await database.reads.fetchval("SELECT count(*) FROM person_key")
    lookup = LookupHash((folder / "lookup.key").read_bytes())
    assert await rehash(database, lookup) == before
    assert await rehash(database, lookup) == 0
    assert await database.reads.fetchval("SELECT count(*) FROM person_key WHERE generation = 2") == before
    keys.retire(folder, "lookup.key")
    await unchanged()


async def test_preview_when_keys_change_before_it_is_confirmed_then_confirmed_all_the_same(world, build, redis_url, folder):
    preview = await world.upload(await world.school(), build.book(**build.sheets()))
    for name in ("field.key", "lookup.key"):
        for step in (keys.announce, keys.use):
            step(folder, name)
    cipher = EnvelopeCipher((folder / "field.key").read_bytes())
    assert (await reseal(world.harness.database, cipher), await reseal(world.harness.database, cipher)) == (1, 0)
    keys.retire(folder, "field.key")
    address = world.harness.settings.identity_address
    async with running_on(world.harness.database._url, SERVICE, redis_url, keys_dir=folder, identity_address=address) as after:
        reply = await type(world)(after, world.identity, world.accounts, world.blocking).call(
            "ConfirmImport", pb.ConfirmImportRequest(import_id=preview["id"])
        )
    assert orjson.loads(reply.body)["status"] == "DONE"
