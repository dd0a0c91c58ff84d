"""Which event of the roles service changes what in the roster."""

from datetime import UTC, date, datetime
from uuid import UUID

from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_identity.consent.rules import DEFAULT_ZONE
from myschool_identity.roster.repository import RosterRepository
from myschool_kit.consumer import Event, Handlers
from myschool_kit.db import UnitOfWork

TOPICS = ("roles.organisations", "roles.groups", "roles.guardianships")
# The right without which a guardian is none here; the others matter to journal and messaging.
_CONSENT = "CONSENT"
_EVER = date(1900, 1, 1)


class _Handlers:
    def __init__(self, roster: RosterRepository) -> None:
        self._roster = roster

    async def registered(self, uow: UnitOfWork, message: roles.OrganisationRegistered, _event: Event) -> None:
        await self._roster.put_school(uow.raw, UUID(message.organisation_id), message.time_zone or DEFAULT_ZONE)

    async def enrolled(self, uow: UnitOfWork, message: roles.StudentEnrolled, _event: Event) -> None:
        day = date.fromisoformat(message.from_day) if message.from_day else _EVER
        await self._roster.enrol(uow.raw, UUID(message.group_id), UUID(message.student_id), UUID(message.organisation_id), day)

    async def left(self, uow: UnitOfWork, message: roles.StudentLeft, _event: Event) -> None:
        await self._roster.leave(uow.raw, UUID(message.group_id), UUID(message.student_id))

    async def guarded(self, uow: UnitOfWork, message: roles.GuardianshipEstablished, _event: Event) -> None:
        guardian_id, student_id = UUID(message.guardian_id), UUID(message.student_id)
        if _CONSENT in message.denied:
            await self._roster.end_guardianship(uow.raw, guardian_id, student_id)
            return
        ends_at = datetime.fromtimestamp(message.ends_at_ms / 1000, UTC) if message.ends_at_ms else None
        await self._roster.guard(uow.raw, guardian_id, student_id, ends_at)

    async def guardianship_ended(self, uow: UnitOfWork, message: roles.GuardianshipEnded, _event: Event) -> None:
        await self._roster.end_guardianship(uow.raw, UUID(message.guardian_id), UUID(message.student_id))


def handlers(roster: RosterRepository) -> Handlers:
    """What identity takes in."""
    on = _Handlers(roster)
    return Handlers.of(
        TOPICS,
        {
            roles.OrganisationRegistered: on.registered,
            roles.StudentEnrolled: on.enrolled,
            roles.StudentLeft: on.left,
            roles.GuardianshipEstablished: on.guarded,
            roles.GuardianshipEnded: on.guardianship_ended,
        },
    )
