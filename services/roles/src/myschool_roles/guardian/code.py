"""Codes of invitations: the id with a keyed signature, so that none can be made up and none need be stored."""

import base64
import binascii
import hmac
from uuid import UUID

from myschool_privacy.lookup import LookupHash

_SIGNATURE = 12


class Codes:
    """Makes and reads codes."""

    def __init__(self, lookup: LookupHash) -> None:
        self._lookup = lookup

    def of(self, invitation_id: UUID) -> str:
        """38 letters, digits, «-» and «_»."""
        return base64.urlsafe_b64encode(invitation_id.bytes + self._signature(invitation_id)).rstrip(b"=").decode()

    def read(self, code: str) -> UUID | None:
        """The invitation's id; None for what this house has not signed."""
        try:
            raw = base64.urlsafe_b64decode(code.strip() + "=" * (-len(code.strip()) % 4))
        except (ValueError, binascii.Error):
            return None
        if len(raw) != 16 + _SIGNATURE:
            return None
        invitation_id = UUID(bytes=raw[:16])
        # More than one while the key is replaced.
        signatures = self._lookup.all_of([_signed(invitation_id)])
        return invitation_id if any(hmac.compare_digest(raw[16:], one[:_SIGNATURE]) for one in signatures) else None

    def _signature(self, invitation_id: UUID) -> bytes:
        return self._lookup.of(_signed(invitation_id))[:_SIGNATURE]


def _signed(invitation_id: UUID) -> str:
    return f"invitation:{invitation_id}"
