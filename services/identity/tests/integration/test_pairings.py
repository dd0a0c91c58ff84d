"""The way in of a child under 14: codes for one device, devices that sign in by themselves, and guardians who end them."""

import asyncio
import base64
import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from myschool.common.v1 import subject_pb2
from myschool.common.v1.subject_pb2_grpc import SubjectServiceStub
from myschool.identity.v1 import erasure_pb2, token_pb2
from myschool.identity.v1 import pairing_pb2 as pb
from myschool.identity.v1.erasure_pb2_grpc import ErasureServiceStub
from myschool.identity.v1.pairing_pb2_grpc import PairingServiceStub
from myschool.identity.v1.token_pb2_grpc import TokenServiceStub
from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_identity.pairing.code import ALPHABET, read
from myschool_identity.subject.repository import holding
from myschool_kit import client
from myschool_kit.clock import epoch_ms
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_privacy.envelope import EnvelopeCipher
from myschool_testing import Harness, a_principal, token_of

from .test_consents import Family
from .test_records import SEMYON, Caller

SYSTEM = token_of(a_principal("SYSTEM", person_id="gateway"))
UNKNOWN_CODE = (Kind.NOT_FOUND, "PAIRING_CODE_UNKNOWN")


class Home(Family):
    """A mother, a child under 14, and the devices at home."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness)
        self.pairings = PairingServiceStub(harness.channel)

    async def code(
        self, who: str = "mother", child: str = "small", name: str = "Планшет", pairing_id: str = ""
    ) -> pb.CreatePairingResponse:
        request = pb.CreatePairingRequest(pairing_id=pairing_id or str(uuid4()), child_id=self.people[child], device_name=name)
        return await client.call(self.pairings.CreatePairing, request, token=self.token(who))

    async def listed(self, who: str = "mother", child: str = "small") -> dict:
        request = pb.GetPairingsRequest(child_id=self.people[child])
        return orjson.loads((await client.call(self.pairings.GetPairings, request, token=self.token(who))).body)

    async def redeem(self, code: str, secret: str = "", session_id: str = "") -> pb.PairedSession:
        request = pb.RedeemPairingRequest(
            code=code, session_id=session_id or str(uuid4()), device="Chrome, Android", device_secret_hash=hashed(secret or str(uuid4()))
        )
        return await client.call(self.pairings.RedeemPairing, request, token=SYSTEM)

    async def resume(self, secret: str, session_id: str = "") -> pb.PairedSession:
        request = pb.ResumePairingRequest(
            device_secret_hash=hashed(secret), session_id=session_id or str(uuid4()), device="Chrome, Android"
        )
        return await client.call(self.pairings.ResumePairing, request, token=SYSTEM)

    async def revoke(self, pairing_id: str, who: str = "mother", child: str = "small") -> list[str]:
        request = pb.RevokePairingRequest(child_id=self.people[child], pairing_id=pairing_id)
        return list((await client.call(self.pairings.RevokePairing, request, token=self.token(who))).session_ids)

    async def name(self, secret: str) -> str:
        request = pb.GetPairedDeviceRequest(device_secret_hash=hashed(secret))
        return (await client.call(self.pairings.GetPairedDevice, request, token=SYSTEM)).given_name

    async def forget(self, secret: str) -> list[str]:
        request = pb.ForgetPairingRequest(device_secret_hash=hashed(secret))
        return list((await client.call(self.pairings.ForgetPairing, request, token=SYSTEM)).session_ids)

    async def live(self, pairing_id: str) -> bool:
        return (await client.call(self.pairings.CheckPairing, pb.CheckPairingRequest(pairing_id=pairing_id), token=SYSTEM)).live

    async def run(self, statement: str, *values: object) -> None:
        await self.harness.database.reads.execute(statement, *values)

    async def acts(self, child: str = "small") -> list[tuple[str, str]]:
        rows = await self.harness.database.reads.fetch(
            "SELECT act, actor_id FROM pairing_fact WHERE child_id = $1 ORDER BY id", UUID(self.people[child])
        )
        names = {person_id: name for name, person_id in self.people.items()}
        return [(row["act"], names[str(row["actor_id"])]) for row in rows]


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


async def refused(call) -> tuple[Kind, str]:
    with pytest.raises(DomainError) as error:
        await call
    return kind_of(error.value), error.value.reason


def years_ago(years: int, days: int = 0) -> date:
    # The school stands at Kamchatka, whose day begins first.
    today = (datetime.now(UTC) + timedelta(hours=12)).date()
    born = today - timedelta(days=days)
    return born.replace(year=born.year - years, day=min(born.day, 28) if born.month == 2 else born.day)


@pytest.fixture
async def home(identity: Harness) -> Home:
    home = Home(identity)
    await home.born(mother=date(1985, 3, 9), stranger=date(1980, 5, 5), small=years_ago(9), big=years_ago(15), other=years_ago(9))
    await home.enrolled("small", "big")
    return home


async def test_code_when_typed_by_a_child_then_read_whatever_case_dash_and_keyboard(home: Home) -> None:
    made = await home.code()
    assert len(made.code) == 9 and set(made.code.replace("-", "")) <= set(ALPHABET)
    assert abs(made.expires_at_ms / 1000 - (datetime.now(UTC) + timedelta(minutes=15)).timestamp()) < 60
    same_shape = str.maketrans("ABEKMHPCTYX3", "АВЕКМНРСТУХЗ")
    assert read("авек-мнрс") == "ABEKMHPC"
    typed = f" {made.code.lower().replace('-', ' ')} ".upper().translate(same_shape).lower()
    paired = await home.redeem(typed, "tablet")
    assert (paired.person_id, paired.display_name) == (home.people["small"], "Белова Small")
    assert list(paired.missing_consents) == ["personal_data"]
    assert await home.acts() == [("CREATED", "mother"), ("PAIRED", "small")]


async def test_code_when_stored_then_only_as_keyed_hash(home: Home) -> None:
    made = await home.code()
    await home.redeem(made.code, "secret-of-the-tablet")
    reads = home.harness.database.reads
    rows = [dict(row) for row in await reads.fetch("SELECT * FROM pairing WHERE child_id = $1", UUID(home.people["small"]))]
    bare = made.code.replace("-", "")
    kept = str(rows) + str([dict(row) for row in await reads.fetch("SELECT * FROM request_log")])
    kept += str([dict(row) for row in await reads.fetch("SELECT * FROM outbox")])
    assert made.code not in kept and bare not in kept and "secret-of-the-tablet" not in kept
    assert hashlib.sha256(bare.encode()).digest() not in [row["code_hash"] for row in rows]


@pytest.mark.parametrize(
    "typed", ["", "ABCD-EFG", "ABCD-EFGHJ", "OOOO-OOOO", "ABCD EFGH", "ÄÖÜß-1234", "\x00BCD-EFGH", "жжжж-жжжж"], ids=range(8)
)
async def test_code_when_wrong_then_not_found_or_invalid(home: Home, typed: str) -> None:
    kind, reason = await refused(home.redeem(typed))
    assert (kind, reason) == UNKNOWN_CODE or kind is Kind.INVALID


async def test_code_when_used_expired_or_revoked_then_the_same_not_found(home: Home) -> None:
    used, late, ended = [await home.code() for _ in range(3)]
    await home.redeem(used.code)
    assert await refused(home.redeem(used.code)) == UNKNOWN_CODE
    await home.run(
        "UPDATE pairing SET expires_at = now() - interval '1 second' WHERE expires_at = to_timestamp($1)", late.expires_at_ms / 1000
    )
    open_codes = (await home.listed())["codes"]
    for one in open_codes:
        for _ in range(2):
            assert await home.revoke(one["id"]) == []
    assert await refused(home.redeem(late.code)) == UNKNOWN_CODE
    assert await refused(home.redeem(ended.code)) == UNKNOWN_CODE
    assert (await home.listed())["codes"] == []


async def test_code_when_taken_up_by_two_at_once_then_one_wins(home: Home) -> None:
    made = await home.code()
    outcomes = await asyncio.gather(*(home.redeem(made.code, f"device-{place}") for place in range(6)), return_exceptions=True)
    lost = [one for one in outcomes if isinstance(one, DomainError)]
    assert len(lost) == 5
    assert {(kind_of(one), one.reason) for one in lost} == {UNKNOWN_CODE}
    assert len((await home.listed())["devices"]) == 1


async def test_request_when_repeated_then_the_same_code_and_foreign_ids_are_taken(home: Home) -> None:
    pairing_id = str(uuid4())
    first, again = [await home.code(pairing_id=pairing_id) for _ in range(2)]
    assert (first.code, first.expires_at_ms) == (again.code, again.expires_at_ms)
    assert len((await home.listed())["codes"]) == 1
    assert (await refused(home.code(pairing_id=pairing_id, name="Другой")))[0] is Kind.ALREADY_EXISTS
    await home.redeem(first.code)
    assert (await refused(home.code(pairing_id=pairing_id)))[0] is Kind.ALREADY_EXISTS
    for name in ("", "   ", "x" * 41):
        assert (await refused(home.code(name=name)))[0] is Kind.INVALID


async def test_codes_when_made_at_once_then_never_more_than_five_are_open(home: Home) -> None:
    outcomes = await asyncio.gather(*(home.code() for _ in range(9)), return_exceptions=True)
    failures = [one for one in outcomes if isinstance(one, DomainError)]
    assert {(kind_of(one), one.reason) for one in failures} == {(Kind.RULE_BROKEN, "TOO_MANY_CODES")}
    assert len(failures) == 4
    for made in (one for one in outcomes if not isinstance(one, BaseException)):
        await home.redeem(made.code)
    assert await refused(home.code()) == (Kind.RULE_BROKEN, "TOO_MANY_DEVICES")
    await home.revoke((await home.listed())["devices"][0]["id"])
    spare, late = await home.code(), await home.code()
    await home.redeem(spare.code)
    assert await refused(home.redeem(late.code)) == (Kind.RULE_BROKEN, "TOO_MANY_DEVICES")


async def test_child_of_another_when_asked_about_then_not_found(home: Home) -> None:
    made = await home.code()
    [code] = (await home.listed())["codes"]
    not_found = (Kind.NOT_FOUND, "NOT_FOUND")
    for who, child in (("stranger", "small"), ("mother", "other"), ("small", "small")):
        assert await refused(home.code(who, child)) == not_found
        assert await refused(home.listed(who, child)) == not_found
    assert await refused(home.revoke(code["id"], "stranger")) == not_found
    assert await refused(home.revoke(code["id"], "mother", "big")) == not_found
    assert await refused(home.revoke(str(uuid4()))) == not_found
    pupil = token_of(a_principal("STUDENT", person_id=home.people["small"]))
    request = pb.GetPairingsRequest(child_id=home.people["small"])
    assert await refused(client.call(home.pairings.GetPairings, request, token=pupil)) == (Kind.FORBIDDEN, "PERMISSION_MISSING")
    taking = pb.RedeemPairingRequest(code=made.code, session_id=str(uuid4()), device_secret_hash=hashed("x"))
    assert await refused(client.call(home.pairings.RedeemPairing, taking, token=home.token("mother"))) == (
        Kind.FORBIDDEN,
        "PERMISSION_MISSING",
    )
    assert (await home.redeem(made.code)).person_id == home.people["small"]


async def test_device_when_paired_then_it_signs_in_by_itself_and_is_listed_without_secrets(home: Home) -> None:
    made = await home.code(name=" Планшет Пети ")
    session_id = str(uuid4())
    paired = await home.redeem(made.code, "tablet", session_id)
    assert await home.name("tablet") == "Small"
    resumed = await home.resume("tablet", again := str(uuid4()))
    assert (resumed.pairing_id, resumed.person_id) == (paired.pairing_id, paired.person_id)
    listed = await home.listed()
    [device] = listed["devices"]
    assert (device["device_name"], device["browser"], device["made_by"]) == ("Планшет Пети", "Chrome, Android", "Белова Mother")
    assert set(device["session_ids"]) == {session_id, again}
    assert device["used_at_ms"] >= device["paired_at_ms"] > 0
    assert listed["may_create"] is True and listed["codes"] == []
    assert made.code not in orjson.dumps(listed).decode()
    for secret in ("another", ""):
        assert await refused(home.resume(secret)) == (Kind.NOT_FOUND, "PAIRING_UNKNOWN")
        assert await refused(home.name(secret)) == (Kind.NOT_FOUND, "PAIRING_UNKNOWN")


async def test_device_when_revoked_then_its_sessions_end_with_an_event_each_and_it_is_unknown(home: Home) -> None:
    made, other = await home.code(), await home.code()
    sessions = [str(uuid4()), str(uuid4())]
    paired = await home.redeem(made.code, "tablet", sessions[0])
    await home.resume("tablet", sessions[1])
    await home.redeem(other.code, "phone", kept := str(uuid4()))
    reads = home.harness.database.reads
    assert await home.live(paired.pairing_id) is True
    for _ in range(2):
        assert set(await home.revoke(paired.pairing_id)) == set(sessions)
    assert await home.live(paired.pairing_id) is False
    assert await refused(home.resume("tablet")) == (Kind.NOT_FOUND, "PAIRING_UNKNOWN")
    rows = await reads.fetch("SELECT id, end_reason FROM session WHERE person_id = $1", UUID(home.people["small"]))
    assert {(str(row["id"]), row["end_reason"]) for row in rows} == {(sessions[0], "revoked"), (sessions[1], "revoked"), (kept, None)}
    told = await reads.fetchval("SELECT count(*) FROM outbox WHERE key = $1 AND type LIKE '%SessionEnded'", home.people["small"])
    assert told == 2
    assert [act for act, _actor in await home.acts()].count("REVOKED") == 1
    assert (await home.acts())[-1] == ("REVOKED", "mother")
    with pytest.raises(asyncpg.RestrictViolationError):
        await home.run("DELETE FROM pairing_fact")


async def test_device_when_resumed_and_revoked_at_once_then_no_session_stays_open(home: Home) -> None:
    made = await home.code()
    paired = await home.redeem(made.code, "tablet")
    await asyncio.gather(*(home.resume("tablet") for _ in range(6)), home.revoke(paired.pairing_id), return_exceptions=True)
    left = await home.harness.database.reads.fetchval(
        "SELECT count(*) FROM session WHERE person_id = $1 AND ended_at IS NULL", UUID(home.people["small"])
    )
    assert left == 0


async def test_device_when_forgotten_by_itself_then_gone_from_the_list(home: Home) -> None:
    made = await home.code()
    await home.redeem(made.code, "tablet", session_id := str(uuid4()))
    assert await home.forget("tablet") == [session_id]
    assert await home.forget("tablet") == []
    assert (await home.listed())["devices"] == []
    assert (await home.acts())[-1] == ("FORGOTTEN", "small")
    assert await refused(home.resume("tablet")) == (Kind.NOT_FOUND, "PAIRING_UNKNOWN")


async def test_device_when_unused_for_half_a_year_then_unknown(home: Home) -> None:
    made = await home.code()
    paired = await home.redeem(made.code, "tablet")
    await home.run("UPDATE pairing SET used_at = now() - interval '181 days' WHERE id = $1", UUID(paired.pairing_id))
    assert await refused(home.resume("tablet")) == (Kind.NOT_FOUND, "PAIRING_UNKNOWN")
    assert (await home.listed())["devices"] == []


async def test_birthday_when_fourteen_at_the_school_then_own_account_and_before_it_still_the_device(home: Home) -> None:
    made, waiting = await home.code(), await home.code()
    paired = await home.redeem(made.code, "tablet")
    small = UUID(home.people["small"])
    await home.run("UPDATE person SET birth_date = $2 WHERE id = $1", small, years_ago(14) + timedelta(days=2))
    await home.resume("tablet")
    await home.run("UPDATE person SET birth_date = $2 WHERE id = $1", small, years_ago(14))
    grown = (Kind.RULE_BROKEN, "CHILD_FOURTEEN")
    assert await refused(home.resume("tablet")) == grown
    assert await refused(home.redeem(waiting.code)) == grown
    assert await refused(home.code()) == grown
    assert await refused(home.code(child="big")) == grown
    assert await home.live(paired.pairing_id) is False
    assert (await home.listed())["may_create"] is False
    await home.run("UPDATE person SET birth_date = NULL WHERE id = $1", small)
    assert (await home.resume("tablet")).person_id == str(small)


async def test_guardian_when_none_is_left_or_a_court_limits_then_the_device_is_refused(home: Home) -> None:
    made, waiting = await home.code(), await home.code()
    paired = await home.redeem(made.code, "tablet")
    mother, small = home.people["mother"], home.people["small"]
    await home.hear(roles.GuardianshipEstablished(guardian_id=mother, student_id=small, denied=["CONSENT"]))
    gone = (Kind.RULE_BROKEN, "GUARDIAN_GONE")
    assert await refused(home.resume("tablet")) == gone
    assert await refused(home.redeem(waiting.code)) == gone
    assert (await refused(home.listed()))[0] is Kind.NOT_FOUND
    assert await home.live(paired.pairing_id) is False
    over = epoch_ms(datetime.now(UTC) - timedelta(minutes=1))
    await home.hear(roles.GuardianshipEstablished(guardian_id=mother, student_id=small, ends_at_ms=over))
    assert await refused(home.resume("tablet")) == gone
    # Whoever stands for the child sees and ends what another has made.
    await home.hear(roles.GuardianshipEstablished(guardian_id=home.people["stranger"], student_id=small))
    await home.resume("tablet")
    [device] = (await home.listed("stranger"))["devices"]
    assert device["made_by"] == "Белова Mother"
    await home.revoke(device["id"], "stranger")
    assert (await home.acts())[-1] == ("REVOKED", "stranger")


async def test_session_of_a_device_when_asking_for_what_outlives_it_then_refused(home: Home) -> None:
    await home.redeem((await home.code()).code, "tablet", session_id := str(uuid4()))
    erasures, tokens = ErasureServiceStub(home.harness.channel), TokenServiceStub(home.harness.channel)
    made = token_pb2.CreateTokenRequest(name="Календарь", days=366, token_hash=hashed("key"))
    for session, outcome in ((session_id, (Kind.FORBIDDEN, "PAIRED_SESSION")), (str(uuid4()), None), ("s-1", None)):
        pupil = token_of(a_principal("STUDENT", person_id=home.people["small"], role_id=str(uuid4()), session_id=session))
        for call in (
            lambda token=pupil: client.call(tokens.CreateToken, made, token=token),
            lambda token=pupil: client.call(erasures.RequestErasure, erasure_pb2.RequestErasureRequest(), token=token),
        ):
            if outcome is None:
                await call()
            else:
                assert await refused(call()) == outcome
        made.token_hash = hashed(str(uuid4()))


async def test_copy_and_erasure_when_asked_for_then_devices_are_in_both(home: Home) -> None:
    made = await home.code()
    await home.redeem(made.code, "tablet")
    await home.redeem((await home.code()).code, "phone")
    small, subjects = UUID(home.people["small"]), SubjectServiceStub(home.harness.channel)
    token = token_of(a_principal("STUDENT", person_id=str(small)))
    parts: dict[str, list[dict]] = {}
    page = "first"
    while page:
        request = subject_pb2.GetSubjectDataRequest(page_token=page.removeprefix("first"))
        reply = await client.call(subjects.GetSubjectData, request, token=token)
        parts.setdefault(reply.part, []).extend(orjson.loads(reply.rows))
        page = reply.next_page_token
    assert [row["device_name"] for row in parts["pairings"]] == ["Планшет"] * 2
    assert [row["act"] for row in parts["pairing_facts"]] == ["CREATED", "PAIRED"] * 2
    [erase] = [part.erase for part in holding(EnvelopeCipher(base64.b64encode(bytes(32)))).parts if part.name == "pairings"]
    await home.run(erase, small)
    left = await home.harness.database.reads.fetchval(
        "SELECT (SELECT count(*) FROM pairing WHERE child_id = $1) + (SELECT count(*) FROM pairing_session)", small
    )
    assert left == 0
    assert await refused(home.resume("tablet")) == (Kind.NOT_FOUND, "PAIRING_UNKNOWN")


async def test_records_when_merged_then_the_devices_go_along(home: Home, keys_dir: Path) -> None:
    school = Caller(home.harness, keys_dir)
    home.people["account"] = await school.sign_in(replace(SEMYON, esia_oid="1000009901", snils="", birth_date=years_ago(9)))
    await home.enrolled("account", "other")
    await home.redeem((await home.code(child="account")).code, "tablet")
    await school.link(home.people["account"], home.people["other"])
    assert (await home.resume("tablet")).person_id == home.people["other"]
    assert len((await home.listed(child="other"))["devices"]) == 1
