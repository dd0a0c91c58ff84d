"""The only builder of the service's event messages."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

from myschool.roles.events.v1 import roles_events_pb2 as pb
from myschool_kit.clock import epoch_ms
from myschool_kit.db import UnitOfWork
from myschool_kit.hints import person_channel

ORGANISATIONS = "roles.organisations"
GROUPS = "roles.groups"
GUARDIANSHIPS = "roles.guardianships"
ROLES = "roles.roles"
# Open pages of the person look at their roles again.
_ROLE_HINT = {"t": "role"}


def organisation_registered(uow: UnitOfWork, row: asyncpg.Record) -> None:
    """An organisation as it is from now on."""
    event = pb.OrganisationRegistered(
        organisation_id=str(row["id"]),
        ogrn=row["ogrn"],
        short_name=row["short_name"],
        full_name=row["full_name"],
        region_code=row["region_code"],
        time_zone=row["time_zone"],
    )
    uow.emit(ORGANISATIONS, row["id"], event)


def group_formed(uow: UnitOfWork, group_id: UUID, organisation_id: UUID, name: str, grade: int) -> None:
    """A class, new or with another grade."""
    event = pb.StudentGroupFormed(
        group_id=str(group_id), organisation_id=str(organisation_id), name=name, grade=grade, kind=pb.GROUP_KIND_CLASS
    )
    uow.emit(GROUPS, group_id, event)


def student_enrolled(uow: UnitOfWork, group_id: UUID, organisation_id: UUID, student_id: UUID, full_name: str, from_day: date) -> None:
    """A student of a group, new or with another name."""
    event = pb.StudentEnrolled(
        group_id=str(group_id),
        organisation_id=str(organisation_id),
        student_id=str(student_id),
        full_name=full_name,
        from_day=from_day.isoformat(),
    )
    uow.emit(GROUPS, group_id, event)


def student_left(uow: UnitOfWork, group_id: UUID, student_id: UUID, last_day: date) -> None:
    """A student left a group."""
    uow.emit(GROUPS, group_id, pb.StudentLeft(group_id=str(group_id), student_id=str(student_id), last_day=last_day.isoformat()))


def student_moved(uow: UnitOfWork, row: asyncpg.Record, people: tuple[UUID | None, UUID], name: str) -> None:
    """A place in a class goes from one record (None: from nobody) to another."""
    before, now = people
    if before is not None:
        student_left(uow, row["group_id"], before, row["left_on"])
    student_enrolled(uow, row["group_id"], row["organisation_id"], now, name, row["from_day"])


def teaching_assigned(uow: UnitOfWork, group_id: UUID, organisation_id: UUID, subject: str, teacher_id: UUID, teacher_name: str) -> None:
    """A teacher of a subject in a group, new or with another name."""
    event = pb.TeachingAssigned(
        group_id=str(group_id), organisation_id=str(organisation_id), subject=subject, teacher_id=str(teacher_id), teacher_name=teacher_name
    )
    uow.emit(GROUPS, group_id, event)


def teaching_ended(uow: UnitOfWork, group_id: UUID, subject: str, teacher_id: UUID) -> None:
    """The teacher no longer teaches the subject in the group."""
    uow.emit(GROUPS, group_id, pb.TeachingEnded(group_id=str(group_id), subject=subject, teacher_id=str(teacher_id)))


def homeroom_assigned(uow: UnitOfWork, group_id: UUID, organisation_id: UUID, teacher_id: UUID, teacher_name: str) -> None:
    """The homeroom teacher of a group, new or with another name."""
    event = pb.HomeroomAssigned(
        group_id=str(group_id), organisation_id=str(organisation_id), teacher_id=str(teacher_id), teacher_name=teacher_name
    )
    uow.emit(GROUPS, group_id, event)


def guardianship_established(
    uow: UnitOfWork, guardian_id: UUID, guardian_name: str, student_id: UUID, denied: Sequence[str], ends_at: datetime | None
) -> None:
    """A guardian of a student, new or with another name, other rights or another end."""
    event = pb.GuardianshipEstablished(
        guardian_id=str(guardian_id),
        guardian_name=guardian_name,
        student_id=str(student_id),
        denied=denied,
        ends_at_ms=0 if ends_at is None else epoch_ms(ends_at),
    )
    uow.emit(GUARDIANSHIPS, student_id, event)
    uow.hint(person_channel(guardian_id), _ROLE_HINT)


def guardianship_ended(uow: UnitOfWork, guardian_id: UUID, student_id: UUID) -> None:
    """A guardian stands for a student no more."""
    uow.emit(GUARDIANSHIPS, student_id, pb.GuardianshipEnded(guardian_id=str(guardian_id), student_id=str(student_id)))
    uow.hint(person_channel(guardian_id), _ROLE_HINT)


def family_told(uow: UnitOfWork, person_id: UUID) -> None:
    """Open pages of the person look again at what the school answered."""
    uow.hint(person_channel(person_id), _ROLE_HINT)


def role_changed(uow: UnitOfWork, row: asyncpg.Record, display_name: str) -> None:
    """The present state of a structural role."""
    event = pb.StructuralRoleChanged(
        role_id=str(row["id"]),
        person_id=str(row["person_id"]),
        display_name=display_name,
        role_type=row["type"],
        organisation_id=str(row["organisation_id"] or ""),
        status=row["status"],
        version=row["version"],
    )
    uow.emit(ROLES, row["person_id"], event)
    uow.hint(person_channel(row["person_id"]), _ROLE_HINT)
