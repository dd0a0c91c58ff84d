"""Children whom Госуслуги named: connected under 14, asked from 14, refused at 18; claims; what a family may prove with numbers."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import pytest

from myschool.identity.events.v1 import identity_events_pb2
from myschool.identity.v1 import account_pb2
from myschool.roles.v1 import family_pb2 as pb
from myschool.roles.v1 import guardian_pb2
from myschool_kit.errors import DomainError, Kind, kind_of

from .parent import SNILS, TIMUR, Parent, refusal, years_ago


async def test_child_under_14_when_added_then_connected_once_with_the_source(parent: Parent) -> None:
    kid = await parent.kid()
    assert (kid["state"], kid["stage"], kid["full_name"], kid["organisation_name"], kid["group_name"]) == (
        "FOUND",
        "UNDER_14",
        TIMUR,
        "Школа № 12",
        "7А",
    )
    answers = await asyncio.gather(*(parent.add() for _ in range(5)))
    assert answers == [True] * 5
    assert len(await parent.established()) == 1
    assert await parent.children() == [parent.timur]
    row = await parent.world.harness.database.reads.fetchrow("SELECT act, day, author_id, author_role FROM guardianship_change")
    assert tuple(row) == ("ESIA", date(2026, 11, 24), parent.me, "PERSON")
    kid = await parent.kid()
    assert (kid["state"], kid["student_id"]) == ("CONNECTED", parent.timur)


async def test_child_when_in_no_list_or_of_somebody_else_then_not_found(parent: Parent) -> None:
    assert await parent.refused("b" * 32) == (Kind.NOT_FOUND, "KID_NOT_FOUND")
    # Another's key says nothing to the caller.
    assert await parent.refused(person=str(uuid4())) == (Kind.NOT_FOUND, "KID_NOT_FOUND")
    for person in ("", str(uuid4())):
        parent.told(person=person)
        kid = await parent.kid()
        assert (kid["state"], kid["student_id"], kid["organisation_name"]) == ("UNKNOWN", "", "")
        assert await parent.refused() == (Kind.NOT_FOUND, "KID_NOT_FOUND")
    parent.told(person=parent.me)
    assert (await parent.kid())["state"] == "UNKNOWN"
    for key in ("", "x" * 65):
        with pytest.raises(DomainError) as error:
            await parent.world.call("AddKid", pb.AddKidRequest(key=key), "PERSON", person_id=parent.me)
        assert kind_of(error.value) is Kind.INVALID
    # Without a day of birth nobody knows whose word it takes.
    parent.told(born="")
    await parent.born(None)
    assert (await parent.kid())["state"] == "UNKNOWN"


async def test_identity_when_away_then_said_so_and_nothing_connected(parent: Parent) -> None:
    parent.world.accounts.failing = True
    start = await parent.start()
    assert (start["complete"], start["kids"]) == (False, [])
    kind, _reason = await parent.refused()
    assert kind is Kind.UNAVAILABLE
    assert await parent.established() == []


@pytest.mark.parametrize(
    ("years", "offset", "stage", "state"),
    [
        pytest.param(14, 1, "UNDER_14", "FOUND", id="eve-of-14"),
        pytest.param(14, 0, "FROM_14", "FOUND", id="is-14"),
        pytest.param(18, 1, "FROM_14", "FOUND", id="eve-of-18"),
        pytest.param(18, 0, "ADULT", "ADULT", id="is-18"),
    ],
)
async def test_age_when_around_a_birthday_then_counts_on_the_schools_date(
    parent: Parent, years: int, offset: int, stage: str, state: str
) -> None:
    born = years_ago(years, offset)
    parent.told(born.isoformat())
    await parent.born(born)
    kid = await parent.kid()
    assert (kid["stage"], kid["state"]) == (stage, state)
    # From 14 on the place is told by the child's word only.
    assert bool(kid["organisation_name"]) is (stage == "UNDER_14")
    if stage == "ADULT":
        assert await parent.refused() == (Kind.RULE_BROKEN, "STUDENT_ADULT")
    else:
        assert await parent.add() is (stage == "UNDER_14")
    assert bool(await parent.children()) is (stage == "UNDER_14")


async def test_days_of_birth_when_they_differ_then_the_stricter_counts(parent: Parent) -> None:
    await parent.born(years_ago(15))
    assert (await parent.kid())["stage"] == "FROM_14"
    assert await parent.add() is False


async def grown(parent: Parent, years: int = 15) -> None:
    born = years_ago(years)
    parent.told(born.isoformat())
    await parent.born(born)


async def test_child_from_14_when_asked_then_nothing_is_seen_until_the_childs_yes(parent: Parent) -> None:
    """DecideGuardianClaimRequest by several hands at once."""
    await grown(parent)
    assert await asyncio.gather(*(parent.add() for _ in range(4))) == [False] * 4
    start = await parent.start()
    [own] = start["claims"]
    assert (own["student_name"], own["source"], start["kids"][0]["state"]) == (TIMUR, "ESIA", "WAITING")
    assert (await parent.children(), await parent.established()) == ([], [])
    [claim] = await parent.claims()
    assert await parent.waiting() == [1]
    assert (claim["guardian_name"], claim["source"]) == ("Белов Андрей Павлович", "ESIA")
    # Neither another student nor a guessed id decides.
    for student, one in ((str(uuid4()), claim), (parent.timur, claim | {"id": str(uuid4())})):
        with pytest.raises(DomainError) as error:
            await parent.decide(one, True, student)
        assert refusal(error.value) == (Kind.NOT_FOUND, "GUARDIAN_CLAIM_NOT_FOUND")
    with pytest.raises(DomainError) as error:
        await parent.decide(claim | {"version": 7}, True)
    assert refusal(error.value) == (Kind.STALE, "GUARDIAN_CLAIM_CHANGED")
    replies = await asyncio.gather(*(parent.decide(claim, True) for _ in range(4)))
    assert {(one.status, one.version) for one in replies} == {(guardian_pb2.GUARDIAN_CLAIM_STATUS_CONFIRMED, 2)}
    assert (await parent.children(), len(await parent.established())) == ([parent.timur], 1)
    assert await parent.facts("guardianship_change", "act") == ["STUDENT_CONFIRMED"]
    assert await parent.facts("guardian_claim_change", "status") == ["PENDING", "CONFIRMED"]
    assert (await parent.claims(), (await parent.start())["claims"]) == ([], [])
    assert await parent.waiting() == [0]
    with pytest.raises(DomainError) as error:
        await parent.decide(claim, False)
    assert refusal(error.value) == (Kind.STALE, "GUARDIAN_CLAIM_CHANGED")


async def test_number_of_claims_when_the_student_comes_of_age_or_time_is_over_then_as_on_the_page(parent: Parent) -> None:
    await grown(parent)
    await parent.add()
    for born, expected in ((years_ago(18, 7), 1), (years_ago(18), 0), (years_ago(15), 1), (None, 1)):
        await parent.born(born)
        assert (await parent.waiting(), len(await parent.claims())) == ([expected], expected), born
    await parent.world.harness.database.reads.execute("UPDATE guardian_claim SET expires_at = now()")
    assert (await parent.waiting(), await parent.claims()) == ([0], [])


async def test_child_when_declines_then_no_access_and_a_quiet_day(parent: Parent) -> None:
    await grown(parent)
    await parent.add()
    [claim] = await parent.claims()
    assert (await parent.decide(claim, False)).status == guardian_pb2.GUARDIAN_CLAIM_STATUS_DECLINED
    assert await parent.children() == []
    assert await parent.refused() == (Kind.RULE_BROKEN, "GUARDIAN_CLAIM_DECLINED")
    reads = parent.world.harness.database.reads
    await reads.execute("UPDATE guardian_claim SET decided_at = now() - interval '25 hours'")
    assert await parent.add() is False


async def test_claim_when_taken_back_or_out_of_time_then_worthless(parent: Parent) -> None:
    """WithdrawGuardianClaimRequest by several hands at once."""
    await grown(parent)
    await parent.add()
    [claim] = await parent.claims()
    with pytest.raises(DomainError) as error:
        await parent.withdraw(claim, str(uuid4()))
    assert refusal(error.value) == (Kind.NOT_FOUND, "GUARDIAN_CLAIM_NOT_FOUND")
    replies = await asyncio.gather(*(parent.withdraw(claim) for _ in range(3)))
    assert {(one.status, one.version) for one in replies} == {(guardian_pb2.GUARDIAN_CLAIM_STATUS_WITHDRAWN, 2)}
    with pytest.raises(DomainError) as error:
        await parent.decide(claim, True)
    assert refusal(error.value) == (Kind.STALE, "GUARDIAN_CLAIM_CHANGED")
    await parent.add()
    [late] = await parent.claims()
    reads = parent.world.harness.database.reads
    await reads.execute("UPDATE guardian_claim SET expires_at = now() - interval '1 second' WHERE id = $1", UUID(late["id"]))
    assert (await parent.claims(), (await parent.start())["claims"], (await parent.kid())["state"]) == ([], [], "FOUND")
    for act in (parent.decide(late, True), parent.withdraw(late)):
        with pytest.raises(DomainError) as error:
            await act
        assert refusal(error.value) == (Kind.NOT_FOUND, "GUARDIAN_CLAIM_NOT_FOUND")
    assert await parent.add() is False
    assert "EXPIRED" in await parent.facts("guardian_claim_change", "status")
    # Who comes of age meanwhile decides otherwise: nobody is let in by an old claim.
    [last] = await parent.claims()
    await parent.born(years_ago(18))
    assert await parent.claims() == []
    with pytest.raises(DomainError) as error:
        await parent.decide(last, True)
    assert refusal(error.value) == (Kind.NOT_FOUND, "GUARDIAN_CLAIM_NOT_FOUND")
    for statement in ("UPDATE guardian_claim_change SET status = 'x'", "DELETE FROM guardian_claim_change"):
        with pytest.raises(Exception, match="append-only"):
            await reads.execute(statement)


@pytest.mark.parametrize(
    ("years", "signs_in", "asked"),
    [
        pytest.param(15, True, True, id="15-signs-in"),
        pytest.param(15, False, False, id="15-without-account"),
        pytest.param(13, True, False, id="13-signs-in"),
    ],
)
async def test_school_when_it_confirms_then_a_child_from_14_with_an_account_is_asked(
    parent: Parent, years: int, signs_in: bool, asked: bool
) -> None:
    await parent.born(years_ago(years))
    if signs_in:
        parent.world.accounts.signing_in.add(parent.timur)
    await parent.confirm(await parent.send())
    assert bool(await parent.children()) is not asked
    assert [one["source"] for one in await parent.claims()] == ["SCHOOL"] * asked


async def test_court_limit_when_the_child_is_added_again_then_stays(parent: Parent) -> None:
    await parent.add()
    reads = parent.world.harness.database.reads
    await reads.execute("UPDATE guardianship SET limited = '{SEE,CONSENT}', ended_at = now() WHERE guardian_id = $1", UUID(parent.me))
    kid = await parent.kid()
    assert (kid["state"], kid["student_id"], kid["organisation_name"], kid["group_name"]) == ("LIMITED", "", "", "")
    await parent.add()
    assert (await parent.kid())["state"] == "LIMITED"
    assert await parent.children() == []
    assert list((await parent.established())[-1].denied) == ["CONSENT", "SEE"]


async def test_who_stood_in_when_adding_the_own_child_then_becomes_a_parent(parent: Parent) -> None:
    await parent.add()
    reads = parent.world.harness.database.reads
    await reads.execute(
        "UPDATE guardianship SET kind = 'TRUSTED', rights = '{SEE}', until_day = '2026-11-30' WHERE guardian_id = $1", UUID(parent.me)
    )
    assert (await parent.kid())["state"] == "FOUND"
    await parent.add()
    row = await reads.fetchrow("SELECT kind, until_day, denied, version FROM guardianship WHERE guardian_id = $1", UUID(parent.me))
    assert tuple(row) == ("FULL", None, [], 2)


async def test_card_when_it_fits_then_the_school_sees_what_and_numbers_are_kept_nowhere(parent: Parent) -> None:
    numbers = {"snils": "000-001-004 08", "certificate_series": "II-МЮ", "certificate_number": "000102"}
    parent.world.accounts.card = account_pb2.CheckChildCardResponse(person_id=parent.timur, certificate_known=True)
    sent = await parent.send(**numbers)
    [card] = parent.world.accounts.cards
    assert (card.family_name, card.birth_date, card.snils, card.certificate_series) == ("Белов", "2013-04-03", "000-001-004 08", "II-МЮ")
    assert (await parent.send(**numbers)).family_request_id == sent.family_request_id
    assert len(parent.world.accounts.cards) == 1
    listed = await parent.world.json("ListFamilyRequests", pb.ListFamilyRequestsRequest(), "HEAD", organisation_id=parent.school)
    [request] = listed["requests"]
    assert (request["evidence"], request["record_id"]) == (["SNILS", "CERTIFICATE"], parent.timur)
    # The asker learns nothing, and gets nothing by it.
    assert "evidence" not in (await parent.start())["requests"][0]
    assert await parent.children() == []
    stored = ""
    for table in ("family_request", "family_request_change", "request_log", "outbox"):
        stored += await parent.world.harness.database.reads.fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
    assert not any(number in stored for number in (*numbers.values(), SNILS))


async def test_card_when_the_record_is_of_another_school_or_nothing_fits_then_no_evidence(parent: Parent) -> None:
    parent.world.accounts.card = account_pb2.CheckChildCardResponse(person_id=str(uuid4()))
    await parent.send(snils="000-001-004 08")
    listed = await parent.world.json("ListFamilyRequests", pb.ListFamilyRequestsRequest(), "HEAD", organisation_id=parent.school)
    [request] = listed["requests"]
    assert (request["evidence"], request["record_id"]) == ([], "")


async def test_numbers_when_guessed_then_ten_a_day(parent: Parent) -> None:
    reads = parent.world.harness.database.reads
    for turn in range(10):
        sent = await parent.send(f"Белов Тимур{turn} Андреевич", snils="000-001-004 08")
        request = pb.WithdrawFamilyRequestRequest(family_request_id=sent.family_request_id, expected_version=1)
        await parent.world.call("WithdrawFamilyRequest", request, "PERSON", person_id=parent.me)
    with pytest.raises(DomainError) as error:
        await parent.send(snils="000-001-004 08")
    assert refusal(error.value) == (Kind.RULE_BROKEN, "CARD_CHECKS_MANY")
    assert len(parent.world.accounts.cards) == 10
    # Without numbers a request is still free, and the next day so are numbers.
    await parent.send()
    await reads.execute("UPDATE family_request SET created_at = created_at - interval '25 hours'")
    await parent.send("Белов Т А", snils="000-001-004 08")


async def test_claims_when_people_are_merged_then_follow(parent: Parent) -> None:
    await grown(parent)
    await parent.add()
    stays = str(uuid4())
    await parent.world.take(identity_events_pb2.PersonsMerged(person_id=stays, merged_id=parent.me))
    assert [one["student_name"] for one in (await parent.start(stays))["claims"]] == [TIMUR]
    assert (await parent.start())["claims"] == []


async def test_place_when_told_to_who_stands_for_nobody_yet_then_recorded(parent: Parent) -> None:
    await parent.start()
    await asyncio.sleep(1.3)  # rows are gathered for a second
    reads = parent.world.harness.database.reads
    logged = await reads.fetch("SELECT subject_id, reader_id FROM access_entry WHERE what = 'family.kids'")
    assert [(str(row["subject_id"]), str(row["reader_id"])) for row in logged] == [(parent.timur, parent.me)]


async def test_start_when_read_then_in_a_few_statements(parent: Parent) -> None:
    await parent.start()
    with parent.world.harness.statements.counted() as statements:
        await parent.start()
    assert len(statements) == 3
