"""People of an operator's list: ids instead of СНИЛС, the same ones again, refusals without a value."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from myschool_identity import registering
from myschool_testing import Harness

HEAD = "ФИО;СНИЛС;Дата рождения;Роль;Регион"
FIRST, SECOND = "000-001-901 05", "00000190206"
GOOD = [HEAD, f"Громова Светлана Юрьевна;{FIRST};05.09.1980;Региональный координатор;42", f"Ермакова-Ли Вера;{SECOND};1979-01-30;Эксперт;"]


async def registered(identity: Harness, lines: list[str]) -> list[list[str]]:
    answer = await registering.run(identity.settings, registering.read(lines), identity.database._url)
    return [line.split(";") for line in answer.splitlines()]


async def test_list_when_given_twice_then_the_same_people_and_no_number_in_the_answer(identity: Harness) -> None:
    once, again = await registered(identity, GOOD), await registered(identity, GOOD)
    assert once == again
    assert once[0] == ["Человек", "ФИО", "Роль", "Регион"]
    assert [row[1:] for row in once[1:]] == [
        ["Громова Светлана Юрьевна", "Региональный координатор", "42"],
        ["Ермакова-Ли Вера", "Эксперт", ""],
    ]
    stored = await identity.database.reads.fetch(
        "SELECT id, birth_date FROM person WHERE family_name IN ('Громова', 'Ермакова-Ли') ORDER BY 2"
    )
    assert [(str(row["id"]), str(row["birth_date"])) for row in stored] == [(once[2][0], "1979-01-30"), (once[1][0], "1980-09-05")]


async def test_list_when_a_number_stands_in_another_column_then_it_is_not_passed_on(identity: Harness) -> None:
    [_head, row] = await registered(identity, [HEAD + ";Заметка", GOOD[1] + f";сама, {FIRST}"])
    assert "901" not in row[-1]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "lacks the columns СНИЛС, ФИО, Дата рождения"),
        ([HEAD], "1 to 1000 rows, it has 0"),
        ([HEAD, *[GOOD[1]] * 1001], "it has 1001"),
        ([HEAD, f"Громова;{FIRST};;;"], "row 2: ФИО must be"),
        ([HEAD, f"Громова {FIRST};{FIRST};;;"], "row 2: ФИО must be"),
        ([HEAD, "Громова Светлана;112-233-445 96;;;"], "row 2: СНИЛС is wrong"),
        ([HEAD, "Громова Светлана"], "row 2: СНИЛС is missing"),
        ([HEAD, f"Громова Светлана;{FIRST};31.02.1980;;"], "row 2: Дата рождения must be"),
        ([HEAD, f"Громова Светлана;{FIRST};01.01.2980;;"], "row 2: Дата рождения must be"),
        ([HEAD, GOOD[1] + ";42;43"], "row 2: it has more cells"),
        ([HEAD, *["Я;1;1;;"] * 900], "… and"),
    ],
    ids=["empty", "head", "long", "family", "number-in-name", "control", "missing", "no-day", "future", "wide", "all-wrong"],
)
def test_list_when_faulty_then_rows_are_named_and_values_are_not(lines: list[str], said: str) -> None:
    with pytest.raises(registering.BadList) as refused:
        registering.read(lines)
    assert said in str(refused.value) and len(str(refused.value)) < 4000
    assert "112-233" not in str(refused.value) and FIRST not in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", HEAD.encode(), "\n".join(GOOD).encode()], ids=["no-text", "empty", "no-database"])
def test_command_when_it_cannot_then_one_sentence_and_nothing_on_standard_output(content: bytes, keys_dir: Path) -> None:
    environment = {**os.environ, "MYSCHOOL_START_PATIENCE_SECONDS": "0", "MYSCHOOL_POSTGRES_URL": "postgresql://x@127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-m", "myschool_identity", "register", "-"],
        input=content,
        capture_output=True,
        env=environment | {"MYSCHOOL_KEYS_DIR": str(keys_dir)},
        check=False,
    )
    said = done.stderr.decode()
    assert (done.returncode, done.stdout) == (1, b"")
    assert said.startswith("Nobody was registered.\n") and "Traceback" not in said and "901" not in said
