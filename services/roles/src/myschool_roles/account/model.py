"""What identity says of an account."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountState:
    """Times are epoch ms UTC, 0 for never; `blocked` is the reason, empty when the person may sign in."""

    has_account: bool = False
    blocked: str = ""
    version: int = 0
    last_sign_in_ms: int = 0
    blocked_at_ms: int = 0
