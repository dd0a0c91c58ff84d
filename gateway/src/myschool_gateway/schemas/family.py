"""Requests of families to schools."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from myschool_gateway.schemas.common import Input, IsoDay, Output, RoleTypeName, Text, Version

RequestKind = Literal["SELF", "CHILD"]
Stage = Literal["UNDER_14", "FROM_14", "ADULT", "UNKNOWN"]
ClaimSource = Literal["ESIA", "SCHOOL"]
Evidence = Literal["SNILS", "CERTIFICATE"]
RequestStatus = Literal["PENDING", "CONFIRMED", "REFUSED", "WITHDRAWN"]


class FoundRecord(Output):
    """Somebody of the caller's name and day of birth in a school's list."""

    record_id: str
    organisation_id: str
    organisation_name: str
    kind: RoleTypeName
    group_name: str


class OwnFamilyRequest(Output):
    """A request of the caller, in any status."""

    id: str
    kind: RequestKind
    status: RequestStatus
    organisation_id: str
    organisation_name: str
    child_name: str
    group_name: str
    reason: str
    version: int
    created_at_ms: int
    decided_at_ms: int


class OwnKid(Output):
    """A child whom Госуслуги named. School and class are told of children under 14 and of those the caller stands for."""

    key: str
    full_name: str
    birth_day: str
    stage: Stage
    state: Literal["CONNECTED", "WAITING", "FOUND", "LIMITED", "ADULT", "UNKNOWN"]
    student_id: str
    organisation_name: str
    group_name: str


class OwnClaim(Output):
    """The child's word is awaited."""

    id: str
    student_name: str = Field(description="As the asker wrote it or Госуслуги told it")
    source: ClaimSource
    version: int
    created_at_ms: int
    expires_at_ms: int


class FamilyStart(Output):
    """Where a family stands that a school has not connected yet, or not with every child."""

    requests: list[OwnFamilyRequest]
    found: list[FoundRecord]
    kids: list[OwnKid]
    claims: list[OwnClaim]
    complete: bool = Field(description="False while it could not be looked whose records may be the caller's")


class SchoolFound(Output):
    """A school to ask."""

    id: str
    short_name: str
    full_name: str


class SchoolsFound(Output):
    """At most ten."""

    schools: list[SchoolFound]


class SendFamilyRequest(Input):
    """SELF: «я есть в списках школы», with a record that was found or without. CHILD: «мой ребёнок учится в школе»."""

    kind: RequestKind
    organisation_id: UUID
    record_id: UUID | None = None
    child_name: Annotated[Text, Field(max_length=200)] = ""
    child_birth_day: IsoDay | None = None
    group_name: Annotated[Text, Field(max_length=20)] = ""
    snils: Annotated[Text, Field(max_length=20, repr=False, description="CHILD: compared once, kept nowhere")] = ""
    certificate_series: Annotated[Text, Field(max_length=20, repr=False, description="«II-МЮ»; empty for an act record")] = ""
    certificate_number: Annotated[Text, Field(max_length=30, repr=False)] = ""


class AddKid(Input):
    """The child as GET /family/start named it."""

    key: Annotated[Text, Field(min_length=1, max_length=64)]


class KidAdded(Output):
    """Connected now, or the child's word is awaited."""

    connected: bool


class SeenFamilyRequest(Input):
    """The request as the caller saw it."""

    expected_version: Version


class FamilyRequestSaved(Output):
    """The request as it is now."""

    family_request_id: str
    status: RequestStatus
    version: int


class Candidate(Output):
    """Somebody of the school whom the request may mean."""

    id: str
    full_name: str
    kind: RoleTypeName
    group_name: str


class SchoolFamilyRequest(Output):
    """A request to the school."""

    id: str
    kind: RequestKind
    status: RequestStatus
    version: int
    asked_by: str
    child_name: str
    child_birth_day: str
    group_name: str
    record_id: str
    evidence: list[Evidence] = Field(description="What the family gave and fits; numbers are not kept")
    reason: str
    created_at_ms: int
    decided_at_ms: int
    candidates: list[Candidate]


class SchoolFamilyRequests(Output):
    """One page; `waiting` counts the open ones of the school."""

    requests: list[SchoolFamilyRequest]
    waiting: int
    next_page_token: str


class ConfirmFamilyRequest(Input):
    """The school says whom the request means."""

    expected_version: Version
    record_id: UUID


class RefuseFamilyRequest(Input):
    """The school says why not; the family reads it."""

    expected_version: Version
    reason: Annotated[Text, Field(min_length=1, max_length=500)]


Right = Literal["SEE", "SIGN", "CHAT", "CONSENT"]


class Guardianship(Output):
    """Who stands for a student, with which rights, until when."""

    id: str
    full_name: str
    kind: Literal["FULL", "TRUSTED"]
    rights: list[Right]
    limited: list[Right] = Field(description="What a court denies today")
    limited_until: str = Field(description="The last day of that on the school's date; empty until the school lifts it")
    last_day: str = Field(description="The last day of access on the school's date; empty when open-ended")
    active: bool = Field(description="Whether the guardian sees the student's diary today")
    me: bool
    version: int


class OpenInvitation(Output):
    """An invitation that can still be taken up; its code was told once. One of a student to a parent has no last day."""

    id: str
    kind: Literal["TRUSTED", "STUDENT"]
    rights: list[Right]
    last_day: str
    expires_at_ms: int


class ClaimToStudent(Output):
    """Somebody asks the student to be let stand for them."""

    id: str
    guardian_name: str
    source: ClaimSource
    version: int
    created_at_ms: int
    expires_at_ms: int


class SeenClaim(Input):
    """The claim as the caller saw it."""

    expected_version: Version


class ClaimSaved(Output):
    """The claim as it is now."""

    claim_id: str
    status: Literal["PENDING", "CONFIRMED", "DECLINED", "WITHDRAWN", "EXPIRED"]
    version: int


class FamilyStudent(Output):
    """A child of the caller, or the caller as a student. Guardians are named to parents and to the student alone."""

    student_id: str
    full_name: str
    group_name: str
    organisation_name: str
    stage: Stage
    today: str
    mine: Guardianship | None
    guardians: list[Guardianship]
    may_invite: bool = Field(description="A parent somebody who stands in; a student from 14 on a parent")
    claims: list[ClaimToStudent]
    invitations: list[OpenInvitation]


class Family(Output):
    """The caller's children, or the caller as a student."""

    students: list[FamilyStudent]


class GuardianshipChange(Output):
    """A step in the life of a guardianship."""

    guardianship_id: str
    act: Literal[
        "ESTABLISHED",
        "ESIA",
        "SCHOOL_INVITATION",
        "STUDENT_INVITATION",
        "STUDENT_CONFIRMED",
        "TRUSTED",
        "ENDED",
        "EXTENDED",
        "NOT_EXTENDED",
        "LIMITED",
        "LIFTED",
        "LIMIT_OVER",
    ]
    rights: list[Right]
    day: str = Field(description="Of the document, or the last day of access")
    until_day: str = Field(description="The last day of a court's limit; empty for none")
    basis: str
    at_ms: int
    author: str


class StudentGuardians(Output):
    """A student's guardians and the latest fifty steps, for the school."""

    student_id: str
    full_name: str
    group_name: str
    organisation_name: str
    stage: Stage
    today: str
    guardians: list[Guardianship]
    changes: list[GuardianshipChange]


class InviteGuardian(Input):
    """«Бабушка до пятницы»: what somebody may do for the child until a day."""

    student_id: UUID
    rights: Annotated[list[Literal["SEE", "SIGN", "CHAT"]], Field(min_length=1, max_length=3)]
    last_day: IsoDay


class Invited(Output):
    """A new invitation; the code is told here and nowhere else."""

    invitation_id: str
    code: str
    expires_at_ms: int


class AcceptInvitation(Input):
    """The code as it was handed over."""

    code: Annotated[Text, Field(min_length=1, max_length=100)]


class InvitationAccepted(Output):
    """Whom the caller looks after now, and until when."""

    student_name: str
    last_day: str = Field(description="Empty for a parent")


class SeenGuardianship(Input):
    """The guardianship as the caller saw it."""

    expected_version: Version


class ExtendGuardianship(Input):
    """The adult student's word; a day that has passed takes it back."""

    expected_version: Version
    last_day: IsoDay


class LimitGuardianship(Input):
    """What a court has limited; no rights lift the limit."""

    expected_version: Version
    rights: Annotated[list[Right], Field(max_length=4)]
    basis: Annotated[Text, Field(min_length=5, max_length=500)]
    document_day: IsoDay
    last_day: IsoDay | None = Field(default=None, description="The last day of the limit; none until the school lifts it")


class GuardianshipSaved(Output):
    """The guardianship's next version."""

    guardianship_id: str
    version: int
