"""Invitations of a school to families."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from myschool_gateway.schemas.common import Input, Output
from myschool_gateway.schemas.family import Stage

InvitationState = Literal["OPEN", "USED", "REVOKED", "EXPIRED"]


class InviteFamilies(Input):
    """Pupils whose parents are invited."""

    student_ids: Annotated[list[UUID], Field(min_length=1, max_length=40)]


class SlipsWanted(Input):
    """Open invitations to be printed again."""

    invitation_ids: Annotated[list[UUID], Field(min_length=1, max_length=40)]


class InvitationSlip(Output):
    """What is printed for one family; nothing of it is kept."""

    invitation_id: str
    student_id: str
    code: str = Field(description="For an address, behind the «#»")
    spelled: str = Field(description="The same to be typed")
    expires_at_ms: int


class InvitationSlips(Output):
    """In the order asked for."""

    slips: list[InvitationSlip]


class InvitedPupil(Output):
    """A pupil of the class; parents and open invitations are counted."""

    id: str
    full_name: str
    stage: Stage
    parents: int
    open: int


class FamilyInvitation(Output):
    """An invitation of the school; times in epoch milliseconds, 0 where it was not used."""

    id: str
    student_id: str
    student_name: str
    made_by: str
    used_by: str
    state: InvitationState
    made_at_ms: int
    expires_at_ms: int
    used_at_ms: int


class FamilyInvitations(Output):
    """The class and one page of its invitations."""

    group_name: str
    students: list[InvitedPupil]
    invitations: list[FamilyInvitation]
    next_page_token: str
