"""What works, for everybody."""

from typing import Literal

from pydantic import Field

from myschool_gateway.schemas.common import Output

PartName = Literal["sessions", "sign-in", "identity", "roles", "journal", "library", "messaging", "analytics"]


class PartOfStatus(Output):
    """One part of the cell, as this gateway sees it."""

    name: PartName
    title: str = Field(description="What people call it, in Russian")
    works: bool
    since_ms: int = Field(description="When this gateway first saw the present state, epoch ms")
    words: str = Field(description="What its absence means for people, in Russian")


class Status(Output):
    """The whole: `down` means that nobody can work, `partly` that some parts are away."""

    state: Literal["ok", "partly", "down"]
    words: str
    parts: list[PartOfStatus]
