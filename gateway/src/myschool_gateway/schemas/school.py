"""Organisations, groups, people, imports, structural roles."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from myschool_gateway.schemas.common import FieldError, Input, Output, RoleStatusName, RoleTypeName, Text, Version

GrantableRole = Literal["TEACHER", "DEPUTY_HEAD", "HEAD", "MUNICIPAL_COORDINATOR", "REGIONAL_COORDINATOR", "EXPERT", "SUPPORT"]


class OrganisationBrief(Output):
    """A school in the list."""

    id: str
    short_name: str
    full_name: str
    ogrn: str
    region_code: str
    groups: int
    students: int
    teachers: int


class OrganisationList(Output):
    """Schools in the role's scope."""

    organisations: list[OrganisationBrief]
    total: int
    next_page_token: str


class GroupBrief(Output):
    """A class of the school."""

    id: str
    name: str
    grade: int
    students: int
    homeroom_teacher: str


class StaffRole(Output):
    """A role of a staff member."""

    id: str
    type: RoleTypeName
    status: RoleStatusName
    version: int


class StaffMember(Output):
    """A person of the staff."""

    person_id: str
    full_name: str
    roles: list[StaffRole]


class Organisation(Output):
    """A school with its classes and staff."""

    id: str
    short_name: str
    full_name: str
    ogrn: str
    groups: list[GroupBrief]
    staff: list[StaffMember]


class GroupPerson(Output):
    """A person by full name."""

    id: str
    full_name: str


class GroupStudent(Output):
    """A student with guardians."""

    id: str
    full_name: str
    guardians: list[GroupPerson]


class GroupTeacher(Output):
    """Who teaches what in the class."""

    id: str
    name: str
    subject: str


class Group(Output):
    """A class with its roster."""

    id: str
    name: str
    grade: int
    students: list[GroupStudent]
    teachers: list[GroupTeacher]
    homeroom_teacher: str


class PersonFound(Output):
    """A person found by name."""

    id: str
    full_name: str
    kind: str
    group_name: str


class PeopleFound(Output):
    """At most ten people."""

    people: list[PersonFound]


class ImportCounts(Output):
    """How many rows do what."""

    rows: int
    create: int
    update: int
    unchanged: int
    invalid: int


class ImportRow(Output):
    """The verdict on one row."""

    line: int
    sheet: str
    kind: str
    action: Literal["CREATE", "UPDATE", "NONE", "INVALID"]
    label: str
    errors: list[FieldError]


class Import(Output):
    """A kept import, a page of its rows, errors first."""

    id: str
    organisation_id: str
    file_name: str
    status: Literal["PREVIEW", "DONE", "FAILED"]
    counts: ImportCounts
    rows: list[ImportRow]
    next_page_token: str


class ChangeRoleStatus(Input):
    """A step in the life of a role."""

    status: RoleStatusName
    reason: Annotated[Text, Field(max_length=500)] = ""
    expected_version: Version


class GrantRole(Input):
    """A role for a known person."""

    person_id: UUID
    role_type: GrantableRole
    organisation_id: UUID | Literal[""] = ""
    status: Literal["PENDING", "ACTIVE"]


class RoleSaved(Output):
    """The role's new state."""

    role_id: str
    status: RoleStatusName
    version: int
