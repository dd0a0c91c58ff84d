"""Consents as asked, answered, withdrawn and kept."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from myschool_gateway.schemas.common import Input, Output, Text

_Purpose = Annotated[Text, Field(min_length=1, max_length=60)]
_SubjectId = Annotated[UUID | None, Field(description="For whom; absent for oneself")]


class ConsentText(Output):
    """A consent to read and answer."""

    subject_id: str = Field(description="Whose data it is about: the person, or a child in their care")
    subject_name: str
    is_self: bool
    purpose: str
    title: str
    text: str
    version: str
    required: bool = Field(description="Without it the cabinet stays closed; any other may be declined")


class AskedConsents(Output):
    """What has to be answered before the cabinet opens."""

    consents: list[ConsentText]
    waiting: bool = Field(description="A child under 14: a guardian has to answer")


class ConsentGiven(Input):
    """An answer to the text that was read, by purpose and version."""

    purpose: _Purpose
    version: Annotated[Text, Field(min_length=1, max_length=40)]
    subject_id: _SubjectId = None
    declined: bool = False


class GiveConsents(Input):
    """Answers given now."""

    consents: Annotated[list[ConsentGiven], Field(min_length=1, max_length=100)]


class WithdrawConsent(Input):
    """What is taken back, and for whom."""

    purpose: _Purpose
    subject_id: _SubjectId = None


class MissingConsents(Output):
    """Purposes whose consent is still missing."""

    missing_consents: list[str]


class ConsentState(Output):
    """How one purpose stands."""

    purpose: str
    title: str
    text: str
    present_version: str
    holds: bool = Field(description="In force today")
    state: Literal["", "GIVEN", "DECLINED", "WITHDRAWN"] = Field(description="The latest word; empty when there is none")
    version: str
    at_ms: int
    by: str
    by_self: bool


class ConsentPerson(Output):
    """One person's purposes."""

    subject_id: str
    subject_name: str
    is_self: bool
    may_answer: bool = Field(description="Whether the caller's word counts: under 14 a guardian's, 14 to 17 either's, from 18 the person's")
    age_group: Literal["CHILD", "TEEN", "ADULT"]
    purposes: list[ConsentState]


class ConsentBook(Output):
    """The caller first, then each person in their care."""

    people: list[ConsentPerson]


class ConsentFact(Output):
    """One word on one purpose, as it was written down."""

    purpose: str
    title: str
    version: str
    act: Literal["GIVEN", "DECLINED", "WITHDRAWN"]
    by: str
    at_ms: int
    text_hash: str = Field(description="SHA-256 of title, line feed and text as they were shown, hexadecimal")


class ConsentFacts(Output):
    """A page, newest first."""

    facts: list[ConsentFact]
    next_page_token: str
