"""Which event of the roles service changes what in the roster, and which consent closes a diary."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from myschool.identity.events.v1 import identity_events_pb2 as identity
from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool_journal.roster.repository import Named, Rights, RosterRepository
from myschool_kit.consumer import Event, Handlers
from myschool_kit.db import UnitOfWork

# The erasure of people comes beside these in the composition root.
SUBJECTS = "identity.subjects"
TOPICS = ("roles.organisations", "roles.groups", "roles.guardianships", "identity.accounts")
_PROGRESS = "progress"
_DEFAULT_ZONE = "Europe/Moscow"
_EVER = date(1900, 1, 1)


def _day(text: str) -> date:
    """The school day of an event; an absent one counts as «since ever»."""
    return date.fromisoformat(text) if text else _EVER


class RosterConsumer:
    """Handlers of the roles and consent events. Events may come before their parents from other topics."""

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
            identity.ConsentGiven: self.consent_given,
            identity.ConsentWithdrawn: self.consent_withdrawn,
        }
        return Handlers.of(TOPICS, table)

    async def organisation_registered(self, uow: UnitOfWork, message: events.OrganisationRegistered, _event: Event) -> None:
        """A school exists or has a new name or zone."""
        zone = message.time_zone or _DEFAULT_ZONE
        await self._roster.put_organisation(uow.raw, UUID(message.organisation_id), message.short_name, zone)

    async def group_formed(self, uow: UnitOfWork, message: events.StudentGroupFormed, _event: Event) -> None:
        """A class or another group exists or has a new name."""
        await self._roster.put_group(uow.raw, UUID(message.group_id), UUID(message.organisation_id), message.name, message.grade)

    async def student_enrolled(self, uow: UnitOfWork, message: events.StudentEnrolled, event: Event) -> None:
        """A student joined a group."""
        student = Named(UUID(message.student_id), message.full_name, event.occurred_at)
        await self._roster.enrol(uow.raw, UUID(message.group_id), UUID(message.organisation_id), student, _day(message.from_day))

    async def student_left(self, uow: UnitOfWork, message: events.StudentLeft, _event: Event) -> None:
        """A student left a group."""
        await self._roster.leave(uow.raw, UUID(message.group_id), UUID(message.student_id), _day(message.last_day))

    async def teaching_assigned(self, uow: UnitOfWork, message: events.TeachingAssigned, event: Event) -> None:
        """A teacher teaches a subject to a group from now on."""
        teacher = Named(UUID(message.teacher_id), message.teacher_name, event.occurred_at)
        await self._roster.teach(uow.raw, UUID(message.group_id), UUID(message.organisation_id), message.subject, teacher)

    async def teaching_ended(self, uow: UnitOfWork, message: events.TeachingEnded, _event: Event) -> None:
        """A teacher no longer teaches a subject to a group."""
        await self._roster.end_teaching(uow.raw, UUID(message.group_id), message.subject, UUID(message.teacher_id))

    async def homeroom_assigned(self, uow: UnitOfWork, message: events.HomeroomAssigned, event: Event) -> None:
        """A class has a (new) class teacher."""
        teacher = Named(UUID(message.teacher_id), message.teacher_name, event.occurred_at)
        await self._roster.put_homeroom(uow.raw, UUID(message.group_id), UUID(message.organisation_id), teacher)

    async def guardianship_established(self, uow: UnitOfWork, message: events.GuardianshipEstablished, _event: Event) -> None:
        """A guardian stands for a student, with these rights until then."""
        ends_at = datetime.fromtimestamp(message.ends_at_ms / 1000, UTC) if message.ends_at_ms else None
        rights = Rights("SEE" not in message.denied, "SIGN" not in message.denied, ends_at)
        await self._roster.guard(uow.raw, UUID(message.guardian_id), UUID(message.student_id), message.guardian_name, rights)

    async def guardianship_ended(self, uow: UnitOfWork, message: events.GuardianshipEnded, _event: Event) -> None:
        """A guardian may no longer see a student's diary."""
        await self._roster.end_guardianship(uow.raw, UUID(message.guardian_id), UUID(message.student_id))

    async def consent_given(self, uow: UnitOfWork, message: identity.ConsentGiven, _event: Event) -> None:
        """The family may read the diary again."""
        if message.purpose == _PROGRESS:
            await self._roster.allow_progress(uow.raw, UUID(message.person_id))

    async def consent_withdrawn(self, uow: UnitOfWork, message: identity.ConsentWithdrawn, event: Event) -> None:
        """The family may not read the diary from now on; the school keeps its journal."""
        if message.purpose == _PROGRESS:
            await self._roster.withhold_progress(uow.raw, UUID(message.person_id), event.occurred_at)
