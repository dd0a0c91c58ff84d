"""«Удалить профиль»: asked once, taken back, carried out once by however many processes, and the person may come back."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest

from myschool.common.v1 import subject_pb2
from myschool.common.v1.subject_pb2_grpc import SubjectServiceStub
from myschool.identity.events.v1 import identity_events_pb2 as events
from myschool.identity.v1 import erasure_pb2 as pb
from myschool.identity.v1.erasure_pb2_grpc import ErasureServiceStub
from myschool_identity.erasure.repository import ErasureRepository
from myschool_identity.erasure.service import WAITING, Erasures
from myschool_identity.subject.repository import holding
from myschool_kit import client
from myschool_kit.errors import RemoteError
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.subject.service import Subjects
from myschool_testing import Harness, a_principal, token_of

from .test_identity import ANNA, Caller


class Person:
    """Anna, signed in, with the calls of the page."""

    def __init__(self, harness: Harness, person_id: str) -> None:
        self.id = person_id
        self._erasure, self._subject = ErasureServiceStub(harness.channel), SubjectServiceStub(harness.channel)
        self._token = token_of(a_principal("GUARDIAN", person_id=person_id))

    async def _call(self, method: object, request: object) -> dict:
        return orjson.loads((await client.call(method, request, token=self._token)).body)

    async def ask(self) -> dict:
        return (await self._call(self._erasure.RequestErasure, pb.RequestErasureRequest()))["request"]

    async def cancel(self, request_id: str) -> dict:
        return (await self._call(self._erasure.CancelErasure, pb.CancelErasureRequest(request_id=request_id)))["request"]

    async def look(self) -> dict:
        return (await self._call(self._erasure.GetErasure, pb.GetErasureRequest()))["request"]

    async def plan(self) -> dict:
        return {
            part["part"]: part for part in (await self._call(self._subject.GetErasurePlan, subject_pb2.GetErasurePlanRequest()))["parts"]
        }

    async def data(self) -> dict:
        found: dict[str, list] = {}
        token = ""
        while True:
            page = await client.call(self._subject.GetSubjectData, subject_pb2.GetSubjectDataRequest(page_token=token), token=self._token)
            found.setdefault(page.part, []).extend(orjson.loads(page.rows))
            token = page.next_page_token
            if not token:
                return found


@pytest.fixture
async def anna(identity: Harness, keys_dir: Path) -> Person:
    caller = Caller(identity, keys_dir)
    await caller.came_through_bridge(ANNA)
    return Person(identity, (await caller.sign_in()).person_id)


def executor(identity: Harness, keys_dir: Path) -> Erasures:
    subjects = Subjects(identity.database, holding(EnvelopeCipher((keys_dir / "field.key").read_bytes())))
    return Erasures(identity.database, ErasureRepository(), subjects)


async def due(identity: Harness, request_id: str) -> None:
    await identity.database.reads.execute("UPDATE erasure_request SET due_at = now() WHERE id = $1", UUID(request_id))


async def test_request_when_asked_at_once_and_again_then_one_waits_fourteen_days(anna: Person) -> None:
    asked = await asyncio.gather(*[anna.ask() for _ in range(5)])
    assert len({one["id"] for one in asked}) == 1
    assert asked[0]["state"] == "WAITING"
    assert asked[0]["due_at_ms"] - asked[0]["requested_at_ms"] == WAITING.total_seconds() * 1000 == 14 * 86_400_000
    assert await anna.look() == asked[0]


async def test_request_when_taken_back_then_nothing_happens_and_a_stranger_cannot(anna: Person, identity: Harness, keys_dir: Path) -> None:
    asked = await anna.ask()
    stranger = Person(identity, str(uuid4()))
    for who, which in ((stranger, asked["id"]), (anna, str(uuid4()))):
        with pytest.raises(RemoteError) as refused:
            await who.cancel(which)
        assert refused.value.reason == "ERASURE_NOT_WAITING"
    with pytest.raises(RemoteError):
        await stranger.ask()
    assert (await anna.cancel(asked["id"]))["state"] == "CANCELLED"
    with pytest.raises(RemoteError):
        await anna.cancel(asked["id"])
    await due(identity, asked["id"])
    assert await executor(identity, keys_dir).carry_out() == 0
    assert (await anna.ask())["id"] != asked["id"]


async def test_request_when_due_then_carried_out_once_told_once_and_the_person_may_come_back(
    anna: Person, identity: Harness, keys_dir: Path
) -> None:
    data = await anna.data()
    assert data["esia"][0]["phone"] == ANNA.phone
    assert data["esia"][0]["snils"] == data["person"][0]["snils"] == ANNA.snils
    assert len(data["sessions"]) == 1
    plan = await anna.plan()
    assert not plan["esia"]["kept_because"] and not plan["sessions"]["kept_because"]
    assert "школа" in plan["person"]["kept_because"]
    asked = await anna.ask()
    assert await executor(identity, keys_dir).carry_out() == 0
    await due(identity, asked["id"])
    assert sum(await asyncio.gather(*[executor(identity, keys_dir).carry_out() for _ in range(4)])) == 1
    assert (await anna.look())["state"] == "CARRIED_OUT"
    told = [row for row in await identity.outbox() if row["topic"] == "identity.subjects"]
    [event] = [events.SubjectErasureDue.FromString(row["payload"]) for row in told]
    assert (event.person_id, event.request_id, told[0]["key"]) == (anna.id, asked["id"], anna.id)
    left = await anna.data()
    assert left["esia"] == left["sessions"] == []
    assert len(left["person"]) == 1
    caller = Caller(identity, keys_dir)
    await caller.came_through_bridge(ANNA)
    assert (await caller.sign_in()).person_id == anna.id  # found by the hash of the СНИЛС, as the school's record is


async def test_hold_when_set_then_the_part_stays(anna: Person, identity: Harness, keys_dir: Path) -> None:
    await identity.database.reads.execute("INSERT INTO retention_rule (part, kept, reason) VALUES ('sessions', true, 'Идёт проверка')")
    assert (await anna.plan())["sessions"]["kept_because"] == "Идёт проверка"
    await due(identity, (await anna.ask())["id"])
    await executor(identity, keys_dir).carry_out()
    data = await anna.data()
    assert (len(data["sessions"]), data["esia"]) == (1, [])
