"""What a session of a paired device may not do: nothing that outlives the device or cannot be taken back by the guardian."""

from uuid import UUID

from myschool_identity.errors import PairedSession
from myschool_identity.pairing.repository import PairingRepository
from myschool_kit.db import Database
from myschool_kit.ids import is_uuid


class DeviceSessions:
    """Knows which sessions were opened by devices."""

    def __init__(self, database: Database, repository: PairingRepository) -> None:
        self._database = database
        self._repository = repository

    async def refuse(self, session_id: str) -> None:
        """Raises PairedSession for a session of a device."""
        if is_uuid(session_id) and await self._repository.is_of_device(self._database.reads, UUID(session_id)):
            raise PairedSession("a child's device may not do this")
