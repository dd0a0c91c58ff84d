"""Codes of invitations: the id with a keyed signature, so that none can be made up and none need be stored."""

import base64
import binascii
import hmac
from uuid import UUID

from myschool_privacy.lookup import LookupHash

_SIGNATURE = 12
_GROUP = 5
# Digits and letters of the other keyboard that people take for those of the alphabet.
_MEANT = str.maketrans("018АВЕКМНОРСТХУ", "OIBABEKMHOPCTXY")


class Codes:
    """Makes and reads codes."""

    def __init__(self, lookup: LookupHash) -> None:
        self._lookup = lookup

    def of(self, invitation_id: UUID) -> str:
        """38 letters, digits, «-» and «_»."""
        return base64.urlsafe_b64encode(self._raw(invitation_id)).rstrip(b"=").decode()

    def spelled(self, invitation_id: UUID) -> str:
        """The same to be typed from paper: capitals and digits in groups of five."""
        text = base64.b32encode(self._raw(invitation_id)).rstrip(b"=").decode()
        return "-".join(text[place : place + _GROUP] for place in range(0, len(text), _GROUP))

    def read(self, code: str) -> UUID | None:
        """The invitation's id; None for what this house has not signed."""
        raw = _bytes(code.strip())
        if raw is None:
            return None
        invitation_id = UUID(bytes=raw[:16])
        # More than one while the key is replaced.
        signatures = self._lookup.all_of([_signed(invitation_id)])
        return invitation_id if any(hmac.compare_digest(raw[16:], one[:_SIGNATURE]) for one in signatures) else None

    def _raw(self, invitation_id: UUID) -> bytes:
        return invitation_id.bytes + self._signature(invitation_id)

    def _signature(self, invitation_id: UUID) -> bytes:
        return self._lookup.of(_signed(invitation_id))[:_SIGNATURE]


def _signed(invitation_id: UUID) -> str:
    return f"invitation:{invitation_id}"


def _bytes(code: str) -> bytes | None:
    """What stands in a code as it is linked or as it is typed."""
    typed = "".join(code.upper().split()).replace("-", "").translate(_MEANT)
    for text, decode, block in ((code, base64.urlsafe_b64decode, 4), (typed, base64.b32decode, 8)):
        try:
            raw = decode(text + "=" * (-len(text) % block))
        except (ValueError, binascii.Error):
            continue
        if len(raw) == 16 + _SIGNATURE:
            return raw
    return None
