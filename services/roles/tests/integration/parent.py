"""A parent who stands for nobody yet, and what the tests ask in that name."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from myschool.identity.v1 import account_pb2
from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool.roles.v1 import family_pb2 as pb
from myschool.roles.v1 import guardian_pb2, roles_pb2
from myschool_kit import clock
from myschool_kit.errors import DomainError, Kind, kind_of

MOSCOW = "Europe/Moscow"
TIMUR = "Белов Тимур Андреевич"
SNILS = "00000100408"


def years_ago(years: int, offset: int = 0) -> date:
    now = clock.school_day(MOSCOW)
    return date(now.year - years, now.month, min(now.day, 28)) + timedelta(days=offset)


def refusal(error: BaseException) -> tuple[Kind, str]:
    assert isinstance(error, DomainError)
    return kind_of(error), error.reason


class Parent:
    """A school with Тимур in its list, and a parent who stands for nobody yet and whom Госуслуги call his."""

    def __init__(self, world: Any, build: Any, school: str) -> None:
        self.world = world
        self.school = school
        self.timur = build.person_id(SNILS)
        self.me = str(uuid4())
        self.key = "a" * 32

    def told(self, born: str = "2013-04-03", person: str | None = None, key: str = "") -> None:
        """Госуслуги named one child."""
        kid = account_pb2.OwnKid(
            key=key or self.key,
            family_name="Белов",
            given_name="Тимур",
            middle_name="Андреевич",
            birth_date=born,
            person_id=self.timur if person is None else person,
        )
        self.world.accounts.kids[self.me] = [kid]

    async def born(self, when: date | None) -> None:
        await self.world.harness.database.reads.execute("UPDATE person SET birth_date = $2 WHERE id = $1", UUID(self.timur), when)

    async def start(self, person: str = "") -> dict[str, Any]:
        return await self.world.json("GetFamilyStart", pb.GetFamilyStartRequest(), "PERSON", person_id=person or self.me)

    async def kid(self) -> dict[str, Any]:
        [one] = (await self.start())["kids"]
        return one

    async def add(self, key: str = "", person: str = "", request_id: str = "") -> bool:
        caller = {"person_id": person or self.me, "display_name": "Белов Андрей Павлович"}
        return (await self.world.call("AddKid", pb.AddKidRequest(key=key or self.key), "PERSON", request_id, **caller)).connected

    async def refused(self, *arguments: Any, **options: Any) -> tuple[Kind, str]:
        with pytest.raises(DomainError) as error:
            await self.add(*arguments, **options)
        return refusal(error.value)

    async def children(self, person: str = "") -> list[str]:
        found = (await self.world.json("WhoAmI", roles_pb2.WhoAmIRequest(), "PERSON", person_id=person or self.me))["roles"]
        return [child["id"] for role in found for child in role["children"]]

    async def claims(self, student: str = "") -> list[dict[str, Any]]:
        caller = {"person_id": student or self.timur, "organisation_id": self.school}
        found = await self.world.json("GetFamily", guardian_pb2.GetFamilyRequest(), "STUDENT", **caller)
        return [one for student in found["students"] for one in student["claims"]]

    async def waiting(self) -> list[int]:
        """The number beside the student's menu entry, one for each school."""
        found = await self.world.json("WhoAmI", roles_pb2.WhoAmIRequest(), "PERSON", person_id=self.timur)
        return [role["student"]["claims"] for role in found["roles"] if role["student"]]

    async def decide(self, claim: dict[str, Any], confirmed: bool, student: str = "") -> guardian_pb2.GuardianClaimReply:
        request = guardian_pb2.DecideGuardianClaimRequest(claim_id=claim["id"], expected_version=claim["version"], confirmed=confirmed)
        caller = {"person_id": student or self.timur, "organisation_id": self.school}
        return await self.world.call("DecideGuardianClaim", request, "STUDENT", **caller)

    async def withdraw(self, claim: dict[str, Any], person: str = "") -> guardian_pb2.GuardianClaimReply:
        request = guardian_pb2.WithdrawGuardianClaimRequest(claim_id=claim["id"], expected_version=claim["version"])
        return await self.world.call("WithdrawGuardianClaim", request, "PERSON", person_id=person or self.me)

    async def send(self, child: str = TIMUR, **values: str) -> pb.FamilyRequestReply:
        request = pb.SendFamilyRequestRequest(
            kind=pb.FAMILY_REQUEST_KIND_CHILD, organisation_id=self.school, child_name=child, child_birth_day="2013-04-03", **values
        )
        return await self.world.call("SendFamilyRequest", request, "PERSON", person_id=self.me, display_name="Белов Андрей Павлович")

    async def confirm(self, sent: pb.FamilyRequestReply) -> None:
        request = pb.DecideFamilyRequestRequest(
            family_request_id=sent.family_request_id, expected_version=sent.version, confirmed=True, record_id=self.timur
        )
        await self.world.call("DecideFamilyRequest", request, "HEAD", person_id=str(uuid4()), organisation_id=self.school)

    async def facts(self, table: str, column: str) -> list[str]:
        rows = await self.world.harness.database.reads.fetch(f"SELECT {column} FROM {table} ORDER BY id")
        return [row[0] for row in rows]

    async def established(self) -> list[events.GuardianshipEstablished]:
        return [one for one in await self.world.events(events.GuardianshipEstablished) if one.guardian_id == self.me]
