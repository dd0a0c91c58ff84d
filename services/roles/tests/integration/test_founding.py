"""The first organisations of a region, from a list: all or none, once."""

import subprocess
import sys

import pytest

from myschool_roles import founding
from myschool_roles.listing import BadList

HEAD = ";".join(founding.COLUMNS)
GOOD = [HEAD, "1027700000001;Школа первая;Школа № 1;42;Asia/Novokuznetsk", "1027700000002;Школа вторая;Школа № 2;42;Asia/Novokuznetsk"]


async def names(world) -> list[str]:
    rows = await world.harness.database.reads.fetch("SELECT short_name FROM organisation WHERE region_code = '42' ORDER BY ogrn")
    return [row["short_name"] for row in rows]


async def found(world, lines: list[str]) -> founding.Founded:
    return await founding.run(world.harness.settings, "roles", founding.read(lines), world.harness.database._url)


async def test_list_when_given_twice_then_registered_once_and_renamed_where_it_says_so(world) -> None:
    before = len(await world.harness.outbox())
    assert await found(world, GOOD) == founding.Founded(2, 0)
    assert await found(world, GOOD) == founding.Founded(0, 2)
    assert len(await world.harness.outbox()) == before + 2
    assert await found(world, [*GOOD[:2], GOOD[2].replace("Школа № 2", "Лицей № 2")]) == founding.Founded(0, 2)
    assert await names(world) == ["Школа № 1", "Лицей № 2"]
    assert len(await world.harness.outbox()) == before + 3


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "lacks the columns ОГРН"),
        ([HEAD], "has no row"),
        ([HEAD.replace("Регион", "Код"), GOOD[1]], "lacks the columns Регион"),
        ([HEAD, "102;А;Б;42;Europe/Moscow"], "row 2: ОГРН must be"),
        ([HEAD, "1027700000001;А;;4;Europe/Moscow"], "row 2: Регион must be"),
        ([HEAD, "1027700000001;А;" + "Б" * 101 + ";42;Europe/Moscow"], "row 2: Краткое название must have 1 to 100"),
        ([*GOOD, GOOD[1]], "row 4: ОГРН stands in row 2 already"),
        ([HEAD, "1027700000001;А"], "row 2: Регион must be"),
        ([HEAD, *["1;;;;"] * 5000], "… and"),
    ],
)
def test_list_when_faulty_then_every_row_is_named(lines: list[str], said: str) -> None:
    with pytest.raises(BadList) as refused:
        founding.read(lines)
    assert said in str(refused.value) and len(str(refused.value)) < 3000


async def test_list_when_one_zone_is_wrong_then_nothing_is_stored(world) -> None:
    before = len(await world.harness.outbox())
    with pytest.raises(BadList, match="row 3: use an IANA zone"):
        await found(world, [GOOD[0], GOOD[1], GOOD[2].replace("Asia/Novokuznetsk", "Кемерово")])
    assert await names(world) == []
    assert len(await world.harness.outbox()) == before


@pytest.mark.parametrize("content", ["nowhere", b"\xff\xfe", HEAD.encode()])
def test_command_when_the_file_is_no_good_then_one_sentence(tmp_path, content) -> None:
    file = tmp_path / "list.csv"
    if isinstance(content, bytes):
        file.write_bytes(content)
    done = subprocess.run([sys.executable, "-m", "myschool_roles", "found", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and done.stderr.strip()
