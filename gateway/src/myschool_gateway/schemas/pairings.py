"""Shapes of the way in of children under 14."""

from typing import Annotated

from pydantic import Field

from myschool_gateway.schemas.common import Input, Output, Text


class ChildCode(Input):
    """What a child types in; case, spaces and Russian letters of the same shape do not matter."""

    code: Annotated[Text, Field(min_length=1, max_length=40)]


class Device(Output):
    """Whose device a browser is."""

    name: str = Field(description="First name; empty where the browser is nobody's device")


class CreatePairing(Input):
    """For which device of the child."""

    device_name: Annotated[Text, Field(min_length=1, max_length=40)]


class CreatedPairing(Output):
    """Shown once."""

    id: str
    code: str = Field(description="XXXX-XXXX; cannot be shown again")
    expires_at_ms: int


class OpenCode(Output):
    """A code nobody has taken up yet; the code itself is nowhere."""

    id: str
    device_name: str
    made_by: str
    created_at_ms: int
    expires_at_ms: int


class PairedDevice(Output):
    """A device by which the child signs in."""

    id: str
    device_name: str
    made_by: str = Field(description="The guardian whose code it took up")
    browser: str
    paired_at_ms: int
    used_at_ms: int
    live: bool = Field(description="Whether the child is signed in by it now")


class Pairings(Output):
    """Ways in of one child, newest first."""

    may_create: bool = Field(description="False from the fourteenth birthday on")
    codes: list[OpenCode]
    devices: list[PairedDevice]
