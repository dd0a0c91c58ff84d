"""Event type → use case of the roster."""

from datetime import UTC, datetime
from uuid import UUID

from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_kit.consumer import Event, Handlers
from myschool_kit.db import UnitOfWork
from myschool_messaging.roster.repository import Guardian
from myschool_messaging.roster.service import Roster

# The erasure of people comes beside these in the composition root.
SUBJECTS = "identity.subjects"
TOPICS = ("roles.groups", "roles.guardianships", "roles.organisations")


class _Handlers:
    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    async def registered(self, uow: UnitOfWork, message: roles.OrganisationRegistered, _event: Event) -> None:
        await self._roster.register_organisation(uow, UUID(message.organisation_id), message.short_name)

    async def formed(self, uow: UnitOfWork, message: roles.StudentGroupFormed, _event: Event) -> None:
        is_class = message.kind == roles.GROUP_KIND_CLASS
        await self._roster.form_group(uow, UUID(message.group_id), UUID(message.organisation_id), message.name, is_class=is_class)

    async def enrolled(self, uow: UnitOfWork, message: roles.StudentEnrolled, _event: Event) -> None:
        await self._roster.enrol(uow, UUID(message.group_id), UUID(message.student_id), message.full_name)

    async def left(self, uow: UnitOfWork, message: roles.StudentLeft, _event: Event) -> None:
        await self._roster.leave(uow, UUID(message.group_id), UUID(message.student_id))

    async def teaching_assigned(self, uow: UnitOfWork, message: roles.TeachingAssigned, _event: Event) -> None:
        await self._roster.assign_teaching(uow, UUID(message.group_id), UUID(message.teacher_id), message.subject, message.teacher_name)

    async def teaching_ended(self, uow: UnitOfWork, message: roles.TeachingEnded, _event: Event) -> None:
        await self._roster.end_teaching(uow, UUID(message.group_id), UUID(message.teacher_id), message.subject)

    async def homeroom_assigned(self, uow: UnitOfWork, message: roles.HomeroomAssigned, _event: Event) -> None:
        await self._roster.assign_homeroom(uow, UUID(message.group_id), UUID(message.teacher_id), message.teacher_name)

    async def guardianship_established(self, uow: UnitOfWork, message: roles.GuardianshipEstablished, _event: Event) -> None:
        ends_at = datetime.fromtimestamp(message.ends_at_ms / 1000, UTC) if message.ends_at_ms else None
        guardian = Guardian(UUID(message.guardian_id), message.guardian_name, "CHAT" not in message.denied, ends_at)
        await self._roster.establish_guardianship(uow, UUID(message.student_id), guardian)

    async def guardianship_ended(self, uow: UnitOfWork, message: roles.GuardianshipEnded, _event: Event) -> None:
        await self._roster.end_guardianship(uow, UUID(message.student_id), UUID(message.guardian_id))


def handlers(roster: Roster) -> Handlers:
    """What messaging takes in."""
    on = _Handlers(roster)
    return Handlers.of(
        TOPICS,
        {
            roles.OrganisationRegistered: on.registered,
            roles.StudentGroupFormed: on.formed,
            roles.StudentEnrolled: on.enrolled,
            roles.StudentLeft: on.left,
            roles.TeachingAssigned: on.teaching_assigned,
            roles.TeachingEnded: on.teaching_ended,
            roles.HomeroomAssigned: on.homeroom_assigned,
            roles.GuardianshipEstablished: on.guardianship_established,
            roles.GuardianshipEnded: on.guardianship_ended,
        },
    )
