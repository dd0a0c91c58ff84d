"""The first coordinators of a region: appointed once, with fact and event, all or none."""

import asyncio
import os
import subprocess
import sys
from uuid import uuid4

import orjson
import pytest

from myschool.roles.events.v1 import roles_events_pb2
from myschool.roles.v1 import roles_pb2 as pb
from myschool_roles import appointing
from myschool_roles.listing import BadList

HEAD = ";".join(appointing.COLUMNS)
ANNA, VERA = str(uuid4()), str(uuid4())
GOOD = [HEAD, f"{ANNA};Громова Светлана Юрьевна;Региональный координатор;42", f"{VERA};Ермакова Вера Ли;Эксперт;"]


async def appoint(world, lines: list[str]) -> appointing.Appointed:
    return await appointing.run(world.harness.settings, "roles", appointing.read(lines), world.harness.database._url)


async def held(world) -> list[tuple[str, ...]]:
    rows = await world.harness.database.reads.fetch(
        "SELECT r.type, r.region_code, r.status, p.full_name, (SELECT count(*) FROM role_change c WHERE c.role_id = r.id) AS facts"
        " FROM structural_role r JOIN person p ON p.id = r.person_id ORDER BY r.type DESC"
    )
    return [tuple(row) for row in rows]


EXPECTED = [("REGIONAL_COORDINATOR", "42", "ACTIVE", "Громова Светлана Юрьевна", 1), ("EXPERT", "", "ACTIVE", "Ермакова Вера Ли", 1)]


async def test_list_when_given_twice_then_appointed_once_with_event(world) -> None:
    assert await appoint(world, GOOD) == appointing.Appointed(2, 0)
    assert await appoint(world, GOOD) == appointing.Appointed(0, 2)
    assert await held(world) == EXPECTED
    told = await world.events(roles_events_pb2.StructuralRoleChanged)
    assert [(one.person_id, one.role_type, one.status) for one in told] == [
        (ANNA, "REGIONAL_COORDINATOR", "ACTIVE"),
        (VERA, "EXPERT", "ACTIVE"),
    ]


async def test_list_when_two_operators_send_it_at_once_then_appointed_once(world) -> None:
    await asyncio.gather(appoint(world, GOOD), appoint(world, GOOD))
    assert await held(world) == EXPECTED
    assert len(await world.events(roles_events_pb2.StructuralRoleChanged)) == 2


async def test_coordinator_when_appointed_then_the_role_opens_her_region_and_no_other(world) -> None:
    await world.school("1020000000042", region="42")
    await world.school("1020000000043", region="43")
    await appoint(world, GOOD)
    roles = await world.json("WhoAmI", pb.WhoAmIRequest(), "PERSON", person_id=ANNA)
    [role] = [one for one in roles["roles"] if one["type"] == "REGIONAL_COORDINATOR"]
    entered = await world.call("EnterRole", pb.EnterRoleRequest(role_id=role["id"]), "PERSON", person_id=ANNA)
    listed = await world.call("ListOrganisations", pb.ListOrganisationsRequest(), "REGIONAL_COORDINATOR", region_code=entered.region_code)
    assert [one["short_name"] for one in orjson.loads(listed.body)["organisations"]] == ["Школа № 42"]


async def test_list_when_one_is_suspended_then_nobody_is_appointed(world) -> None:
    role = await world.grant(ANNA, "REGIONAL_COORDINATOR", region="42")
    await world.change(role.role_id, "SUSPENDED", 1)
    with pytest.raises(BadList, match="row 2: the person holds this role already, as SUSPENDED"):
        await appoint(world, GOOD)
    assert [row[0] for row in await held(world)] == ["REGIONAL_COORDINATOR"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "lacks the columns Человек"),
        ([HEAD], "has no row"),
        ([HEAD, "000-001-901 05;Громова С;Эксперт;"], "row 2: Человек must be an id"),
        ([HEAD, f"{ANNA};;Эксперт;"], "row 2: ФИО must have"),
        ([HEAD, f"{ANNA};Громова С;Директор;"], "row 2: Роль must be one of: Региональный координатор"),
        ([HEAD, f"{ANNA};Громова С;Региональный координатор;"], "row 2: Регион must be"),
        ([HEAD, f"{ANNA};Громова С;Эксперт;42"], "row 2: Регион must be empty"),
        ([HEAD, f"{ANNA};Гро\x01мова С;Эксперт;"], "row 2: ФИО has a sign"),
        ([*GOOD, GOOD[1]], "row 4: Человек, Роль, Регион stands in row 2 already"),
    ],
    ids=["empty", "head", "number", "name", "role", "region", "no-region", "sign", "twice"],
)
def test_list_when_faulty_then_rows_are_named(lines: list[str], said: str) -> None:
    with pytest.raises(BadList) as refused:
        appointing.read(lines)
    assert said in str(refused.value) and "901" not in str(refused.value)


@pytest.mark.parametrize("command", ["found", "appoint"])
@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"good"], ids=["no-text", "empty", "no-database"])
def test_command_when_it_cannot_then_one_sentence(command: str, content: bytes) -> None:
    lists = {
        "found": "ОГРН;Полное название;Краткое название;Регион;Часовой пояс\n1027700000001;А;Б;42;Europe/Moscow",
        "appoint": "\n".join(GOOD),
    }
    content = lists[command].encode() if content == b"good" else content
    environment = {**os.environ, "MYSCHOOL_START_PATIENCE_SECONDS": "0", "MYSCHOOL_POSTGRES_URL": "postgresql://x@127.0.0.1:9"}
    asked = [sys.executable, "-m", "myschool_roles", command, "-"]
    done = subprocess.run(asked, input=content, capture_output=True, env=environment, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Nobody was appointed.\n" if command == "appoint" else b"Nothing was registered.\n")
    assert b"Traceback" not in done.stderr
