"""Opaque page tokens: where the next page starts, bound to the filters it was made for."""

import base64
import hashlib
import json
from typing import Any

from myschool_kit.errors import Invalid, Violation


def _digest(filters: object) -> str:
    return hashlib.sha256(json.dumps(filters, sort_keys=True, default=str).encode()).hexdigest()[:12]


def encode_token(position: list[Any], filters: object = None) -> str:
    """A token for the page after `position`."""
    raw = json.dumps([_digest(filters), position], default=str)
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_token(token: str, filters: object = None) -> list[Any] | None:
    """The position inside a token; None for the first page. Raises Invalid for a token of another list."""
    if not token:
        return None
    try:
        digest, position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError) as error:
        raise foreign_token() from error
    if digest != _digest(filters) or not isinstance(position, list):
        raise foreign_token()
    return position


def foreign_token() -> Invalid:
    """The refusal of a token whose content does not fit the list."""
    return Invalid(
        "page token is not of this list",
        reason="PAGE_TOKEN_INVALID",
        violations=[Violation("page_token", "start again from the first page")],
    )
