"""The only builder of the service's event messages."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from myschool.identity.events.v1 import identity_events_pb2 as pb
from myschool_identity.profile.model import Organisation
from myschool_kit.clock import epoch_ms
from myschool_kit.db import UnitOfWork

ACCOUNTS = "identity.accounts"
SUBJECTS = "identity.subjects"
# Every gateway listens: a session that was ended here ends there at once. A lost hint is caught up by its regular look.
ENDINGS_CHANNEL = "hint:endings"
# Endings that the browser has not asked for itself.
_UNASKED = frozenset({"blocked", "linked", "separated"})


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
    if reason in _UNASKED:
        uow.hint(ENDINGS_CHANNEL, {"t": "session", "session_id": str(session_id), "reason": reason})


def tokens_ended(uow: UnitOfWork, hashes: Sequence[bytes]) -> None:
    """Gateways forget the personal tokens at once; the outbox knows nothing of them."""
    for token_hash in hashes:
        uow.hint(ENDINGS_CHANNEL, {"t": "token", "token_hash": token_hash.hex()})


def account_blocked(uow: UnitOfWork, person_id: UUID, reason: str, at: datetime) -> None:
    """The person may not sign in for now."""
    uow.emit(ACCOUNTS, person_id, pb.AccountBlocked(person_id=str(person_id), reason=reason, at_ms=epoch_ms(at)))


def account_unblocked(uow: UnitOfWork, person_id: UUID, at: datetime) -> None:
    """The person may sign in again."""
    uow.emit(ACCOUNTS, person_id, pb.AccountUnblocked(person_id=str(person_id), at_ms=epoch_ms(at)))


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


def persons_merged(uow: UnitOfWork, person_id: UUID, merged_id: UUID, merge_id: UUID, at: datetime) -> None:
    """Two records are one person: `person_id` stays, `merged_id` is used no more."""
    event = pb.PersonsMerged(person_id=str(person_id), merged_id=str(merged_id), at_ms=epoch_ms(at), merge_id=str(merge_id))
    uow.emit(ACCOUNTS, person_id, event)


def persons_separated(uow: UnitOfWork, person_id: UUID, separated_id: UUID, merge_id: UUID, at: datetime) -> None:
    """The merge was a mistake: `separated_id` is a person of their own again."""
    event = pb.PersonsSeparated(person_id=str(person_id), separated_id=str(separated_id), at_ms=epoch_ms(at), merge_id=str(merge_id))
    uow.emit(ACCOUNTS, person_id, event)
