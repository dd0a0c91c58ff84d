"""Accounts of a region's people."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from myschool_gateway.schemas.common import Input, Output, RoleStatusName, RoleTypeName, Text, Version

BlockReasonName = Literal["COMPROMISED", "REQUESTED_BY_PERSON", "LEFT_SCHOOL", "ABUSE", "COURT"]
Words = Annotated[Text, Field(min_length=1, max_length=500, description="Why, for whoever decides next; the person never reads it")]


class AccountRole(Output):
    """A role of the person in the region, ended ones too."""

    type: RoleTypeName
    status: RoleStatusName
    organisation_name: str


class Account(Output):
    """A person and the state of their account."""

    person_id: UUID
    full_name: str
    roles: list[AccountRole]
    own: bool = Field(description="The caller's own")
    has_account: bool
    blocked: Literal["", "COMPROMISED", "REQUESTED_BY_PERSON", "LEFT_SCHOOL", "ABUSE", "COURT"]
    version: int
    last_sign_in_ms: int = Field(description="Epoch ms UTC; 0 for never, or longer ago than is kept")
    blocked_at_ms: int


class AccountList(Output):
    """One page of people by name."""

    accounts: list[Account]
    next_page_token: str


class AccountChange(Output):
    """A block, or its end."""

    act: Literal["BLOCKED", "UNBLOCKED"]
    reason: BlockReasonName
    words: str
    author_name: str
    author_role: str
    at_ms: int


class AccountHistory(Output):
    """Every change, the latest first."""

    changes: list[AccountChange]


class BlockAccount(Input):
    """Ends every session and refuses the next sign-in."""

    reason: BlockReasonName
    words: Words
    expected_version: Version


class UnblockAccount(Input):
    """The person may sign in again."""

    words: Words
    expected_version: Version


class AccountSaved(Output):
    """The version after a change."""

    version: int
