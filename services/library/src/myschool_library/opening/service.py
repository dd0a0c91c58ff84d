"""Opening of a published item: answers where it is and tells analytics."""

from uuid import UUID

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.ids import is_uuid
from myschool_kit.principal import Principal
from myschool_library import events
from myschool_library.errors import LessonInvalid
from myschool_library.item.service import Catalogue

_NOBODY = UUID(int=0)


class Opening:
    """Openings of items."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def open(self, uow: UnitOfWork, principal: Principal, item_id: UUID, lesson_id: str) -> str:
        """The address of the content.

        Raises ItemNotFound, ContentConsentMissing, ThirdPartyConsentMissing, or LessonInvalid for a lesson id that is not a UUID.
        """
        if lesson_id and not is_uuid(lesson_id):
            raise LessonInvalid
        url = await self._catalogue.content_url(uow, item_id, person_of(principal))
        events.opened(uow, item_id, principal, lesson_id, clock.now())
        return url


def person_of(principal: Principal) -> UUID:
    """The person behind a principal; one without a UUID has given and withdrawn nothing."""
    return UUID(principal.person_id) if is_uuid(principal.person_id) else _NOBODY
