"""Session, profile and open sessions."""

from typing import Final, Literal
from uuid import UUID

from pydantic import Field

from myschool_gateway.schemas.common import Input, Output, RoleStatusName, RoleTypeName

Notice = Literal["", "no_roles", "blocked", "linked", "separated"]
EndedByOthers: Final[dict[str, Notice]] = {"blocked": "blocked", "linked": "linked", "separated": "separated"}


class PersonBrief(Output):
    """Who is signed in."""

    id: str
    display_name: str


class ActingRole(Output):
    """The structural role the person acts in."""

    id: str
    type: RoleTypeName
    organisation_id: str
    organisation_name: str


class RoleGroup(Output):
    """A student group the role teaches."""

    id: str
    name: str
    homeroom: bool
    subjects: list[str]


class RoleChild(Output):
    """A child the guardian may see."""

    id: str
    full_name: str
    group_id: str
    group_name: str
    organisation_name: str


class RoleStudent(Output):
    """The class of a student, and how many guardians wait for the student's word."""

    group_id: str
    group_name: str
    claims: int


class Role(Output):
    """A structural role of the person, in any status."""

    id: str
    type: RoleTypeName
    status: RoleStatusName
    organisation_id: str
    organisation_name: str
    region_code: str
    version: int
    groups: list[RoleGroup]
    children: list[RoleChild]
    student: RoleStudent | None


class RoleList(Output):
    """Body of WhoAmI."""

    roles: list[Role]


class SessionState(Output):
    """Everything a page needs to know at its start; also answered without a session."""

    authenticated: bool
    person: PersonBrief | None
    role: ActingRole | None
    roles: list[Role]
    missing_consents: list[str]
    notice: Notice = Field(description="Why there is nothing to act in, or why the session of before was ended by others")
    expires_at: int = Field(description="Epoch ms UTC at which the session ends without further activity; 0 without a session")
    ends_at: int = Field(description="Epoch ms UTC at which it ends whatever the person does; 0 without a session")
    server_time: int


class EnterRole(Input):
    """The role to act in from now on."""

    role_id: UUID


class GivenConsent(Output):
    """A consent as given."""

    purpose: str
    title: str
    version: str
    given_at_ms: int


class Profile(Output):
    """The person as Госуслуги described them."""

    person_id: str
    display_name: str
    family_name: str
    given_name: str
    middle_name: str
    birth_date: str
    trusted: bool
    esia_updated_at_ms: int
    consents: list[GivenConsent]
    has_email: bool


class OpenSession(Output):
    """A device on which the person is signed in."""

    id: str
    device: str
    opened_at_ms: int
    seen_at_ms: int
    current: bool


class OpenSessions(Output):
    """Newest first."""

    sessions: list[OpenSession]


class SignIn(Output):
    """A sign-in, and how it ended if it did."""

    id: str
    device: str
    opened_at_ms: int
    ended_at_ms: int = Field(description="0 while it lasts")
    end_reason: str = Field(description="person, everywhere, keycloak, expired; empty while it lasts")
    current: bool


class SignIns(Output):
    """A page, newest first."""

    sign_ins: list[SignIn]
    next_page_token: str
