"""Event type → effect on the projections. Effects depend only on the event's content, so any order across keys ends alike."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from myschool.analytics.events.v1.analytics_events_pb2 import AggregatePublished
from myschool.identity.events.v1 import identity_events_pb2 as identity
from myschool.journal.events.v1 import journal_events_pb2 as journal
from myschool.library.events.v1 import library_events_pb2 as library
from myschool.messaging.events.v1 import messaging_events_pb2 as messaging
from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_analytics.activity.repository import ActivityRepository
from myschool_analytics.activity.rules import NOWHERE, Batch, count_change
from myschool_analytics.federation import rules as federal_rules
from myschool_analytics.federation.model import Cell, Received
from myschool_analytics.federation.repository import FederationRepository
from myschool_kit.consumer import Event, Handle, Handlers
from myschool_kit.db import UnitOfWork
from myschool_kit.errors import RuleBroken
from myschool_kit.hints import organisation_channel

# The erasure of people comes beside these in the composition root.
SUBJECTS = "identity.subjects"
TOPICS = (
    "identity.accounts",
    "roles.organisations",
    "roles.groups",
    "roles.roles",
    "journal.gradebook",
    "journal.diary",
    "library.items",
    "messaging.chats",
)
AGGREGATES = "analytics.aggregates"
_NO_ATTENDANCE = ("", "UNSPECIFIED", "PRESENT")


def _at(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)


def _organisation(text: str) -> UUID:
    return UUID(text) if text else NOWHERE


class Projections:
    """Handlers over one repository; facts of a batch are collected and written once before its commit."""

    def __init__(self, repository: ActivityRepository) -> None:
        self._repository = repository

    def batch(self, uow: UnitOfWork, event: Event) -> Batch:
        """The collection of the open transaction."""
        batch = uow.buffer(Batch, self._write)
        batch.saw(event.occurred_at)
        return batch

    async def _write(self, uow: UnitOfWork, batch: Batch) -> None:
        await self._repository.write(uow.raw, batch)
        for organisation_id in batch.organisations:
            payload = {"t": "statistics", "organisation_id": str(organisation_id)}
            uow.hint(organisation_channel(organisation_id), payload)

    async def mark(self, uow: UnitOfWork, message: journal.MarkRecorded, event: Event) -> None:
        """A mark was set, changed or removed."""
        batch = self.batch(uow, event)
        batch.act(UUID(message.author_id), "mark", UUID(message.organisation_id), _at(message.at_ms))
        self._lesson(batch, message).marks += count_change(message.old_value, message.new_value, ("",))

    async def attendance(self, uow: UnitOfWork, message: journal.AttendanceRecorded, event: Event) -> None:
        """Presence of a student was recorded."""
        batch = self.batch(uow, event)
        batch.act(UUID(message.author_id), "attendance", UUID(message.organisation_id), _at(message.at_ms))
        self._lesson(batch, message).attendance += count_change(message.old_status, message.new_status, _NO_ATTENDANCE)

    async def described(self, uow: UnitOfWork, message: journal.LessonDescribed, event: Event) -> None:
        """A topic was written or cleared."""
        batch = self.batch(uow, event)
        batch.act(UUID(message.author_id), "topic", UUID(message.organisation_id), _at(message.at_ms))
        self._lesson(batch, message).has_topic = message.has_topic

    async def homework(self, uow: UnitOfWork, message: journal.HomeworkAssigned, event: Event) -> None:
        """Homework was given or taken back."""
        batch = self.batch(uow, event)
        batch.act(UUID(message.author_id), "homework", UUID(message.organisation_id), _at(message.at_ms))
        self._lesson(batch, message).has_homework = message.present

    @staticmethod
    def _lesson(batch: Batch, message: Any) -> Any:
        return batch.lesson(
            UUID(message.lesson_id), UUID(message.gradebook_id), UUID(message.organisation_id), date.fromisoformat(message.day)
        )

    async def laid_out(self, uow: UnitOfWork, message: journal.GradebookLaidOut, event: Event) -> None:
        """A gradebook with all its lessons."""
        self.batch(uow, event).organisations.add(UUID(message.organisation_id))
        await self._repository.lay_out(
            uow.raw,
            (
                UUID(message.gradebook_id),
                UUID(message.organisation_id),
                UUID(message.group_id),
                message.group_name,
                message.subject,
                [UUID(teacher_id) for teacher_id in message.teacher_ids],
            ),
            [
                (
                    UUID(lesson.lesson_id),
                    date.fromisoformat(lesson.day),
                    lesson.number,
                    UUID(lesson.teacher_id) if lesson.teacher_id else None,
                )
                for lesson in message.lessons
            ],
        )

    async def acknowledged(self, uow: UnitOfWork, message: journal.DiaryAcknowledged, event: Event) -> None:
        """A guardian pressed «ознакомлен»."""
        batch, at = self.batch(uow, event), _at(message.at_ms)
        organisation_id = _organisation(message.organisation_id)
        batch.act(UUID(message.guardian_id), "acknowledgement", organisation_id, at)
        await self._repository.acknowledge(
            uow.raw, UUID(message.student_id), UUID(message.guardian_id), date.fromisoformat(message.week), organisation_id, at
        )

    async def organisation(self, uow: UnitOfWork, message: roles.OrganisationRegistered, event: Event) -> None:
        """An organisation and its zone."""
        self.batch(uow, event)
        await self._repository.know_organisation(uow.raw, UUID(message.organisation_id), message.short_name, message.time_zone)

    async def role(self, uow: UnitOfWork, message: roles.StructuralRoleChanged, event: Event) -> None:
        """A structural role in its present state."""
        self.batch(uow, event)
        await self._repository.know_role(
            uow.raw,
            (
                UUID(message.role_id),
                UUID(message.person_id),
                message.display_name,
                message.role_type,
                UUID(message.organisation_id) if message.organisation_id else None,
                message.status,
                message.version,
            ),
        )

    async def formed(self, uow: UnitOfWork, message: roles.StudentGroupFormed, event: Event) -> None:
        """A class or another group of students."""
        self.batch(uow, event)
        await self._repository.know_group(uow.raw, UUID(message.group_id), message.grade)

    async def enrolled(self, uow: UnitOfWork, message: roles.StudentEnrolled, event: Event) -> None:
        """A student joined a group."""
        self.batch(uow, event)
        await self._repository.enrol(uow.raw, UUID(message.group_id), UUID(message.student_id), UUID(message.organisation_id))

    async def left(self, uow: UnitOfWork, message: roles.StudentLeft, event: Event) -> None:
        """A student left a group."""
        self.batch(uow, event)
        await self._repository.leave(uow.raw, UUID(message.group_id), UUID(message.student_id))

    async def session(self, uow: UnitOfWork, message: identity.SessionOpened, event: Event) -> None:
        """Somebody signed in; the organisation follows from the person's roles when read."""
        self.batch(uow, event).act(UUID(message.person_id), "session", NOWHERE, _at(message.at_ms))

    async def consent(self, uow: UnitOfWork, message: identity.ConsentGiven, event: Event) -> None:
        """A consent was given."""
        self.batch(uow, event).act(UUID(message.person_id), "consent", NOWHERE, _at(message.at_ms))

    async def account(self, uow: UnitOfWork, message: identity.AccountCreated, event: Event) -> None:
        """A first sign-in."""
        self.batch(uow, event).act(UUID(message.person_id), "account", NOWHERE, _at(message.at_ms))

    async def opened(self, uow: UnitOfWork, message: library.ContentItemOpened, event: Event) -> None:
        """A library item was opened."""
        organisation_id = _organisation(message.organisation_id)
        self.batch(uow, event).act(UUID(message.person_id), "opening", organisation_id, _at(message.at_ms))

    async def submitted(self, uow: UnitOfWork, message: library.ContentItemSubmitted, event: Event) -> None:
        """A provider sent an item."""
        self.batch(uow, event)
        await self._repository.item_submitted(uow.raw, UUID(message.item_id), message.provider_id)

    async def decided(self, uow: UnitOfWork, message: library.ContentItemDecided, event: Event) -> None:
        """An expert decided on an item."""
        self.batch(uow, event)
        status = "PUBLISHED" if message.approved else "REJECTED"
        await self._repository.item_decided(uow.raw, UUID(message.item_id), message.provider_id, status, message.expert_id)

    async def posted(self, uow: UnitOfWork, message: messaging.MessagePosted, event: Event) -> None:
        """A message was written in a chat."""
        organisation_id = _organisation(message.organisation_id)
        self.batch(uow, event).act(UUID(message.author_id), "message", organisation_id, _at(message.at_ms))


def handlers(repository: ActivityRepository) -> Handlers:
    """The table of all handled event types."""
    to = Projections(repository)
    table: Mapping[Any, Callable[..., Awaitable[None]] | Handle] = {
        journal.MarkRecorded: to.mark,
        journal.AttendanceRecorded: to.attendance,
        journal.LessonDescribed: to.described,
        journal.HomeworkAssigned: to.homework,
        journal.GradebookLaidOut: to.laid_out,
        journal.DiaryAcknowledged: to.acknowledged,
        roles.OrganisationRegistered: to.organisation,
        roles.StructuralRoleChanged: to.role,
        roles.StudentGroupFormed: to.formed,
        roles.StudentEnrolled: to.enrolled,
        roles.StudentLeft: to.left,
        identity.SessionOpened: to.session,
        identity.ConsentGiven: to.consent,
        identity.AccountCreated: to.account,
        library.ContentItemOpened: to.opened,
        library.ContentItemSubmitted: to.submitted,
        library.ContentItemDecided: to.decided,
        messaging.MessagePosted: to.posted,
    }
    return Handlers.of(TOPICS, table)


class Arrivals:
    """Aggregates as the mirrors of the cells bring them; the topic says whose they are, not the event."""

    def __init__(self, cells: Sequence[Cell], repository: FederationRepository) -> None:
        self.codes = {cell.topic or f"{cell.code}.{AGGREGATES}": cell.code for cell in cells}
        self._repository = repository

    async def published(self, uow: UnitOfWork, message: AggregatePublished, event: Event) -> None:
        """A measure of a week. What breaks the rules is parked: somebody must look at that cell."""
        names, amounts = [group.name for group in message.groups], [group.value for group in message.groups]
        if fault := federal_rules.fault_of(names, amounts, message.least_people):
            raise RuleBroken(fault, reason="AGGREGATE_REFUSED")
        told = Received(
            self.codes[event.topic],
            date.fromisoformat(message.first_day),
            message.breakdown,
            message.measure,
            message.version,
            tuple(names),
            tuple(amounts),
            _at(message.computed_at_ms),
        )
        await self._repository.take(uow.raw, told)


def federal_handlers(cells: Sequence[Cell], repository: FederationRepository) -> Handlers:
    """Takes aggregates from the topics of the registered cells, and nothing else."""
    arrivals = Arrivals(cells, repository)
    return Handlers.of(list(arrivals.codes), {AggregatePublished: arrivals.published})
