"""The only builder of the library's event messages (topic library.items, key = item id)."""

from datetime import datetime
from uuid import UUID

from myschool.library.events.v1.library_events_pb2 import ContentItemDecided, ContentItemOpened, ContentItemSubmitted
from myschool_kit.clock import epoch_ms
from myschool_kit.db import UnitOfWork
from myschool_kit.principal import Principal

TOPIC = "library.items"


def submitted(uow: UnitOfWork, item_id: UUID, provider_id: str, moment: datetime) -> None:
    """A provider sent new content."""
    uow.emit(TOPIC, item_id, ContentItemSubmitted(item_id=str(item_id), provider_id=provider_id, at_ms=epoch_ms(moment)))


def decided(uow: UnitOfWork, item_id: UUID, provider_id: str, *, expert_id: str, approved: bool, moment: datetime) -> None:
    """An expert gave a verdict on the latest content."""
    message = ContentItemDecided(
        item_id=str(item_id), provider_id=provider_id, expert_id=expert_id, approved=approved, at_ms=epoch_ms(moment)
    )
    uow.emit(TOPIC, item_id, message)


def opened(uow: UnitOfWork, item_id: UUID, principal: Principal, lesson_id: str, moment: datetime) -> None:
    """A person opened a published item, maybe from a lesson's homework."""
    message = ContentItemOpened(
        item_id=str(item_id),
        person_id=principal.person_id,
        role_type=principal.role_type,
        organisation_id=principal.organisation_id,
        lesson_id=lesson_id,
        at_ms=epoch_ms(moment),
    )
    uow.emit(TOPIC, item_id, message)
