"""Addresses for letters about one's account."""

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from myschool_gateway.schemas.common import Input, Output, Text

Kind = Literal["sign_in", "account"]


class NoticeAddress(Output):
    """An address as its owner sees it."""

    id: str
    address: str
    confirmed: bool
    code_until_ms: int = Field(description="Until when the code of the last letter is good; 0 for a confirmed address")
    failed_at_ms: int = Field(description="When a letter could not be delivered, and none has been since; else 0")
    kinds: list[Kind]
    version: int


class Notices(Output):
    """Oldest first."""

    sends: bool = Field(description="Whether this region sends letters at all")
    suggested: str = Field(description="The address Госуслуги gave, while there is none here; else empty")
    most: int
    addresses: list[NoticeAddress]


class AddAddress(Input):
    """An e-mail address."""

    address: Annotated[Text, Field(min_length=3, max_length=254)]


class AddedAddress(Output):
    """A code is on its way to it."""

    id: str


class ConfirmAddress(Input):
    """What the letter said."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class ConfirmedAddress(Output):
    """A wrong code is an answer: what counts is how many tries are left."""

    confirmed: bool
    tries_left: int = Field(description="0: ask for a new code")


class ChangeKinds(Input):
    """What is told to the address."""

    kinds: Annotated[list[Kind], Field(max_length=2)]
    expected_version: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]


class ChangedKinds(Output):
    """The next version."""

    version: int
