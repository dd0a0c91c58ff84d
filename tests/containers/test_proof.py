"""Who may call whom: over certificates in the cell, and the commands that an operator runs inside its containers."""

import re

import httpx
import people
import pytest
from containers_cell import GRPC, ByName, Cell, until
from people import Visitor

from myschool.identity.v1 import identity_pb2, identity_pb2_grpc
from myschool_cluster.tls import Certificates
from myschool_kit.client import call, open_channel
from myschool_kit.errors import RemoteError
from myschool_kit.principal import Principal, PrincipalSigner

pytestmark = [pytest.mark.containers, pytest.mark.timeout(240)]
LIST = "ФИО;СНИЛС;Дата рождения;Роль;Регион\nЛебедев Павел Ильич;000-001-007 11;25.06.1982;Региональный координатор;42\n"
SCHOOLS = "ОГРН;Полное название;Краткое название;Регион;Часовой пояс\n1027700000001;Средняя школа № 1;Школа № 1;42;Asia/Novokuznetsk\n"


async def _register(cell: Cell, proof: str) -> str:
    """What identity answers to who shows this certificate: the reason of its refusal, or nothing."""
    assert cell.certificates
    certificates = Certificates(cell.certificates / proof) if proof else None
    token = PrincipalSigner((cell.keys / "principal.key").read_bytes()).sign(Principal("", "", "SYSTEM"))
    someone = identity_pb2.PersonToRegister(key="1", family_name="Лебедев", given_name="Павел", snils="00000100711")
    async with open_channel(f"{cell.address('identity')}:{GRPC['identity']}", "identity", certificates) as channel:
        stub = identity_pb2_grpc.IdentityServiceStub(channel)
        try:
            await call(stub.RegisterPeople, identity_pb2.RegisterPeopleRequest(people=[someone]), token=token, timeout=10)
        except RemoteError as error:
            return str(error.reason)
    return ""


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        ("roles", ""),
        ("seed", ""),
        ("journal", "CALLER_UNKNOWN"),
        ("gateway", "CALLER_UNKNOWN"),
        ("stranger", "UNAVAILABLE"),
        ("", "UNAVAILABLE"),
    ],
    ids=["roles", "operator", "journal", "gateway", "stranger", "nobody"],
)
async def test_caller_when_it_shows_a_certificate_then_its_name_decides(cell: Cell, proof: str, reason: str) -> None:
    assert await _register(cell, proof) == reason


async def test_container_when_a_stranger_signed_its_certificate_then_no_service_answers_it(cell: Cell) -> None:
    cell.start("stranger", "gateway", environment=cell.own("gateway"), proof="stranger")
    try:
        await until(lambda: cell.up("stranger"), 60, lambda: cell.log("stranger"))
        ours, theirs = await _works(cell, "gateway"), await _works(cell, "stranger")
        assert {name for name in GRPC if ours[name]} == set(GRPC)
        assert {name for name in GRPC if theirs[name]} == set()
        assert theirs["sessions"]
    finally:
        cell.stop("stranger")


async def _works(cell: Cell, gateway: str) -> dict[str, bool]:
    async with httpx.AsyncClient(transport=ByName(cell.address), base_url=f"http://{gateway}:8000") as http:
        return {part["name"]: part["works"] for part in (await http.get("/status.json")).json()["parts"]}


async def test_operator_when_he_runs_the_commands_of_the_deploy_page_then_the_coordinator_finds_her_region(
    cell: Cell, visitors: list[Visitor]
) -> None:
    for said in ("registered 1 organisations, 0 were known\n", "registered 0 organisations, 1 were known\n"):
        assert _said(cell, "roles", "found", SCHOOLS) == said
    for said in ("appointed 1, 0 held the role already\n", "appointed 0, 1 held the role already\n"):
        people_by_id = _said(cell, "identity", "register", LIST)
        assert re.fullmatch(r"Человек;ФИО;Роль;Регион\n[0-9a-f-]{36};Лебедев Павел Ильич;Региональный координатор;42\n", people_by_id)
        assert _said(cell, "roles", "appoint", people_by_id) == said
    coordinator = visitors[0]
    await coordinator.sign_in(people.WITHOUT_EMAIL, "REGIONAL_COORDINATOR")
    found = (await coordinator.get("/api/v1/organisations")).json()["organisations"]
    assert [one["short_name"] for one in found] == ["Школа № 1"]


def _said(cell: Cell, service: str, command: str, given: str) -> str:
    done = cell.ask(service, "python", "-m", f"myschool_{service}", command, "-", given=given)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("service", "command", "given"),
    [
        ("roles", "found", "ОГРН\n"),
        ("roles", "appoint", ""),
        ("identity", "register", LIST.replace("11;25", "12;25").replace("000-001-007", "112-233-445")),
    ],
    ids=["found", "appoint", "register"],
)
async def test_command_when_its_list_is_wrong_then_one_sentence_without_a_number(
    cell: Cell, service: str, command: str, given: str
) -> None:
    done = cell.ask(service, "python", "-m", f"myschool_{service}", command, "-", given=given)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(r"(Nothing|Nobody) was (registered|appointed)\.\n.+", done.stderr) and "Traceback" not in done.stderr
    assert "112-233" not in done.stderr
