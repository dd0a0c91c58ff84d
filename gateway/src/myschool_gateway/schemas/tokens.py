"""Personal tokens."""

from typing import Annotated

from pydantic import Field, StrictInt

from myschool_gateway.schemas.common import Input, Output, Text


class FamilyToken(Output):
    """A token as it is listed; its secret is known to its owner alone."""

    id: str
    name: str
    created_at_ms: int
    expires_at_ms: int
    used_at_ms: int = Field(description="To the minute; 0 when it was never used")


class FamilyTokens(Output):
    """Newest first."""

    tokens: list[FamilyToken]


class CreateToken(Input):
    """A name to know it by, and for how long."""

    name: Annotated[Text, Field(min_length=1, max_length=60)]
    days: Annotated[StrictInt, Field(ge=1, le=366)]


class CreatedToken(Output):
    """Shown once."""

    id: str
    secret: str = Field(description="Goes into the header Authorization: Bearer …; cannot be shown again")
    expires_at_ms: int
