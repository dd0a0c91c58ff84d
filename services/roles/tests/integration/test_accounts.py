"""Accounts of a region's people: found by name, blocked and unblocked inside the region only."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from myschool.identity.v1 import blocking_pb2
from myschool.roles.v1 import accounts_pb2 as pb
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_roles.account import service

COORDINATOR = "REGIONAL_COORDINATOR"


class Region:
    """A coordinator of region 99 with one school, and another region beside it."""

    def __init__(self, world: Any, build: Any, school: str, foreign: str) -> None:
        self.world = world
        self.school = school
        self.foreign = foreign
        self.me = str(uuid4())
        self.timur = build.person_id("00000100408")
        self.stranger = str(uuid4())

    async def listed(self, region: str = "99", **values: Any) -> Any:
        request = pb.ListAccountsRequest(**values)
        return await self.world.json("ListAccounts", request, COORDINATOR, person_id=self.me, region_code=region)

    async def block(self, person: str, expected: int = 0, role: str = COORDINATOR, **values: Any) -> int:
        fields = {"reason": blocking_pb2.BLOCK_REASON_ABUSE, "words": "жалоба", **values}
        request = pb.BlockPersonRequest(person_id=person, expected_version=expected, **fields)
        return (await self.world.call("BlockPerson", request, role, person_id=self.me, region_code="99")).version

    async def unblock(self, person: str, expected: int = 1) -> int:
        request = pb.UnblockPersonRequest(person_id=person, expected_version=expected, words="разобрались")
        return (await self.world.call("UnblockPerson", request, COORDINATOR, person_id=self.me, region_code="99")).version


@pytest.fixture
async def region(world: Any, build: Any) -> AsyncIterator[Region]:
    school, foreign = await world.school(), await world.school("1020000000005", "01")
    await world.load(school, build.book(**build.sheets()))
    found = Region(world, build, school, foreign)
    await world.grant(found.me, COORDINATOR, region="99")
    await world.grant(found.stranger, "TEACHER", foreign)
    yield found


async def refusal(awaited: Any) -> tuple[Kind, str]:
    with pytest.raises(DomainError) as error:
        await awaited
    return kind_of(error.value), error.value.reason


async def test_list_when_asked_by_name_then_people_of_the_region_with_their_state(region: Region) -> None:
    assert await region.block(region.timur) == 1
    found = await region.listed(query="тимур белов")
    [timur] = found["accounts"]
    assert timur["full_name"] == "Белов Тимур Андреевич"
    assert timur["roles"] == [{"type": "STUDENT", "status": "ACTIVE", "organisation_name": "Школа № 12"}]
    assert (timur["blocked"], timur["version"], timur["own"], timur["has_account"]) == ("ABUSE", 1, False, True)
    everybody = {one["person_id"] for one in (await region.listed(page_size=100))["accounts"]}
    assert region.stranger not in everybody
    assert region.me in everybody
    assert [one["own"] for one in (await region.listed(page_size=100))["accounts"] if one["person_id"] == region.me] == [True]
    assert [one["person_id"] for one in (await region.listed(blocked=True))["accounts"]] == [region.timur]
    assert (await region.listed("01", blocked=True))["accounts"] == []
    assert (await region.listed(""))["accounts"] == []
    assert (await region.listed(query="%"))["accounts"] == []


async def test_list_is_paged_in_two_statements_at_most(region: Region) -> None:
    whole = [one["person_id"] for one in (await region.listed(page_size=100))["accounts"]]
    seen: list[str] = []
    token = ""
    while True:
        page = await region.listed(page_size=3, page_token=token)
        seen += [one["person_id"] for one in page["accounts"]]
        token = page["next_page_token"]
        if not token:
            break
    assert seen == whole
    for bad in ("x", "bnVsbA"):
        assert await refusal(region.listed(page_token=bad)) == (Kind.INVALID, "PAGE_TOKEN_INVALID")
    with region.world.harness.statements.counted() as statements:
        await region.listed(page_size=100)
    assert len(statements) == 1


async def test_list_of_who_never_signed_in_when_walked_then_everybody_once_however_short_a_page(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [one["person_id"] for one in (await region.listed(page_size=100))["accounts"]]
    # All but the last three have signed in: the first pages find nobody and still lead on.
    for person in whole[:-3]:
        region.world.blocking.states[person] = blocking_pb2.AccountState(person_id=person, has_account=True, last_sign_in_ms=1)
    assert [one["person_id"] for one in (await region.listed(never=True))["accounts"]] == whole[-3:]
    monkeypatch.setattr(service, "_BATCH", 2)
    monkeypatch.setattr(service, "_MOST_BATCHES", 2)
    pages = []
    token = ""
    while True:
        page = await region.listed(never=True, page_size=2, page_token=token)
        pages.append([one["person_id"] for one in page["accounts"]])
        token = page["next_page_token"]
        if not token:
            break
        assert await refusal(region.listed(page_size=2, page_token=token)) == (Kind.INVALID, "PAGE_TOKEN_INVALID")
    assert pages[0] == []
    assert [person for page in pages for person in page] == whole[-3:]
    assert max(len(page) for page in pages) == 2
    await region.block(whole[-1])
    region.world.blocking.states[whole[-1]].has_account = False
    assert [one["person_id"] for one in (await region.listed(never=True, blocked=True))["accounts"]] == whole[-1:]
    assert (await region.listed("01", never=True, query="Белов"))["accounts"] == []


async def test_block_when_person_is_not_the_callers_to_block_then_refused(region: Region) -> None:
    colleague = str(uuid4())
    await region.world.grant(colleague, COORDINATOR, region="99")
    assert await refusal(region.block(region.stranger)) == (Kind.NOT_FOUND, "PERSON_NOT_FOUND")
    assert await refusal(region.block(str(uuid4()))) == (Kind.NOT_FOUND, "PERSON_NOT_FOUND")
    assert await refusal(region.block(region.me)) == (Kind.RULE_BROKEN, "ACCOUNT_OWN")
    assert await refusal(region.block(colleague)) == (Kind.RULE_BROKEN, "ACCOUNT_PROTECTED")
    assert await refusal(region.unblock(colleague, 0)) == (Kind.RULE_BROKEN, "ACCOUNT_PROTECTED")
    for role in ("HEAD", "TEACHER", "MUNICIPAL_COORDINATOR", "PERSON"):
        assert (await refusal(region.block(region.timur, role=role)))[0] is Kind.FORBIDDEN
    for values in ({"reason": 0}, {"reason": 9}, {"words": "я" * 501}):
        assert (await refusal(region.block(region.timur, **values)))[0] is Kind.INVALID
    history = pb.GetAccountHistoryRequest(person_id=region.stranger)
    asked = region.world.json("GetAccountHistory", history, COORDINATOR, person_id=region.me, region_code="99")
    assert (await refusal(asked))[0] is Kind.NOT_FOUND
    assert region.world.blocking.states == {}


async def test_block_when_pressed_by_several_then_first_wins(region: Region) -> None:
    answers = await asyncio.gather(*(region.block(region.timur) for _ in range(4)), return_exceptions=True)
    lost = [one.reason for one in answers if isinstance(one, DomainError)]
    assert (answers.count(1), lost) == (1, ["ACCOUNT_CHANGED"] * 3)
    assert await region.unblock(region.timur) == 2


async def test_list_leaves_audit_rows(region: Region) -> None:
    shown = len((await region.listed(page_size=100))["accounts"])
    await asyncio.sleep(1.3)  # rows are gathered for a second
    logged = await region.world.harness.database.reads.fetchval("SELECT count(*) FROM access_entry WHERE what = 'account.list'")
    assert logged == shown - 1  # one's own row is no reading of another's data
