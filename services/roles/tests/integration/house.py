"""A family whose guardians the tests change, with shorthands for their calls."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import orjson
import pytest

from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool.roles.v1 import guardian_pb2 as pb
from myschool.roles.v1 import invitation_pb2, roles_pb2
from myschool_kit import clock
from myschool_kit.errors import DomainError, Kind, kind_of

MOSCOW = "Europe/Moscow"
BASIS = "Решение Тверского районного суда № 2-1234/2026"


def today() -> date:
    return clock.school_day(MOSCOW)


def day(offset: int) -> str:
    return (today() + timedelta(days=offset)).isoformat()


def years_ago(years: int, offset: int = 0) -> date:
    now = today()
    born = date(now.year - years, now.month, min(now.day, 28))
    return born + timedelta(days=offset)


def end_of(text: str) -> int:
    """The end of a day in Moscow, epoch milliseconds."""
    midnight = datetime.combine(date.fromisoformat(text) + timedelta(days=1), datetime.min.time(), ZoneInfo(MOSCOW))
    return int(midnight.astimezone(UTC).timestamp() * 1000)


def refused(error: pytest.ExceptionInfo[DomainError]) -> tuple[Kind, str]:
    return kind_of(error.value), error.value.reason


class House:
    """A school with Тимур (7А) and his mother Ольга; somebody who may stand in."""

    def __init__(self, world: Any, build: Any, school: str) -> None:
        self.world = world
        self.school = school
        self.timur = build.person_id("00000100408")
        self.eva = build.person_id("00000110310")
        self.olga = build.person_id("00000100307")
        self.granny = str(uuid4())

    async def as_guardian(self, name: str, request: Any, person: str = "", **options: str) -> Any:
        caller = {"person_id": person or self.olga, "organisation_id": self.school, "display_name": "Белова Нина Петровна"}
        return await self.world.call(name, request, options.pop("role", "GUARDIAN"), **(caller | options))

    async def family(self, person: str = "", role: str = "GUARDIAN") -> dict[str, Any]:
        reply = await self.as_guardian("GetFamily", pb.GetFamilyRequest(), person, role=role)
        return {one["student_id"]: one for one in orjson.loads(reply.body)["students"]}

    async def invite(self, *rights: str, last_day: str = "", student: str = "", person: str = "") -> invitation_pb2.InvitationCode:
        """The new invitation with its code, which is a read of its own."""
        wanted = [pb.GuardianRight.Value(f"GUARDIAN_RIGHT_{right}") for right in rights or ("SEE", "CHAT")]
        request = pb.InviteGuardianRequest(student_id=student or self.timur, rights=wanted, last_day=last_day or day(3))
        invited = await self.as_guardian("InviteGuardian", request, person)
        asked = invitation_pb2.GetInvitationCodesRequest(invitation_ids=[invited.invitation_id])
        [code] = (await self.as_guardian("GetInvitationCodes", asked, person)).codes
        return code

    async def accept(self, code: str, person: str = "") -> pb.AcceptInvitationResponse:
        return await self.as_guardian("AcceptInvitation", pb.AcceptInvitationRequest(code=code), person or self.granny, role="PERSON")

    async def guardianship(self, guardian: str, student: str = "") -> Any:
        return await self.world.harness.database.reads.fetchrow(
            "SELECT * FROM guardianship WHERE guardian_id = $1 AND student_id = $2 AND ended_at IS NULL",
            UUID(guardian),
            UUID(student or self.timur),
        )

    async def limit(self, *rights: str, guardian: str = "", version: int = -1, last_day: str = "", **caller: str) -> pb.GuardianshipReply:
        row = await self.guardianship(guardian or self.olga)
        request = pb.LimitGuardianshipRequest(
            guardianship_id=str(row["id"]),
            expected_version=row["version"] if version < 0 else version,
            rights=[pb.GuardianRight.Value(f"GUARDIAN_RIGHT_{right}") for right in rights],
            basis=BASIS,
            document_day=day(-1),
            last_day=last_day,
        )
        principal = {"person_id": str(uuid4()), "organisation_id": self.school} | caller
        return await self.world.call("LimitGuardianship", request, principal.pop("role", "HEAD"), **principal)

    async def end(self, guardian: str, person: str = "", version: int = -1, role: str = "GUARDIAN") -> Any:
        """What somebody else has ended meanwhile is ended once more under an id that nobody knows."""
        row = await self.guardianship(guardian)
        known, seen = (str(row["id"]), row["version"]) if row else (str(uuid4()), 1)
        request = pb.EndGuardianshipRequest(guardianship_id=known, expected_version=seen if version < 0 else version)
        return await self.as_guardian("EndGuardianship", request, person, role=role)

    async def extend(self, last_day: str, guardian: str = "", person: str = "") -> pb.GuardianshipReply:
        row = await self.guardianship(guardian or self.olga)
        request = pb.ExtendGuardianshipRequest(guardianship_id=str(row["id"]), expected_version=row["version"], last_day=last_day)
        return await self.as_guardian("ExtendGuardianship", request, person or self.timur, role="STUDENT")

    async def born(self, student: str, when: date) -> None:
        """The school loads its list with this day of birth."""
        await self.world.harness.database.reads.execute("UPDATE person SET birth_date = $2 WHERE id = $1", UUID(student), when)

    async def told(self) -> list[events.GuardianshipEstablished]:
        return await self.world.events(events.GuardianshipEstablished)

    async def children(self, person: str) -> list[str]:
        found = (await self.world.json("WhoAmI", roles_pb2.WhoAmIRequest(), "PERSON", person_id=person))["roles"]
        return [child["id"] for role in found for child in role["children"]]
