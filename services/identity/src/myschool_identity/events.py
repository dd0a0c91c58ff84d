"""The only builder of the service's event messages."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from myschool.identity.events.v1 import identity_events_pb2 as pb
from myschool_identity.profile.model import Organisation
from myschool_kit.clock import epoch_ms
from myschool_kit.db import UnitOfWork

ACCOUNTS = "identity.accounts"
SUBJECTS = "identity.subjects"


def account_created(uow: UnitOfWork, person_id: UUID, display_name: str, organisations: Iterable[Organisation], at: datetime) -> None:
    """The person's account exists from now on; organisations that are gone give no role."""
    living = [pb.EsiaOrganisation(ogrn=item.ogrn, chief=item.chief) for item in organisations if not item.liquidated]
    event = pb.AccountCreated(person_id=str(person_id), at_ms=epoch_ms(at), organisations=living, display_name=display_name)
    uow.emit(ACCOUNTS, person_id, event)


def session_opened(uow: UnitOfWork, person_id: UUID, session_id: UUID, at: datetime) -> None:
    """The person signed in."""
    event = pb.SessionOpened(person_id=str(person_id), session_id=str(session_id), at_ms=epoch_ms(at))
    uow.emit(ACCOUNTS, person_id, event)


def session_ended(uow: UnitOfWork, person_id: UUID, session_id: UUID, reason: str, at: datetime) -> None:
    """A session is over, by the person or otherwise."""
    event = pb.SessionEnded(person_id=str(person_id), session_id=str(session_id), reason=reason, at_ms=epoch_ms(at))
    uow.emit(ACCOUNTS, person_id, event)


def consent_given(uow: UnitOfWork, person_id: UUID, purpose: str, version: str, given_by: UUID, at: datetime) -> None:
    """The person, or a guardian for them, consented to a purpose in one version of its text."""
    event = pb.ConsentGiven(person_id=str(person_id), purpose=purpose, version=version, given_by=str(given_by), at_ms=epoch_ms(at))
    uow.emit(ACCOUNTS, person_id, event)


def consent_withdrawn(
    uow: UnitOfWork, person_id: UUID, purpose: str, version: str, withdrawn_by: UUID, at: datetime, *, declined: bool
) -> None:
    """What rests on this consent stops from now on."""
    event = pb.ConsentWithdrawn(
        person_id=str(person_id), purpose=purpose, version=version, withdrawn_by=str(withdrawn_by), at_ms=epoch_ms(at), declined=declined
    )
    uow.emit(ACCOUNTS, person_id, event)


def subject_erasure_due(uow: UnitOfWork, person_id: UUID, request_id: UUID, at: datetime) -> None:
    """Every service erases the person now."""
    uow.emit(SUBJECTS, person_id, pb.SubjectErasureDue(person_id=str(person_id), request_id=str(request_id), at_ms=epoch_ms(at)))


def persons_merged(uow: UnitOfWork, person_id: UUID, merged_id: UUID, at: datetime) -> None:
    """Two records are one person: `person_id` stays, `merged_id` is used no more."""
    event = pb.PersonsMerged(person_id=str(person_id), merged_id=str(merged_id), at_ms=epoch_ms(at))
    uow.emit(ACCOUNTS, person_id, event)
