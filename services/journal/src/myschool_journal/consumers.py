"""Which event of the roles service changes what in the roster."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool_journal.roster.repository import RosterRepository
from myschool_kit.consumer import Event, Handlers
from myschool_kit.db import UnitOfWork

TOPICS = ("roles.organisations", "roles.groups", "roles.guardianships")
_DEFAULT_ZONE = "Europe/Moscow"
_EVER = date(1900, 1, 1)


def _day(text: str) -> date:
    """The school day of an event; an absent one counts as «since ever»."""
    return date.fromisoformat(text) if text else _EVER


class RosterConsumer:
    """Handlers of the roles events. Events may come before their parents from other topics."""

    def __init__(self, roster: RosterRepository) -> None:
        self._roster = roster

    def handlers(self) -> Handlers:
        """The table for the kit's consumer."""
        table: dict[type[Message], Callable[[UnitOfWork, Any, Event], Awaitable[None]]] = {
            events.OrganisationRegistered: self.organisation_registered,
            events.StudentGroupFormed: self.group_formed,
            events.StudentEnrolled: self.student_enrolled,
            events.StudentLeft: self.student_left,
            events.TeachingAssigned: self.teaching_assigned,
            events.TeachingEnded: self.teaching_ended,
            events.HomeroomAssigned: self.homeroom_assigned,
            events.GuardianshipEstablished: self.guardianship_established,
            events.GuardianshipEnded: self.guardianship_ended,
        }
        return Handlers.of(TOPICS, table)

    async def organisation_registered(self, uow: UnitOfWork, message: events.OrganisationRegistered, _event: Event) -> None:
        """A school exists or has a new name or zone."""
        zone = message.time_zone or _DEFAULT_ZONE
        await self._roster.put_organisation(uow.raw, UUID(message.organisation_id), message.short_name, zone)

    async def group_formed(self, uow: UnitOfWork, message: events.StudentGroupFormed, _event: Event) -> None:
        """A class or another group exists or has a new name."""
        await self._roster.put_group(uow.raw, UUID(message.group_id), UUID(message.organisation_id), message.name, message.grade)

    async def student_enrolled(self, uow: UnitOfWork, message: events.StudentEnrolled, _event: Event) -> None:
        """A student joined a group."""
        await self._roster.enrol(
            uow.raw,
            UUID(message.group_id),
            UUID(message.student_id),
            UUID(message.organisation_id),
            message.full_name,
            _day(message.from_day),
        )

    async def student_left(self, uow: UnitOfWork, message: events.StudentLeft, _event: Event) -> None:
        """A student left a group."""
        await self._roster.leave(uow.raw, UUID(message.group_id), UUID(message.student_id), _day(message.last_day))

    async def teaching_assigned(self, uow: UnitOfWork, message: events.TeachingAssigned, _event: Event) -> None:
        """A teacher teaches a subject to a group from now on."""
        await self._roster.teach(
            uow.raw, UUID(message.group_id), UUID(message.organisation_id), message.subject, UUID(message.teacher_id), message.teacher_name
        )

    async def teaching_ended(self, uow: UnitOfWork, message: events.TeachingEnded, _event: Event) -> None:
        """A teacher no longer teaches a subject to a group."""
        await self._roster.end_teaching(uow.raw, UUID(message.group_id), message.subject, UUID(message.teacher_id))

    async def homeroom_assigned(self, uow: UnitOfWork, message: events.HomeroomAssigned, _event: Event) -> None:
        """A class has a (new) class teacher."""
        await self._roster.put_homeroom(
            uow.raw, UUID(message.group_id), UUID(message.organisation_id), UUID(message.teacher_id), message.teacher_name
        )

    async def guardianship_established(self, uow: UnitOfWork, message: events.GuardianshipEstablished, _event: Event) -> None:
        """A guardian may see a student's diary."""
        await self._roster.guard(uow.raw, UUID(message.guardian_id), UUID(message.student_id), message.guardian_name)

    async def guardianship_ended(self, uow: UnitOfWork, message: events.GuardianshipEnded, _event: Event) -> None:
        """A guardian may no longer see a student's diary."""
        await self._roster.end_guardianship(uow.raw, UUID(message.guardian_id), UUID(message.student_id))
