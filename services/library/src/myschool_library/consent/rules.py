"""Purposes that opening content rests on, by the names identity gives them."""

CONTENT_ACCESS, THIRD_PARTY = "content_access", "third_party"
PURPOSES = (CONTENT_ACCESS, THIRD_PARTY)
