"""Opening of a published item: answers where it is and tells analytics."""

from uuid import UUID

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.ids import is_uuid
from myschool_kit.principal import Principal
from myschool_library import events
from myschool_library.errors import LessonInvalid
from myschool_library.item.service import Catalogue


class Opening:
    """Openings of items."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def open(self, uow: UnitOfWork, principal: Principal, item_id: UUID, lesson_id: str) -> str:
        """The address of the content. Raises ItemNotFound, or LessonInvalid for a lesson id that is not a UUID."""
        if lesson_id and not is_uuid(lesson_id):
            raise LessonInvalid
        url = await self._catalogue.content_url(uow, item_id)
        events.opened(uow, item_id, principal, lesson_id, clock.now())
        return url
