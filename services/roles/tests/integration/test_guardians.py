"""Guardians: rights, ends, invitations, majority; told in events, kept by every reader, refused to others."""

import asyncio
import base64
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool.roles.v1 import guardian_pb2 as pb
from myschool_kit.errors import DomainError, Kind, kind_of

from .house import House, day, end_of, refused, years_ago


async def test_import_tells_each_guardian_once_with_the_end_at_majority(house: House, build: Any) -> None:
    told = await house.told()
    assert len({(one.guardian_id, one.student_id) for one in told}) == len(told) == 3
    ends = {one.student_id: (list(one.denied), one.ends_at_ms) for one in told}
    assert ends[house.timur] == ([], end_of("2031-04-02"))
    assert ends[house.eva] == ([], end_of("2034-07-10"))
    again = build.sheets()
    again["Ученики"][1][1] = "04.04.2013"
    await house.world.load(house.school, build.book(**again))
    assert [(one.student_id, one.ends_at_ms) for one in (await house.told())[3:]] == [(house.timur, end_of("2031-04-03"))]
    await house.world.load(house.school, build.book(**again))
    assert len(await house.told()) == 4


async def test_granny_stands_in_until_friday(house: House) -> None:
    invited = await house.invite("SEE", "CHAT", last_day=day(4))
    accepted = await house.accept(invited.code)
    assert (accepted.student_name, accepted.last_day) == ("Белов Тимур Андреевич", day(4))
    last = (await house.told())[-1]
    assert (last.guardian_id, last.student_id, list(last.denied)) == (house.granny, house.timur, ["CONSENT", "SIGN"])
    assert (last.guardian_name, last.ends_at_ms) == ("Белова Нина Петровна", end_of(day(4)))
    assert await house.children(house.granny) == [house.timur]
    mine = (await house.family(house.granny))[house.timur]
    assert (mine["mine"]["kind"], mine["mine"]["rights"], mine["mine"]["last_day"], mine["guardians"], mine["may_invite"]) == (
        "TRUSTED",
        ["CHAT", "SEE"],
        day(4),
        [],
        False,
    )
    parents = (await house.family())[house.timur]
    assert sorted((one["full_name"], one["kind"], one["me"]) for one in parents["guardians"]) == [
        ("Белова Нина Петровна", "TRUSTED", False),
        ("Белова Ольга Сергеевна", "FULL", True),
    ]
    assert (parents["may_invite"], parents["invitations"]) == (True, [])
    # Friday is over: nothing has to run for it.
    reads = house.world.harness.database.reads
    await reads.execute("UPDATE guardianship SET ends_at = now() - interval '1 second' WHERE guardian_id = $1", UUID(house.granny))
    assert await house.children(house.granny) == []
    await house.end(house.granny)
    assert [(one.guardian_id, one.student_id) for one in await house.world.events(events.GuardianshipEnded)] == [
        (house.granny, house.timur)
    ]
    acts = await reads.fetch("SELECT act, rights FROM guardianship_change ORDER BY id")
    assert [row["act"] for row in acts] == ["TRUSTED", "ENDED"]


async def test_code_is_good_once_for_one_person_and_not_to_be_made_up(house: House) -> None:
    invited = await house.invite()
    people = [str(uuid4()) for _ in range(5)]
    answers = await asyncio.gather(*(house.accept(invited.code, person) for person in people), return_exceptions=True)
    good = [person for person, answer in zip(people, answers, strict=True) if not isinstance(answer, DomainError)]
    assert len(good) == 1
    assert {refused_of(answer) for answer in answers if isinstance(answer, DomainError)} == {(Kind.NOT_FOUND, "INVITATION_NOT_FOUND")}
    await house.accept(invited.code, good[0])
    assert len([one for one in await house.told() if one.guardian_id == good[0]]) == 1
    raw = bytearray(base64.urlsafe_b64decode(invited.code + "=="))
    raw[20] ^= 1
    forged = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    for code in (forged, "x", "нет", "A" * 38, "A" * 100, invited.code[:-1], str(uuid4())):
        with pytest.raises(DomainError) as error:
            await house.accept(code, str(uuid4()))
        assert refused(error) == (Kind.NOT_FOUND, "INVITATION_NOT_FOUND"), code
    stored = await house.world.harness.database.reads.fetchval("SELECT string_agg(i::text, ' ') FROM invitation i")
    assert invited.code not in stored


def refused_of(error: DomainError) -> tuple[Kind, str]:
    return kind_of(error), error.reason


async def test_invitation_taken_back_or_late_or_of_a_limited_parent_is_worthless(house: House) -> None:
    reads = house.world.harness.database.reads

    async def refusal(code: str) -> tuple[Kind, str]:
        with pytest.raises(DomainError) as error:
            await house.accept(code)
        return refused(error)

    gone = await house.invite()
    listed = (await house.family())[house.timur]["invitations"]
    assert [one["id"] for one in listed] == [gone.invitation_id]
    revoking = pb.RevokeInvitationRequest(invitation_id=gone.invitation_id)
    with pytest.raises(DomainError) as error:
        await house.as_guardian("RevokeInvitation", revoking, str(uuid4()))
    assert refused(error) == (Kind.NOT_FOUND, "INVITATION_NOT_FOUND")
    for _ in range(2):
        await house.as_guardian("RevokeInvitation", revoking)
    assert await refusal(gone.code) == (Kind.NOT_FOUND, "INVITATION_NOT_FOUND")
    late = await house.invite()
    await reads.execute("UPDATE invitation SET expires_at = now() - interval '1 second' WHERE id = $1", UUID(late.invitation_id))
    assert await refusal(late.code) == (Kind.NOT_FOUND, "INVITATION_NOT_FOUND")
    limited = await house.invite()
    await house.limit("SEE")
    assert await refusal(limited.code) == (Kind.NOT_FOUND, "INVITATION_NOT_FOUND")
    assert await house.children(house.granny) == []


@pytest.mark.parametrize(
    ("rights", "offset"),
    [
        pytest.param(("SEE", "CONSENT"), 3, id="consent"),
        pytest.param(("CHAT",), 3, id="without-seeing"),
        pytest.param(("SEE",), -1, id="yesterday"),
        pytest.param(("SEE",), 366, id="too-long"),
    ],
)
async def test_grant_beyond_what_can_be_handed_on_is_refused(house: House, rights: tuple[str, ...], offset: int) -> None:
    with pytest.raises(DomainError) as error:
        await house.invite(*rights, last_day=day(offset))
    assert refused(error) == (Kind.INVALID, "GRANT_INVALID")


async def test_only_a_parent_of_the_child_invites_and_not_without_end(house: House) -> None:
    await house.accept((await house.invite()).code)
    for person, student in ((house.granny, house.timur), (str(uuid4()), house.timur), (house.olga, str(uuid4()))):
        with pytest.raises(DomainError) as error:
            await house.invite(person=person, student=student)
        assert refused(error) == (Kind.NOT_FOUND, "GUARDIANSHIP_NOT_FOUND")
    for person, reason in ((house.olga, "ALREADY_GUARDIAN"), (house.timur, "OWN_GUARDIAN")):
        with pytest.raises(DomainError) as error:
            await house.accept((await house.invite()).code, person)
        assert refused(error) == (Kind.RULE_BROKEN, reason)
    answers = await asyncio.gather(*(house.invite() for _ in range(12)), return_exceptions=True)
    many = [one for one in answers if isinstance(one, DomainError)]
    assert {one.reason for one in many} == {"INVITATIONS_MANY"}
    assert len(answers) - len(many) == 8
    # A second invitation of one who stands in already changes rights and end.
    reads = house.world.harness.database.reads
    await reads.execute("UPDATE invitation SET revoked_at = now() WHERE used_at IS NULL")
    await house.accept((await house.invite("SEE", last_day=day(9))).code)
    row = await house.guardianship(house.granny)
    assert (row["rights"], row["until_day"].isoformat(), row["version"]) == (["SEE"], day(9), 2)


async def test_parents_access_ends_at_18_unless_the_student_extends_it(house: House) -> None:
    await house.born(house.timur, years_ago(18))
    await house.limit("CONSENT")
    assert (await house.told())[-1].ends_at_ms == end_of((years_ago(0) - timedelta(days=1)).isoformat())
    assert await house.children(house.olga) == [house.eva]
    student = (await house.family(house.timur, "STUDENT"))[house.timur]
    assert (student["stage"], student["mine"], student["may_invite"]) == ("ADULT", None, False)
    assert [(one["full_name"], one["active"]) for one in student["guardians"]] == [("Белова Ольга Сергеевна", False)]
    await house.extend(day(30))
    assert (await house.told())[-1].ends_at_ms == end_of(day(30))
    assert sorted(await house.children(house.olga)) == sorted([house.timur, house.eva])
    await house.extend(day(-1))
    assert await house.children(house.olga) == [house.eva]
    for last_day in ("", "завтра", day(366)):
        with pytest.raises(DomainError) as error:
            await house.extend(last_day)
        assert refused(error) == (Kind.INVALID, "GRANT_INVALID")
    await house.end(house.olga, house.timur, role="STUDENT")
    assert (await house.family(house.timur, "STUDENT"))[house.timur]["guardians"] == []


async def test_minor_neither_extends_nor_ends_and_parents_do_not_end_each_other(house: House) -> None:
    await house.born(house.timur, years_ago(17))
    with pytest.raises(DomainError) as error:
        await house.extend(day(3))
    assert refused(error) == (Kind.NOT_FOUND, "GUARDIANSHIP_NOT_FOUND")
    await house.accept((await house.invite()).code)
    for guardian, person, role in (
        (house.olga, house.timur, "STUDENT"),
        (house.olga, house.olga, "GUARDIAN"),
        (house.olga, house.granny, "GUARDIAN"),
        (house.granny, str(uuid4()), "GUARDIAN"),
    ):
        with pytest.raises(DomainError) as error:
            await house.end(guardian, person, role=role)
        assert refused(error) == (Kind.NOT_FOUND, "GUARDIANSHIP_NOT_FOUND")
    await house.end(house.granny, house.granny)
    assert await house.guardianship(house.granny) is None


async def test_changes_at_once_are_made_once(house: House) -> None:
    """LimitGuardianshipRequest, ExtendGuardianshipRequest and EndGuardianshipRequest by several hands at once."""
    await house.born(house.timur, years_ago(19))
    limits = await asyncio.gather(*(house.limit("SIGN", version=1) for _ in range(4)), return_exceptions=True)
    assert sorted(refused_of(one) for one in limits if isinstance(one, DomainError)) == [(Kind.STALE, "GUARDIANSHIP_CHANGED")] * 3
    extensions = await asyncio.gather(*(house.extend(day(offset)) for offset in range(1, 5)), return_exceptions=True)
    kinds = {kind_of(one) for one in extensions if isinstance(one, DomainError)}
    assert kinds <= {Kind.STALE}
    row = await house.guardianship(house.olga)
    ends = await asyncio.gather(*(house.end(house.olga, house.timur, role="STUDENT") for _ in range(4)), return_exceptions=True)
    lost = {kind_of(one) for one in ends if isinstance(one, DomainError)}
    assert len([one for one in ends if not isinstance(one, DomainError)]) == 1
    assert lost <= {Kind.NOT_FOUND, Kind.STALE}
    facts = await house.world.harness.database.reads.fetch(
        "SELECT version FROM guardianship_change WHERE guardianship_id = $1 ORDER BY id", row["id"]
    )
    assert [one["version"] for one in facts] == list(range(2, 2 + len(facts)))


async def test_family_is_read_in_a_few_statements(house: House) -> None:
    await house.family()  # the driver asks once for the type of each array
    with house.world.harness.statements.counted() as statements:
        await house.family()
    assert len(statements) == 4
    assert await house.family(str(uuid4())) == {}
